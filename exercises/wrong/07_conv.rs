//! Wrong answers to exercise 07.
//!
//! Each is one change to the seven loops, so they share a loop over all places, and each says what
//! a place contributes.

use tensor::Window;

use super::Conv;
use crate::Wrong;

pub const WRONG: &[Wrong<Conv>] = &[
    Wrong {
        name: "flipped_kernel",
        answer: flipped_kernel,
        words: "the kernel is flipped",
        explanation: "This is what comes out when the kernel is flipped: tap 0 meets the last pixel under it, not the first.",
    },
    Wrong {
        name: "pad_after_for_before",
        answer: pad_after_for_before,
        words: "the padding after the image",
        explanation: "This is what comes out with the padding after the image, pad.1, in the place of that before it, pad.0.",
    },
    Wrong {
        name: "stride_on_the_tap",
        answer: stride_on_the_tap,
        words: "the stride multiplies the tap",
        explanation: "This is what comes out when the stride multiplies the tap: the pixel is at o·s + k − p, not at o + k·s − p.",
    },
    Wrong {
        name: "no_padding",
        answer: no_padding,
        words: "the padding is forgotten",
        explanation: "This is what comes out when the padding is forgotten: the pixel is at o·s + k − p, not at o·s + k.",
    },
    Wrong {
        name: "not_subtracted",
        answer: not_subtracted,
        words: "is not taken off again",
        explanation: "This is what comes out when the padding is not taken off again: the bounds are right, but x is indexed by o·s + k, not o·s + k − p.",
    },
    Wrong {
        name: "clamped",
        answer: clamped,
        words: "repeats the pixels at its border",
        explanation: "This is what comes out when the image repeats the pixels at its border; a place in the padding contributes nothing.",
    },
    Wrong {
        name: "rows_for_columns",
        answer: rows_for_columns,
        words: "ky and kx have changed places",
        explanation: "This is what comes out when ky and kx have changed places in the kernel: its tap is ky·kw + kx.",
    },
    Wrong {
        name: "channels_swapped",
        answer: channels_swapped,
        words: "ci and co have changed places",
        explanation: "This is what comes out when ci and co have changed places in the kernel: it is [kh, kw, ci, co], and co is the last.",
    },
    Wrong {
        name: "last_product_only",
        answer: last_product_only,
        words: "= stands for +=",
        explanation: "This is what comes out when = stands for +=: only the last product of each sum is left.",
    },
    Wrong {
        name: "first_image_only",
        answer: first_image_only,
        words: "reads the first image",
        explanation: "This is what comes out when every output reads the first image: the pixel's index begins with n·ih.",
    },
];

/// A place: image, output pixel, tap, input channel, output channel.
#[derive(Clone, Copy)]
struct Place {
    n: usize,
    o: [usize; 2],
    k: [usize; 2],
    i: usize,
    c: usize,
}

/// Calls `visit` with every place and the index of its output.
fn each(window: Window, [n, ci, co]: [usize; 3], mut visit: impl FnMut(Place, usize)) {
    let Window { down, across } = window;
    for n in 0..n {
        for oy in 0..down.output {
            for ox in 0..across.output {
                for ky in 0..down.kernel {
                    for kx in 0..across.kernel {
                        for i in 0..ci {
                            for c in 0..co {
                                let output = ((n * down.output + oy) * across.output + ox) * co + c;
                                visit(Place { n, o: [oy, ox], k: [ky, kx], i, c }, output);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The row or column that a tap sees, if it lies in the image; `pad` is what stands before it.
fn seen(o: usize, stride: usize, k: usize, pad: usize, extent: usize) -> Option<usize> {
    (o * stride + k).checked_sub(pad).filter(|&i| i < extent)
}

fn pixel(window: Window, place: Place) -> Option<[usize; 2]> {
    let Window { down, across } = window;
    let [oy, ox] = place.o;
    let [ky, kx] = place.k;
    let y = seen(oy, down.stride, ky, down.pad.0, down.input)?;
    Some([y, seen(ox, across.stride, kx, across.pad.0, across.input)?])
}

fn x_index(window: Window, ci: usize, place: Place, [y, x]: [usize; 2]) -> usize {
    ((place.n * window.down.input + y) * window.across.input + x) * ci + place.i
}

fn w_index(window: Window, [_, ci, co]: [usize; 3], place: Place) -> usize {
    let [ky, kx] = place.k;
    ((ky * window.across.kernel + kx) * ci + place.i) * co + place.c
}

fn zeros(window: Window, [n, _, co]: [usize; 3]) -> Vec<f32> {
    vec![0.0; n * window.output_pixels() * co]
}

fn flipped_kernel(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let mut y = zeros(window, extents);
    each(window, extents, |place, output| {
        let [ky, kx] = place.k;
        let k = [window.down.kernel - 1 - ky, window.across.kernel - 1 - kx];
        if let Some(at) = pixel(window, place) {
            y[output] += x[x_index(window, extents[1], place, at)] * w[w_index(window, extents, Place { k, ..place })];
        }
    });
    y
}

fn pad_after_for_before(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let mut y = zeros(window, extents);
    let mut turned = window;
    turned.down.pad = (window.down.pad.1, window.down.pad.0);
    turned.across.pad = (window.across.pad.1, window.across.pad.0);
    each(window, extents, |place, output| {
        if let Some(at) = pixel(turned, place) {
            y[output] += x[x_index(window, extents[1], place, at)] * w[w_index(window, extents, place)];
        }
    });
    y
}

fn stride_on_the_tap(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let mut y = zeros(window, extents);
    each(window, extents, |place, output| {
        let turned = Place { o: place.k, k: place.o, ..place };
        if let Some(at) = pixel(window, turned) {
            y[output] += x[x_index(window, extents[1], place, at)] * w[w_index(window, extents, place)];
        }
    });
    y
}

fn no_padding(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let mut y = zeros(window, extents);
    let mut bare = window;
    bare.down.pad = (0, 0);
    bare.across.pad = (0, 0);
    each(window, extents, |place, output| {
        if let Some(at) = pixel(bare, place) {
            y[output] += x[x_index(window, extents[1], place, at)] * w[w_index(window, extents, place)];
        }
    });
    y
}

fn not_subtracted(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let mut y = zeros(window, extents);
    each(window, extents, |place, output| {
        if let Some([iy, ix]) = pixel(window, place) {
            let at = [iy + window.down.pad.0, ix + window.across.pad.0];
            y[output] += x[x_index(window, extents[1], place, at)] * w[w_index(window, extents, place)];
        }
    });
    y
}

fn clamped(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let mut y = zeros(window, extents);
    let Window { down, across } = window;
    each(window, extents, |place, output| {
        let [oy, ox] = place.o;
        let [ky, kx] = place.k;
        let iy = (oy * down.stride + ky).saturating_sub(down.pad.0).min(down.input - 1);
        let ix = (ox * across.stride + kx).saturating_sub(across.pad.0).min(across.input - 1);
        y[output] += x[x_index(window, extents[1], place, [iy, ix])] * w[w_index(window, extents, place)];
    });
    y
}

fn rows_for_columns(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let mut y = zeros(window, extents);
    each(window, extents, |place, output| {
        let [ky, kx] = place.k;
        let tap = kx * window.down.kernel + ky;
        let weight = (tap * extents[1] + place.i) * extents[2] + place.c;
        if let Some(at) = pixel(window, place) {
            y[output] += x[x_index(window, extents[1], place, at)] * w[weight];
        }
    });
    y
}

fn channels_swapped(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let mut y = zeros(window, extents);
    each(window, extents, |place, output| {
        let [ky, kx] = place.k;
        let tap = ky * window.across.kernel + kx;
        let weight = (tap * extents[2] + place.c) * extents[1] + place.i;
        if let Some(at) = pixel(window, place) {
            y[output] += x[x_index(window, extents[1], place, at)] * w[weight];
        }
    });
    y
}

fn last_product_only(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let mut y = zeros(window, extents);
    each(window, extents, |place, output| {
        if let Some(at) = pixel(window, place) {
            y[output] = x[x_index(window, extents[1], place, at)] * w[w_index(window, extents, place)];
        }
    });
    y
}

fn first_image_only(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let mut y = zeros(window, extents);
    each(window, extents, |place, output| {
        if let Some(at) = pixel(window, place) {
            let first = Place { n: 0, ..place };
            y[output] += x[x_index(window, extents[1], first, at)] * w[w_index(window, extents, place)];
        }
    });
    y
}

//! Wrong answers to exercise 09.
//!
//! Most of them paint in the right way with another window, another kernel or another sum.

use tensor::Window;
use tensor::ops::conv2d::reference::{each, input_gradient};

use super::Enlarge;
use crate::Wrong;

pub const WRONG: &[Wrong<Enlarge>] = &[
    Wrong {
        name: "one_zero_too_many",
        answer: one_zero_too_many,
        words: "s zeros stand between two pixels",
        explanation: "This is what comes out when s zeros stand between two pixels: pixel o paints from o·s on, so there are s − 1.",
    },
    Wrong {
        name: "no_zeros",
        answer: no_zeros,
        words: "side by side, whatever the stride",
        explanation: "This is what comes out when the kernels are painted side by side, whatever the stride: pixel o paints from o·s on.",
    },
    Wrong {
        name: "crop_at_the_other_end",
        answer: crop_at_the_other_end,
        words: "pad.1 pixels are cropped before",
        explanation: "This is what comes out when pad.1 pixels are cropped before the image, and pad.0 after it: tap k paints pixel o·s + k − pad.0.",
    },
    Wrong {
        name: "not_cropped",
        answer: not_cropped,
        words: "nothing is cropped before the image",
        explanation: "This is what comes out when nothing is cropped before the image: the first pad.0 painted pixels lie outside of it.",
    },
    Wrong {
        name: "taps_backwards",
        answer: taps_backwards,
        words: "the kernel is turned round",
        explanation: "This is what comes out when the kernel is turned round: its first tap paints the first pixel, as it read it in the convolution.",
    },
    Wrong {
        name: "channels_swapped",
        answer: channels_swapped,
        words: "is not read as it is stored",
        explanation: "This is what comes out when the kernel is not read as it is stored: [kh, kw, ci, co], and here co is read and ci is written.",
    },
    Wrong {
        name: "overwritten",
        answer: overwritten,
        words: "paints over what is there",
        explanation: "This is what comes out when a pixel paints over what is there: where kernels overlap, their products add up.",
    },
    Wrong {
        name: "averaged",
        answer: averaged,
        words: "the mean where kernels overlap",
        explanation: "This is what comes out of the mean where kernels overlap: the transpose adds the products and divides by nothing.",
    },
    Wrong {
        name: "first_image_only",
        answer: first_image_only,
        words: "paints the first image of x",
        explanation: "This is what comes out when each result paints the first image of x: image n of y comes from image n of x.",
    },
];

fn one_zero_too_many(mut window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    window.down.stride += 1;
    window.across.stride += 1;
    input_gradient(window, extents, w, x)
}

fn no_zeros(mut window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    window.down.stride = 1;
    window.across.stride = 1;
    input_gradient(window, extents, w, x)
}

fn crop_at_the_other_end(mut window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    for axis in [&mut window.down, &mut window.across] {
        axis.pad = (axis.pad.1, axis.pad.0);
    }
    input_gradient(window, extents, w, x)
}

fn not_cropped(mut window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    window.down.pad.0 = 0;
    window.across.pad.0 = 0;
    input_gradient(window, extents, w, x)
}

fn taps_backwards(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let [_, ci, co] = extents;
    let turned: Vec<f32> = w.chunks(ci * co).rev().flatten().copied().collect();
    input_gradient(window, extents, &turned, x)
}

fn channels_swapped(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let [_, ci, co] = extents;
    let swapped = |tap: &[f32]| -> Vec<f32> { (0..ci * co).map(|at| tap[at % co * ci + at / co]).collect() };
    let w: Vec<f32> = w.chunks(ci * co).flat_map(swapped).collect();
    input_gradient(window, extents, &w, x)
}

fn overwritten(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let mut y = vec![0.0; extents[0] * window.input_pixels() * extents[1]];
    each(window, extents, |i, k, o| y[i] = x[o] * w[k]);
    y
}

fn averaged(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let [n, ci, _] = extents;
    // How often each pixel is painted: what an image of ones with a kernel of ones gives.
    let ones = |len: usize| vec![1.0_f32; len];
    let painted =
        input_gradient(window, [n, ci, 1], &ones(window.kernel_taps() * ci), &ones(n * window.output_pixels()));
    let sums = input_gradient(window, extents, w, x);
    sums.into_iter().zip(painted).map(|(sum, count)| sum / count.max(1.0)).collect()
}

fn first_image_only(window: Window, [n, ci, co]: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let first = &x[..window.output_pixels() * co];
    input_gradient(window, [n, ci, co], w, &first.repeat(n))
}

//! Wrong answers to exercise 08.
//!
//! Each is a change to the list of triples (index in x, index in w, index in y), or to what is done
//! with a triple.

use tensor::Window;
use tensor::ops::conv2d::reference::{each, input_gradient, kernel_gradient};

use super::Gradients;
use crate::Wrong;

pub const WRONG: &[Wrong<Gradients>] = &[
    Wrong {
        name: "dx_taps_backwards",
        answer: Gradients { dx: dx_taps_backwards, dw: kernel_gradient },
        words: "dx meets the taps backwards",
        explanation: "This is what comes out when dx meets the taps backwards: dx[o·s + k − p] gets w[k]·dy[o], for the same k.",
    },
    Wrong {
        name: "dx_over_padding",
        answer: Gradients { dx: dx_over_padding, dw: kernel_gradient },
        words: "begins in the padding",
        explanation: "This is what comes out when dx begins in the padding: pixel i of the image is o·s + k − p, and the padding has no gradient.",
    },
    Wrong {
        name: "dx_pad_after_for_before",
        answer: Gradients {
            dx: |window, extents, w, dy| input_gradient(turned(window), extents, w, dy),
            dw: kernel_gradient,
        },
        words: "pixel o·s + k − pad.1",
        explanation: "This is what comes out when dx is added to pixel o·s + k − pad.1: the padding that stands before the image is pad.0.",
    },
    Wrong {
        name: "dx_overwritten",
        answer: Gradients { dx: dx_overwritten, dw: kernel_gradient },
        words: "dx is overwritten",
        explanation: "This is what comes out when dx is overwritten: a pixel is in many triples, and dx[i] += w[k]·dy[o] adds for each.",
    },
    Wrong {
        name: "dx_without_stride",
        answer: Gradients { dx: dx_without_stride, dw: kernel_gradient },
        words: "the outputs are neighbours in x",
        explanation: "This is what comes out when the outputs are neighbours in x: output o begins at pixel o·s, so it is the stride that is missing.",
    },
    Wrong {
        name: "dx_channels_swapped",
        answer: Gradients { dx: dx_channels_swapped, dw: kernel_gradient },
        words: "with ci and co in each other's place",
        explanation: "This is what comes out when dx reads the kernel with ci and co in each other's place: it is [kh, kw, ci, co] here too.",
    },
    Wrong {
        name: "dw_taps_backwards",
        answer: Gradients { dx: input_gradient, dw: dw_taps_backwards },
        words: "the taps are walked backwards",
        explanation: "This is what comes out when the taps are walked backwards: w[k] meets x[o·s + k − p], not x[o·s − k + p].",
    },
    Wrong {
        name: "dw_overwritten",
        answer: Gradients { dx: input_gradient, dw: dw_overwritten },
        words: "dw is overwritten",
        explanation: "This is what comes out when dw is overwritten: a weight is in a triple of every output, and dw[k] += x[i]·dy[o] adds for each.",
    },
    Wrong {
        name: "dw_pad_after_for_before",
        answer: Gradients {
            dx: input_gradient,
            dw: |window, extents, x, dy| kernel_gradient(turned(window), extents, x, dy),
        },
        words: "w[k] meets x[o·s + k − pad.1]",
        explanation: "This is what comes out when w[k] meets x[o·s + k − pad.1]: the padding that stands before the image is pad.0.",
    },
    Wrong {
        name: "dw_without_stride",
        answer: Gradients { dx: input_gradient, dw: dw_without_stride },
        words: "meets x[o + k − p]",
        explanation: "This is what comes out when w[k] meets x[o + k − p]: output o begins at pixel o·s, so it is the stride that is missing.",
    },
    Wrong {
        name: "dw_of_the_last_image",
        answer: Gradients { dx: input_gradient, dw: dw_of_the_last_image },
        words: "of the last image alone",
        explanation: "This is what comes out of the last image alone: all images share the kernel, and dw is the sum over them.",
    },
    Wrong {
        name: "dw_mean_of_images",
        answer: Gradients { dx: input_gradient, dw: dw_mean_of_images },
        words: "divided by the number of images",
        explanation: "This is what comes out when dw is divided by the number of images: whoever takes a mean does so in the loss, and dy has it already.",
    },
    Wrong {
        name: "dw_channels_swapped",
        answer: Gradients { dx: input_gradient, dw: dw_channels_swapped },
        words: "stored as [kh, kw, co, ci]",
        explanation: "This is what comes out when dw is stored as [kh, kw, co, ci]: it has the layout of the kernel, [kh, kw, ci, co].",
    },
];

/// The kernel with its taps in the opposite order.
fn backwards(window: Window, [_, ci, co]: [usize; 3], w: &[f32]) -> Vec<f32> {
    let matrices = w.chunks(ci * co).rev().flatten().copied().collect::<Vec<f32>>();
    assert_eq!(window.kernel_taps() * ci * co, matrices.len());
    matrices
}

/// The kernel with the matrix of each tap transposed, from `[rows, columns]`.
fn transposed(w: &[f32], [rows, columns]: [usize; 2]) -> Vec<f32> {
    let turned =
        |tap: &[f32]| -> Vec<f32> { (0..rows * columns).map(|i| tap[i % rows * columns + i / rows]).collect() };
    w.chunks(rows * columns).flat_map(turned).collect()
}

/// The window with its paddings in each other's place.
fn turned(mut window: Window) -> Window {
    for axis in [&mut window.down, &mut window.across] {
        axis.pad = (axis.pad.1, axis.pad.0);
    }
    window
}

fn dw_without_stride(mut window: Window, extents: [usize; 3], x: &[f32], dy: &[f32]) -> Vec<f32> {
    window.down.stride = 1;
    window.across.stride = 1;
    kernel_gradient(window, extents, x, dy)
}

fn dx_taps_backwards(window: Window, extents: [usize; 3], w: &[f32], dy: &[f32]) -> Vec<f32> {
    input_gradient(window, extents, &backwards(window, extents, w), dy)
}

fn dx_over_padding(window: Window, extents: [usize; 3], w: &[f32], dy: &[f32]) -> Vec<f32> {
    let mut bare = window;
    bare.down.pad = (0, 0);
    bare.across.pad = (0, 0);
    input_gradient(bare, extents, w, dy)
}

fn dx_overwritten(window: Window, extents: [usize; 3], w: &[f32], dy: &[f32]) -> Vec<f32> {
    let mut dx = vec![0.0; extents[0] * window.input_pixels() * extents[1]];
    each(window, extents, |i, k, o| dx[i] = w[k] * dy[o]);
    dx
}

fn dx_without_stride(window: Window, extents: [usize; 3], w: &[f32], dy: &[f32]) -> Vec<f32> {
    let mut dense = window;
    dense.down.stride = 1;
    dense.across.stride = 1;
    input_gradient(dense, extents, w, dy)
}

fn dx_channels_swapped(window: Window, extents: [usize; 3], w: &[f32], dy: &[f32]) -> Vec<f32> {
    let [_, ci, co] = extents;
    input_gradient(window, extents, &transposed(w, [co, ci]), dy)
}

fn dw_taps_backwards(window: Window, extents: [usize; 3], x: &[f32], dy: &[f32]) -> Vec<f32> {
    backwards(window, extents, &kernel_gradient(window, extents, x, dy))
}

fn dw_overwritten(window: Window, extents: [usize; 3], x: &[f32], dy: &[f32]) -> Vec<f32> {
    let mut dw = vec![0.0; window.kernel_taps() * extents[1] * extents[2]];
    each(window, extents, |i, k, o| dw[k] = x[i] * dy[o]);
    dw
}

fn dw_of_the_last_image(window: Window, [n, ci, co]: [usize; 3], x: &[f32], dy: &[f32]) -> Vec<f32> {
    let last_x = &x[(n - 1) * window.input_pixels() * ci..];
    let last_dy = &dy[(n - 1) * window.output_pixels() * co..];
    kernel_gradient(window, [1, ci, co], last_x, last_dy)
}

fn dw_mean_of_images(window: Window, extents: [usize; 3], x: &[f32], dy: &[f32]) -> Vec<f32> {
    let images = extents[0] as f32;
    kernel_gradient(window, extents, x, dy).into_iter().map(|sum| sum / images).collect()
}

fn dw_channels_swapped(window: Window, extents: [usize; 3], x: &[f32], dy: &[f32]) -> Vec<f32> {
    let [_, ci, co] = extents;
    transposed(&kernel_gradient(window, extents, x, dy), [ci, co])
}

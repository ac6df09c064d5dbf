//! Wrong answers to exercise 10.

use super::{Overlap, painted};
use crate::Wrong;

pub const WRONG: &[Wrong<Overlap>] = &[
    Wrong {
        name: "counts_of_inputs",
        answer: Overlap { counts: counts_of_inputs, has_pattern, kernel_for },
        words: "pixels of the small row",
        explanation: "This is what comes out when the pixels of the small row are counted: each paints kernel pixels, but what is asked is how often each large one is painted.",
    },
    Wrong {
        name: "border_ignored",
        answer: Overlap { counts: border_ignored, has_pattern, kernel_for },
        words: "a row without ends",
        explanation: "This is what comes out for a row without ends: near its ends there is no neighbour that paints too, so the counts are smaller.",
    },
    Wrong {
        name: "stride_ignored",
        answer: Overlap { counts: |pixels, kernel, _| painted(pixels, kernel, 1), has_pattern, kernel_for },
        words: "each starts one pixel further",
        explanation: "This is what comes out when the stride is left out and each starts one pixel further: pixel o paints from o·stride on.",
    },
    Wrong {
        name: "cropped",
        answer: Overlap { counts: cropped, has_pattern, kernel_for },
        words: "the row is pixels·stride long",
        explanation: "This is what comes out when the row is pixels·stride long: nothing is cropped here, so the last pixel paints its whole kernel.",
    },
    Wrong {
        name: "remainder_reversed",
        answer: Overlap { counts: painted, has_pattern: |kernel, stride| stride % kernel != 0, kernel_for },
        words: "the kernel divides the stride",
        explanation: "This is what comes out when one asks whether the kernel divides the stride: it is the stride that must divide the kernel.",
    },
    Wrong {
        name: "overlap_is_a_pattern",
        answer: Overlap { counts: painted, has_pattern: |kernel, stride| stride < kernel, kernel_for },
        words: "every overlap is a pattern",
        explanation: "This is what comes out when every overlap is a pattern: kernel 4 with stride 2 overlaps, and each pixel is painted twice.",
    },
    Wrong {
        name: "pattern_is_no_pattern",
        answer: Overlap { counts: painted, has_pattern: |kernel, stride| kernel.is_multiple_of(stride), kernel_for },
        words: "true and false have changed places",
        explanation: "This is what comes out when true and false have changed places: there is a pattern if the division leaves a remainder.",
    },
    Wrong {
        name: "no_overlap",
        answer: Overlap { counts: painted, has_pattern, kernel_for: |stride| stride },
        words: "as long as the stride",
        explanation: "This is what comes out for a kernel as long as the stride: it leaves no pattern, but neighbours do not overlap.",
    },
    Wrong {
        name: "one_longer",
        answer: Overlap { counts: painted, has_pattern, kernel_for: |stride| stride + 1 },
        words: "one longer than the stride",
        explanation: "This is what comes out for a kernel one longer than the stride: the stride does not divide it, and every stride-th pixel is painted twice.",
    },
];

fn has_pattern(kernel: usize, stride: usize) -> bool {
    !kernel.is_multiple_of(stride)
}

fn kernel_for(stride: usize) -> usize {
    2 * stride
}

fn counts_of_inputs(pixels: usize, kernel: usize, _: usize) -> Vec<usize> {
    vec![kernel; pixels]
}

fn border_ignored(pixels: usize, kernel: usize, stride: usize) -> Vec<usize> {
    (0..(pixels - 1) * stride + kernel).map(|at| (at % stride..kernel).step_by(stride).count()).collect()
}

fn cropped(pixels: usize, kernel: usize, stride: usize) -> Vec<usize> {
    let mut counts = painted(pixels, kernel, stride);
    counts.resize(pixels * stride, 0);
    counts
}

//! Exercise 07: the convolution as loops.

use tensor::Window;
use tensor::ops::conv2d::reference;

use super::windows::{Convolution, Operand};
use crate::{Exercise, Mistake, Part, Right};

#[path = "../../wrong/07_conv.rs"]
mod wrong;

/// `conv(window, [n, ci, co], x, w)`.
pub type Conv = fn(Window, [usize; 3], &[f32], &[f32]) -> Vec<f32>;

/// What is judged.
pub const EXERCISE: Exercise<Conv, Convolution> = Exercise {
    name: "07_conv",
    chapter: "chapter 5, \"One sum, three roles\"",
    file: "crates/tensor/src/ops/conv2d.rs, reference::each",
    fixed: Convolution::fixed,
    drawn: Convolution::drawn,
    size: Convolution::size,
    show: |case| case.show(&[("x", Operand::X), ("w", Operand::W)]),
    parts: &[Part {
        name: "y",
        yours: |conv, case| conv(case.window, case.extents, &case.x, &case.w).into(),
        right: |case| {
            let Window { down, across } = case.window;
            let [n, _, co] = case.extents;
            let axes = [("n", n), ("oy", down.output), ("ox", across.output), ("co", co)];
            Right::exactly(reference::forward(case.window, case.extents, &case.x, &case.w)).axes(&axes)
        },
    }],
    wrong: wrong::WRONG,
};

/// Judges the reader's convolution.
///
/// # Errors
/// The smallest failure.
pub fn check(conv: Conv) -> Result<(), Mistake> {
    EXERCISE.check(&conv)
}

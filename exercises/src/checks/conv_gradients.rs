//! Exercise 08: both gradients of a convolution.

use tensor::Window;
use tensor::ops::conv2d::reference;

use super::windows::{Convolution, Operand};
use crate::{Exercise, Mistake, Part, Right};

#[path = "../../wrong/08_conv_gradients.rs"]
mod wrong;

/// A gradient, from the window, `[n, ci, co]`, the other operand and `dy`.
pub type Gradient = fn(Window, [usize; 3], &[f32], &[f32]) -> Vec<f32>;

/// The reader's functions.
pub struct Gradients {
    /// `dx(window, [n, ci, co], w, dy)`.
    pub dx: Gradient,
    /// `dw(window, [n, ci, co], x, dy)`.
    pub dw: Gradient,
}

/// What is judged.
pub const EXERCISE: Exercise<Gradients, Convolution> = Exercise {
    name: "08_conv_gradients",
    chapter: "chapter 5, \"One sum, three roles\"",
    file: "crates/tensor/src/ops/conv2d.rs, reference::each",
    fixed: Convolution::fixed,
    drawn: Convolution::drawn,
    size: Convolution::size,
    show: |case| case.show(&[("x", Operand::X), ("w", Operand::W), ("dy", Operand::Dy)]),
    parts: &[
        Part {
            name: "dx",
            yours: |yours, case| (yours.dx)(case.window, case.extents, &case.w, &case.dy).into(),
            right: |case| {
                let Window { down, across } = case.window;
                let [n, ci, _] = case.extents;
                let axes = [("n", n), ("iy", down.input), ("ix", across.input), ("ci", ci)];
                Right::exactly(reference::input_gradient(case.window, case.extents, &case.w, &case.dy)).axes(&axes)
            },
        },
        Part {
            name: "dw",
            yours: |yours, case| (yours.dw)(case.window, case.extents, &case.x, &case.dy).into(),
            right: |case| {
                let Window { down, across } = case.window;
                let [_, ci, co] = case.extents;
                let axes = [("ky", down.kernel), ("kx", across.kernel), ("ci", ci), ("co", co)];
                Right::exactly(reference::kernel_gradient(case.window, case.extents, &case.x, &case.dy)).axes(&axes)
            },
        },
    ],
    wrong: wrong::WRONG,
};

/// Judges the reader's gradients.
///
/// # Errors
/// The smallest failure.
pub fn check(dx: Gradient, dw: Gradient) -> Result<(), Mistake> {
    EXERCISE.check(&Gradients { dx, dw })
}

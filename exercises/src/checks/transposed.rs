//! Exercise 09: the transposed convolution.
//!
//! The right result comes from the convolution alone. Its transpose is the map for which
//! `⟨conv(u), x⟩ = ⟨u, convᵀ(x)⟩`, so with an image `u` of one 1 and zeros elsewhere, the left side
//! is one number of `convᵀ(x)`.

use tensor::Window;
use tensor::ops::conv2d::reference;

use super::windows::{Convolution, Operand};
use crate::{Exercise, Mistake, Part, Right};

#[path = "../../wrong/09_transposed.rs"]
mod wrong;

/// `enlarge(window, [n, ci, co], x, w)`.
pub type Enlarge = fn(Window, [usize; 3], &[f32], &[f32]) -> Vec<f32>;

/// What is judged.
pub const EXERCISE: Exercise<Enlarge, Convolution> = Exercise {
    name: "09_transposed",
    chapter: "chapter 6, \"From small to large\"",
    file: "crates/tensor/src/ops/conv_transpose2d.rs, reference::forward",
    fixed: Convolution::fixed,
    drawn: Convolution::drawn,
    size: Convolution::size,
    show: |case| case.show(&[("x", Operand::Dy), ("w", Operand::W)]),
    parts: &[Part {
        name: "y",
        yours: |enlarge, case| enlarge(case.window, case.extents, &case.dy, &case.w).into(),
        right: |case| {
            let Window { down, across } = case.window;
            let [n, ci, _] = case.extents;
            let axes = [("n", n), ("iy", down.input), ("ix", across.input), ("ci", ci)];
            Right::exactly(by_the_identity(case)).axes(&axes)
        },
    }],
    wrong: wrong::WRONG,
};

/// `⟨conv(u), x⟩` for each image `u` that is 1 in one place.
fn by_the_identity(case: &Convolution) -> Vec<f32> {
    let mut unit = vec![0.0; case.x.len()];
    let mut y = Vec::with_capacity(unit.len());
    for at in 0..unit.len() {
        unit[at] = 1.0;
        let seen = reference::forward(case.window, case.extents, &unit, &case.w);
        y.push(seen.iter().zip(&case.dy).map(|(seen, x)| seen * x).sum());
        unit[at] = 0.0;
    }
    y
}

/// Judges the reader's transposed convolution.
///
/// # Errors
/// The smallest failure.
pub fn check(enlarge: Enlarge) -> Result<(), Mistake> {
    EXERCISE.check(&enlarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor::ops::conv_transpose2d;

    #[test]
    fn the_identity_gives_what_the_project_computes() {
        for case in Convolution::fixed() {
            let ours = conv_transpose2d::reference::forward(case.window, case.extents, &case.dy, &case.w);
            tensor::check::exact(&by_the_identity(&case), &ours);
        }
    }
}

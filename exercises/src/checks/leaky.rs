//! Exercise 04: leaky ReLU and its gradient.
//!
//! The slopes have a few binary places and the numbers are whole, so all results are exact.

use tensor::ops::leaky_relu;

use crate::{Draw, Exercise, Mistake, Part, Right, list};

#[path = "../../wrong/04_leaky.rs"]
mod wrong;

/// The reader's functions.
pub struct Leaky {
    /// `forward(slope, x)`.
    pub forward: fn(f32, &[f32]) -> Vec<f32>,
    /// `backward(slope, x, dy)`.
    pub backward: fn(f32, &[f32], &[f32]) -> Vec<f32>,
}

/// Numbers and the gradients that reach their results.
pub struct Bend {
    slope: f32,
    x: Vec<f32>,
    dy: Vec<f32>,
}

impl Bend {
    fn new(slope: f32, x: &[f32], dy: &[f32]) -> Self {
        Self { slope, x: x.to_vec(), dy: dy.to_vec() }
    }

    fn fixed() -> Vec<Self> {
        vec![
            Self::new(0.5, &[2.0], &[1.0]),
            Self::new(0.5, &[-1.0], &[1.0]),
            Self::new(0.5, &[0.0], &[1.0]),
            Self::new(0.5, &[2.0], &[-10.0]),
            Self::new(0.25, &[-4.0], &[10.0]),
            Self::new(0.25, &[-4.0], &[-10.0]),
            Self::new(0.0, &[-4.0], &[10.0]),
            Self::new(0.5, &[f32::NAN], &[10.0]),
            Self::new(0.5, &[-1.0], &[f32::NAN]),
            Self::new(0.5, &[2.0, -1.0, 0.0], &[1.0, 10.0, 100.0]),
        ]
    }

    /// One list in twenty has a NaN.
    fn drawn(draw: &mut Draw) -> Self {
        let len = draw.between(1, 6);
        let (mut x, mut dy) = (draw.integers(len), draw.integers(len));
        for numbers in [&mut x, &mut dy] {
            if draw.between(1, 20) == 1 {
                numbers[draw.between(0, len - 1)] = f32::NAN;
            }
        }
        Self { slope: draw.one_of(&[0.0, 0.125, 0.25, 0.5, 0.75]), x, dy }
    }
}

/// What is judged.
pub const EXERCISE: Exercise<Leaky, Bend> = Exercise {
    name: "04_leaky",
    chapter: "chapter 4, \"A judge of pictures\"",
    file: "crates/tensor/src/ops/leaky_relu.rs, reference::forward",
    fixed: Bend::fixed,
    drawn: Bend::drawn,
    size: |case| case.x.len(),
    show: |case| format!("slope {}  x = {}  dy = {}", case.slope, list(&case.x), list(&case.dy)),
    parts: &[
        Part {
            name: "y",
            yours: |yours, case| (yours.forward)(case.slope, &case.x).into(),
            right: |case| Right::exactly(leaky_relu::reference::forward(case.slope, &case.x)),
        },
        Part {
            name: "dx",
            yours: |yours, case| (yours.backward)(case.slope, &case.x, &case.dy).into(),
            right: |case| {
                let dx = |(x, dy): (&f32, &f32)| if 0.0 < *x { *dy } else { case.slope * dy };
                Right::exactly(case.x.iter().zip(&case.dy).map(dx).collect::<Vec<f32>>())
            },
        },
    ],
    wrong: wrong::WRONG,
};

/// Judges the reader's functions.
///
/// # Errors
/// The smallest failure.
pub fn check(
    forward: fn(f32, &[f32]) -> Vec<f32>,
    backward: fn(f32, &[f32], &[f32]) -> Vec<f32>,
) -> Result<(), Mistake> {
    EXERCISE.check(&Leaky { forward, backward })
}

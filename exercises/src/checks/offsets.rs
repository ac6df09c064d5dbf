//! Exercise 01: where a number of an NHWC tensor stands.

use crate::{Draw, Exercise, Mistake, Part, Right, Value, list};

#[path = "../../wrong/01_offsets.rs"]
mod wrong;

/// The reader's functions.
pub struct Offsets {
    /// `offset([n, h, w, c], [image, y, x, channel])`.
    pub offset: fn([usize; 4], [usize; 4]) -> usize,
    /// `image_at([n, h, w, c], data, image)`.
    pub image_at: fn([usize; 4], &[f32], usize) -> &[f32],
}

/// The extents of a tensor. Its numbers are 0, 1, 2 … as they lie in memory.
pub struct Extents([usize; 4]);

impl Extents {
    fn len(&self) -> usize {
        self.0.iter().product()
    }

    /// All places, in the order in which they should lie in memory.
    fn places(&self) -> impl Iterator<Item = [usize; 4]> {
        let [n, h, w, c] = self.0;
        (0..n * h * w * c).map(move |i| [i / (h * w * c), i / (w * c) % h, i / c % w, i % c])
    }

    fn numbers(&self) -> Vec<f32> {
        (0..self.len()).map(|i| i as f32).collect()
    }
}

/// What is judged.
pub const EXERCISE: Exercise<Offsets, Extents> = Exercise {
    name: "01_offsets",
    chapter: "chapter 2, \"Numbers with a shape\"",
    file: "crates/tensor/src/lib.rs, the layouts",
    fixed: || {
        let extents = [
            [1, 1, 3, 1],
            [1, 1, 2, 2],
            [1, 2, 1, 1],
            [1, 2, 3, 1],
            [1, 3, 2, 2],
            [2, 1, 1, 1],
            [2, 2, 1, 1],
            [2, 1, 2, 1],
            [2, 2, 3, 2],
        ];
        extents.map(Extents).into()
    },
    drawn: |draw: &mut Draw| Extents([1, 1, 1, 1].map(|least| draw.between(least, 5))),
    size: Extents::len,
    show: |case| {
        let data = list(&case.numbers());
        format!("[n, h, w, c] = {:?}  data = {data}  every place from [0, 0, 0, 0] on", case.0)
    },
    parts: &[
        Part {
            name: "offset",
            yours: |yours, case| case.places().map(|place| (yours.offset)(case.0, place)).collect::<Vec<_>>().into(),
            right: |case| {
                let [n, h, w, c] = case.0;
                Right::exactly(case.numbers()).axes(&[("n", n), ("y", h), ("x", w), ("c", c)])
            },
        },
        Part {
            name: "image_at(0)",
            yours: |yours, case| Value::from((yours.image_at)(case.0, &case.numbers(), 0)),
            right: |case| Right::exactly(&case.numbers()[..case.len() / case.0[0]]),
        },
        Part {
            name: "image_at(last)",
            yours: |yours, case| Value::from((yours.image_at)(case.0, &case.numbers(), case.0[0] - 1)),
            right: |case| Right::exactly(case.numbers().split_off(case.len() - case.len() / case.0[0])),
        },
    ],
    wrong: wrong::WRONG,
};

/// Judges the reader's functions.
///
/// # Errors
/// The smallest failure.
pub fn check(
    offset: fn([usize; 4], [usize; 4]) -> usize,
    image_at: fn([usize; 4], &[f32], usize) -> &[f32],
) -> Result<(), Mistake> {
    EXERCISE.check(&Offsets { offset, image_at })
}

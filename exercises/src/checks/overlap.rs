//! Exercise 10: how often a transposed convolution paints each pixel.

use crate::{Draw, Exercise, Mistake, Part, Right};

#[path = "../../wrong/10_overlap.rs"]
mod wrong;

/// The reader's functions.
pub struct Overlap {
    /// `counts(pixels, kernel, stride)`.
    pub counts: fn(usize, usize, usize) -> Vec<usize>,
    /// `has_pattern(kernel, stride)`.
    pub has_pattern: fn(usize, usize) -> bool,
    /// `kernel_for(stride)`.
    pub kernel_for: fn(usize) -> usize,
}

/// A row of pixels that is enlarged.
pub struct Row {
    pixels: usize,
    kernel: usize,
    stride: usize,
}

/// What is judged.
pub const EXERCISE: Exercise<Overlap, Row> = Exercise {
    name: "10_overlap",
    chapter: "chapter 6, \"From small to large\"",
    file: "crates/tensor/src/ops/conv_transpose2d.rs, its first lines",
    fixed: || {
        let rows = [
            (1, 1, 1),
            (2, 1, 1),
            (2, 2, 1),
            (2, 3, 1),
            (2, 2, 2),
            (2, 3, 2),
            (3, 3, 2),
            (3, 4, 2),
            (3, 2, 3),
            (4, 6, 3),
            (4, 4, 3),
            // Neighbours in the middle may be painted equally often, and others not.
            (2, 5, 4),
            (2, 7, 4),
        ];
        rows.map(|(pixels, kernel, stride)| Row { pixels, kernel, stride }).into()
    },
    drawn: |draw: &mut Draw| Row { pixels: draw.between(1, 9), kernel: draw.between(1, 9), stride: draw.between(1, 5) },
    size: |row| row.pixels * row.stride + row.kernel,
    show: |row| format!("pixels: {}, kernel: {}, stride: {}", row.pixels, row.kernel, row.stride),
    parts: &[
        Part {
            name: "counts",
            yours: |yours, row| (yours.counts)(row.pixels, row.kernel, row.stride).into(),
            right: |row| Right::exactly(painted(row.pixels, row.kernel, row.stride)),
        },
        Part {
            name: "has_pattern",
            yours: |yours, row| (yours.has_pattern)(row.kernel, row.stride).into(),
            right: |row| Right::exactly(is_uneven(row.kernel, row.stride)),
        },
        Part {
            name: "kernel_for",
            yours: |yours, row| (yours.kernel_for)(row.stride).into(),
            right: |row| {
                let smallest = (row.stride + 1..).find(|&kernel| !is_uneven(kernel, row.stride));
                Right::exactly(smallest.unwrap_or_default())
            },
        },
    ],
    wrong: wrong::WRONG,
};

/// The counts, by looking at each pixel: the outputs `o` and taps `k` with `o·stride + k` there.
fn painted(pixels: usize, kernel: usize, stride: usize) -> Vec<usize> {
    let paints = |o: usize, at: usize| (o * stride..o * stride + kernel).contains(&at);
    (0..(pixels - 1) * stride + kernel).map(|at| (0..pixels).filter(|&o| paints(o, at)).count()).collect()
}

/// Whether the counts differ in the middle of a row that is long enough.
fn is_uneven(kernel: usize, stride: usize) -> bool {
    let counts = painted(kernel + 4, kernel, stride);
    let middle = &counts[kernel..counts.len() - kernel];
    middle.iter().any(|count| *count != middle[0])
}

/// Judges the reader's functions.
///
/// # Errors
/// The smallest failure.
pub fn check(
    counts: fn(usize, usize, usize) -> Vec<usize>,
    has_pattern: fn(usize, usize) -> bool,
    kernel_for: fn(usize) -> usize,
) -> Result<(), Mistake> {
    EXERCISE.check(&Overlap { counts, has_pattern, kernel_for })
}

//! A sparse map: a small matrix, mostly zeros, applied to the pixels of an image or to the taps of
//! a kernel.
//!
//! A pixel is a row of channels here, and each row of the result is a combination of a few rows. By
//! hand, two rows, and the map that keeps the first and subtracts the second from it:
//!
//! ```text
//! x = [ 1 2 ]    combinations = [ 1·x₀        ]    result = [  1   2 ]
//!     [ 5 7 ]                   [ 1·x₀ − 1·x₁ ]             [ −4  −5 ]
//! ```

use std::ops::Range;

use crate::Buffer;
use crate::fast::{self, parallel};

/// A row of the matrix: which rows are added up, each with its factor.
pub(crate) type Combination = Vec<(usize, f32)>;

/// Elements of a row that are computed at a time: four of the widest registers.
const BLOCK: usize = 64;

/// Elements at a time where fewer are left: a register of AVX2.
const NARROW: usize = 8;

/// Elements that a task writes, about: 64 KiB.
const TASK: usize = 16 * 1024;

/// The number of elements below which blocks are not cut, and written one after the other: some ten
/// microseconds.
const FEW: usize = 4 * TASK;

/// `out[i] = Σ factor·row[j]` over the pairs `(j, factor)` of `combinations[i]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SparseMap {
    /// Rows of what the map is applied to.
    pub(crate) inputs: usize,
    /// One for each row of the result.
    pub(crate) combinations: Vec<Combination>,
}

impl SparseMap {
    /// The matrix with rows and columns exchanged.
    pub(crate) fn transposed(&self) -> Self {
        let mut sums = vec![Vec::new(); self.inputs];
        for (i, sum) in self.combinations.iter().enumerate() {
            sum.iter().for_each(|&(j, factor)| sums[j].push((i, factor)));
        }
        Self { inputs: self.combinations.len(), combinations: sums }
    }

    /// `[n, combinations, len]` from `[n, inputs, len]`, in parallel.
    pub(crate) fn apply(&self, len: usize, from: &[f32]) -> Buffer {
        let (rows, sums) = (self.inputs * len, self.combinations.len());
        let n = from.len() / rows.max(1);
        assert_eq!(n * rows, from.len(), "sparse map: {n} times {} rows of {len}", self.inputs);
        let mut out = Buffer::scratch(n * sums * len);
        let at_once = (TASK / len.max(1)).clamp(1, sums.max(1));
        parallel::chunks_mut(&mut out, sums * len, &|image, out| {
            let from = &from[image * rows..][..rows];
            parallel::chunks_mut(out, at_once * len, &|task, out| {
                let some = task * at_once..task * at_once + out.len() / len;
                match some.len() {
                    // A long row is cut.
                    1 => parallel::chunks_mut(out, TASK, &|part, out| {
                        self.write(some.clone(), len, &from[part * TASK..], out);
                    }),
                    _ => self.write(some, len, from, out),
                }
            });
        });
        out
    }

    /// The combinations of the rows of `[images, inputs, len]`, in parallel, in blocks of `depth`
    /// columns.
    pub(crate) fn apply_in_blocks(&self, len: usize, depth: usize, from: &[f32]) -> Combined {
        let (image, rows) = (self.inputs * len, self.combinations.len());
        let images = from.len() / image.max(1);
        assert_eq!(images * image, from.len(), "sparse map: {images} times {} rows of {len}", self.inputs);
        let group = (GROUP_ROWS / rows).clamp(4, 16).next_power_of_two().min(images.max(1));
        let mut combined = Combined { images, rows, group, depth, elements: Buffer::default() };
        let mut elements = Buffer::scratch(combined.start(len));
        let is_small = elements.len() < FEW;
        let write_block = |block: usize, out: &mut [f32]| {
            let first = block * depth;
            let own = depth.min(len - first);
            let at_once = if is_small { rows } else { (TASK / (group * own)).clamp(1, rows) };
            parallel::chunks_mut(out, group * rows * own, &|g, out| {
                let from = &from[g * group * image + first..];
                parallel::chunks_mut(out, at_once * group * own, &|task, out| {
                    let some = &self.combinations[task * at_once..];
                    fast::dispatch(
                        #[inline(always)]
                        || {
                            for (sum, out) in some.iter().zip(out.chunks_exact_mut(group * own)) {
                                for (from, out) in from.chunks(image).zip(out.chunks_exact_mut(own)) {
                                    write_sum(sum, len, from, None, out);
                                }
                            }
                        },
                    );
                });
            });
        };
        let block_len = combined.start(depth).max(1);
        if is_small {
            elements.chunks_mut(block_len).enumerate().for_each(|(block, out)| write_block(block, out));
        } else {
            parallel::chunks_mut(&mut elements, block_len, &write_block);
        }
        combined.elements = elements;
        combined
    }

    /// Some combinations of rows that begin `stride` elements apart.
    fn write(&self, some: Range<usize>, stride: usize, from: &[f32], out: &mut [f32]) {
        let len = out.len() / some.len();
        fast::dispatch(
            #[inline(always)]
            || {
                for (sum, out) in self.combinations[some].iter().zip(out.chunks_exact_mut(len)) {
                    write_sum(sum, stride, from, None, out);
                }
            },
        );
    }
}

/// The number of rows, about, of a group of images, so that a block of them fits into a core's
/// second-level cache.
const GROUP_ROWS: usize = 1024;

/// Combinations of the rows of images, in the order in which products read them: in blocks of
/// columns, and in groups of images. One `[rows, images of a group, columns of a block]` follows
/// another. Of the last group, images may be missing; there is room for them.
#[derive(Debug)]
pub(crate) struct Combined {
    pub(crate) images: usize,
    /// The number of combinations of an image.
    pub(crate) rows: usize,
    /// The number of images of a group.
    pub(crate) group: usize,
    /// The number of columns of a block.
    pub(crate) depth: usize,
    elements: Buffer,
}

impl Combined {
    fn start(&self, column: usize) -> usize {
        self.images.next_multiple_of(self.group) * self.rows * column
    }

    /// The elements from the block on that begins at a column.
    pub(crate) fn block_at(&self, column: usize) -> &[f32] {
        &self.elements[self.start(column)..]
    }

    /// Whether there are so many columns.
    pub(crate) fn has_columns(&self, columns: usize) -> bool {
        self.start(columns) == self.elements.len()
    }
}

/// One combination of rows that begin `stride` elements apart, over the length of `out`, compiled
/// for the instruction set of its caller.
#[inline(always)]
pub(crate) fn write_sum(sum: &[(usize, f32)], stride: usize, from: &[f32], bias: Option<&[f32]>, out: &mut [f32]) {
    let (wide, rest) = out.split_at_mut(out.len() / BLOCK * BLOCK);
    write_blocks::<BLOCK>(sum, stride, from, bias, 0, wide);
    let (narrow, last) = rest.split_at_mut(rest.len() / NARROW * NARROW);
    write_blocks::<NARROW>(sum, stride, from, bias, wide.len(), narrow);
    write_blocks::<1>(sum, stride, from, bias, wide.len() + narrow.len(), last);
}

/// The same for columns from `first`, `N` at a time, in registers.
#[inline(always)]
fn write_blocks<const N: usize>(
    sum: &[(usize, f32)],
    stride: usize,
    from: &[f32],
    bias: Option<&[f32]>,
    first: usize,
    out: &mut [f32],
) {
    for (start, out) in (first..).step_by(N).zip(out.as_chunks_mut::<N>().0) {
        let mut total = [0.0; N];
        for &(j, factor) in sum {
            let row: &[f32; N] = from[j * stride + start..].first_chunk().expect("within the row");
            for l in 0..N {
                total[l] += factor * row[l];
            }
        }
        if let Some(bias) = bias {
            let bias: &[f32; N] = bias[start..].first_chunk().expect("as long as a row");
            for l in 0..N {
                total[l] += bias[l];
            }
        }
        *out = total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn by_hand() {
        let sums = SparseMap { inputs: 2, combinations: vec![vec![(1, 1.0)], vec![], vec![(0, 1.0), (1, -1.0)]] };
        let x = [1.0, 2.0, 30.0, 40.0, 5.0, 6.0, 70.0, 80.0]; // two images of two rows of two
        let truth = [30.0, 40.0, 0.0, 0.0, -29.0, -38.0, 70.0, 80.0, 0.0, 0.0, -65.0, -74.0];
        check::exact(&sums.apply(2, &x), &truth);
        let mut biased = [f32::NAN; 2];
        write_sum(&sums.combinations[2], 2, &x[..4], Some(&[0.5, 0.25]), &mut biased);
        check::exact(&biased, &[-28.5, -37.75]);
        let back = sums.transposed().apply(1, &[1.0, 10.0, 100.0]);
        check::exact(&back, &[100.0, -99.0]);
    }

    #[test]
    fn rows_longer_than_a_block() {
        let sums = SparseMap { inputs: 2, combinations: vec![vec![(0, 1.0), (1, 1.0)]] };
        let x = check::integers(1, 2 * (2 * BLOCK + 3));
        let (first, second) = x.split_at(2 * BLOCK + 3);
        let truth: Vec<f32> = first.iter().zip(second).map(|(a, b)| a + b).collect();
        check::exact(&sums.apply(2 * BLOCK + 3, &x), &truth);
    }

    /// Every element is where the products look for it: the last block of columns is narrower, and
    /// the last group of images is not full.
    #[test]
    fn blocks_have_the_elements_of_the_whole() {
        let sums = SparseMap { inputs: 2, combinations: vec![vec![(1, 1.0)], vec![(0, 1.0), (1, -1.0)], vec![]] };
        for (images, len, columns) in [(1, 3, 8), (21, 5, 2), (32, 4, 2), (3, 1, 1), (33, 1000, 300)] {
            let x = check::integers(1, images * 2 * len);
            let whole = sums.apply(len, &x);
            let combined = sums.apply_in_blocks(len, columns, &x);
            assert!(combined.has_columns(len) && !combined.has_columns(len + 1));
            for (image, row, column) in (0..images).flat_map(|i| (0..3 * len).map(move |j| (i, j / len, j % len))) {
                let first = column / columns * columns;
                let (own, Combined { group, rows, .. }) = (columns.min(len - first), &combined);
                let in_group = (row * group + image % group) * own + column - first;
                let element = combined.block_at(first)[image / group * rows * group * own + in_group];
                assert_eq!(whole[(image * 3 + row) * len + column], element, "{images} {len} {columns}");
            }
        }
    }
}

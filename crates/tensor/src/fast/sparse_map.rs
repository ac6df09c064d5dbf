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
        let mut out = Buffer::scratch(from.len() / self.inputs * self.combinations.len());
        self.apply_into(len, from, None, &mut out);
        out
    }

    /// The same into `out`. `bias [len]`, if there is one, is added to each row.
    pub(crate) fn apply_into(&self, len: usize, from: &[f32], bias: Option<&[f32]>, out: &mut [f32]) {
        let rows = self.inputs * len;
        let sums = self.combinations.len() * len;
        let n = from.len() / rows;
        assert_eq!(
            (n * rows, n * sums),
            (from.len(), out.len()),
            "sparse map: {n} times {} rows of {len}",
            self.inputs
        );
        let together = (TASK / len).clamp(1, self.combinations.len());
        parallel::chunks_mut(out, sums, &|image, out| {
            let from = &from[image * rows..][..rows];
            parallel::chunks_mut(out, together * len, &|task, out| {
                write(&self.combinations[task * together..][..out.len() / len], len, from, bias, out);
            });
        });
    }
}

/// The combinations of the rows of one image.
fn write(sums: &[Combination], len: usize, from: &[f32], bias: Option<&[f32]>, out: &mut [f32]) {
    fast::dispatch(
        #[inline(always)]
        || {
            for (sum, out) in sums.iter().zip(out.chunks_exact_mut(len)) {
                write_sum(sum, len, from, bias, out);
            }
        },
    );
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
        let biased: Vec<f32> = truth.iter().zip([0.5, 0.25].iter().cycle()).map(|(x, b)| x + b).collect();
        let mut out = vec![f32::NAN; 12];
        sums.apply_into(2, &x, Some(&[0.5, 0.25]), &mut out);
        check::exact(&out, &biased);
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
}

//! Sums of rows: a small matrix, most of it zeros, applied to the pixels of an image or to the taps
//! of a kernel.

use crate::Buffer;
use crate::fast::{self, parallel};

/// A row of the matrix: the rows that are summed, with their factors.
pub(crate) type Sum = Vec<(usize, f32)>;

/// The number of elements of a row that are summed at a time. They fill four of the widest
/// registers: one panel of AVX-512, or several narrower panels.
pub(crate) const BLOCK: usize = 64;

/// The number of elements at a time where fewer than a block are left: a register of AVX2.
const NARROW: usize = 8;

/// The number of elements that a task writes: 64 KiB.
const TASK: usize = 16 * 1024;

/// `out[i] = Σ factor·row[j]` over the pairs `(j, factor)` of `sums[i]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sums {
    /// The number of rows that can be summed.
    pub(crate) rows: usize,
    pub(crate) sums: Vec<Sum>,
}

impl Sums {
    /// The matrix with rows and columns exchanged.
    pub(crate) fn transposed(&self) -> Self {
        let mut sums = vec![Vec::new(); self.rows];
        for (i, sum) in self.sums.iter().enumerate() {
            sum.iter().for_each(|&(j, factor)| sums[j].push((i, factor)));
        }
        Self { rows: self.sums.len(), sums }
    }

    /// `[n, sums, len]` from `[n, rows, len]`, in parallel.
    pub(crate) fn of(&self, len: usize, from: &[f32]) -> Buffer {
        let (rows, count) = (self.rows * len, self.sums.len());
        let mut out = Buffer::scratch(from.len() / rows * count * len);
        let together = (TASK / len).clamp(1, count);
        parallel::chunks_mut(&mut out, count * len, &|image, out| {
            let from = &from[image * rows..][..rows];
            parallel::chunks_mut(out, together * len, &|task, out| {
                write(&self.sums[task * together..][..out.len() / len], len, from, None, out);
            });
        });
        out
    }

    /// Writes the same sums to `out`, on this thread. The optional `bias [len]` is added to each
    /// sum.
    pub(crate) fn write(&self, len: usize, from: &[f32], bias: Option<&[f32]>, out: &mut [f32]) {
        let (rows, sums) = (self.rows * len, self.sums.len() * len);
        let n = from.len() / rows;
        assert_eq!((n * rows, n * sums), (from.len(), out.len()), "sums: {n} times {} rows of {len}", self.rows);
        for (from, out) in from.chunks_exact(rows).zip(out.chunks_exact_mut(sums)) {
            write(&self.sums, len, from, bias, out);
        }
    }

    /// The sums in blocks of [`BLOCK`] columns, each cut into panels of `width`, computed in
    /// parallel. The result is `[blocks, n, panels, rows, width]`. `rows` is odd, so that the rows
    /// of several images do not fall into the same sets of a cache. Columns beyond the last are
    /// zero.
    pub(crate) fn panels_of(&self, len: usize, from: &[f32], width: usize) -> Buffer {
        let n = from.len() / (self.rows * len);
        let (panels, panel) = (BLOCK / width, (self.sums.len() | 1) * width);
        let mut out = Buffer::scratch(len.div_ceil(BLOCK) * n * panels * panel);
        parallel::chunks_mut(&mut out, panels * panel, &|i, out| {
            let (image, column) = (i % n, i / n * BLOCK);
            let from = &from[image * self.rows * len..][..self.rows * len][column..];
            let columns = BLOCK.min(len - column);
            fast::dispatch(
                #[inline(always)]
                || {
                    let mut row = [0.0; BLOCK];
                    for (i, sum) in self.sums.iter().enumerate() {
                        write_sum(sum, len, from, None, &mut row[..columns]);
                        for (row, panel) in row.chunks_exact(width).zip(out.chunks_exact_mut(panel)) {
                            panel[i * width..][..width].copy_from_slice(row);
                        }
                    }
                },
            );
        });
        out
    }
}

/// The sums of the rows of one image.
fn write(sums: &[Sum], len: usize, from: &[f32], bias: Option<&[f32]>, out: &mut [f32]) {
    fast::dispatch(
        #[inline(always)]
        || {
            for (sum, out) in sums.iter().zip(out.chunks_exact_mut(len)) {
                write_sum(sum, len, from, bias, out);
            }
        },
    );
}

/// One sum of rows, over the length of `out`. The rows begin `stride` elements after one another.
#[inline(always)]
fn write_sum(sum: &[(usize, f32)], stride: usize, from: &[f32], bias: Option<&[f32]>, out: &mut [f32]) {
    let (wide, rest) = out.split_at_mut(out.len() / BLOCK * BLOCK);
    write_blocks::<BLOCK>(sum, stride, from, bias, 0, wide);
    let (narrow, last) = rest.split_at_mut(rest.len() / NARROW * NARROW);
    write_blocks::<NARROW>(sum, stride, from, bias, wide.len(), narrow);
    write_blocks::<1>(sum, stride, from, bias, wide.len() + narrow.len(), last);
}

/// The same for the columns from `first` on, `N` at a time, in registers.
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
        let sums = Sums { rows: 2, sums: vec![vec![(1, 1.0)], vec![], vec![(0, 1.0), (1, -1.0)]] };
        let x = [1.0, 2.0, 30.0, 40.0, 5.0, 6.0, 70.0, 80.0]; // two images of two rows of two
        let truth = [30.0, 40.0, 0.0, 0.0, -29.0, -38.0, 70.0, 80.0, 0.0, 0.0, -65.0, -74.0];
        check::exact(&sums.of(2, &x), &truth);
        let biased: Vec<f32> = truth.iter().zip([0.5, 0.25].iter().cycle()).map(|(x, b)| x + b).collect();
        let mut out = vec![f32::NAN; 12];
        sums.write(2, &x, Some(&[0.5, 0.25]), &mut out);
        check::exact(&out, &biased);
        let back = sums.transposed().of(1, &[1.0, 10.0, 100.0]);
        check::exact(&back, &[100.0, -99.0]);
    }

    #[test]
    fn rows_longer_than_a_block() {
        let sums = Sums { rows: 2, sums: vec![vec![(0, 1.0), (1, 1.0)]] };
        let x = check::integers(1, 2 * (2 * BLOCK + 3));
        let (first, second) = x.split_at(2 * BLOCK + 3);
        let truth: Vec<f32> = first.iter().zip(second).map(|(a, b)| a + b).collect();
        check::exact(&sums.of(2 * BLOCK + 3, &x), &truth);
    }
}

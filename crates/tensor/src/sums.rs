//! Sums of rows: a small matrix of 0, 1 and −1, applied to the pixels of an image or to the taps of a kernel.

use rayon::prelude::*;

use crate::{Buffer, simd};

/// A row of the matrix: which rows are summed, and their signs.
pub(crate) type Sum = Vec<(usize, f32)>;

/// Elements of a row that are summed at a time: 4 KiB, in the nearest cache.
const BLOCK: usize = 1024;

/// `out[i] = Σ sign·row[j]` over the pairs `(j, sign)` of `sums[i]`.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    /// Rows that there are to sum.
    pub(crate) rows: usize,
    pub(crate) sums: Vec<Sum>,
}

impl Sums {
    /// The matrix with rows and columns exchanged.
    pub(crate) fn transposed(&self) -> Self {
        let mut sums = vec![Vec::new(); self.rows];
        for (i, sum) in self.sums.iter().enumerate() {
            sum.iter().for_each(|&(j, sign)| sums[j].push((i, sign)));
        }
        Self { rows: self.sums.len(), sums }
    }

    /// `[n, sums, len]` from `[n, rows, len]`; every sum starts as `bias [len]` or 0.
    pub(crate) fn of(&self, len: usize, from: &[f32], bias: Option<&[f32]>) -> Buffer {
        let count = self.sums.len();
        let n = from.len() / (self.rows * len);
        assert_eq!(n * self.rows * len, from.len(), "sums: {n} times {} rows of {len}", self.rows);
        let mut out = Buffer::scratch(n * count * len);
        out.par_chunks_exact_mut(len).with_min_len((8 * BLOCK).div_ceil(len)).enumerate().for_each(|(i, out)| {
            let image = &from[i / count * self.rows * len..][..self.rows * len];
            for (block, out) in out.chunks_mut(BLOCK).enumerate() {
                let start = block * BLOCK;
                match bias {
                    Some(bias) => out.copy_from_slice(&bias[start..][..out.len()]),
                    None => out.fill(0.0),
                }
                let row = |(j, sign): (usize, f32)| (&image[j * len + start..], sign);
                for rows in self.sums[i % count].chunks(4) {
                    simd::dispatch(
                        #[inline(always)]
                        || match *rows {
                            [a] => add(out, [a].map(row)),
                            [a, b] => add(out, [a, b].map(row)),
                            [a, b, c] => add(out, [a, b, c].map(row)),
                            [a, b, c, d] => add(out, [a, b, c, d].map(row)),
                            _ => unreachable!("chunks of up to four"),
                        },
                    );
                }
            }
        });
        out
    }
}

/// `out += Σ sign·row`, several rows in one pass.
#[inline(always)]
fn add<const N: usize>(out: &mut [f32], rows: [(&[f32], f32); N]) {
    let rows = rows.map(|(row, sign)| (&row[..out.len()], sign));
    for (i, out) in out.iter_mut().enumerate() {
        *out = rows.iter().fold(*out, |sum, &(row, sign)| sum + sign * row[i]);
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
        check::exact(&sums.of(2, &x, None), &truth);
        let biased: Vec<f32> = truth.iter().zip([0.5, 0.25].iter().cycle()).map(|(x, b)| x + b).collect();
        check::exact(&sums.of(2, &x, Some(&[0.5, 0.25])), &biased);
        let back = sums.transposed().of(1, &[1.0, 10.0, 100.0], None);
        check::exact(&back, &[100.0, -99.0]);
    }

    #[test]
    fn rows_longer_than_a_block() {
        let sums = Sums { rows: 2, sums: vec![vec![(0, 1.0), (1, 1.0)]] };
        let x = check::integers(1, 2 * (2 * BLOCK + 3));
        let (first, second) = x.split_at(2 * BLOCK + 3);
        let truth: Vec<f32> = first.iter().zip(second).map(|(a, b)| a + b).collect();
        check::exact(&sums.of(2 * BLOCK + 3, &x, None), &truth);
    }
}

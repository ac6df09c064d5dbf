//! C = A·B of exercise 05, as fast as safe Rust makes it. A CPU waits for memory, then for sums.
//! Three rungs: walk along rows; keep 6 × 16 sums in registers; give each core rows of its own. The
//! check judges result and bits, not the speed, which `cargo xtask learn --bench 18_faster` shows.
//! By hand: a tile reads 6 + 16 numbers for 96 products; the loops of 05 read 192 for the same.
//! 45 minutes. Chapter 14: book/src/14-fast-the-same-sum.md

use rayon::prelude::*;

/// The extents of a tile.
const HEIGHT: usize = 6;
const WIDTH: usize = 16;

/// `C = A·B`, of extents `[m, n]`, from A of `[m, k]` and B of `[k, n]`. The innermost loop walks
/// along a row of B and a row of C, so that eight or sixteen products are one instruction.
pub fn rows([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let mut c = vec![0.0; m * n];
    for i in 0..m {
        let c_row = &mut c[i * n..i * n + n];
        for p in 0..k {
            let factor = a[i * k + p];
            for (c, b) in c_row.iter_mut().zip(&b[p * n..p * n + n]) {
                *c += factor * b;
            }
        }
    }
    c
}

/// The same from tiles of 6 rows and 16 columns, whose sums are a `[[f32; 16]; 6]` until all k
/// products are in them. At the lower and the right edge a tile is smaller.
pub fn tiles([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let mut c = vec![0.0; m * n];
    for top in (0..m).step_by(HEIGHT) {
        let bottom = m.min(top + HEIGHT);
        band([n, k], &a[top * k..bottom * k], b, &mut c[top * n..bottom * n]);
    }
    c
}

/// The same on all cores, with the same bits on any number of them: no sum is divided. The crate
/// `rayon` is at hand: `use rayon::prelude::*` and `par_chunks_mut`.
pub fn threads([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let mut c = vec![0.0; m * n];
    let bands = c.par_chunks_mut(HEIGHT * n).zip(a.par_chunks(HEIGHT * k));
    bands.for_each(|(c, a)| band([n, k], a, b, c));
    c
}

/// At most six rows of C from as many rows of A.
fn band([n, k]: [usize; 2], a: &[f32], b: &[f32], c: &mut [f32]) {
    let height = a.len() / k;
    for left in (0..n).step_by(WIDTH) {
        let width = WIDTH.min(n - left);
        let mut sums = [[0.0; WIDTH]; HEIGHT];
        for p in 0..k {
            let mut b_row = [0.0; WIDTH];
            b_row[..width].copy_from_slice(&b[p * n + left..p * n + left + width]);
            let mut a_column = [0.0; HEIGHT];
            for i in 0..height {
                a_column[i] = a[i * k + p];
            }
            for i in 0..HEIGHT {
                for j in 0..WIDTH {
                    sums[i][j] += a_column[i] * b_row[j];
                }
            }
        }
        for i in 0..height {
            c[i * n + left..i * n + left + width].copy_from_slice(&sums[i][..width]);
        }
    }
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::faster::check(super::rows, super::tiles, super::threads)
    }
}

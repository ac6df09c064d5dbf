//! C = A·B of exercise 05, as fast as safe Rust makes it. A CPU waits for memory, then for sums.
//! Three rungs: walk along rows; keep 6 × 16 sums in registers; give each core rows of its own. The
//! check judges result and bits, not the speed, which `cargo xtask learn --bench 18_faster` shows.
//! By hand: a tile reads 6 + 16 numbers for 96 products; the loops of 05 read 192 for the same.
//! 45 minutes. Chapter 14: book/src/14-fast-the-same-sum.md

use exercises::unsolved;

/// `C = A·B`, of extents `[m, n]`, from A of `[m, k]` and B of `[k, n]`. The innermost loop walks
/// along a row of B and a row of C, so that eight or sixteen products are one instruction.
pub fn rows([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    // TODO
    unsolved!("put the loops into the order of memory"; m, n, k, a, b)
}

/// The same from tiles of 6 rows and 16 columns, whose sums are a `[[f32; 16]; 6]` until all k
/// products are in them. At the lower and the right edge a tile is smaller.
pub fn tiles([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    // TODO
    unsolved!("keep the sums of a tile in an array"; m, n, k, a, b)
}

/// The same on all cores, with the same bits on any number of them: no sum is divided. The crate
/// `rayon` is at hand: `use rayon::prelude::*` and `par_chunks_mut`.
pub fn threads([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    // TODO
    unsolved!("give each core rows of C"; m, n, k, a, b)
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::faster::check(super::rows, super::tiles, super::threads)
    }
}

//! Rung 4: a tile of 6 × 16 sums that stays in registers.
//!
//! Rungs 1 to 3 load and store every sum for each multiply-add. A tile computes 96 sums of C at
//! once and writes each of them once, at the end. For each `k` it reads 16 numbers of B and 6 of A,
//! and does 96 multiply-adds. The tile is an array; nothing but its fixed extents tells the
//! compiler to keep it in registers.
//!
//! Every row of the tile is one register of AVX-512, or two of AVX2: six or twelve chains of
//! multiply-adds that do not wait for each other. Two units with a latency of four cycles need
//! eight to be always busy.
//!
//! Blocks of 48 rows of A, which the second-level cache holds, are used with all of B in turn.

use tensor::{Buffer, Window, fast};

use super::im2col::{forward_by, input_gradient_by, kernel_gradient_by};
use super::multiply_add;
use super::vectors::is_fused;

/// The rows of a tile.
pub const ROWS: usize = 6;
/// The columns of a tile.
pub const COLUMNS: usize = 16;
/// The rows of a block.
pub const BLOCK: usize = 8 * ROWS;

/// `y` from `x` and `w`.
#[must_use]
pub fn forward(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Buffer {
    forward_by(product, window, extents, x, w)
}

/// `dx` from `w` and `dy`.
#[must_use]
pub fn input_gradient(window: Window, extents: [usize; 3], w: &[f32], dy: &[f32]) -> Buffer {
    input_gradient_by(product, window, extents, w, dy)
}

/// `dw` from `x` and `dy`.
#[must_use]
pub fn kernel_gradient(window: Window, extents: [usize; 3], x: &[f32], dy: &[f32]) -> Buffer {
    kernel_gradient_by(product, window, extents, x, dy)
}

/// `C [m, n] = A [m, k]·B [k, n]` of the extents `[m, n, k]`.
#[must_use]
pub fn product([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Buffer {
    let mut c = Buffer::scratch(m * n);
    let is_fused = is_fused();
    for (a, c) in a.chunks(BLOCK * k).zip(c.chunks_mut(BLOCK * n)) {
        fast::dispatch(
            #[inline(always)]
            || match is_fused {
                true => write_block::<true>([n, k], a, b, c),
                false => write_block::<false>([n, k], a, b, c),
            },
        );
    }
    c
}

/// Writes all tiles of a block of rows.
#[inline(always)]
fn write_block<const FUSED: bool>([n, k]: [usize; 2], a: &[f32], b: &[f32], c: &mut [f32]) {
    for j in (0..n).step_by(COLUMNS) {
        for (a, c) in a.chunks(ROWS * k).zip(c.chunks_mut(ROWS * n)) {
            let rows: [&[f32]; ROWS] = std::array::from_fn(|r| {
                let last = a.len() / k - 1; // a block may end inside a tile: its last row stands in
                &a[r.min(last) * k..][..k]
            });
            let width = COLUMNS.min(n - j);
            let sums = if width == COLUMNS {
                sums_of_tile::<FUSED>(k, rows, |k| row_of(&b[k * n + j..], COLUMNS))
            } else {
                sums_of_tile::<FUSED>(k, rows, |k| row_of(&b[k * n + j..], width))
            };
            for (c, sums) in c.chunks_exact_mut(n).zip(&sums) {
                c[j..][..width].copy_from_slice(&sums[..width]);
            }
        }
    }
}

/// The first `width` numbers of `b`, and zeros.
#[inline(always)]
fn row_of(b: &[f32], width: usize) -> [f32; COLUMNS] {
    let mut row = [0.0; COLUMNS];
    row[..width].copy_from_slice(&b[..width]);
    row
}

/// The sums of a tile over all `depth` terms.
#[inline(always)]
fn sums_of_tile<const FUSED: bool>(
    depth: usize,
    a: [&[f32]; ROWS],
    b: impl Fn(usize) -> [f32; COLUMNS],
) -> [[f32; COLUMNS]; ROWS] {
    let mut sums = [[0.0; COLUMNS]; ROWS];
    for k in 0..depth {
        let row = b(k);
        for (sums, a) in sums.iter_mut().zip(&a) {
            for (sum, &b) in sums.iter_mut().zip(&row) {
                *sum = multiply_add::<FUSED>(a[k], b, *sum);
            }
        }
    }
    sums
}

//! Rung 5: both sides are copied into panels, in the order in which a tile reads them.
//!
//! ```text
//! B [k, n]  →  panels of 16 columns: [n/16][k][16]      A [rows, k]  →  panels of 6 rows: [rows/6][k][6]
//! ```
//!
//! A tile then reads both from front to back. Before, the rows of B lay a whole row of B apart:
//! each on a page of its own if the row is long, and all in a few sets of the cache. A panel also
//! has whole rows of fixed length, so nothing in the innermost loop is compared with a bound.
//! Copying costs a load and a store per number, once; every tile then uses the copy.

use tensor::{Buffer, Window, fast};

use super::im2col::{forward_by, input_gradient_by, kernel_gradient_by};
use super::multiply_add;
use super::tile::{BLOCK, COLUMNS, ROWS};
use super::vectors::is_fused;

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
    let panels = columns_in_panels(n, b);
    let mut c = Buffer::scratch(m * n);
    for (a, c) in a.chunks(BLOCK * k).zip(c.chunks_mut(BLOCK * n)) {
        write_block([n, k], a, &panels, c);
    }
    c
}

/// B in panels of 16 columns, with zeros beyond the last.
#[must_use]
pub fn columns_in_panels(n: usize, b: &[f32]) -> Buffer {
    let k = b.len() / n;
    let mut panels = Buffer::zeros(n.div_ceil(COLUMNS) * k * COLUMNS);
    for (j, panel) in (0..n).step_by(COLUMNS).zip(panels.chunks_exact_mut(k * COLUMNS)) {
        let width = COLUMNS.min(n - j);
        for (row, panel) in b.chunks_exact(n).zip(panel.chunks_exact_mut(COLUMNS)) {
            panel[..width].copy_from_slice(&row[j..][..width]);
        }
    }
    panels
}

/// A in panels of 6 rows, with zeros beyond the last.
#[inline(always)]
fn rows_in_panels(k: usize, a: &[f32]) -> Buffer {
    let rows = a.len() / k;
    let mut panels = Buffer::zeros(rows.div_ceil(ROWS) * k * ROWS);
    for (a, panel) in a.chunks(ROWS * k).zip(panels.chunks_exact_mut(ROWS * k)) {
        for (r, row) in a.chunks_exact(k).enumerate() {
            for (&a, column) in row.iter().zip(panel.chunks_exact_mut(ROWS)) {
                column[r] = a;
            }
        }
    }
    panels
}

/// Writes all tiles of a block of rows; `b` is in panels.
pub fn write_block([n, k]: [usize; 2], a: &[f32], b: &[f32], c: &mut [f32]) {
    let is_fused = is_fused();
    fast::dispatch(
        #[inline(always)]
        || match is_fused {
            true => write_tiles::<true>([n, k], a, b, c),
            false => write_tiles::<false>([n, k], a, b, c),
        },
    );
}

#[inline(always)]
fn write_tiles<const FUSED: bool>([n, k]: [usize; 2], a: &[f32], b: &[f32], c: &mut [f32]) {
    let a = rows_in_panels(k, a);
    for (j, b) in (0..n).step_by(COLUMNS).zip(b.chunks_exact(k * COLUMNS)) {
        let width = COLUMNS.min(n - j);
        for (a, c) in a.chunks_exact(ROWS * k).zip(c.chunks_mut(ROWS * n)) {
            let sums = sums_of_tile::<FUSED>(a, b);
            for (c, sums) in c.chunks_exact_mut(n).zip(&sums) {
                c[j..][..width].copy_from_slice(&sums[..width]);
            }
        }
    }
}

/// The sums of a tile over all terms of two panels.
#[inline(always)]
fn sums_of_tile<const FUSED: bool>(a: &[f32], b: &[f32]) -> [[f32; COLUMNS]; ROWS] {
    let (a, _) = a.as_chunks::<ROWS>();
    let (b, _) = b.as_chunks::<COLUMNS>();
    let mut sums = [[0.0; COLUMNS]; ROWS];
    for (column, row) in a.iter().zip(b) {
        for (sums, &a) in sums.iter_mut().zip(column) {
            for (sum, &b) in sums.iter_mut().zip(row) {
                *sum = multiply_add::<FUSED>(a, b, *sum);
            }
        }
    }
    sums
}

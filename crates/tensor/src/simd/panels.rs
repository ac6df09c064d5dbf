//! Panels: the right side of a product, copied into the order in which the tiles read it.
//!
//! B is cut into blocks of [`DEPTH`](Shape::depth) rows, and each block into panels as wide as a tile. A panel is
//! contiguous, 32 KiB at most: it fits into a first-level cache, fills all its sets evenly, and
//! is read front to back. Columns beyond the last are zero, so that the tile needs no edge case.
//!
//! ```text
//!   B = | 1 2 3 |    panels of width 2:   1 2   4 5  |  3 0   6 0
//!       | 4 5 6 |                         panel 0    |  panel 1
//! ```
//!
//! Copying costs a load and a store per vector, and every row of A then uses the copy.

use super::Isa;
use super::vector::Vector;

/// Where an element of B lies.
#[derive(Clone, Copy, Debug)]
pub enum Right<'a> {
    /// `B(k, j) = b[k·columns + j]`.
    Plain(&'a [f32]),
    /// `B(k, j) = b[j·depth + k]`: the transpose of a plain `[columns, depth]` matrix.
    Transposed(&'a [f32]),
}

/// How B is cut, which depends on the instruction set and on B's extents only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Vector registers across a panel.
    pub(super) registers: usize,
    /// Columns of a panel: `registers` times the lanes of a vector.
    pub(super) width: usize,
    /// Rows of a block, but for the last.
    pub(super) depth: usize,
}

impl Shape {
    /// The cut for products with `columns` columns.
    pub(super) fn new(isa: Isa, columns: usize) -> Self {
        let (lanes, widest) = match isa {
            Isa::Portable => (wide::f32x4::LANES, 2),
            Isa::Avx2 => (8, 2),
            Isa::Avx512 => (16, 4),
        };
        let mut registers = widest;
        while 1 < registers && columns <= registers / 2 * lanes {
            registers /= 2;
        }
        let width = registers * lanes;
        // 32 KiB for AVX-512, whose hosts have first-level caches of 48 KiB (or 32 with a fast second level); 16 KiB elsewhere.
        let depth = if widest == 4 { 128 } else { 256 };
        Self { registers, width, depth }
    }
}

/// Copies rows of B into a panel: `panel[k·width + j] = B(k, j)`, 0 beyond the last column.
///
/// `rows` gives the offset in `b` of each row's first column of this panel, of which `columns` exist.
#[inline(always)]
pub(super) fn pack_rows(b: &[f32], rows: impl Iterator<Item = usize>, columns: usize, width: usize, panel: &mut [f32]) {
    for (to, row) in panel.chunks_exact_mut(width).zip(rows) {
        let (to, padding) = to.split_at_mut(columns.min(width));
        to.copy_from_slice(&b[row..row + to.len()]);
        padding.fill(0.0);
    }
}

/// Copies a transposed B into a panel: `panel[k·width + j] = b[(first + j)·stride + k]`.
#[inline(always)]
pub(super) fn pack_transposed(b: &[f32], first: usize, stride: usize, columns: usize, width: usize, panel: &mut [f32]) {
    /// A square that is turned within registers or the nearest cache lines.
    const SQUARE: usize = 16;
    let depth = panel.len() / width;
    for j0 in (0..width).step_by(SQUARE) {
        for k0 in (0..depth).step_by(SQUARE) {
            for j in j0..(j0 + SQUARE).min(width) {
                let ks = k0..(k0 + SQUARE).min(depth);
                if j < columns {
                    let from = &b[first + j * stride..][ks.clone()];
                    for (k, &from) in ks.zip(from) {
                        panel[k * width + j] = from;
                    }
                } else {
                    ks.for_each(|k| panel[k * width + j] = 0.0);
                }
            }
        }
    }
}

//! Panels: the right side of a product, copied into the order in which the tiles read it.
//!
//! B is cut into blocks of rows, and each block into panels as wide as a tile. A panel is
//! contiguous, has at most 32 KiB, fills all sets of a cache evenly, and is read from front to
//! back. Columns beyond the last are zero, so the tile needs no edge case.
//!
//! ```text
//!   B = | 1 2 3 |    panels of width 2:   1 2   4 5  |  3 0   6 0
//!       | 4 5 6 |                         panel 0    |  panel 1
//! ```
//!
//! Copying costs a load and a store per vector, once. Every row of A then uses the copy.

#![allow(clippy::multiple_unsafe_ops_per_block, reason = "an address and what happens there are one thought")]

use std::cell::Cell;
use std::ops::Range;

use wide::f32x4;

use super::routine::{self, Routine};
use super::vector::Vector;
use crate::Buffer;
use crate::buffer::LINE;
use crate::fast::{Isa, parallel};

/// The most values of k in a block. The more there are, the less often C is read and written.
pub(crate) const DEPTH: usize = 256;

/// The most elements of a panel: 32 KiB, so that all rows of A find it in the first-level cache,
/// which has 32 or 48 KiB. With AVX-512 and panels of 64 columns, a block then has 128 values of k.
/// With twice as many, an Intel core (Sapphire Rapids) reaches 81 % of its peak instead of 97 %,
/// where A and C come from the second-level cache; a Zen 5 reaches the same. It is a constant and
/// not the size of a cache, because the depth of a block shows in the bits.
const PANEL: usize = 8 * 1024;

/// The right side of a product as it is stored: one matrix for each term, one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rhs<'a> {
    /// `B(k, j) = b[k·columns + j]`.
    Plain(&'a [f32]),
    /// `B(k, j) = b[j·depth + k]`: the transpose of a plain `[columns, depth]` matrix.
    Transposed(&'a [f32]),
}

impl<'a> Rhs<'a> {
    fn values(self) -> &'a [f32] {
        match self {
            Self::Plain(values) | Self::Transposed(values) => values,
        }
    }
}

/// How the matrices of a right side are cut into panels: by block of k, then by columns, then by
/// term.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// The instruction set whose tiles read the panels.
    pub(super) isa: Isa,
    pub(super) terms: usize,
    pub(super) depth: usize,
    pub(super) columns: usize,
    pub(super) width: PanelWidth,
}

impl Layout {
    /// The layout of one matrix `[depth, columns]` for each term, for the tiles of `isa`.
    pub(super) fn new(isa: Isa, [terms, depth, columns]: [usize; 3]) -> Self {
        Self { isa, terms, depth, columns, width: PanelWidth::new(isa, columns) }
    }

    /// Writes some rows of a panel of one matrix of `rhs`: the values of `k`.
    pub(super) fn pack(&self, rhs: Rhs<'_>, k: Range<usize>, panel: usize, matrix: usize, to: &mut [f32]) {
        let routine = PackRoutine {
            rhs,
            matrix: matrix * self.depth * self.columns,
            depth: self.depth,
            columns: self.columns,
            first_k: k.start,
            rows: k.len(),
            first_column: panel * self.width.columns,
            panel: Cell::new(&mut to[..k.len() * self.width.columns]),
        };
        // SAFETY: the routine needs only an available instruction set, and `run_on` asserts it.
        unsafe { routine::run_on(self.isa, self.width.registers, &routine) };
    }

    /// The values of k in a block.
    pub(super) fn block(&self, block: usize) -> Range<usize> {
        let first = block * self.block_depth();
        first..(first + self.block_depth()).min(self.depth)
    }

    /// The number of values of k in a block.
    pub(super) fn block_depth(&self) -> usize {
        self.depth.clamp(1, DEPTH.min(PANEL / self.width.columns))
    }

    /// The number of blocks of k.
    pub(super) fn blocks(&self) -> usize {
        self.depth.div_ceil(self.block_depth())
    }

    /// The number of panels side by side.
    pub(super) fn panel_count(&self) -> usize {
        self.columns.div_ceil(self.width.columns)
    }

    /// The number of elements of a panel.
    pub(super) fn panel_len(&self) -> usize {
        self.block_depth() * self.width.columns
    }

    /// The number of elements of all panels.
    pub(super) fn len(&self) -> usize {
        self.offset(self.blocks(), 0)
    }

    /// The offset at which the panels of all terms begin.
    pub(super) fn offset(&self, block: usize, panel: usize) -> usize {
        (block * self.panel_count() + panel) * self.terms * self.panel_len()
    }
}

/// The right side of a product in panels.
#[derive(Debug)]
pub(crate) struct PackedRhs {
    pub(super) layout: Layout,
    pub(super) elements: Buffer,
}

impl PackedRhs {
    /// Packs one matrix `[depth, columns]` for each term, for the tiles of `isa`.
    ///
    /// # Panics
    /// If the matrices have other extents.
    pub(super) fn on(isa: Isa, rhs: Rhs<'_>, extents: [usize; 3]) -> Self {
        let [terms, ..] = extents;
        let layout = Layout::new(isa, extents);
        check_extents(rhs, extents);
        let panels = layout.panel_count();
        let mut elements = Buffer::scratch(layout.len());
        parallel::chunks_mut(&mut elements, layout.panel_len().max(1), &|i, to| {
            layout.pack(rhs, layout.block(i / terms / panels), i / terms % panels, i % terms, to);
        });
        Self { layout, elements }
    }
}

/// Refuses matrices of other extents.
pub(super) fn check_extents(rhs: Rhs<'_>, [terms, depth, columns]: [usize; 3]) {
    assert_eq!(terms * depth * columns, rhs.values().len(), "gemm: {terms} matrices of {depth}×{columns}");
}

/// Packs one panel: `rows` rows of one matrix from row `first_k`. The next rows of the panel are
/// prefetched, because they lie apart, in lines that the hardware does not foresee.
struct PackRoutine<'a> {
    rhs: Rhs<'a>,
    /// The offset at which the matrix begins.
    matrix: usize,
    depth: usize,
    columns: usize,
    first_k: usize,
    rows: usize,
    first_column: usize,
    panel: Cell<&'a mut [f32]>,
}

impl Routine for PackRoutine<'_> {
    #[inline(always)]
    unsafe fn compute<V: Vector, const REGISTERS: usize>(&self) {
        let panel = self.panel.take();
        let (columns, width) = (self.columns - self.first_column, REGISTERS * V::LANES);
        match self.rhs {
            Rhs::Plain(b) => {
                let rows = self.first_k..self.first_k + self.rows;
                let offset = |k: usize| self.matrix + k * self.columns + self.first_column;
                // SAFETY: the caller has enabled the instruction set.
                unsafe { pack_rows::<V, REGISTERS>(b, rows.clone().map(offset), columns, panel) };
                for next in rows.map(|k| b.as_ptr().wrapping_add(offset(k + self.rows))) {
                    for line in (0..width).step_by(LINE / size_of::<f32>()) {
                        // SAFETY: a hint, and the caller has enabled the instruction set.
                        unsafe { V::fetch(next.wrapping_add(line)) };
                    }
                }
            }
            Rhs::Transposed(b) => {
                let first = self.matrix + self.first_column * self.depth + self.first_k;
                pack_transposed(b, first, self.depth, columns, width, panel);
                for column in 0..columns.min(width) {
                    let next = b.as_ptr().wrapping_add(first + column * self.depth + self.rows);
                    // SAFETY: a hint, and the caller has enabled the instruction set.
                    unsafe { V::fetch(next) };
                }
            }
        }
    }
}

/// The width of the panels. It depends only on the instruction set and on the number of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PanelWidth {
    /// The number of vector registers across a panel.
    pub(crate) registers: usize,
    /// The number of columns of a panel: `registers` times the lanes of a vector.
    pub(crate) columns: usize,
}

impl PanelWidth {
    /// The width for products with `columns` columns.
    pub(crate) fn new(isa: Isa, columns: usize) -> Self {
        let (lanes, widest) = match isa {
            Isa::Portable => (f32x4::LANES, 2),
            Isa::Neon => (4, 4),
            Isa::Avx2 => (8, 2),
            Isa::Avx512 => (16, 4),
        };
        let mut registers = widest;
        while 1 < registers && columns <= registers / 2 * lanes {
            registers /= 2;
        }
        Self { registers, columns: registers * lanes }
    }
}

/// Copies rows of B into a panel: `panel[k·width + j] = B(k, j)`, 0 beyond the last column.
///
/// `rows` gives, for each row, the offset in `b` of its first column in this panel. The panel has
/// `columns` columns before the padding.
///
/// # Safety
/// The instruction set of `V` is enabled where this is inlined.
#[inline(always)]
pub(crate) unsafe fn pack_rows<V: Vector, const REGISTERS: usize>(
    b: &[f32],
    rows: impl Iterator<Item = usize>,
    columns: usize,
    panel: &mut [f32],
) {
    let width = REGISTERS * V::LANES;
    for (to, row) in panel.chunks_exact_mut(width).zip(rows) {
        if columns < width {
            let (to, padding) = to.split_at_mut(columns);
            to.copy_from_slice(&b[row..row + columns]);
            padding.fill(0.0);
            continue;
        }
        let from = &b[row..row + width];
        for r in (0..width).step_by(V::LANES) {
            // SAFETY: both slices are `width` long, and the caller has enabled the instruction set.
            unsafe { V::load(from.as_ptr().add(r)).store(to.as_mut_ptr().add(r)) };
        }
    }
}

/// Copies a transposed B into a panel: `panel[k·width + j] = b[(first + j)·stride + k]`.
#[inline(always)]
pub(crate) fn pack_transposed(b: &[f32], first: usize, stride: usize, columns: usize, width: usize, panel: &mut [f32]) {
    let depth = panel.len() / width;
    let (whole_columns, whole_depth) = (columns.min(width) / 4 * 4, depth / 4 * 4);
    for j in (0..whole_columns).step_by(4) {
        let [r0, r1, r2, r3] = [0, 1, 2, 3].map(|i| b[first + (j + i) * stride..][..depth].as_chunks::<4>().0);
        for ((((r0, r1), r2), r3), to) in r0.iter().zip(r1).zip(r2).zip(r3).zip(panel.chunks_exact_mut(4 * width)) {
            let columns = f32x4::transpose([r0, r1, r2, r3].map(|row| f32x4::from(*row)));
            for (to, column) in to.chunks_exact_mut(width).zip(columns) {
                to[j..j + 4].copy_from_slice(&column.to_array());
            }
        }
    }
    for k in 0..depth {
        let start = if k < whole_depth { whole_columns } else { 0 };
        for j in start..width {
            panel[k * width + j] = if j < columns { b[first + j * stride + k] } else { 0.0 };
        }
    }
}

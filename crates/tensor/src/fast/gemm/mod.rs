//! The two products that every dense layer and every convolution is made of.
//!
//! A convolution is a sum, over the taps of its kernel, of matrix products between pixels and that
//! tap's `[ci, co]` matrix. The operators differ only in which pixel meets which, and this is a
//! list of pairs (see [`Tap`](crate::Tap)):
//!
//! ```text
//! rows:   C[to] = bias + Σ_terms Σ_pairs A[from]·B_term       forward and dx, of both convolutions
//! outer:  C_term = Σ_pairs A[from]ᵀ·B[to]                     dW
//! ```
//!
//! A *term* is a matrix `B_term` (or `C_term`) with its list of pairs: a tap of a convolution. A
//! dense layer has one term, and each row of the batch meets itself. The first product is the
//! batch-reduce product of Georganas et al. (2019, arXiv:1906.06440) with gathered rows. The outer
//! products are in files of their own, `outer` and `outer_combined`.
//!
//! **Blocking.** `k` is the index over which a product is summed, here the column of A. A task owns
//! a block of images and a group of columns of C, small enough (512 KiB) for the second-level
//! cache. Its loops run over blocks of k (128 values with AVX-512, else 256), over the terms, over
//! the panels of B (at most 32 KiB), and over the rows, six at a time. C is read and written once
//! per term and block of k. With AVX-512 this costs 48 memory operations for the 3,072
//! multiply-adds of a tile.
//!
//! **Threads.** Tasks are cut by the extents alone. An element of C is summed by one task in one
//! order, except in an outer product of few and small matrices: that one is summed in parts of the
//! batch, and the parts are added in their order. The bits therefore do not depend on the number of
//! threads.

#![allow(unsafe_code, reason = "routines work on addresses, and are compiled for an instruction set")]

mod outer;
mod outer_combined;
pub(crate) mod panels;
pub(crate) mod routine;
pub(crate) mod tile;
pub(crate) mod vector;

use std::ops::Range;

use crate::fast::parallel::{self, CHUNK};
use routine::Routine;
use tile::{Lhs, MAX_COLUMNS, Panel, ROWS};
use vector::Vector;

pub(crate) use outer::OuterGemm;
pub(crate) use panels::{PackedRhs, Rhs};

/// Pairs of rows: a row of an image's A, and the row of its C that it meets (of its B, in an outer
/// product).
pub(crate) type Pairs = [(usize, usize)];

/// The number of rows whose offsets are computed together, on the stack. It is a multiple of a
/// tile's rows.
const ROWS_AT_ONCE: usize = 16 * ROWS;

/// The number of elements of C that a task should own: 512 KiB.
const TASK_ELEMENTS: usize = 128 * 1024;

/// The number of tasks to aim at, so that many cores share them evenly.
const TASKS: usize = 128;

/// The number of elements of a right side that every core has at hand: 256 KiB.
const SMALL_RHS: usize = 64 * 1024;

/// C, shared by the tasks. Each task writes different elements.
#[derive(Clone, Copy)]
struct SharedC(*mut f32);

// SAFETY: the tasks of one product write disjoint elements, as each use explains.
unsafe impl Sync for SharedC {}

impl SharedC {
    /// The same memory, starting at element `offset`.
    fn at(&self, offset: usize) -> Self {
        Self(self.0.wrapping_add(offset))
    }
}

/// Refuses pairs that name rows which do not exist. All routines rely on this check.
fn check_pairs(op: &str, terms: &[&Pairs], [from_rows, to_rows]: [usize; 2]) {
    for &(from, to) in terms.iter().copied().flatten() {
        assert!(from < from_rows && to < to_rows, "{op}: the pair {from}, {to} is outside");
    }
}

/// `C[image][to] = bias + Σ_terms Σ_(from, to) A[image][from]·B_term` for every image.
///
/// A is `[images, rows, depth]`, C is `[images, rows', columns]`. A row of C that no pair names
/// holds the bias, or 0 without a bias.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchReduceGemm<'a> {
    /// The number of images in the batch.
    pub images: usize,
    /// For each matrix of `rhs`, the pairs of a row of an image's A and a row of its C.
    pub terms: &'a [&'a Pairs],
    /// The left side.
    pub a: &'a [f32],
    /// The right side: one matrix per term.
    pub rhs: &'a PackedRhs,
    /// The value that every row of C starts with.
    pub bias: Option<&'a [f32]>,
}

impl BatchReduceGemm<'_> {
    /// Overwrites `c` with the sum.
    ///
    /// # Panics
    /// If the extents do not fit the slices, or a pair names a row that does not exist.
    pub(crate) fn write(&self, c: &mut [f32]) {
        let Self { images, terms, a, rhs, bias } = *self;
        if c.is_empty() {
            return;
        }
        let a_image = a.len() / images.max(1);
        let c_image = c.len() / images.max(1);
        assert_eq!((a.len(), c.len()), (images * a_image, images * c_image), "gemm: {images} images of A and C");
        assert_eq!(0, c_image % rhs.columns.max(1), "gemm: C has rows of {}", rhs.columns);
        assert!(bias.is_none_or(|bias| bias.len() == rhs.columns), "gemm: one bias per column");
        assert_eq!(terms.len(), rhs.terms, "gemm: one matrix per term");
        // With depth 0, A is empty and any row index is valid.
        let a_rows = a_image.checked_div(rhs.depth).unwrap_or(usize::MAX);
        check_pairs("gemm", terms, [a_rows, c_image / rhs.columns.max(1)]);

        let panel_count = rhs.panel_count();
        // A block of images reads all of B. If B is small, blocks may be as small as the chunks of
        // other loops.
        let share = match terms.len() * rhs.depth * rhs.columns <= SMALL_RHS {
            true => images.div_ceil(TASKS).max(CHUNK / a_image.max(1)).max(ROWS * rhs.columns / c_image),
            false => images * panel_count / 4, // at least four tasks
        };
        let most = (TASK_ELEMENTS / c_image).min(share).clamp(1, images);
        let block = 1 << most.ilog2(); // a batch of a power of two then gives equal tasks
        let blocks = images.div_ceil(block);
        let group = panel_count.div_ceil(TASKS.div_ceil(blocks).min(panel_count));
        let groups = panel_count.div_ceil(group);

        let shared = SharedC(c.as_mut_ptr());
        parallel::tasks(blocks * groups, &|task| {
            let first_image = task / groups * block;
            let first_panel = task % groups * group;
            let routine = BatchReduceRoutine {
                images: block.min(images - first_image),
                panels: first_panel..(first_panel + group).min(panel_count),
                terms,
                a: &a[first_image * a_image..],
                a_image,
                rhs,
                bias,
                c: shared.at(first_image * c_image),
                c_image,
            };
            // SAFETY: the pairs were checked above, and tasks differ in images or in columns.
            unsafe { routine::run_on(rhs.isa, rhs.width.registers, &routine) };
        });
    }
}

/// Goes through the pairs of a term in one image after another, a few at a time, and returns the
/// offsets of their rows.
struct PairCursor<'a> {
    pairs: &'a Pairs,
    images: Range<usize>,
    /// The number of pairs of the first image that are done.
    done: usize,
    /// The numbers of elements of an image and of a row, on the side of `from`.
    from: [usize; 2],
    /// The same on the side of `to`.
    to: [usize; 2],
}

impl PairCursor<'_> {
    /// Writes the next offsets, at most `N`, to the beginnings of `from` and `to`. Returns their
    /// number, or nothing if no pairs are left.
    #[inline(always)]
    fn next<const N: usize>(&mut self, from: &mut [usize; N], to: &mut [usize; N]) -> Option<usize> {
        let ([from_image, from_row], [to_image, to_row]) = (self.from, self.to);
        let mut count = 0;
        while count < N && !self.images.is_empty() {
            let (from_first, to_first) = (self.images.start * from_image, self.images.start * to_image);
            let pairs = &self.pairs[self.done..];
            let pairs = &pairs[..pairs.len().min(N - count)];
            for ((from, to), &(i, j)) in from[count..].iter_mut().zip(&mut to[count..]).zip(pairs) {
                (*from, *to) = (from_first + i * from_row, to_first + j * to_row);
            }
            (count, self.done) = (count + pairs.len(), self.done + pairs.len());
            if self.done == self.pairs.len() {
                (self.images.start, self.done) = (self.images.start + 1, 0);
            }
        }
        (0 < count).then_some(count)
    }
}

/// Computes a block of images and a group of columns of [`BatchReduceGemm`]. It is sound if the
/// pairs are inside A and C, and no other task has these images and columns.
struct BatchReduceRoutine<'a> {
    images: usize,
    panels: Range<usize>,
    terms: &'a [&'a Pairs],
    a: &'a [f32],
    a_image: usize,
    rhs: &'a PackedRhs,
    bias: Option<&'a [f32]>,
    c: SharedC,
    c_image: usize,
}

impl Routine for BatchReduceRoutine<'_> {
    #[inline(always)]
    unsafe fn compute<V: Vector, const REGISTERS: usize>(&self) {
        let rhs = self.rhs;
        let width = REGISTERS * V::LANES;
        let own = self.panels.start * width..(self.panels.end * width).min(rhs.columns);
        // Rows whose columns are all this task's own are zeroed in one go.
        let all = self.images * self.c_image;
        let is_whole = self.bias.is_none() && own.len() == rhs.columns;
        let (step, len) = if is_whole { (all, all) } else { (rhs.columns, own.len()) };
        for row in (0..all).step_by(step) {
            // SAFETY: inside C, and only this task has these images and columns.
            let row = unsafe { self.c.0.add(row + own.start) };
            // SAFETY: as above.
            let row = unsafe { std::slice::from_raw_parts_mut(row, len) };
            match self.bias {
                Some(bias) => row.copy_from_slice(&bias[own.clone()]),
                None => row.fill(0.0),
            }
        }
        let mut from = [0; ROWS_AT_ONCE];
        let mut to = [0; ROWS_AT_ONCE];
        for (block, k) in (0..rhs.depth).step_by(rhs.block_depth()).enumerate() {
            let depth = rhs.block_depth().min(rhs.depth - k);
            for (term, pairs) in self.terms.iter().enumerate() {
                for panel in self.panels.clone() {
                    let next = match (panel + 1 < self.panels.end, term + 1 < self.terms.len()) {
                        (true, _) => rhs.offset(block, panel + 1, term),
                        (false, true) => rhs.offset(block, self.panels.start, term + 1),
                        (false, false) => rhs.offset(block + 1, self.panels.start, 0),
                    };
                    let mut next = rhs.elements.as_ptr().wrapping_add(next);
                    let b = &rhs.elements[rhs.offset(block, panel, term)..][..depth * width];
                    let columns = rhs.columns - panel * width;
                    let mut cursor = PairCursor {
                        pairs,
                        images: 0..self.images,
                        done: 0,
                        from: [self.a_image, rhs.depth],
                        to: [self.c_image, rhs.columns],
                    };
                    while let Some(count) = cursor.next(&mut from, &mut to) {
                        for (from, to) in from[..count].chunks(ROWS).zip(to[..count].chunks(ROWS)) {
                            // SAFETY: every row of A has `rhs.depth` elements, and k is less.
                            let a = unsafe { self.a.as_ptr().add(k) };
                            // SAFETY: inside C's rows; `panel` is less than the number of panels.
                            let c = unsafe { self.c.0.add(panel * width) };
                            let lhs = Lhs::Rows(from);
                            // SAFETY: the rows of A and C were checked, and belong to this task.
                            unsafe {
                                tile_or_edge::<V, REGISTERS>(
                                    from.len(),
                                    depth,
                                    a,
                                    lhs,
                                    Panel::Packed(b, next),
                                    c,
                                    to,
                                    columns,
                                )
                            };
                            next = b.as_ptr(); // the next panel is requested; nothing else to prefetch
                        }
                    }
                }
            }
        }
    }
}

/// Calls [`tile::add_product`]. If C has fewer `columns` than the tile, the result goes through a
/// tile on the stack.
///
/// # Safety
/// As [`tile::add_product`], except that C's rows need only `columns` elements.
#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "the operands of a tile, passed on")]
unsafe fn tile_or_edge<V: Vector, const REGISTERS: usize>(
    rows: usize,
    depth: usize,
    a: *const f32,
    lhs: Lhs<'_>,
    panel: Panel<'_>,
    c: *mut f32,
    c_rows: &[usize],
    columns: usize,
) {
    let width = REGISTERS * V::LANES;
    if let Panel::Packed(b, _) = panel {
        assert!(depth * width <= b.len(), "a panel holds {depth} rows of {width}");
    }
    if width <= columns {
        // SAFETY: the caller's promises; the panel is long enough, and C wide enough.
        unsafe { tile::add_product::<V, REGISTERS>(rows, depth, a, lhs, panel, c, c_rows) };
        return;
    }
    let mut edge = [0.0; ROWS * MAX_COLUMNS];
    let edge_rows: [usize; ROWS] = std::array::from_fn(|r| r * width);
    let tile = edge.as_mut_ptr();
    // SAFETY: as above, into an array with room for a whole tile.
    unsafe { tile::add_product::<V, REGISTERS>(rows, depth, a, lhs, panel, tile, &edge_rows[..rows]) };
    for (edge, &row) in edge.chunks_exact(width).zip(c_rows) {
        // SAFETY: C's rows have `columns` elements, which no other thread uses.
        let c = unsafe { std::slice::from_raw_parts_mut(c.wrapping_add(row), columns) };
        c.iter_mut().zip(edge).for_each(|(c, edge)| *c += edge);
    }
}

#[cfg(test)]
mod tests;

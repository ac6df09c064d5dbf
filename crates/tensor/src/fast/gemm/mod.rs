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
//! products are in a file of their own, `outer`.
//!
//! **Blocking.** `k` is the index over which a product is summed, here the column of A. A task owns
//! a block of images and a group of columns of C. Its loops run over 64 columns of C at a time,
//! over blocks of k (128 values with panels of 64 columns, else 256), over the terms, over the
//! panels of B (at most 32 KiB each), and over the rows, six at a time. C is read and written once
//! per term and block of k. With AVX-512 this costs 48 memory operations for the 3,072
//! multiply-adds of a tile. The 64 columns of C stay in the second-level cache meanwhile. Products
//! between combinations of rows, `combined`, have the same loops over larger blocks.
//!
//! **Threads.** An element of C is summed by one task in one order, except in an outer product of
//! few and small matrices: that one is summed in parts of the batch, which depend on the extents
//! alone, and the parts are added in their order. The bits therefore do not depend on the number of
//! threads.

#![allow(unsafe_code, reason = "routines work on addresses, and are compiled for an instruction set")]

mod combined;
mod outer;
mod packs;
pub(crate) mod panels;
pub(crate) mod routine;
pub(crate) mod tile;
pub(crate) mod vector;

use std::ops::Range;

use crate::buffer::LINE;
use crate::fast::parallel::{self, CHUNK};
use routine::Routine;
use tile::{Lhs, MAX_COLUMNS, Panel, ROWS};
use vector::Vector;

pub(crate) use combined::CombinedGemm;
pub(crate) use outer::OuterGemm;
pub(crate) use packs::Packs;
pub use packs::Weights;
use panels::Layout;
pub(crate) use panels::PackedRhs;

/// Pairs of rows: a row of an image's A, and the row of its C that it meets (of its B, in an outer
/// product).
pub(crate) type Pairs = [(usize, usize)];

/// The number of rows whose offsets are computed together, on the stack. It is a multiple of a
/// tile's rows.
const ROWS_AT_ONCE: usize = 16 * ROWS;

/// The number of elements of C that a task should own: 512 KiB.
const TASK_ELEMENTS: usize = 128 * 1024;

/// The number of columns of C, at least, that the loops over k and the terms make together. With
/// narrower panels, A would be read too often.
const BLOCK_COLUMNS: usize = 64;

/// The number of tasks to aim at, so that many cores share them evenly.
const TASKS: usize = 128;

/// The number of elements of a right side that every core has at hand: 256 KiB.
const SMALL_RHS: usize = 64 * 1024;

/// The number of multiply-adds that take as long as it takes to write an element of C to memory.
const PRODUCTS_PER_ELEMENT: usize = 16;

/// Memory, such as C, of which each task writes other elements.
#[derive(Clone, Copy)]
struct Shared(*mut f32);

// SAFETY: the tasks of one loop write disjoint elements, as each use explains.
unsafe impl Sync for Shared {}

impl Shared {
    /// The same memory, starting at element `offset`.
    fn at(&self, offset: usize) -> Self {
        Self(self.0.wrapping_add(offset))
    }
}

/// The number of pairs of all terms.
pub(crate) fn number_of_pairs(terms: &[&Pairs]) -> usize {
    terms.iter().map(|pairs| pairs.len()).sum()
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
        let layout = rhs.layout;
        if c.is_empty() {
            return;
        }
        let a_image = a.len() / images.max(1);
        let c_image = c.len() / images.max(1);
        assert_eq!((a.len(), c.len()), (images * a_image, images * c_image), "gemm: {images} images of A and C");
        assert_eq!(0, c_image % layout.columns.max(1), "gemm: C has rows of {}", layout.columns);
        assert!(bias.is_none_or(|bias| bias.len() == layout.columns), "gemm: one bias per column");
        assert_eq!(terms.len(), layout.terms, "gemm: one matrix per term");
        // With depth 0, A is empty and any row index is valid.
        let a_rows = a_image.checked_div(layout.depth).unwrap_or(usize::MAX);
        check_pairs("gemm", terms, [a_rows, c_image / layout.columns.max(1)]);

        let panel_count = layout.panel_count();
        // A block of images reads all of B. If B is small, blocks may be as small as the chunks of
        // other loops.
        let share = match terms.len() * layout.depth * layout.columns <= SMALL_RHS {
            true => images.div_ceil(TASKS).max(CHUNK / a_image.max(1)).max(ROWS * layout.columns / c_image),
            false => images * panel_count / 4, // at least four tasks
        };
        let most = (TASK_ELEMENTS / c_image).min(share).clamp(1, images);
        let block = 1 << most.ilog2(); // a batch of a power of two then gives equal tasks
        let blocks = images.div_ceil(block);
        let group = panel_count.div_ceil(TASKS.div_ceil(blocks).min(panel_count));
        let group = group.max((BLOCK_COLUMNS / layout.width.columns).min(panel_count));
        let groups = panel_count.div_ceil(group);

        let shared = Shared(c.as_mut_ptr());
        let products = images * number_of_pairs(terms) * layout.depth * panel_count * layout.width.columns;
        let products = products + PRODUCTS_PER_ELEMENT * c.len();
        parallel::tasks(blocks * groups, products, &|task| {
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
            unsafe { routine::run_on(layout.isa, layout.width.registers, &routine) };
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
    c: Shared,
    c_image: usize,
}

impl Routine for BatchReduceRoutine<'_> {
    #[inline(always)]
    unsafe fn compute<V: Vector, const REGISTERS: usize>(&self) {
        let layout = self.rhs.layout;
        let Layout { columns, depth, .. } = layout;
        let width = REGISTERS * V::LANES;
        // Rows whose columns are all this task's own are zeroed in one go.
        let own = self.panels.start * width..(self.panels.end * width).min(columns);
        let all = self.images * self.c_image;
        let is_whole = self.bias.is_none() && own.len() == columns;
        let (step, len) = if is_whole { (all, all) } else { (columns, own.len()) };
        for first in (0..all).step_by(step) {
            // SAFETY: inside C, and only this task has these images and columns.
            let row = unsafe { self.c.0.add(first + own.start) };
            // SAFETY: as above.
            let row = unsafe { std::slice::from_raw_parts_mut(row, len) };
            match self.bias {
                Some(bias) => row.copy_from_slice(&bias[own.clone()]),
                None => row.fill(0.0),
            }
        }
        if self.a.is_empty() {
            return; // no pair names a row
        }
        let at_once = (BLOCK_COLUMNS / width).max(1);
        for first in self.panels.clone().step_by(at_once) {
            let panels = first..(first + at_once).min(self.panels.end);
            let own = first * width..(panels.end * width).min(columns);
            for (block, k) in (0..depth).step_by(layout.block_depth()).enumerate() {
                let sum = DepthBlock {
                    terms: self.terms,
                    images: self.images,
                    depth: layout.block_depth().min(depth - k),
                    a: self.a[k..].as_ptr(),
                    a_strides: [self.a_image, depth],
                    panels: &self.rhs.elements[layout.offset(block, first)..],
                    panel_len: layout.panel_len(),
                    panel_count: panels.len(),
                    // SAFETY: the first panel is less than the number of panels.
                    c: unsafe { self.c.0.add(own.start) },
                    c_strides: [self.c_image, columns],
                    columns: own.len(),
                };
                // SAFETY: the pairs name rows of A and of C.
                unsafe { sum.add::<V, REGISTERS>() };
            }
        }
    }
}

/// The part of a product that a block of k and a few panels of each term contribute to C.
struct DepthBlock<'a> {
    terms: &'a [&'a Pairs],
    images: usize,
    /// The number of values of k.
    depth: usize,
    /// The first of these values in the first row of A.
    a: *const f32,
    /// The numbers of elements from one image of A to the next, and from one row to the next.
    a_strides: [usize; 2],
    /// For each of `panel_count` groups of columns, the panels of all terms.
    panels: &'a [f32],
    panel_len: usize,
    panel_count: usize,
    /// The first of these columns in the first row of C.
    c: *mut f32,
    c_strides: [usize; 2],
    columns: usize,
}

impl DepthBlock<'_> {
    /// Adds it.
    ///
    /// # Safety
    /// The instruction set of `V` is enabled where this is inlined. The pairs name rows of A and C.
    /// Those of C have `columns` elements, or as many as the panels if there are more, which no
    /// other thread uses.
    #[inline(always)]
    unsafe fn add<V: Vector, const REGISTERS: usize>(&self) {
        let width = REGISTERS * V::LANES;
        let Self { terms, depth, panel_len, panel_count, .. } = *self;
        let at = |i: usize| (i % panel_count * terms.len() + i / panel_count) * panel_len;
        let mut from = [0; ROWS_AT_ONCE];
        let mut to = [0; ROWS_AT_ONCE];
        for i in 0..terms.len() * panel_count {
            let b = &self.panels[at(i)..][..depth * width];
            let next = self.panels.as_ptr().wrapping_add(match i + 1 < terms.len() * panel_count {
                true => at(i + 1),
                false => panel_count * terms.len() * panel_len,
            });
            let first = i % panel_count * width;
            let mut line = 0;
            let mut cursor = PairCursor {
                pairs: terms[i / panel_count],
                images: 0..self.images,
                done: 0,
                from: self.a_strides,
                to: self.c_strides,
            };
            while let Some(count) = cursor.next(&mut from, &mut to) {
                for (from, to) in from[..count].chunks(ROWS).zip(to[..count].chunks(ROWS)) {
                    // A tile prefetches one line of each row of the next panel.
                    let next = (line < width).then(|| next.wrapping_add(line));
                    line += LINE / size_of::<f32>();
                    // SAFETY: inside C's rows.
                    let c = unsafe { self.c.add(first) };
                    let (lhs, b) = (Lhs::Rows(from), Panel::Packed(b, next));
                    let columns = self.columns - first;
                    // SAFETY: the caller's promises, passed on.
                    unsafe { tile_or_edge::<V, REGISTERS>(from.len(), depth, self.a, lhs, b, c, to, columns) };
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

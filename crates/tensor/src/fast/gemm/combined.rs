//! Products between combinations of rows: those of a convolution with fewer multiplications.
//!
//! The combined matrices take up to three times the memory of a kernel: 3 to 19 MB in the article's
//! networks. Packed once, they are read from a distant cache for every few images. Where they are
//! larger than the left side, a task therefore owns 64 columns (with AVX-512) of all images, forms
//! the panels of these columns for one block of k after another, and uses them at once, from the
//! second-level cache. On an Intel core (Sapphire Rapids), the convolutions with the
//! largest kernels then take a tenth less time, and with 16 images a fifth. To form panels costs as
//! much as to pack them, so this is done only if there are enough columns for all threads, each
//! panel being formed once. No bit depends on it.
//!
//! The sums of the products stay in the second-level cache, too, until their combinations are
//! written.

use std::ops::Range;
use std::sync::Arc;

use super::panels::{Layout, PackedRhs, Rhs};
use super::routine::{self, Routine};
use super::vector::Vector;
use super::{DepthBlock, PRODUCTS_PER_ELEMENT, Pairs, Shared, check_pairs, number_of_pairs};
use crate::Buffer;
use crate::fast::sparse_map::{self, Combined, SparseMap};
use crate::fast::{self, parallel};

/// The number of elements of one term's panels that a task owns in each block of k: 32 KiB.
const TOGETHER: usize = 8 * 1024;

/// The number of rows of the panels that are packed and combined together. So many columns of a
/// transposed matrix are a cache line, which is then read once: with 8 rows, the gradients of the
/// article's largest layers by their inputs take 4 % longer.
const ROWS_TOGETHER: usize = 16;

/// The number of rows of a task that packs panels.
const ROWS_OF_TASK: usize = 2 * ROWS_TOGETHER;

/// Combinations of the matrices of a right side, as `map` lists them: packed already, or to be
/// formed where they are used.
#[derive(Debug)]
pub(crate) struct CombinedRhs<'a> {
    pub(super) layout: Layout,
    pub(super) rhs: Rhs<'a>,
    pub(super) map: &'a SparseMap,
    pub(super) packed: Option<Arc<PackedRhs>>,
}

impl CombinedRhs<'_> {
    /// The number of panels whose columns a task owns.
    pub(super) fn panels_at_once(&self) -> usize {
        (TOGETHER / self.layout.panel_len().max(1)).clamp(1, self.layout.panel_count())
    }

    /// The number of tasks that share the columns.
    pub(crate) fn tasks(&self) -> usize {
        self.layout.panel_count().div_ceil(self.panels_at_once())
    }

    /// Whether there are tasks enough for all threads if each forms its panels.
    pub(super) fn can_be_formed_in_tasks(&self) -> bool {
        2 * parallel::threads() <= self.tasks()
    }

    /// All panels, packed.
    pub(super) fn pack(&self) -> PackedRhs {
        let layout = self.layout;
        let (len, width) = (layout.panel_len(), layout.width.columns);
        let parts = layout.block_depth().div_ceil(ROWS_OF_TASK);
        let mut elements = Buffer::scratch(layout.len());
        let shared = Shared(elements.as_mut_ptr());
        let work = PRODUCTS_PER_ELEMENT * layout.len();
        parallel::tasks(layout.blocks() * layout.panel_count() * parts, work, &|task| {
            let (part, panel) = (task % parts, task / parts % layout.panel_count());
            let block = task / parts / layout.panel_count();
            let k = layout.block(block);
            let own = k.start + part * ROWS_OF_TASK..k.end.min(k.start + (part + 1) * ROWS_OF_TASK);
            let mut plain = Buffer::scratch(self.plain_len());
            fast::dispatch(
                #[inline(always)]
                || {
                    for first in own.clone().step_by(ROWS_TOGETHER) {
                        let rows = first..(first + ROWS_TOGETHER).min(own.end);
                        let to = shared.at(layout.offset(block, panel) + (first - k.start) * width);
                        // SAFETY: inside the panels, and tasks differ in panels or in rows.
                        unsafe { self.form(rows, panel, &mut plain, to, len) };
                    }
                },
            );
        });
        PackedRhs { layout, elements }
    }

    /// Writes some rows of a panel of every combination: the values of `k`, at most
    /// [`ROWS_TOGETHER`]. The first row of the first combination goes to `to`, and that of the next
    /// one `stride` elements further. `plain` has room for [`plain_len`](Self::plain_len) elements.
    ///
    /// # Safety
    /// There is room, which no other thread uses.
    #[inline(always)]
    unsafe fn form(&self, k: Range<usize>, panel: usize, plain: &mut [f32], to: Shared, stride: usize) {
        let matrix_len = ROWS_TOGETHER * self.layout.width.columns;
        for (matrix, plain) in plain.chunks_exact_mut(matrix_len).enumerate().take(self.map.inputs) {
            self.layout.pack(self.rhs, k.clone(), panel, matrix, plain);
        }
        for (i, combination) in self.map.combinations.iter().enumerate() {
            let len = k.len() * self.layout.width.columns;
            // SAFETY: the caller's promise.
            let to = unsafe { std::slice::from_raw_parts_mut(to.at(i * stride).0, len) };
            sparse_map::write_sum(combination, matrix_len, plain, None, to);
        }
    }

    /// The number of elements of some rows of a panel of every matrix.
    fn plain_len(&self) -> usize {
        self.map.inputs * ROWS_TOGETHER * self.layout.width.columns
    }

    /// The number of values of k in a block of A.
    pub(crate) fn block_depth(&self) -> usize {
        self.layout.block_depth()
    }

    /// Whether the panels are there already.
    pub(crate) fn is_packed(&self) -> bool {
        self.packed.is_some()
    }

    /// A block of k of some panels: for each, the panels of all terms. `scratch` has room for
    /// `scratch_len` elements.
    #[inline(always)]
    fn panels<'s>(&'s self, block: usize, panels: Range<usize>, scratch: &'s mut [f32]) -> &'s [f32] {
        let layout = self.layout;
        if let Some(packed) = &self.packed {
            return &packed.elements[layout.offset(block, panels.start)..];
        }
        let (len, width) = (layout.panel_len(), layout.width.columns);
        let (combined, plain) = scratch.split_at_mut(panels.len() * layout.terms * len);
        let k = layout.block(block);
        for (panel, combined) in panels.zip(combined.chunks_exact_mut(layout.terms * len)) {
            for first in k.clone().step_by(ROWS_TOGETHER) {
                let rows = first..(first + ROWS_TOGETHER).min(k.end);
                let to = Shared(combined[(first - k.start) * width..].as_mut_ptr());
                // SAFETY: inside the panels of this task.
                unsafe { self.form(rows, panel, plain, to, len) };
            }
        }
        combined
    }

    /// The number of elements that `panels` needs as scratch memory.
    fn scratch_len(&self) -> usize {
        let combined = self.panels_at_once() * self.layout.terms * self.layout.panel_len();
        if self.is_packed() { 0 } else { combined + self.plain_len() }
    }
}

/// Combinations of the rows of a sum of products, as `map` lists them:
/// `C[image] = bias + map(Σ_terms Σ_(from, to) A[image][from]·B_term)`, for every image.
///
/// C is `[images, map's combinations, columns]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CombinedGemm<'a> {
    /// For each matrix of `rhs`, the pairs of a row of an image's A and a row of its sum.
    pub terms: &'a [&'a Pairs],
    /// The left side, in blocks as deep as those of the right side.
    pub a: &'a Combined,
    /// The right side: one matrix per term.
    pub rhs: &'a CombinedRhs<'a>,
    /// The combinations of rows of the sum.
    pub map: &'a SparseMap,
    /// The value that is added to every row of C.
    pub bias: Option<&'a [f32]>,
}

impl CombinedGemm<'_> {
    /// Overwrites `c`.
    ///
    /// # Panics
    /// If the extents do not fit the slices, or a pair names a row that does not exist.
    pub(crate) fn write(&self, c: &mut [f32]) {
        let Self { terms, a, rhs, map, bias } = *self;
        let layout = rhs.layout;
        if c.is_empty() {
            return;
        }
        let c_image = map.combinations.len() * layout.columns;
        assert!(a.has_columns(layout.depth) && c.len() == a.images * c_image, "gemm: {} images of A and C", a.images);
        assert_eq!(layout.block_depth(), a.depth, "gemm: blocks of A as deep as those of the right side");
        assert!(bias.is_none_or(|bias| bias.len() == layout.columns), "gemm: one bias per column");
        assert_eq!(terms.len(), layout.terms, "gemm: one matrix per term");
        check_pairs("gemm", terms, [a.rows, map.inputs]);

        let at_once = rhs.panels_at_once();
        let shared = Shared(c.as_mut_ptr());
        let columns = layout.panel_count() * layout.width.columns;
        let products = a.images * number_of_pairs(terms) * layout.depth * columns;
        parallel::tasks(rhs.tasks(), products, &|task| {
            let first = task * at_once;
            let panels = first..(first + at_once).min(layout.panel_count());
            let routine = CombinedRoutine { product: self, panels, c: shared, c_image };
            // SAFETY: the pairs were checked above, and tasks differ in columns.
            unsafe { routine::run_on(layout.isa, layout.width.registers, &routine) };
        });
    }
}

/// Computes some columns of [`CombinedGemm`]. It is sound if the pairs are inside A and the sum,
/// and no other task has these columns of C.
struct CombinedRoutine<'a> {
    product: &'a CombinedGemm<'a>,
    panels: Range<usize>,
    c: Shared,
    c_image: usize,
}

impl Routine for CombinedRoutine<'_> {
    #[inline(always)]
    unsafe fn compute<V: Vector, const REGISTERS: usize>(&self) {
        let CombinedGemm { terms, a, rhs, map, bias } = *self.product;
        let images = a.images;
        let Layout { columns, depth, .. } = rhs.layout;
        let width = REGISTERS * V::LANES;
        let sum_columns = self.panels.len() * width;
        let sum_image = map.inputs * sum_columns;
        let mut sums = Buffer::zeros(images * sum_image);
        let mut scratch = Buffer::scratch(rhs.scratch_len());
        for (block, k) in (0..depth).step_by(rhs.layout.block_depth()).enumerate() {
            let panels = rhs.panels(block, self.panels.clone(), &mut scratch);
            let depth = rhs.layout.block_depth().min(depth - k);
            for first in (0..images).step_by(a.group) {
                let sum = DepthBlock {
                    terms,
                    images: a.group.min(images - first),
                    depth,
                    a: a.block_at(k)[first * a.rows * depth..].as_ptr(),
                    a_strides: [depth, a.group * depth],
                    panels,
                    panel_len: rhs.layout.panel_len(),
                    panel_count: self.panels.len(),
                    c: sums[first * sum_image..].as_mut_ptr(),
                    c_strides: [sum_image, sum_columns],
                    columns: sum_columns,
                };
                // SAFETY: the pairs name rows of A and of the sums, which are this task's.
                unsafe { sum.add::<V, REGISTERS>() };
            }
        }
        let own = self.panels.start * width..(self.panels.end * width).min(columns);
        let bias = bias.map(|bias| &bias[own.clone()]);
        for (n, sums) in sums.chunks_exact(sum_image).enumerate() {
            for (i, combination) in map.combinations.iter().enumerate() {
                // SAFETY: inside C, and only this task has these columns.
                let row = unsafe { self.c.0.add(n * self.c_image + i * columns + own.start) };
                // SAFETY: as above.
                let row = unsafe { std::slice::from_raw_parts_mut(row, own.len()) };
                sparse_map::write_sum(combination, sum_columns, sums, bias, row);
            }
        }
    }
}

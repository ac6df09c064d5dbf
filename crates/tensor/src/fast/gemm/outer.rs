//! The outer products, which the gradients of kernels and of dense layers are made of.
//!
//! A task owns a group of panels of columns of one term's matrix. It takes 128 pairs at a time. For
//! each panel it packs their rows of B, and all columns of A then use them. A is read in place, and
//! stays in the second-level cache for the panels of the group. Rows of B that are as wide as a
//! panel lie one after the other anyway, so they are read in place too: 32 → 64 channels take a
//! fifth less time. Where there would be too few tasks for all threads, the rows of a matrix are
//! cut into strips, too. Of few and small matrices, as in a thin layer, the batch is cut into parts
//! that are summed separately.

use std::ops::Range;

use super::{PairCursor, Pairs, Shared, check_pairs, number_of_pairs, tile_or_edge};
use crate::Buffer;
use crate::fast::gemm::panels::{PanelWidth, pack_rows};
use crate::fast::gemm::routine::{self, Routine};
use crate::fast::gemm::tile::{Lhs, Panel, ROWS};
use crate::fast::gemm::vector::Vector;
use crate::fast::parallel;
use crate::fast::{Isa, isa};

/// The number of values of k in a block of [`OuterGemm`]. Here k runs over the pairs of a term in
/// one image after another. The panel is packed once per block and must stay in the nearest cache.
pub(crate) const OUTER_DEPTH: usize = 128;

/// The number of terms and panels below which the batch is summed in parts. Other parts would give
/// other bits.
const PARTS: usize = 16;

/// The number of tasks for each thread to aim at.
const TASKS_PER_THREAD: usize = 4;

/// The least number of rows of a strip. Each strip packs the panel for itself.
const STRIP: usize = 4 * ROWS;

/// `C_term = Σ_images Σ_(from, to) A[image][from]ᵀ·B[image][to]`, one matrix for each term.
///
/// A is `[images, rows, height]`, B is `[images, rows', columns]`, C is `[terms, height, columns]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OuterGemm<'a> {
    /// The number of images in the batch.
    pub images: usize,
    /// For each matrix of C, the pairs of a row of an image's A and a row of its B.
    pub terms: &'a [&'a Pairs],
    /// The left side.
    pub a: &'a [f32],
    /// The number of columns of A, and of rows of each matrix of C.
    pub height: usize,
    /// The right side.
    pub b: &'a [f32],
    /// The number of columns of B and of each matrix of C.
    pub columns: usize,
}

impl OuterGemm<'_> {
    /// Overwrites `c` with the sums.
    ///
    /// # Panics
    /// If the extents do not fit the slices, or a pair names a row that does not exist.
    pub(crate) fn write(&self, c: &mut [f32]) {
        self.write_on(isa(), c);
    }

    pub(crate) fn write_on(&self, isa: Isa, c: &mut [f32]) {
        let Self { images, terms, a, height, b, columns } = *self;
        if c.is_empty() {
            return;
        }
        if images == 0 {
            assert_eq!((0, 0), (a.len(), b.len()), "outer: no images of A and B");
            c.fill(0.0);
            return;
        }
        let (a_image, b_image) = (a.len() / images, b.len() / images);
        assert_eq!((a.len(), b.len()), (images * a_image, images * b_image), "outer: {images} images of A and B");
        let matrices = terms.len();
        assert_eq!(matrices * height * columns, c.len(), "outer: {matrices} matrices of {height}×{columns}");
        check_pairs("outer", terms, [a_image / height, b_image / columns]);
        let width = PanelWidth::new(isa, columns);
        let panel_count = columns.div_ceil(width.columns);

        // Few and small matrices, as in a thin layer, are summed in parts, so that there are enough
        // tasks.
        let longest = terms.iter().map(|pairs| pairs.len()).max().unwrap_or(0);
        let parts = (PARTS / (terms.len() * panel_count)).min(images * longest / 1024).clamp(1, images);
        let part = images.div_ceil(parts);
        let parts = images.div_ceil(part);
        let products = images * number_of_pairs(terms) * height * panel_count * width.columns;
        let pieces = self.pieces(parts, parallel::threads_for(products), width);
        let sum_in = |c: &mut [f32]| {
            let c_part = c.len() / parts;
            let shared = Shared(c.as_mut_ptr());
            parallel::tasks(parts * pieces.len(), products, &|task| {
                let (p, Piece { term, rows, own }) = (task / pieces.len(), &pieces[task % pieces.len()]);
                let routine = OuterRoutine {
                    pairs: terms[*term],
                    images: p * part..((p + 1) * part).min(images),
                    a,
                    a_image,
                    height,
                    rows: rows.clone(),
                    b,
                    b_image,
                    columns,
                    own: own.clone(),
                    c: shared.at(p * c_part + term * height * columns),
                };
                // SAFETY: the pairs were checked above, and tasks differ in part, term, columns or
                // rows.
                unsafe { routine::run_on(isa, width.registers, &routine) };
            });
        };
        if parts == 1 {
            sum_in(c);
            return;
        }
        let mut sums = Buffer::scratch(parts * c.len());
        sum_in(&mut sums);
        let (first, others) = sums.split_at(c.len());
        c.copy_from_slice(first);
        for part in others.chunks_exact(c.len()) {
            for (c, part) in c.iter_mut().zip(part) {
                *c += part;
            }
        }
    }

    /// The tasks of each of `parts` parts of the batch. A term with more pairs has more tasks, so
    /// that none is so long that other threads wait for it. No bit depends on it.
    fn pieces(&self, parts: usize, threads: usize, width: PanelWidth) -> Vec<Piece> {
        let Self { terms, height, columns, .. } = *self;
        let (panel_count, pairs) = (columns.div_ceil(width.columns), number_of_pairs(terms).max(1));
        let wanted = if threads == 1 { 1 } else { (TASKS_PER_THREAD * threads).div_ceil(parts) };
        let of_term = |term: usize| {
            let wanted = (wanted * terms[term].len()).div_ceil(pairs).max(1);
            let group = panel_count.div_ceil(wanted.min(panel_count)) * width.columns;
            // Strips cost more: B is read for each of them.
            let strips = wanted.div_ceil(2 * columns.div_ceil(group)).min(height / STRIP).max(1);
            let strip = height.div_ceil(strips).next_multiple_of(ROWS);
            let cut = |first: usize, len: usize, end: usize| first..(first + len).min(end);
            let strips = move || (0..height).step_by(strip).map(move |row| cut(row, strip, height));
            let groups = (0..columns).step_by(group).map(move |column| cut(column, group, columns));
            groups.flat_map(move |own| strips().map(move |rows| Piece { term, rows, own: own.clone() }))
        };
        (0..terms.len()).flat_map(of_term).collect()
    }
}

/// What a task computes: some rows and columns of the matrix of a term.
struct Piece {
    term: usize,
    rows: Range<usize>,
    own: Range<usize>,
}

/// Computes some rows and columns of one term's matrix of [`OuterGemm`]. It is sound if
/// the pairs are inside A and B, and no other task has these elements of C.
struct OuterRoutine<'a> {
    pairs: &'a Pairs,
    images: Range<usize>,
    a: &'a [f32],
    a_image: usize,
    height: usize,
    rows: Range<usize>,
    b: &'a [f32],
    b_image: usize,
    columns: usize,
    /// The columns of B and C that the task has.
    own: Range<usize>,
    c: Shared,
}

impl Routine for OuterRoutine<'_> {
    #[inline(always)]
    unsafe fn compute<V: Vector, const REGISTERS: usize>(&self) {
        let Self { height, columns, .. } = *self;
        let width = REGISTERS * V::LANES;
        for row in self.rows.clone() {
            // SAFETY: inside this task's columns of C.
            let row = unsafe { self.c.0.add(row * columns + self.own.start) };
            // SAFETY: as above, and no other task has them.
            unsafe { std::slice::from_raw_parts_mut(row, self.own.len()) }.fill(0.0);
        }
        let in_place = columns == width;
        let mut packed = Buffer::scratch(if in_place { 0 } else { OUTER_DEPTH * width });
        let (mut from, mut to) = ([0; OUTER_DEPTH], [0; OUTER_DEPTH]);
        let mut cursor = PairCursor {
            pairs: self.pairs,
            images: self.images.clone(),
            done: 0,
            from: [self.a_image, height],
            to: [self.b_image, columns],
        };
        while let Some(depth) = cursor.next(&mut from, &mut to) {
            for j in self.own.clone().step_by(width) {
                let own = width.min(columns - j);
                let panel = if in_place {
                    Panel::Rows(self.b, &to[..depth])
                } else {
                    let rows = to[..depth].iter().map(|row| row + j);
                    // SAFETY: the caller has enabled the instruction set.
                    unsafe { pack_rows::<V, REGISTERS>(self.b, rows, own, &mut packed[..depth * width]) };
                    Panel::Packed(&packed, None)
                };
                for i in self.rows.clone().step_by(ROWS) {
                    let rows = ROWS.min(self.rows.end - i);
                    let c_rows: [usize; ROWS] = std::array::from_fn(|r| (i + r) * columns);
                    // SAFETY: every row of A has `height` elements, and i is less.
                    let a = unsafe { self.a.as_ptr().add(i) };
                    // SAFETY: inside the columns of this task.
                    let c = unsafe { self.c.0.add(j) };
                    let lhs = Lhs::Columns(&from[..depth]);
                    // SAFETY: the rows of A were checked, and those of C belong to this task.
                    unsafe { tile_or_edge::<V, REGISTERS>(rows, depth, a, lhs, panel, c, &c_rows[..rows], own) };
                }
            }
        }
    }
}

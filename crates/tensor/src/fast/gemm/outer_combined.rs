//! Outer products of combined rows: the gradient of a kernel with fewer multiplications.
//!
//! ```text
//! C_m = Σ_terms factor(m, term)·Σ_pairs A'[from]ᵀ·B'[to]
//!
//! A', B': combinations of the rows of an image, as a SparseMap lists them
//! ```
//!
//! A' and B' are larger than A and B. They are formed for a few images at a time, so that they stay
//! in cache. Each task adds the product of a term to its matrices of C immediately, for the same
//! reason. A task works on 64 columns (256 bytes of a row), whatever the instruction set. B' is
//! formed in panels, so nothing is packed: the tiles read its rows in place.

use std::ops::{Range, RangeInclusive};

use super::outer::{OUTER_DEPTH, OuterGemm};
use super::{PairCursor, Pairs, SharedC, check_pairs};
use crate::Buffer;
use crate::fast::gemm::panels::PanelWidth;
use crate::fast::gemm::routine::{self, Routine};
use crate::fast::gemm::tile::{self, Lhs, Panel, ROWS};
use crate::fast::gemm::vector::Vector;
use crate::fast::parallel;
use crate::fast::sparse_map::{BLOCK, SparseMap};
use crate::fast::{Isa, isa};

/// The number of tasks to aim at.
const TASKS: usize = 64;

/// The numbers of rows of a matrix that a task sums: the more, the more often it uses a row of B'.
const SUM_ROWS: RangeInclusive<usize> = 16..=64;

/// The number of bytes of A' and B' that are formed at a time. A third-level cache holds them.
const SUM_BYTES: usize = 5 << 20;

impl OuterGemm<'_> {
    /// Overwrites `c` with combinations of products of combined rows.
    ///
    /// `of_a` and `of_b` combine the rows of A and of B, and the pairs name rows of the results.
    /// `into` lists, for each term, the matrices of C to which its product is added.
    ///
    /// # Panics
    /// If the extents do not fit the slices, or a pair names a row that does not exist.
    pub(crate) fn write_combined(&self, of_a: &SparseMap, of_b: &SparseMap, into: &SparseMap, c: &mut [f32]) {
        let image = (of_a.combinations.len() * self.height + of_b.combinations.len() * self.columns) * size_of::<f32>();
        self.write_combined_on(isa(), (SUM_BYTES / image).max(1), [of_a, of_b, into], c);
    }

    /// The same on `isa`, forming A' and B' of `together` images at a time.
    pub(crate) fn write_combined_on(
        &self,
        isa: Isa,
        together: usize,
        [of_a, of_b, into]: [&SparseMap; 3],
        c: &mut [f32],
    ) {
        let Self { images, terms, a, height, b, columns } = *self;
        let (a_image, b_image) = (of_a.inputs * height, of_b.inputs * columns);
        assert_eq!((a.len(), b.len()), (images * a_image, images * b_image), "outer: {images} images of A and B");
        let matrices = into.inputs;
        assert_eq!(matrices * height * columns, c.len(), "outer: {matrices} matrices of {height}×{columns}");
        assert_eq!(terms.len(), into.combinations.len(), "outer: a sum for each term");
        assert!(
            into.combinations.iter().flatten().all(|&(matrix, _)| matrix < matrices),
            "outer: sums into {matrices} matrices"
        );
        check_pairs("outer", terms, [of_a.combinations.len(), of_b.combinations.len()]);
        if c.is_empty() || images == 0 {
            c.fill(0.0);
            return;
        }
        let width = PanelWidth::new(isa, columns);
        let blocks = columns.div_ceil(BLOCK);
        let sum_rows = (height * blocks).div_ceil(TASKS).clamp(*SUM_ROWS.start(), *SUM_ROWS.end());
        let strips = height.div_ceil(sum_rows);
        let shared = SharedC(c.as_mut_ptr());
        for first in (0..images).step_by(together) {
            let images = together.min(images - first);
            let a = of_a.apply(height, &a[first * a_image..][..images * a_image]);
            let b = of_b.apply_into_panels(columns, &b[first * b_image..][..images * b_image], width.columns);
            parallel::tasks(blocks * strips, &|task| {
                let (block, strip) = (task / strips, task % strips);
                let routine = OuterCombinedRoutine {
                    images,
                    terms,
                    a: &a,
                    height,
                    b: &b[block * (b.len() / blocks)..][..b.len() / blocks],
                    columns,
                    into,
                    rows: strip * sum_rows..((strip + 1) * sum_rows).min(height),
                    is_first: first == 0,
                    first_column: block * BLOCK,
                    c: shared.at(0),
                };
                // SAFETY: pairs and matrices were checked above, and tasks differ in rows or in
                // columns.
                unsafe { routine::run_on(isa, width.registers, &routine) };
            });
        }
    }
}

/// Adds to some rows and a block of columns of all matrices of C. It is sound if the pairs are
/// inside A' and B', the matrices of `into` are inside C, and no other task has these elements.
struct OuterCombinedRoutine<'a> {
    images: usize,
    terms: &'a [&'a Pairs],
    /// A', `[images, combinations, height]`.
    a: &'a [f32],
    height: usize,
    /// B', `[images, panels, rows, width]`.
    b: &'a [f32],
    columns: usize,
    into: &'a SparseMap,
    rows: Range<usize>,
    /// Whether C holds nothing yet.
    is_first: bool,
    first_column: usize,
    c: SharedC,
}

impl Routine for OuterCombinedRoutine<'_> {
    #[inline(always)]
    unsafe fn compute<V: Vector, const REGISTERS: usize>(&self) {
        let Self { images, height, columns, first_column: j, .. } = *self;
        let (width, own) = (REGISTERS * V::LANES, BLOCK.min(columns - j));
        let (a_image, b_image) = (self.a.len() / images, self.b.len() / images);
        if self.is_first {
            for row in (0..self.into.inputs).flat_map(|matrix| self.rows.clone().map(move |row| matrix * height + row))
            {
                // SAFETY: inside this task's columns of C.
                let row = unsafe { self.c.0.add(row * columns + j) };
                // SAFETY: as above, and no other task has them.
                unsafe { std::slice::from_raw_parts_mut(row, own) }.fill(0.0);
            }
        }
        let mut product = Buffer::scratch(self.rows.len() * BLOCK);
        let (mut from, mut to) = ([0; OUTER_DEPTH], [0; OUTER_DEPTH]);
        for (pairs, sum) in self.terms.iter().zip(&self.into.combinations) {
            product.fill(0.0);
            let mut cursor =
                PairCursor { pairs, images: 0..images, done: 0, from: [a_image, height], to: [b_image, width] };
            while let Some(depth) = cursor.next(&mut from, &mut to) {
                for first in (0..own).step_by(width) {
                    let b = &self.b[first * b_image / BLOCK..];
                    let (lhs, rhs) = (Lhs::Columns(&from[..depth]), Panel::Rows(b, &to[..depth]));
                    for i in (0..self.rows.len()).step_by(ROWS) {
                        let rows = ROWS.min(self.rows.len() - i);
                        let c_rows: [usize; ROWS] = std::array::from_fn(|r| (i + r) * BLOCK + first);
                        // SAFETY: every row of A' has `height` elements, and this one is less.
                        let a = unsafe { self.a.as_ptr().add(self.rows.start + i) };
                        let c = product.as_mut_ptr();
                        // SAFETY: the rows of A' and B' were checked, and those of the product are
                        // inside it.
                        unsafe { tile::add_product::<V, REGISTERS>(rows, depth, a, lhs, rhs, c, &c_rows[..rows]) };
                    }
                }
            }
            for &(matrix, factor) in sum {
                for (row, product) in self.rows.clone().zip(product.chunks_exact(BLOCK)) {
                    // SAFETY: inside this task's columns of C.
                    let row = unsafe { self.c.0.add((matrix * height + row) * columns + j) };
                    // SAFETY: as above, and no other task has them.
                    let row = unsafe { std::slice::from_raw_parts_mut(row, own) };
                    row.iter_mut().zip(product).for_each(|(c, x)| *c += factor * x);
                }
            }
        }
    }
}

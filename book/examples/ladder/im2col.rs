//! Rung 3: the patches as a matrix, so that the convolution is one matrix product.
//!
//! Each output pixel gets a row that holds the patch it looks at
//! ([`gather`]). The rows times the kernel as it is stored are
//! the result. The loops lose their taps and their padding, and what follows is about a product of
//! two matrices alone.
//!
//! ```text
//! y [n·oh·ow, co] = patches [n·oh·ow, kh·kw·ci] · w [kh·kw·ci, co]
//! ```
//!
//! Both gradients are products too: `dw = patchesᵀ·dy`, and the patches' gradient `dy·wᵀ` is added
//! up where the patches came from. The padding is multiplied now, and the matrix is written and
//! read again.

use rayon::prelude::*;
use tensor::fast::conv::im2col::{gather, scatter};
use tensor::{Buffer, Window, fast};

use super::order::add_row;
use super::vectors::is_fused;

/// `C [m, n] = A [m, k]·B [k, n]` of the extents `[m, n, k]`.
pub type Product = fn([usize; 3], &[f32], &[f32]) -> Buffer;

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

/// The matrix product with the innermost loop of the rungs below.
#[must_use]
pub fn product([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Buffer {
    let mut c = Buffer::zeros(m * n);
    let is_fused = is_fused();
    fast::dispatch(
        #[inline(always)]
        || match is_fused {
            true => add_product::<true>([n, k], a, b, &mut c),
            false => add_product::<false>([n, k], a, b, &mut c),
        },
    );
    c
}

/// Adds `A·B` to C, a row at a time.
#[inline(always)]
fn add_product<const FUSED: bool>([n, k]: [usize; 2], a: &[f32], b: &[f32], c: &mut [f32]) {
    for (a, sums) in a.chunks_exact(k).zip(c.chunks_exact_mut(n)) {
        for (&a, row) in a.iter().zip(b.chunks_exact(n)) {
            add_row::<FUSED>(a, row, sums);
        }
    }
}

/// `y` by one product.
pub(super) fn forward_by(product: Product, window: Window, [n, ci, co]: [usize; 3], x: &[f32], w: &[f32]) -> Buffer {
    let patches = gather(window, n, ci, x);
    product([n * window.output_pixels(), co, window.kernel_taps() * ci], &patches, w)
}

/// `dx` by one product.
pub(super) fn input_gradient_by(
    product: Product,
    window: Window,
    [n, ci, co]: [usize; 3],
    w: &[f32],
    dy: &[f32],
) -> Buffer {
    let depth = window.kernel_taps() * ci;
    let patches = product([n * window.output_pixels(), depth, co], dy, &transposed(co, w));
    scatter(window, n, ci, &patches, None)
}

/// `dw` by one product.
pub(super) fn kernel_gradient_by(
    product: Product,
    window: Window,
    [n, ci, co]: [usize; 3],
    x: &[f32],
    dy: &[f32],
) -> Buffer {
    let patches = gather(window, n, ci, x);
    let depth = window.kernel_taps() * ci;
    product([depth, co, n * window.output_pixels()], &transposed(depth, &patches), dy)
}

/// The transpose of a matrix of `columns`, 16 of its rows at a time, so that every cache line that
/// is read is used whole while it is near.
#[must_use]
pub fn transposed(columns: usize, matrix: &[f32]) -> Buffer {
    const SIDE: usize = 16;
    let rows = matrix.len() / columns;
    let mut turned = Buffer::scratch(matrix.len());
    turned.par_chunks_mut(SIDE * rows).enumerate().for_each(|(block, turned)| {
        for first in (0..rows).step_by(SIDE) {
            for (column, turned) in (block * SIDE..).zip(turned.chunks_exact_mut(rows)) {
                for row in first..rows.min(first + SIDE) {
                    turned[row] = matrix[row * columns + column];
                }
            }
        }
    });
    turned
}

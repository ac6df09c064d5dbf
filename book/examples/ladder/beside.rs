//! Beside the ladder: the same patches, multiplied by the `matrixmultiply` crate.
//!
//! It is a well-kept, general-purpose product with tiles and panels of its own, on one thread.

use tensor::fast::measure::matrixmultiply_baseline;
use tensor::{Buffer, Window};

use super::im2col::{forward_by, input_gradient_by, kernel_gradient_by};

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
pub fn product(extents: [usize; 3], a: &[f32], b: &[f32]) -> Buffer {
    let [m, n, _] = extents;
    let mut c = Buffer::scratch(m * n);
    matrixmultiply_baseline::matmul(extents, a, b, &mut c);
    c
}

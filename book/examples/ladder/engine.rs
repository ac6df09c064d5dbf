//! Rungs 7 and 8: the engine's own product, and the engine as it is.
//!
//! Rung 7 is one matrix product for each tap, over pixels in place: no patches, no products with
//! padding. Its tile has up to 6 × 64 sums, in the kernels of the engine's unsafe room.
//!
//! Rung 8 is what a training step calls. For a wide layer it takes the sums of Karatsuba, Toom and
//! Cook, which needs fewer products for the same sum.

use tensor::fast::conv::direct;
use tensor::ops::conv2d;
use tensor::{Buffer, Window};

/// `y`, by a product for each tap.
#[must_use]
pub fn forward(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Buffer {
    direct::convolve(window, extents, x, w, None)
}

/// `dx`, by a product for each tap.
#[must_use]
pub fn input_gradient(window: Window, extents: [usize; 3], w: &[f32], dy: &[f32]) -> Buffer {
    direct::transpose(window, extents, dy, w, None)
}

/// `dw`, by a product for each tap.
#[must_use]
pub fn kernel_gradient(window: Window, extents: [usize; 3], x: &[f32], dy: &[f32]) -> Buffer {
    direct::kernel_gradient(window, extents, x, dy)
}

/// `y`, by fewer products.
#[must_use]
pub fn forward_fewer(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Buffer {
    conv2d::forward(window, extents, x, w, None)
}

/// `dx`, by fewer products.
#[must_use]
pub fn input_gradient_fewer(window: Window, extents: [usize; 3], w: &[f32], dy: &[f32]) -> Buffer {
    conv2d::input_gradient(window, extents, w, dy)
}

/// `dw`, by fewer products.
#[must_use]
pub fn kernel_gradient_fewer(window: Window, extents: [usize; 3], x: &[f32], dy: &[f32]) -> Buffer {
    conv2d::kernel_gradient(window, extents, x, dy)
}

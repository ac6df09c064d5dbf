//! Rung 6: blocks of rows on all cores.
//!
//! A block of C belongs to one task, and the length of a block does not depend on the number of
//! threads. Each element is summed by one task in one order, so the bits are the same on any number
//! of threads.

use rayon::prelude::*;
use tensor::{Buffer, Window};

use super::im2col::{forward_by, input_gradient_by, kernel_gradient_by};
use super::panels::{columns_in_panels, write_block};
use super::tile::BLOCK;

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
pub fn product([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Buffer {
    let panels = columns_in_panels(n, b);
    let mut c = Buffer::scratch(m * n);
    let blocks = a.par_chunks(BLOCK * k).zip(c.par_chunks_mut(BLOCK * n));
    blocks.for_each(|(a, c)| write_block([n, k], a, &panels, c));
    c
}

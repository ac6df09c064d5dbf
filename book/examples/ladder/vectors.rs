//! Rung 2: the loops of rung 1, compiled again for the widest vectors that the CPU has.
//!
//! [`dispatch`](fast::dispatch) compiles its body once for SSE2, once for AVX2 and once for
//! AVX-512, and calls the one that fits when the program runs. The vectors then hold 8 or 16
//! numbers, and a multiplication and its addition are one instruction.

use tensor::fast::{self, Isa};
use tensor::{Buffer, Window};

use super::order;

/// Whether the instruction set in use multiplies and adds in one instruction.
#[must_use]
pub fn is_fused() -> bool {
    Isa::Portable < fast::isa()
}

/// `y` from `x` and `w`.
#[must_use]
pub fn forward(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Buffer {
    let [n, _, co] = extents;
    let mut y = Buffer::zeros(n * window.output_pixels() * co);
    let is_fused = is_fused();
    fast::dispatch(
        #[inline(always)]
        || match is_fused {
            true => order::add_forward::<true>(window, extents, x, w, &mut y),
            false => order::add_forward::<false>(window, extents, x, w, &mut y),
        },
    );
    y
}

/// `dx` from `w` and `dy`.
#[must_use]
pub fn input_gradient(window: Window, extents: [usize; 3], w: &[f32], dy: &[f32]) -> Buffer {
    let [n, ci, _] = extents;
    let mut dx = Buffer::zeros(n * window.input_pixels() * ci);
    let w = order::turned(extents, w);
    let is_fused = is_fused();
    fast::dispatch(
        #[inline(always)]
        || match is_fused {
            true => order::add_input_gradient::<true>(window, extents, &w, dy, &mut dx),
            false => order::add_input_gradient::<false>(window, extents, &w, dy, &mut dx),
        },
    );
    dx
}

/// `dw` from `x` and `dy`.
#[must_use]
pub fn kernel_gradient(window: Window, extents: [usize; 3], x: &[f32], dy: &[f32]) -> Buffer {
    let [_, ci, co] = extents;
    let mut dw = Buffer::zeros(window.kernel_taps() * ci * co);
    let is_fused = is_fused();
    fast::dispatch(
        #[inline(always)]
        || match is_fused {
            true => order::add_kernel_gradient::<true>(window, extents, x, dy, &mut dw),
            false => order::add_kernel_gradient::<false>(window, extents, x, dy, &mut dw),
        },
    );
    dw
}

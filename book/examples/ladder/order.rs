//! Rung 1: the innermost loop runs over numbers that are neighbours in memory, on both sides.
//!
//! No sum is finished before the next begins. Each loop adds one term to a whole row of sums, and
//! no two of these additions wait for each other, so the compiler turns the loop into vectors. The
//! build assumes SSE2, which is four numbers at a time.
//!
//! Only the order of the loops differs from rung 0. `dx` needs the weights with output channels
//! outside, so it turns each tap's matrix first.

use tensor::{Buffer, Window};

use super::multiply_add;

/// `y` from `x` and `w`.
#[must_use]
pub fn forward(window: Window, extents: [usize; 3], x: &[f32], w: &[f32]) -> Buffer {
    let [n, _, co] = extents;
    let mut y = Buffer::zeros(n * window.output_pixels() * co);
    add_forward::<false>(window, extents, x, w, &mut y);
    y
}

/// `dx` from `w` and `dy`.
#[must_use]
pub fn input_gradient(window: Window, extents: [usize; 3], w: &[f32], dy: &[f32]) -> Buffer {
    let [n, ci, _] = extents;
    let mut dx = Buffer::zeros(n * window.input_pixels() * ci);
    add_input_gradient::<false>(window, extents, &turned(extents, w), dy, &mut dx);
    dx
}

/// `dw` from `x` and `dy`.
#[must_use]
pub fn kernel_gradient(window: Window, extents: [usize; 3], x: &[f32], dy: &[f32]) -> Buffer {
    let [_, ci, co] = extents;
    let mut dw = Buffer::zeros(window.kernel_taps() * ci * co);
    add_kernel_gradient::<false>(window, extents, x, dy, &mut dw);
    dw
}

/// Adds `factor·row` to `sums`: the innermost loop.
#[inline(always)]
pub fn add_row<const FUSED: bool>(factor: f32, row: &[f32], sums: &mut [f32]) {
    for (sum, &term) in sums.iter_mut().zip(row) {
        *sum = multiply_add::<FUSED>(factor, term, *sum);
    }
}

/// Adds `x ∗ w` to `y`.
#[inline(always)]
pub fn add_forward<const FUSED: bool>(window: Window, [n, ci, co]: [usize; 3], x: &[f32], w: &[f32], y: &mut [f32]) {
    for image in 0..n {
        let x = &x[image * window.input_pixels() * ci..];
        let y = &mut y[image * window.output_pixels() * co..];
        for tap in window.taps() {
            let matrix = &w[tap.index * ci * co..][..ci * co];
            for (input, output) in tap.pairs {
                let sums = &mut y[output * co..][..co];
                for (&x, row) in x[input * ci..][..ci].iter().zip(matrix.chunks_exact(co)) {
                    add_row::<FUSED>(x, row, sums);
                }
            }
        }
    }
}

/// Adds the gradient of `x` to `dx`; `w` is [`turned`].
#[inline(always)]
pub fn add_input_gradient<const FUSED: bool>(
    window: Window,
    [n, ci, co]: [usize; 3],
    w: &[f32],
    dy: &[f32],
    dx: &mut [f32],
) {
    for image in 0..n {
        let dy = &dy[image * window.output_pixels() * co..];
        let dx = &mut dx[image * window.input_pixels() * ci..];
        for tap in window.taps() {
            let matrix = &w[tap.index * ci * co..][..ci * co];
            for (input, output) in tap.pairs {
                let sums = &mut dx[input * ci..][..ci];
                for (&dy, row) in dy[output * co..][..co].iter().zip(matrix.chunks_exact(ci)) {
                    add_row::<FUSED>(dy, row, sums);
                }
            }
        }
    }
}

/// Adds the gradient of `w` to `dw`.
#[inline(always)]
pub fn add_kernel_gradient<const FUSED: bool>(
    window: Window,
    [n, ci, co]: [usize; 3],
    x: &[f32],
    dy: &[f32],
    dw: &mut [f32],
) {
    for image in 0..n {
        let x = &x[image * window.input_pixels() * ci..];
        let dy = &dy[image * window.output_pixels() * co..];
        for tap in window.taps() {
            let matrix = &mut dw[tap.index * ci * co..][..ci * co];
            for (input, output) in tap.pairs {
                let row = &dy[output * co..][..co];
                for (&x, sums) in x[input * ci..][..ci].iter().zip(matrix.chunks_exact_mut(co)) {
                    add_row::<FUSED>(x, row, sums);
                }
            }
        }
    }
}

/// The kernel `[taps, ci, co]` as `[taps, co, ci]`.
#[must_use]
pub fn turned([_, ci, co]: [usize; 3], w: &[f32]) -> Buffer {
    let mut turned = Buffer::scratch(w.len());
    for (matrix, turned) in w.chunks_exact(ci * co).zip(turned.chunks_exact_mut(ci * co)) {
        for (index, turned) in turned.iter_mut().enumerate() {
            *turned = matrix[index % ci * co + index / ci];
        }
    }
    turned
}

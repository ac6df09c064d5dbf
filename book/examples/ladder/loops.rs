//! Rung 0: the equation as it stands, a sum for each element of the result.
//!
//! ```text
//! y[oy, ox, co] = Σ_{ky, kx, ci} x[oy·s + ky − p, ox·s + kx − p, ci] · w[ky, kx, ci, co]
//! ```
//!
//! The compiler must add in the order that is written, because floating-point addition is not
//! associative. So each addition waits for the one before, three or four cycles. Forward and for
//! `dw`, neighbouring terms of a sum also lie far apart in memory.

use tensor::{Buffer, Window};

use super::{input_pixel, output_pixel};

/// `y` from `x` and `w`.
#[must_use]
pub fn forward(window: Window, [n, ci, co]: [usize; 3], x: &[f32], w: &[f32]) -> Buffer {
    let mut y = Buffer::zeros(n * window.output_pixels() * co);
    for (index, y) in y.iter_mut().enumerate() {
        let (pixel, o) = (index / co, index % co);
        let (image, output) = (pixel / window.output_pixels(), pixel % window.output_pixels());
        let mut sum = 0.0;
        for tap in 0..window.kernel_taps() {
            let Some(input) = input_pixel(window, output, tap) else { continue };
            for i in 0..ci {
                let x = x[(image * window.input_pixels() + input) * ci + i];
                sum += x * w[(tap * ci + i) * co + o];
            }
        }
        *y = sum;
    }
    y
}

/// `dx` from `w` and `dy`: the same triples, summed for each pixel of x.
#[must_use]
pub fn input_gradient(window: Window, [n, ci, co]: [usize; 3], w: &[f32], dy: &[f32]) -> Buffer {
    let mut dx = Buffer::zeros(n * window.input_pixels() * ci);
    for (index, dx) in dx.iter_mut().enumerate() {
        let (pixel, i) = (index / ci, index % ci);
        let (image, input) = (pixel / window.input_pixels(), pixel % window.input_pixels());
        let mut sum = 0.0;
        for tap in 0..window.kernel_taps() {
            let Some(output) = output_pixel(window, input, tap) else { continue };
            for o in 0..co {
                let dy = dy[(image * window.output_pixels() + output) * co + o];
                sum += w[(tap * ci + i) * co + o] * dy;
            }
        }
        *dx = sum;
    }
    dx
}

/// `dw` from `x` and `dy`: the same triples, summed for each weight.
#[must_use]
pub fn kernel_gradient(window: Window, [n, ci, co]: [usize; 3], x: &[f32], dy: &[f32]) -> Buffer {
    let taps = window.taps();
    let mut dw = Buffer::zeros(taps.len() * ci * co);
    for (index, dw) in dw.iter_mut().enumerate() {
        let (tap, i, o) = (index / co / ci, index / co % ci, index % co);
        let mut sum = 0.0;
        for image in 0..n {
            for &(input, output) in &taps[tap].pairs {
                let x = x[(image * window.input_pixels() + input) * ci + i];
                sum += x * dy[(image * window.output_pixels() + output) * co + o];
            }
        }
        *dw = sum;
    }
    dw
}

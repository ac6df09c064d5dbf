//! One matrix product for each tap of the kernel, over pixels in place.
//!
//! The pairs of [`Window::taps`] say which pixel meets which output, so no patch is copied and no
//! padding is multiplied. This is the path of a convolution that neither of the others suits. The
//! others are measured against it.

use crate::fast::gemm::{self, BatchReduceGemm, OuterGemm, Weights};
use crate::{Buffer, Tap, Window};

/// `y [n, oh, ow, co]` from `x`, `w` and an optional bias, like
/// [`conv2d::forward`](crate::ops::conv2d::forward).
///
/// # Panics
/// If a length does not fit the window and the extents `[n, ci, co]`.
#[must_use]
pub fn convolve<'a>(
    window: Window,
    [n, ci, co]: [usize; 3],
    x: &[f32],
    w: impl Into<Weights<'a>>,
    b: Option<&[f32]>,
) -> Buffer {
    let taps = window.taps();
    let pairs: Vec<&gemm::Pairs> = taps.iter().map(|tap| &tap.pairs[..]).collect();
    let mut y = Buffer::scratch(n * window.output_pixels() * co);
    let rhs = w.into().packed(false, [taps.len(), ci, co], n * gemm::number_of_pairs(&pairs) / taps.len().max(1));
    BatchReduceGemm { images: n, terms: &pairs, a: x, rhs: &rhs, bias: b }.write(&mut y);
    y
}

/// `x [n, ih, iw, ci]` from the smaller image `y`, `w` and an optional bias, like
/// [`conv_transpose2d::forward`](crate::ops::conv_transpose2d::forward).
///
/// # Panics
/// If a length does not fit the window and the extents `[n, ci, co]`.
#[must_use]
pub fn transpose<'a>(
    window: Window,
    [n, ci, co]: [usize; 3],
    y: &[f32],
    w: impl Into<Weights<'a>>,
    b: Option<&[f32]>,
) -> Buffer {
    let turned = |tap: Tap| -> Vec<_> { tap.pairs.into_iter().map(|(input, output)| (output, input)).collect() };
    let taps: Vec<_> = window.taps().into_iter().map(turned).collect();
    let pairs: Vec<&gemm::Pairs> = taps.iter().map(|pairs| &pairs[..]).collect();
    let mut x = Buffer::scratch(n * window.input_pixels() * ci);
    let rhs = w.into().packed(true, [taps.len(), co, ci], n * gemm::number_of_pairs(&pairs) / taps.len().max(1));
    BatchReduceGemm { images: n, terms: &pairs, a: y, rhs: &rhs, bias: b }.write(&mut x);
    x
}

/// `dw [kh, kw, ci, co]` from `x` and `dy`, like
/// [`conv2d::kernel_gradient`](crate::ops::conv2d::kernel_gradient).
///
/// # Panics
/// If a length does not fit the window and the extents `[n, ci, co]`.
#[must_use]
pub fn kernel_gradient(window: Window, [n, ci, co]: [usize; 3], x: &[f32], dy: &[f32]) -> Buffer {
    let taps = window.taps();
    let pairs: Vec<&gemm::Pairs> = taps.iter().map(|tap| &tap.pairs[..]).collect();
    let mut dw = Buffer::scratch(taps.len() * ci * co);
    OuterGemm { images: n, terms: &pairs, a: x, height: ci, b: dy, columns: co }.write(&mut dw);
    dw
}

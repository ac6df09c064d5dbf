//! Transposed convolution: the adjoint of a convolution, which makes a large image from a small
//! one.
//!
//! A convolution with stride 2 makes a small image from a large one. It is linear in the image,
//! so it is a matrix, and the transposed convolution is that matrix transposed (Dumoulin and Visin
//! 2016, arXiv:1603.07285, section 4). It therefore goes the other way. Each pixel of the small
//! image is multiplied by the kernel and added to the pixels of the large image from which the
//! convolution would have computed it.
//!
//! All names are those of the convolution: `i` is the convolution's input, the large image, and `o`
//! is its output, the small one. This operator therefore reads an `o` image and writes an `i`
//! image:
//!
//! ```text
//! y[n, iy, ix, ci] = b[ci] + Σ x[n, oy, ox, co] · w[ky, kx, ci, co]
//!                    over all (oy, ky, ox, kx) with oy·s + ky − p = iy and ox·s + kx − p = ix
//! ```
//!
//! ```text
//!                 large image              small image              kernel
//!                 [n, ih, iw, ci]            [n, oh, ow, co]            [kh, kw, ci, co]
//! convolution     its input, read            its output, written        its [kh, kw, in, out]
//! this operator   its output y, written      its input x, read          its [kh, kw, out, in]
//! ```
//!
//! By hand, a row of three pixels becomes a row of seven. The kernel has three taps, the stride is
//! 2, the padding is VALID, and there is one channel. Each pixel of `x` writes three pixels of `y`,
//! two pixels further on than its neighbour, so the kernels overlap:
//!
//! ```text
//! x = [ 1  10  100 ]       w = [ 1  2  3 ]
//!
//! 1·w                  1    2    3
//! 10·w                           10   20   30
//! 100·w                                    100  200  300
//! y =              [   1    2    13   20   130  200  300  ]
//! number of terms      1    1    2    1    2    1    1
//! ```
//!
//! ```
//! use tensor::{Axis, Window, ops::conv_transpose2d};
//!
//! let window = Window { down: Axis::valid(1, 1, 1), across: Axis::transposed_valid(3, 3, 2) };
//! let (x, w) = ([1.0, 10.0, 100.0], [1.0, 2.0, 3.0]);
//! let y = conv_transpose2d::forward(window, [1, 1, 1], &x, &w, None);
//! assert_eq!([1.0, 2.0, 13.0, 20.0, 130.0, 200.0, 300.0], y[..]);
//! ```
//!
//! The last line of the table is the cause of *checkerboard artefacts*. Between the borders, the
//! number of terms alternates between 2 and 1. In two dimensions it alternates in both directions,
//! and a pixel is a sum of 1, 2 or 4 products. The kernel must learn to compensate for this (Odena,
//! Dumoulin and Olah 2016, *Deconvolution and checkerboard artifacts*). If the stride divides the
//! kernel's extent, as with kernel 4 and stride 2, all pixels away from the border have the same
//! number of terms.
//!
//! With TensorFlow's SAME, an axis of `o` pixels becomes `s·o`; with VALID, `(o − 1)·s + k`. The
//! window's padding is cropped from the full result.
//!
//! **Backward.** The transpose of the transpose is the convolution, so `dx = dy ∗ w`: it makes the
//! small `dx` from the large `dy`. For `dw`, input and output only exchange roles: it is the
//! convolution's kernel gradient, with the large `dy` as its image and the small `x` as its
//! upstream gradient.
//!
//! **Fast.** No zeros are inserted between the pixels. For images with many channels nothing is
//! scattered either: each pixel of `y` gathers its terms. The products of `fast::gemm` use the
//! pairs of [`Window::taps`](crate::Window::taps) in the other direction, see [`conv2d`].
//!
//! In the book: `book/src/06-from-small-to-large.md`.

use super::conv2d;
use crate::{Buffer, Tape, Tensor, Var, Window};

/// The equation as loops.
pub mod reference {
    use crate::ops::conv2d;
    use crate::{Real, Window};

    /// `y [n, ih, iw, ci]`, the larger image, from `x [n, oh, ow, co]`; extents are
    /// `[n, ci, co]`.
    pub fn forward<T: Real>(window: Window, extents: [usize; 3], x: &[T], w: &[T]) -> Vec<T> {
        conv2d::reference::input_gradient(window, extents, w, x)
    }
}

/// `y [n, ih, iw, ci]`, the larger image, from `x [n, oh, ow, co]`, the smaller one,
/// `w [kh, kw, ci, co]` and an optional bias `b [ci]`.
///
/// # Panics
/// If a length does not fit the window and the extents `[n, ci, co]`.
#[must_use]
pub fn forward(window: Window, extents: [usize; 3], x: &[f32], w: &[f32], b: Option<&[f32]>) -> Buffer {
    conv2d::transpose(window, extents, x, w.into(), b)
}

/// `dx [n, oh, ow, co]`, of the smaller size, from `w` and `dy [n, ih, iw, ci]`, of the larger.
/// This is a convolution of `dy`.
///
/// # Panics
/// If a length does not fit the window and the extents `[n, ci, co]`.
#[must_use]
pub fn input_gradient(window: Window, extents: [usize; 3], w: &[f32], dy: &[f32]) -> Buffer {
    conv2d::forward(window, extents, dy, w, None)
}

/// `dw [kh, kw, ci, co]` from `x [n, oh, ow, co]` and `dy [n, ih, iw, ci]`.
///
/// # Panics
/// If a length does not fit the window and the extents `[n, ci, co]`.
#[must_use]
pub fn kernel_gradient(window: Window, extents: [usize; 3], x: &[f32], dy: &[f32]) -> Buffer {
    conv2d::kernel_gradient(window, extents, dy, x)
}

impl Tape {
    /// Records [`forward`] of `x [n, oh, ow, co]`, the smaller image, with `w [kh, kw, ci, co]`
    /// and `b [ci]`. The tape keeps `x` and `w`.
    ///
    /// # Panics
    /// If the shapes do not fit the window.
    pub fn conv_transpose2d(&mut self, window: Window, x: Var, w: Var, b: Option<Var>) -> Var {
        let (x_value, w_value, b_value) = (self.value(x), self.value(w), b.map(|b| self.value(b)));
        let [n, oh, ow, co] = x_value.dims();
        let [kh, kw, ci, w_co] = w_value.dims();
        let shapes = (x_value.shape(), w_value.shape());
        assert_eq!((oh, ow), (window.down.output, window.across.output), "conv_transpose2d: the image of {shapes:?}");
        assert_eq!(
            (kh, kw, co),
            (window.down.kernel, window.across.kernel, w_co),
            "conv_transpose2d: the kernel of {shapes:?}"
        );
        let extents = [n, ci, co];
        let y =
            conv2d::transpose(window, extents, x_value.data(), (&w_value).into(), b_value.as_ref().map(Tensor::data));
        let y = Tensor::new(&[n, window.down.input, window.across.input, ci], y);
        let inputs: Vec<Var> = [x, w].into_iter().chain(b).collect();
        self.record("conv_transpose2d", &inputs, y, move |dy, grads| {
            grads.add_buffer(x, || conv2d::forward(window, extents, dy.data(), &w_value, None));
            grads.add_sum(w, [&x_value, dy], |n, [x, dy]| kernel_gradient(window, [n, ci, co], x, dy));
            if let Some(b) = b {
                grads.add_row_sums("conv_transpose2d", b, dy);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, check};

    /// TensorFlow's SAME for 2 → 4 with kernel 3 crops one pixel at the end and none at the front.
    #[test]
    fn same_by_hand() {
        let window = Window { down: Axis::valid(1, 1, 1), across: Axis::transposed_same(2, 3, 2) };
        let y = forward(window, [1, 1, 1], &[1.0, 10.0], &[1.0, 2.0, 3.0], Some(&[0.5]));
        check::exact(&y, &[1.5, 2.5, 3.0 + 10.5, 20.5]);
    }

    /// Output padding adds pixels at the end, which hold only the bias here.
    #[test]
    fn output_padding_is_at_the_end() {
        let window = Window { down: Axis::valid(1, 1, 1), across: Axis::transposed(2, 2, 3, (0, 0), 2) };
        let y = forward(window, [1, 1, 1], &[1.0, 2.0], &[3.0, 4.0], Some(&[100.0]));
        check::exact(&y, &[103.0, 104.0, 100.0, 106.0, 108.0, 100.0, 100.0]);
    }

    /// `⟨conv(x), y⟩ = ⟨x, convᵀ(y)⟩` holds exactly, because all numbers are small integers.
    #[test]
    fn adjoint_of_the_convolution() {
        for (y, x) in [
            (Axis::same(7, 3, 2), Axis::same(6, 3, 2)),
            (Axis::transposed_valid(4, 4, 1), Axis::valid(9, 2, 3)),
            (Axis::new(5, 3, 1, (2, 0)), Axis::transposed(2, 5, 3, (2, 1), 1)),
        ] {
            let (window, extents) = (Window { down: y, across: x }, [2, 19, 21]);
            let image = check::integers(1, 2 * window.input_pixels() * 19);
            let kernel = check::integers(2, window.kernel_taps() * 19 * 21);
            let result = check::integers(3, 2 * window.output_pixels() * 21);
            let there = conv2d::forward(window, extents, &image, &kernel, None);
            let back = forward(window, extents, &result, &kernel, None);
            let (there, back) = (check::to_f64(&there), check::to_f64(&back));
            assert_eq!(check::dot(&there, &check::to_f64(&result)), check::dot(&check::to_f64(&image), &back));
        }
    }

    #[test]
    fn exact_on_integers() {
        let window = Window { down: Axis::transposed_valid(4, 4, 1), across: Axis::transposed_same(3, 3, 2) };
        let x = check::integers(1, 3 * window.output_pixels() * 66);
        for channels in [7, 19] {
            let (w, b) = (check::integers(2, window.kernel_taps() * channels * 66), check::integers(3, channels));
            let mut truth = reference::forward(window, [3, channels, 66], &x, &w);
            check::exact(&forward(window, [3, channels, 66], &x, &w, None), &truth);
            truth.iter_mut().zip(b.iter().cycle()).for_each(|(y, b)| *y += b);
            check::exact(&forward(window, [3, channels, 66], &x, &w, Some(&b)), &truth);
        }
    }

    #[test]
    fn gradients() {
        let window = Window { down: Axis::transposed_same(2, 3, 2), across: Axis::transposed(3, 4, 1, (1, 0), 0) };
        let extents = [2, 3, 5];
        let x = check::noise(1, 2 * window.output_pixels() * 5);
        let w = check::noise(2, window.kernel_taps() * 3 * 5);
        let (xd, wd) = (check::to_f64(&x), check::to_f64(&w));
        check::gradient(
            &x,
            |x| reference::forward(window, extents, x, &wd),
            |dy| input_gradient(window, extents, &w, dy).to_vec(),
        );
        check::gradient(
            &w,
            |w| reference::forward(window, extents, &xd, w),
            |dy| kernel_gradient(window, extents, &x, dy).to_vec(),
        );
    }

    #[test]
    fn on_the_tape() {
        let window = Window { down: Axis::transposed_same(2, 3, 2), across: Axis::transposed_valid(3, 2, 1) };
        let (x, w) = (check::integers(1, 2 * 6 * 5), check::integers(2, 6 * 3 * 5));
        let dy = check::integers(3, 2 * 16 * 3);
        let mut tape = Tape::new();
        let xv = tape.leaf(Tensor::new(&[2, 2, 3, 5], x.clone()));
        let wv = tape.leaf(Tensor::new(&[3, 2, 3, 5], w.clone()));
        let bv = tape.leaf(Tensor::new(&[3], vec![1.0, 2.0, 3.0]));
        let y = tape.conv_transpose2d(window, xv, wv, Some(bv));
        assert_eq!([2, 4, 4, 3], tape.value(y).dims());
        let mut grads = tape.backward(y, Tensor::new(&[2, 4, 4, 3], dy.clone()));
        check::exact(grads.take(xv).data(), &conv2d::reference::forward(window, [2, 3, 5], &dy, &w));
        check::exact(grads.take(wv).data(), &conv2d::reference::kernel_gradient(window, [2, 3, 5], &dy, &x));
        let db: Vec<f32> = (0..3).map(|c| dy.iter().skip(c).step_by(3).sum()).collect();
        check::exact(grads.take(bv).data(), &db);
    }
}

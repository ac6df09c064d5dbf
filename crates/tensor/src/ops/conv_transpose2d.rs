//! Transposed convolution: the adjoint of a convolution, used to go from few pixels to many.
//!
//! A convolution is linear, so it is a matrix, and the transposed convolution is that matrix
//! transposed (Dumoulin and Visin 2016, arXiv:1603.07285, section 4). It takes what would be the
//! convolution's *output* and spreads each pixel over the pixels that the kernel had read it from:
//!
//! ```text
//! y[n, iy, ix, ci] = b[ci] + Σ x[n, oy, ox, co] · w[ky, kx, ci, co]
//!                    over all (oy, ky, ox, kx) with oy·s + ky − p = iy and ox·s + kx − p = ix
//! ```
//!
//! The names are those of the convolution: this operator goes from its `[oh, ow, co]` to its `[ih,
//! iw, ci]`, and its kernel is stored as that convolution's. From this operator's own point of view
//! the kernel is `[kh, kw, out, in]`. Two pixels, a kernel of two taps, stride 2:
//!
//! ```text
//! x = [ 1 2 ]   w = [ 10 1 ]   y = [ 1·10  1·1  2·10  2·1 ] = [ 10 1 20 2 ]
//! ```
//!
//! With TensorFlow's SAME it makes `s` times as many pixels, with VALID `(o − 1)·s + k`. The
//! window's padding is what is cropped from the full result.
//!
//! **Backward.** The transpose of the transpose is the convolution: `dx = dy ∗ w`. And since input
//! and output only exchange roles, `dw` is the convolution's, with `dy` as its image and `x` as its
//! upstream gradient.
//!
//! **Fast.** No zeros are inserted between the pixels and nothing is scattered: the pairs of
//! [`Window::taps`](crate::Window::taps) are turned around, see [`conv2d`].

use super::conv2d;
use crate::fast::sweeps::channelwise::sum_of_rows;
use crate::{Buffer, Tape, Tensor, Var, Window};

/// The equation as loops.
pub mod reference {
    use crate::ops::conv2d;
    use crate::{Real, Window};

    /// `y` of the extents `[n, ih, iw, ci]`.
    pub fn forward<T: Real>(window: Window, extents: [usize; 3], x: &[T], w: &[T]) -> Vec<T> {
        conv2d::reference::input_gradient(window, extents, w, x)
    }
}

/// `y [n, ih, iw, ci]` from `x [n, oh, ow, co]`, `w [kh, kw, ci, co]` and, if there is one, `b
/// [ci]`.
///
/// # Panics
/// If a length does not fit the window and the extents `[n, ci, co]`.
#[must_use]
pub fn forward(window: Window, extents: [usize; 3], x: &[f32], w: &[f32], b: Option<&[f32]>) -> Buffer {
    conv2d::transpose(window, extents, x, w, b)
}

/// `dx [n, oh, ow, co]` from `w` and `dy [n, ih, iw, ci]`: a convolution.
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
    /// Records [`forward`] of `x [n, oh, ow, co]` with `w [kh, kw, ci, co]` and `b [ci]`; keeps `x`
    /// and `w`.
    ///
    /// # Panics
    /// If the shapes do not fit the window.
    pub fn conv_transpose2d(&mut self, window: Window, x: Var, w: Var, b: Option<Var>) -> Var {
        let (x_value, w_value, b_value) = (self.value(x), self.value(w), b.map(|b| self.value(b)));
        let [n, oh, ow, co] = x_value.dims();
        let [kh, kw, ci, w_co] = w_value.dims();
        let shapes = (x_value.shape(), w_value.shape());
        assert_eq!((oh, ow), (window.y.output, window.x.output), "conv_transpose2d: the image of {shapes:?}");
        assert_eq!(
            (kh, kw, co),
            (window.y.kernel, window.x.kernel, w_co),
            "conv_transpose2d: the kernel of {shapes:?}"
        );
        let extents = [n, ci, co];
        let y = forward(window, extents, x_value.data(), w_value.data(), b_value.as_ref().map(Tensor::data));
        let y = Tensor::new(&[n, window.y.input, window.x.input, ci], y);
        let inputs: Vec<Var> = [x, w].into_iter().chain(b).collect();
        self.record("conv_transpose2d", &inputs, y, move |dy, grads| {
            grads.add_buffer(x, || input_gradient(window, extents, w_value.data(), dy.data()));
            grads.add_buffer(w, || kernel_gradient(window, extents, x_value.data(), dy.data()));
            if let Some(b) = b {
                grads.add_buffer(b, || sum_of_rows("conv_transpose2d", ci, dy.data()));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, check};

    /// What TensorFlow's SAME means: 2 → 4 with kernel 3 crops one pixel at the end, none at the
    /// front.
    #[test]
    fn same_by_hand() {
        let window = Window { y: Axis::valid(1, 1, 1), x: Axis::transposed_same(2, 3, 2) };
        let y = forward(window, [1, 1, 1], &[1.0, 10.0], &[1.0, 2.0, 3.0], Some(&[0.5]));
        check::exact(&y, &[1.5, 2.5, 3.0 + 10.5, 20.5]);
    }

    /// Output padding adds pixels at the end, which see nothing but the bias here.
    #[test]
    fn output_padding_is_at_the_end() {
        let window = Window { y: Axis::valid(1, 1, 1), x: Axis::transposed(2, 2, 3, (0, 0), 2) };
        let y = forward(window, [1, 1, 1], &[1.0, 2.0], &[3.0, 4.0], Some(&[100.0]));
        check::exact(&y, &[103.0, 104.0, 100.0, 106.0, 108.0, 100.0, 100.0]);
    }

    /// `⟨conv(x), y⟩ = ⟨x, convᵀ(y)⟩`, exactly, since all numbers are small integers.
    #[test]
    fn adjoint_of_the_convolution() {
        for (y, x) in [
            (Axis::same(7, 3, 2), Axis::same(6, 3, 2)),
            (Axis::transposed_valid(4, 4, 1), Axis::valid(9, 2, 3)),
            (Axis::new(5, 3, 1, (2, 0)), Axis::transposed(2, 5, 3, (2, 1), 1)),
        ] {
            let (window, extents) = (Window { y, x }, [2, 19, 21]);
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
        let window = Window { y: Axis::transposed_valid(4, 4, 1), x: Axis::transposed_same(3, 3, 2) };
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
        let window = Window { y: Axis::transposed_same(2, 3, 2), x: Axis::transposed(3, 4, 1, (1, 0), 0) };
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
        let window = Window { y: Axis::transposed_same(2, 3, 2), x: Axis::transposed_valid(3, 2, 1) };
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

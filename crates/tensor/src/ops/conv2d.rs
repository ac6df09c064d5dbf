//! Convolution: each output pixel is a weighted sum of the input pixels under a sliding kernel.
//!
//! ```text
//! y[n, oy, ox, co] = b[co] + Σ_{ky, kx, ci} x[n, oy·s + ky − p, ox·s + kx − p, ci] · w[ky, kx, ci, co]
//! ```
//!
//! (Dumoulin and Visin 2016, arXiv:1603.07285. Strictly speaking this is a cross-correlation: as in
//! every neural network, the kernel is not flipped.) Activations are NHWC, kernels HWIO. The
//! example is a row of three pixels with a kernel of two taps, stride 1, no padding and one
//! channel:
//!
//! ```text
//! x = [ 1 2 3 ]   w = [ 10 1 ]   y = [ 1·10 + 2·1   2·10 + 3·1 ] = [ 12 23 ]
//! ```
//!
//! **Backward.** The sum runs over triples (input element, weight, output element), and each triple
//! contributes `x·w` to `y`. Given `dy`, the same triple contributes `dy·w` to `dx` and `x·dy` to
//! `dw`. All three results are one sum over the same triples with the roles exchanged, and
//! `reference` is written that way: one loop over the triples, read three ways.
//!
//! **Fast.** For a fixed tap (ky, kx), the sum over ci is a matrix product between pixels and that
//! tap's `[ci, co]` matrix. [`Window::taps`] lists which input pixel meets which output pixel, and
//! `fast::gemm` reads the pixels where they are. No im2col matrix is written (one row for each
//! output pixel, with all pixels under its kernel), which would be 9 times the input for a 3×3
//! kernel of stride 1, and no padding is multiplied.
//!
//! That is the direct path. It costs `n·oh·ow·kh·kw·ci·co` multiply-adds, minus those of the
//! padding. `fast::conv` decides between it and two others. For an image of one or three channels,
//! products over channels would move more data than they compute, so an image with fewer than 16
//! takes the classical way through `fast::conv::im2col`. If both images have at least 64 channels,
//! `fast::conv::karatsuba` needs only about two thirds of the multiplications, for most windows.
//!
//! In the book: `book/src/05-one-sum-three-roles.md`.

use super::{dense, matmul};
use crate::fast::conv::{Path, direct, im2col};
use crate::fast::gemm::Weights;
use crate::{Buffer, Tape, Tensor, Var, Window};

/// The equation as loops.
pub mod reference {
    use crate::{Real, Window};

    /// Visits every triple (index in x, index in w, index in y) of the sum, for `n` images.
    pub fn each(window: Window, [n, ci, co]: [usize; 3], mut visit: impl FnMut(usize, usize, usize)) {
        let Window { down, across } = window;
        // The image inside its padding.
        let rows = down.pad.0..down.pad.0 + down.input;
        let columns = across.pad.0..across.pad.0 + across.input;
        for image in 0..n {
            for (oy, ox) in (0..down.output).flat_map(|oy| (0..across.output).map(move |ox| (oy, ox))) {
                for (ky, kx) in (0..down.kernel).flat_map(|ky| (0..across.kernel).map(move |kx| (ky, kx))) {
                    let (iy, ix) = (oy * down.stride + ky, ox * across.stride + kx); // in the padded image
                    if !rows.contains(&iy) || !columns.contains(&ix) {
                        continue;
                    }
                    let input = (image * down.input + iy - rows.start) * across.input + ix - columns.start;
                    let tap = ky * across.kernel + kx;
                    let output = (image * down.output + oy) * across.output + ox;
                    for (i, o) in (0..ci).flat_map(|i| (0..co).map(move |o| (i, o))) {
                        visit(input * ci + i, (tap * ci + i) * co + o, output * co + o);
                    }
                }
            }
        }
    }

    /// `y = x ∗ w`, without a bias.
    pub fn forward<T: Real>(window: Window, extents: [usize; 3], x: &[T], w: &[T]) -> Vec<T> {
        let [n, _, co] = extents;
        let mut y = vec![T::default(); n * window.output_pixels() * co];
        each(window, extents, |i, k, o| y[o] += x[i] * w[k]);
        y
    }

    /// `dx`: the same sum, accumulated in x.
    pub fn input_gradient<T: Real>(window: Window, extents: [usize; 3], w: &[T], dy: &[T]) -> Vec<T> {
        let [n, ci, _] = extents;
        let mut dx = vec![T::default(); n * window.input_pixels() * ci];
        each(window, extents, |i, k, o| dx[i] += w[k] * dy[o]);
        dx
    }

    /// `dw`: the same sum, accumulated in w.
    pub fn kernel_gradient<T: Real>(window: Window, extents: [usize; 3], x: &[T], dy: &[T]) -> Vec<T> {
        let [_, ci, co] = extents;
        let mut dw = vec![T::default(); window.kernel_taps() * ci * co];
        each(window, extents, |i, k, o| dw[k] += x[i] * dy[o]);
        dw
    }
}

/// `y [n, oh, ow, co]` from `x [n, ih, iw, ci]`, `w [kh, kw, ci, co]` and an optional bias
/// `b [co]`.
///
/// # Panics
/// If a length does not fit the window and the extents `[n, ci, co]`.
#[must_use]
pub fn forward<'a>(
    window: Window,
    [n, ci, co]: [usize; 3],
    x: &[f32],
    w: impl Into<Weights<'a>>,
    b: Option<&[f32]>,
) -> Buffer {
    let w = w.into();
    assert_eq!(
        n * window.input_pixels() * ci,
        x.len(),
        "conv2d: x is [{n}, {}, {}, {ci}]",
        window.down.input,
        window.across.input
    );
    assert!(b.is_none_or(|b| b.len() == co), "conv2d: a bias for each of {co} channels");
    match Path::of(window, [ci, co]) {
        Path::Thin => {
            let patches = im2col::gather(window, n, ci, x);
            dense::forward([n * window.output_pixels(), co, window.kernel_taps() * ci], &patches, w, b)
        }
        Path::Karatsuba(scheme) => scheme.convolve([n, ci, co], x, w, b),
        Path::Direct => direct::convolve(window, [n, ci, co], x, w, b),
    }
}

/// `dx [n, ih, iw, ci]` from `w` and `dy [n, oh, ow, co]`. This is a transposed convolution of
/// `dy`.
///
/// # Panics
/// If a length does not fit the window and the extents `[n, ci, co]`.
#[must_use]
pub fn input_gradient(window: Window, extents: [usize; 3], w: &[f32], dy: &[f32]) -> Buffer {
    transpose(window, extents, dy, w.into(), None)
}

/// `dw [kh, kw, ci, co]` from `x [n, ih, iw, ci]` and `dy [n, oh, ow, co]`.
///
/// # Panics
/// If a length does not fit the window and the extents `[n, ci, co]`.
#[must_use]
pub fn kernel_gradient(window: Window, [n, ci, co]: [usize; 3], x: &[f32], dy: &[f32]) -> Buffer {
    assert_eq!(
        n * window.input_pixels() * ci,
        x.len(),
        "conv2d: x is [{n}, {}, {}, {ci}]",
        window.down.input,
        window.across.input
    );
    assert_eq!(
        n * window.output_pixels() * co,
        dy.len(),
        "conv2d: dy is [{n}, {}, {}, {co}]",
        window.down.output,
        window.across.output
    );
    match Path::of(window, [ci, co]) {
        Path::Thin => {
            // The patches of the forward pass are computed again: keeping them would cost more in
            // memory than it saves in time.
            let patches = im2col::gather(window, n, ci, x);
            let extents = [window.kernel_taps() * ci, co, n * window.output_pixels()];
            matmul::forward(extents, [true, false], &patches, dy)
        }
        Path::Karatsuba(scheme) => scheme.kernel_gradient([n, ci, co], x, dy),
        Path::Direct => direct::kernel_gradient(window, [n, ci, co], x, dy),
    }
}

/// The adjoint: `x [n, ih, iw, ci]`, the larger image, from `y [n, oh, ow, co]`, the smaller one.
/// It uses the same pairs in the other direction, and the transpose of each tap's matrix.
pub(super) fn transpose(
    window: Window,
    [n, ci, co]: [usize; 3],
    y: &[f32],
    w: Weights<'_>,
    b: Option<&[f32]>,
) -> Buffer {
    assert_eq!(
        n * window.output_pixels() * co,
        y.len(),
        "conv2d: y is [{n}, {}, {}, {co}]",
        window.down.output,
        window.across.output
    );
    assert!(b.is_none_or(|b| b.len() == ci), "conv2d: a bias for each of {ci} channels");
    match Path::of(window, [ci, co]) {
        Path::Thin => {
            let extents = [n * window.output_pixels(), window.kernel_taps() * ci, co];
            let patches = matmul::forward(extents, [false, true], y, w.values);
            im2col::scatter(window, n, ci, &patches, b)
        }
        Path::Karatsuba(scheme) => scheme.transpose([n, ci, co], y, w, b),
        Path::Direct => direct::transpose(window, [n, ci, co], y, w, b),
    }
}

impl Tape {
    /// Records [`forward`] of `x [n, ih, iw, ci]` with `w [kh, kw, ci, co]` and `b [co]`. The tape
    /// keeps `x` and `w`.
    ///
    /// # Panics
    /// If the shapes do not fit the window.
    pub fn conv2d(&mut self, window: Window, x: Var, w: Var, b: Option<Var>) -> Var {
        let (x_value, w_value, b_value) = (self.value(x), self.value(w), b.map(|b| self.value(b)));
        let [n, ih, iw, ci] = x_value.dims();
        let [kh, kw, w_ci, co] = w_value.dims();
        let shapes = (x_value.shape(), w_value.shape());
        assert_eq!((ih, iw), (window.down.input, window.across.input), "conv2d: the image of {shapes:?}");
        assert_eq!((kh, kw, ci), (window.down.kernel, window.across.kernel, w_ci), "conv2d: the kernel of {shapes:?}");
        let extents = [n, ci, co];
        let y = forward(window, extents, x_value.data(), &w_value, b_value.as_ref().map(Tensor::data));
        let y = Tensor::new(&[n, window.down.output, window.across.output, co], y);
        let inputs: Vec<Var> = [x, w].into_iter().chain(b).collect();
        self.record("conv2d", &inputs, y, move |dy, grads| {
            grads.add_buffer(x, || transpose(window, extents, dy.data(), (&w_value).into(), None));
            grads.add_sum(w, [&x_value, dy], |n, [x, dy]| kernel_gradient(window, [n, ci, co], x, dy));
            if let Some(b) = b {
                grads.add_row_sums("conv2d", b, dy);
            }
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{Axis, check};

    /// Windows that are neither square nor symmetric, with various strides and with padding on
    /// either side. The numbers of channels do not fill whole vectors.
    fn cases() -> Vec<(Window, [usize; 3])> {
        let window = |y, x| Window { down: y, across: x };
        let mut cases = vec![
            (window(Axis::same(7, 3, 2), Axis::same(6, 3, 2)), [3, 33, 65]),
            (window(Axis::valid(4, 4, 1), Axis::valid(9, 2, 3)), [2, 5, 70]),
            (window(Axis::transposed_valid(4, 4, 1), Axis::transposed_same(3, 3, 2)), [2, 17, 130]),
            (window(Axis::new(5, 3, 1, (2, 0)), Axis::new(4, 2, 1, (0, 3))), [1, 16, 64]),
            (window(Axis::transposed(3, 2, 3, (0, 0), 2), Axis::transposed(2, 5, 3, (2, 1), 1)), [2, 9, 8]),
            (window(Axis::new(1, 5, 2, (4, 4)), Axis::valid(1, 1, 1)), [4, 3, 2]),
        ];
        for channels in 1..=17 {
            let y = Axis::same(5, 3, 1 + channels % 3);
            cases.push((window(y, Axis::valid(6, 2, 1)), [2, channels, 18 - channels]));
        }
        cases
    }

    pub(crate) struct Operands {
        pub x: Vec<f32>,
        pub w: Vec<f32>,
        pub dy: Vec<f32>,
    }

    pub(crate) fn operands(window: Window, [n, ci, co]: [usize; 3], fill: fn(u64, usize) -> Vec<f32>) -> Operands {
        Operands {
            x: fill(1, n * window.input_pixels() * ci),
            w: fill(2, window.kernel_taps() * ci * co),
            dy: fill(3, n * window.output_pixels() * co),
        }
    }

    #[test]
    fn exact_on_integers() {
        for (window, extents) in cases() {
            let Operands { x, w, dy } = operands(window, extents, check::integers);
            check::exact(&forward(window, extents, &x, &w, None), &reference::forward(window, extents, &x, &w));
            let dx = reference::input_gradient(window, extents, &w, &dy);
            check::exact(&input_gradient(window, extents, &w, &dy), &dx);
            let dw = reference::kernel_gradient(window, extents, &x, &dy);
            check::exact(&kernel_gradient(window, extents, &x, &dy), &dw);
        }
    }

    #[test]
    fn within_the_bound_of_its_sums() {
        for (window, extents) in cases() {
            let Operands { x, w, dy } = operands(window, extents, check::noise);
            let [n, ci, co] = extents;
            let (xd, wd, dyd) = (check::to_f64(&x), check::to_f64(&w), check::to_f64(&dy));
            let (xm, wm, dym) = (check::magnitudes(&xd), check::magnitudes(&wd), check::magnitudes(&dyd));
            check::within_bound(
                &forward(window, extents, &x, &w, None),
                &reference::forward(window, extents, &xd, &wd),
                &reference::forward(window, extents, &xm, &wm),
                window.kernel_taps() * ci,
            );
            check::within_bound(
                &input_gradient(window, extents, &w, &dy),
                &reference::input_gradient(window, extents, &wd, &dyd),
                &reference::input_gradient(window, extents, &wm, &dym),
                window.kernel_taps() * co,
            );
            check::within_bound(
                &kernel_gradient(window, extents, &x, &dy),
                &reference::kernel_gradient(window, extents, &xd, &dyd),
                &reference::kernel_gradient(window, extents, &xm, &dym),
                n * window.output_pixels(),
            );
        }
    }

    #[test]
    fn gradients() {
        for (window, extents) in cases().into_iter().skip(3) {
            let Operands { x, w, .. } = operands(window, extents, check::noise);
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
    }

    /// The extents select the thin path, the direct path and the path of fewer products.
    #[test]
    fn the_bias_is_added_on_every_path() {
        let axis = Axis::same(7, 3, 2);
        let window = Window { down: axis, across: axis };
        for extents in [[2, 3, 4], [2, 19, 20], [1, 64, 66]] {
            let [_, ci, co] = extents;
            let Operands { x, w, dy } = operands(window, extents, check::integers);
            let plus = |y: Vec<f32>, b: &[f32]| y.iter().zip(b.iter().cycle()).map(|(y, b)| y + b).collect::<Vec<_>>();
            let b = check::integers(4, co);
            let expected = plus(reference::forward(window, extents, &x, &w), &b);
            check::exact(&forward(window, extents, &x, &w, Some(&b)), &expected);
            let b = check::integers(5, ci);
            let expected = plus(reference::input_gradient(window, extents, &w, &dy), &b);
            check::exact(&transpose(window, extents, &dy, (&w).into(), Some(&b)), &expected);
        }
    }

    /// On every path: no images, no channels on either side, an image without pixels.
    #[test]
    fn nothing_makes_nothing() {
        let (small, empty) = (Axis::same(5, 3, 2), Axis::new(0, 1, 1, (1, 0)));
        for (axis, extents) in [
            (small, [0, 3, 5]),
            (small, [0, 20, 5]),
            (small, [0, 64, 64]),
            (small, [2, 0, 5]),
            (small, [2, 3, 0]),
            (small, [2, 20, 0]),
            (empty, [2, 3, 5]),
            (empty, [2, 300, 5]),
        ] {
            let window = Window { down: axis, across: axis };
            let Operands { x, w, dy } = operands(window, extents, check::integers);
            let bias = check::integers(7, extents[2]);
            let biased = reference::forward(window, extents, &x, &w).into_iter().zip(bias.iter().cycle());
            check::exact(
                &forward(window, extents, &x, &w, Some(&bias)),
                &biased.map(|(y, b)| y + b).collect::<Vec<_>>(),
            );
            check::exact(
                &input_gradient(window, extents, &w, &dy),
                &reference::input_gradient(window, extents, &w, &dy),
            );
            let gradient = reference::kernel_gradient(window, extents, &x, &dy);
            check::exact(&kernel_gradient(window, extents, &x, &dy), &gradient);
        }
    }

    /// A kernel of one tap that sees only padding: the result is the bias, and both gradients are
    /// zero.
    #[test]
    fn a_window_that_sees_only_padding() {
        let axis = Axis::new(1, 1, 3, (1, 0));
        let window = Window { down: axis, across: axis };
        for channels in [15, 63, 64] {
            let extents = [1, channels, channels];
            let Operands { x, w, dy } = operands(window, extents, check::integers);
            let b = check::integers(4, channels);
            check::exact(&forward(window, extents, &x, &w, Some(&b)), &b);
            check::exact(&input_gradient(window, extents, &w, &dy), &vec![0.0; channels]);
            check::exact(&kernel_gradient(window, extents, &x, &dy), &vec![0.0; channels * channels]);
        }
    }

    #[test]
    #[should_panic(expected = "a bias for each of 64 channels")]
    fn a_bias_of_other_channels_is_refused() {
        let axis = Axis::same(7, 3, 2);
        let window = Window { down: axis, across: axis };
        let Operands { x, w, .. } = operands(window, [1, 64, 64], check::noise);
        let _ = forward(window, [1, 64, 64], &x, &w, Some(&[0.0; 100]));
    }

    /// The tape hands each gradient to its own input, the bias included.
    #[test]
    fn on_the_tape() {
        let window = Window { down: Axis::same(5, 3, 2), across: Axis::valid(4, 2, 1) };
        let extents = [2, 3, 4];
        let Operands { x, w, dy } = operands(window, extents, check::integers);
        let b = check::integers(4, 4);
        let mut tape = Tape::new();
        let xv = tape.leaf(Tensor::new(&[2, 5, 4, 3], x.clone()));
        let wv = tape.leaf(Tensor::new(&[3, 2, 3, 4], w.clone()));
        let bv = tape.leaf(Tensor::new(&[4], b.clone()));
        let y = tape.conv2d(window, xv, wv, Some(bv));
        let without = reference::forward(window, extents, &x, &w);
        check::exact(
            tape.value(y).data(),
            &without.iter().zip(b.iter().cycle()).map(|(y, b)| y + b).collect::<Vec<_>>(),
        );
        let mut grads = tape.backward(y, Tensor::new(&[2, 3, 3, 4], dy.clone()));
        check::exact(grads.take(xv).data(), &reference::input_gradient(window, extents, &w, &dy));
        check::exact(grads.take(wv).data(), &reference::kernel_gradient(window, extents, &x, &dy));
        let db: Vec<f32> = (0..4).map(|c| dy.iter().skip(c).step_by(4).sum()).collect();
        check::exact(grads.take(bv).data(), &db);
    }

    #[test]
    fn nan_reaches_the_pixels_that_see_it() {
        let window = Window { down: Axis::valid(1, 1, 1), across: Axis::same(3, 3, 1) };
        let x = [1.0, 2.0, f32::NAN, 4.0, 5.0, 6.0]; // two images of three pixels
        let y = forward(window, [2, 1, 1], &x, &[1.0, 1.0, 1.0], None);
        assert_eq!([false, true, true, false, false, false], [0, 1, 2, 3, 4, 5].map(|i| y[i].is_nan()));
    }
}

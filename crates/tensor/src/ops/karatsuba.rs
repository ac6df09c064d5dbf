//! Karatsuba's product, for a transposed convolution of stride 1 without padding: 9 multiplications instead of 16.
//!
//! Along one axis such a layer is a product of polynomials: `Σ y[o]·tᵒ` times `Σ w[k]·tᵏ` has the coefficients
//! `x[i] = Σ_{o+k=i} y[o]·w[k]`. Let each side be an even and an odd part, `y = y₀(t²) + t·y₁(t²)`. Then
//!
//! ```text
//! y·w = y₀w₀ + t²·y₁w₁ + t·(y₀w₁ + y₁w₀)                             four products of half the length
//!     = y₀w₀ + t²·y₁w₁ + t·((y₀ + y₁)(w₀ + w₁) − y₀w₀ − y₁w₁)        three
//! ```
//!
//! (Karatsuba and Ofman 1962.) The coefficients are pixels here, so that an addition costs `channels` operations and a
//! multiplication `ci·co`: where both are large, additions are cheap. Down and across, 4×4 pixels times 4×4 taps
//! take 9/16 of the multiplications. That is the article's layer from 4×4 to 7×7 pixels, whose four passes
//! are 29 % of a step's arithmetic.
//!
//! **One scheme, three operators.** All this rewrites the sum over the triples of the [convolution](super::conv2d) as
//! one over other triples, of sums:
//!
//! ```text
//! Σ x[i]·w[k]·y[o]  =  Σ x'[i']·w'[k']·y'[o']        x' = X·x   w' = W·w   y' = Y·y
//! ```
//!
//! Its derivatives by y, x and w are the convolution, its transpose and the kernel's gradient. Each is two such sums, a
//! product with fewer terms, and the third matrix transposed.
//!
//! **Price.** 36 sums stand for 16 matrices, so 19 MB of panels pass by instead of 8. 64 images share them: on two cores with
//! AVX-512 a finished generator then makes 5,500 images per second instead of 4,600. One image alone does not: 2,500 instead of
//! 3,700. It takes the same way all the same, since a picture must not depend on those beside it.
//!
//! **Precision.** A pixel is a difference of larger numbers. Its error is in proportion to the largest products nearby rather than
//! to its own, and a NaN spreads to neighbours that the direct sum would have spared.

use crate::simd::{Right, Weights, product};
use crate::sums::{Sum, Sums};
use crate::{Axis, Buffer, Window};

/// Channels on either side from which the products outweigh the sums.
const WIDE: usize = 64;

/// The three matrices, and which sums meet.
#[derive(Debug)]
pub(super) struct Scheme {
    x: Sums,
    w: Sums,
    y: Sums,
    /// For each tap of w', the pairs of x' and y'.
    pairs: Vec<Vec<(usize, usize)>>,
    /// Rows of x' and of y' in one of the nine products.
    rows: [usize; 2],
}

/// The sums along an axis, for the even, the odd and the mixed product.
type Thirds = [Vec<Sum>; 3];

/// Of 2n numbers: the even ones, the odd ones, and the sums of two neighbours.
fn halves(extent: usize) -> Thirds {
    let each = |sum: fn(usize) -> Sum| (0..extent / 2).map(sum).collect();
    [each(|i| vec![(2 * i, 1.0)]), each(|i| vec![(2 * i + 1, 1.0)]), each(|i| vec![(2 * i, 1.0), (2 * i + 1, 1.0)])]
}

/// For each coefficient of the three products, the coefficients of the whole that it goes to.
fn products(extent: usize) -> Thirds {
    let each = |sum: fn(usize) -> Sum| (0..extent / 2).map(sum).collect();
    [
        each(|i| vec![(2 * i, 1.0), (2 * i + 1, -1.0)]),
        each(|i| vec![(2 * i + 2, 1.0), (2 * i + 1, -1.0)]),
        each(|i| vec![(2 * i + 1, 1.0)]),
    ]
}

/// The sums down, of the sums across: product by product.
fn square(extents: [usize; 2], thirds: fn(usize) -> Thirds) -> Sums {
    let [down, across] = extents.map(thirds);
    let sum = |a: &Sum, b: &Sum| -> Sum {
        a.iter().flat_map(|&(i, s)| b.iter().map(move |&(j, t)| (i * extents[1] + j, s * t))).collect()
    };
    let mut sums = Vec::new();
    for (down, across) in down.iter().flat_map(|down| across.iter().map(move |across| (down, across))) {
        sums.extend(down.iter().flat_map(|a| across.iter().map(move |b| sum(a, b))));
    }
    Sums { rows: extents[0] * extents[1], sums }
}

impl Scheme {
    /// The scheme for a window, if there is one and it pays.
    pub(super) fn of(window: Window, [ci, co]: [usize; 2]) -> Option<Self> {
        let fits = |axis: Axis| {
            axis.stride == 1 && axis.pad == (0, 0) && axis.kernel.is_multiple_of(2) && axis.output.is_multiple_of(2)
        };
        (fits(window.y) && fits(window.x) && WIDE <= ci.min(co)).then(|| Self::new(window))
    }

    fn new(Window { y: down, x: across }: Window) -> Self {
        let (x, w, y) = ([down.input, across.input], [down.kernel, across.kernel], [down.output, across.output]);
        let [[x_down, x_across], [w_down, w_across], [y_down, y_across]] =
            [x, w, y].map(|extents| extents.map(|extent| extent / 2));
        let tap = |product: usize, k: usize| -> Vec<(usize, usize)> {
            let pair = |o: usize| {
                let (down, across) = (o / y_across + k / w_across, o % y_across + k % w_across);
                ((product * x_down + down) * x_across + across, product * y_down * y_across + o)
            };
            (0..y_down * y_across).map(pair).collect()
        };
        let pairs = (0..9).flat_map(|product| (0..w_down * w_across).map(move |k| (product, k)));
        Self {
            x: square(x, products),
            w: square(w, halves),
            y: square(y, halves),
            pairs: pairs.map(|(product, k)| tap(product, k)).collect(),
            rows: [x_down * x_across, y_down * y_across],
        }
    }

    /// `y [n, oh, ow, co]`, as [`conv2d::forward`](super::conv2d::forward).
    pub(super) fn convolve(&self, [n, ci, co]: [usize; 3], x: &[f32], w: Weights<'_>, bias: Option<&[f32]>) -> Buffer {
        let x = self.x.of(ci, x, None);
        let mut y = Buffer::scratch(n * self.y.sums.len() * co);
        let terms: Vec<&product::Pairs> = self.pairs.iter().map(|pairs| &pairs[..]).collect();
        let right = Right::Plain(w.summed(&self.w));
        product::Rows {
            images: n,
            terms: &terms,
            a: &x,
            depth: ci,
            right,
            columns: co,
            bias: None,
            at_once: self.rows[1],
        }
        .write(&mut y);
        self.y.transposed().of(co, &y, bias)
    }

    /// `x [n, ih, iw, ci]`, as [`conv_transpose2d::forward`](super::conv_transpose2d::forward).
    pub(super) fn transpose(&self, [n, ci, co]: [usize; 3], y: &[f32], w: Weights<'_>, bias: Option<&[f32]>) -> Buffer {
        let y = self.y.of(co, y, None);
        let mut x = Buffer::scratch(n * self.x.sums.len() * ci);
        let turned = |pairs: &Vec<(usize, usize)>| -> Vec<_> { pairs.iter().map(|&(x, y)| (y, x)).collect() };
        let turned: Vec<_> = self.pairs.iter().map(turned).collect();
        let terms: Vec<&product::Pairs> = turned.iter().map(|pairs| &pairs[..]).collect();
        let right = Right::Transposed(w.summed(&self.w));
        product::Rows {
            images: n,
            terms: &terms,
            a: &y,
            depth: co,
            right,
            columns: ci,
            bias: None,
            at_once: self.rows[0],
        }
        .write(&mut x);
        self.x.transposed().of(ci, &x, bias)
    }

    /// `dw [kh, kw, ci, co]`, as [`conv2d::kernel_gradient`](super::conv2d::kernel_gradient).
    pub(super) fn kernel_gradient(&self, [n, ci, co]: [usize; 3], x: &[f32], y: &[f32]) -> Buffer {
        let (x, y) = (self.x.of(ci, x, None), self.y.of(co, y, None));
        let mut w = Buffer::scratch(self.w.sums.len() * ci * co);
        let terms: Vec<&product::Pairs> = self.pairs.iter().map(|pairs| &pairs[..]).collect();
        product::Outer { images: n, terms: &terms, a: &x, height: ci, b: &y, columns: co }.write(&mut w);
        self.w.transposed().of(ci * co, &w, None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::conv2d::tests::{Operands, operands};
    use super::super::conv2d::{self, reference};
    use super::*;
    use crate::{Tensor, check};

    /// Windows of every pair of even extents, square or not.
    fn windows() -> Vec<Window> {
        let axes = [(2, 2), (4, 4), (4, 2), (2, 6), (6, 4)].map(|(k, o)| Axis::transposed_valid(o, k, 1));
        axes.iter().flat_map(|&y| axes.iter().map(move |&x| Window { y, x })).collect()
    }

    #[test]
    fn exact_on_integers() {
        for window in windows() {
            let extents = [2, 3, 5];
            let (scheme, Operands { x, w, dy: y }) = (Scheme::new(window), operands(window, extents, check::integers));
            let there = reference::forward(window, extents, &x, &w);
            let there: Vec<f32> = there.iter().enumerate().map(|(i, y)| y + (i % 5) as f32).collect();
            check::exact(&scheme.convolve(extents, &x, (&w).into(), Some(&[0.0, 1.0, 2.0, 3.0, 4.0])), &there);
            let back = reference::input_gradient(window, extents, &w, &y);
            check::exact(&scheme.transpose(extents, &y, (&w).into(), None), &back);
            let back: Vec<f32> = back.iter().enumerate().map(|(i, x)| x + (i % 3) as f32).collect();
            check::exact(&scheme.transpose(extents, &y, (&w).into(), Some(&[0.0, 1.0, 2.0])), &back);
            let gradient = reference::kernel_gradient(window, extents, &x, &y);
            check::exact(&scheme.kernel_gradient(extents, &x, &y), &gradient);
        }
    }

    #[test]
    fn nine_multiplications_for_sixteen() {
        let axis = Axis::transposed_valid(4, 4, 1);
        let scheme = Scheme::new(Window { y: axis, x: axis });
        assert_eq!(9 * 4 * 4, scheme.pairs.iter().map(Vec::len).sum::<usize>());
    }

    /// The error is that of a few roundings of the largest result, however the operands are scaled.
    #[test]
    fn within_a_few_roundings_of_the_largest() {
        let axis = Axis::transposed_valid(4, 4, 1);
        let (window, extents) = (Window { y: axis, x: axis }, [2, 65, 70]);
        let Operands { x, w, dy: y } = operands(window, extents, check::noise);
        let (xd, wd, yd) = (check::to_f64(&x), check::to_f64(&w), check::to_f64(&y));
        let near = |fast: &[f32], truth: &[f64]| {
            let largest = truth.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            let error =
                fast.iter().zip(truth).fold(0.0, |most: f64, (&fast, truth)| most.max((f64::from(fast) - truth).abs()));
            assert!(error <= 8.0 * f64::from(f32::EPSILON) * largest, "{error} of {largest}");
        };
        near(&conv2d::forward(window, extents, &x, &w, None), &reference::forward(window, extents, &xd, &wd));
        near(&conv2d::input_gradient(window, extents, &w, &y), &reference::input_gradient(window, extents, &wd, &yd));
        near(&conv2d::kernel_gradient(window, extents, &x, &y), &reference::kernel_gradient(window, extents, &xd, &yd));
    }

    /// Panels of sums are kept with a kernel as those of the kernel are, and made anew when it changes.
    #[test]
    fn panels_follow_the_kernel() {
        let axis = Axis::transposed_valid(2, 2, 1);
        let (window, extents) = (Window { y: axis, x: axis }, [1, 64, 64]);
        let Operands { x, w, dy: y } = operands(window, extents, check::integers);
        let mut kernel = Tensor::new(&[2, 2, 64, 64], w);
        for _ in 0..2 {
            for _ in 0..2 {
                let w = kernel.data();
                let there = conv2d::forward(window, extents, &x, kernel.weights(), None);
                check::exact(&there, &reference::forward(window, extents, &x, w));
                let back = conv2d::input_gradient(window, extents, kernel.weights(), &y);
                check::exact(&back, &reference::input_gradient(window, extents, w, &y));
            }
            kernel.data_mut().iter_mut().for_each(|w| *w += 1.0);
        }
    }

    #[test]
    fn where_it_pays() {
        let (full, padded) = (Axis::transposed_valid(4, 4, 1), Axis::same(4, 4, 1));
        let channels = [[64, 64], [63, 64], [64, 63]];
        let is_some = |y, x, channels| Scheme::of(Window { y, x }, channels).is_some();
        assert_eq!([true, false, false], channels.map(|channels| is_some(full, full, channels)));
        for other in [padded, Axis::transposed_valid(3, 4, 1), Axis::transposed_valid(4, 3, 1), Axis::valid(8, 2, 2)] {
            assert!(!is_some(full, other, channels[0]) && !is_some(other, full, channels[0]), "{other:?}");
        }
    }
}

//! Convolutions with fewer multiplications: the sums that [`karatsuba`](super::karatsuba) finds
//! along an axis, applied down and across the image.
//!
//! A convolution is a sum over triples of a pixel, a tap and an output, and so is the sum along
//! each of its axes. If the two axes take `p` and `q` products instead of their triples, the whole
//! convolution takes `p·q` (Winograd 1980; Lavin and Gray 2016, arXiv:1509.09308, for the
//! convolutions of stride 1 that were usual in neural networks at the time). In the table, `x'/x`
//! is the number of sums of pixels that are formed, over the number of pixels, and the others are
//! the same of taps and outputs:
//!
//! ```text
//!                                     multiplications      x'/x      w'/w      y'/y
//! k3 s2 SAME     16 → 8                   361 of 529      324/256    25/9     144/64
//!                14 → 7                   256 of 400      256/196    25/9     121/49
//!                8 → 4                     81 of 121       81/64     25/9      36/16
//!                7 → 4                     64 of 100       64/49     25/9      64/16
//! k4 s2 SAME     8 → 4                    140 of 196       80/64     32/16     36/16     (one axis only)
//! k4 s1 VALID    7 → 4                    144 of 256       81/49     36/16     36/16
//! ```
//!
//! Here a pixel is a vector of channels and a tap is a matrix. An addition therefore costs
//! `channels` operations and a multiplication costs `ci·co`. If both sides have many channels,
//! additions are cheap.
//!
//! **One scheme, three operators.** The scheme rewrites the sum over the triples of the
//! [convolution](crate::ops::conv2d) as a sum over fewer triples, whose elements are themselves
//! sums:
//!
//! ```text
//! Σ x[i]·w[k]·y[o]  =  Σ x'[i']·w'[k']·y'[o']        x' = X·x   w' = W·w   y' = Y·y
//! ```
//!
//! The derivatives of this expression by y, x and w are the convolution, its transpose and the
//! kernel's gradient. Each of them transforms two operands, multiplies with fewer terms, and
//! applies the transpose of the third matrix.
//!
//! **Price.** More bytes are moved, above all for w'. An axis is therefore rewritten only if w' is
//! at most three times w. Rewriting both axes of k4 s2 would save half of the multiplications, but
//! need four times the panels. The table compares the direct sum with the scheme, on two cores of a
//! Zen 4 (233 GFLOP/s at most), with 64 images, in milliseconds, the least of 48 calls each:
//!
//! ```text
//!                                          forward         dx              dW
//! k3 s2    16 → 8, 128 → 256 channels     10.4 →  7.6     10.2 →  7.5     11.5 →  8.5
//!          8 → 4,  256 → 512 channels      9.1 →  6.8      9.2 →  6.7      9.7 →  8.3
//! k4 s2    8 → 4,  256 → 512 channels     14.9 → 11.5     15.1 → 11.3     15.9 → 14.1
//! k4 s1    7 → 4,  256 → 512 channels     19.2 → 12.2     19.3 → 12.7     19.9 → 14.0
//! ```
//!
//! **Precision.** A resulting pixel is a difference of larger numbers. Its error is proportional to
//! the largest products nearby, not to the pixel itself. A NaN spreads to neighbours that the
//! direct sum would not reach.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::karatsuba::AxisScheme;
use crate::fast::gemm::{self, CombinedGemm, OuterGemm, Weights};
use crate::fast::parallel;
use crate::fast::sparse_map::{Combination, SparseMap};
use crate::{Buffer, Window};

/// The largest ratio of w' to w. With more combined taps than this, memory traffic costs more than
/// the saved multiplications.
const MOST_TAPS: usize = 3;

/// The number of rows, at least, that should meet a panel of w' before the next one is fetched
/// from a distant cache. An Intel core (Sapphire Rapids) reads its third-level cache at 11 bytes a
/// cycle: a panel of 32 KiB takes as long as the products of some 30 rows.
const PANEL_ROWS: usize = 40;

/// The number of rows whose products take as long as what a panel costs beside them. The gradient
/// by the input of 14×14×128 → 7×7×256 takes 1.4 times as long with one image at a time, which
/// brings 10 rows for a panel, as with four.
const PANEL_COST: usize = 6;

/// The matrices X, W and Y of the module's equation, and the pairs of combined pixels that are
/// multiplied.
#[derive(Debug)]
pub(crate) struct Scheme {
    x_map: SparseMap,
    w_map: SparseMap,
    /// The transpose of W.
    w_back: SparseMap,
    y_map: SparseMap,
    /// The transpose of X, which maps combinations back to pixels.
    x_back: SparseMap,
    /// The transpose of Y.
    y_back: SparseMap,
    /// For each tap of w', the pairs of x' and y' that it connects.
    pairs: Vec<Vec<(usize, usize)>>,
    /// The same pairs in the other direction.
    turned: Vec<Vec<(usize, usize)>>,
}

/// The schemes of all windows so far. `None` marks a window that is faster without one.
static SCHEMES: LazyLock<Mutex<HashMap<Window, Option<Arc<Scheme>>>>> = LazyLock::new(Mutex::default);

impl Scheme {
    /// The scheme for a window, if one makes it faster.
    pub(crate) fn of(window: Window) -> Option<Arc<Self>> {
        let mut schemes = SCHEMES.lock().unwrap_or_else(PoisonError::into_inner);
        schemes.entry(window).or_insert_with(|| Self::best(window).map(Arc::new)).clone()
    }

    /// The scheme with the fewest multiplications, if it saves a quarter of them and does not have
    /// too many combined taps.
    fn best(window: Window) -> Option<Self> {
        let [down, across] =
            [window.down, window.across].map(|axis| [AxisScheme::plain(axis), AxisScheme::short(axis)]);
        let products = |[down, across]: [&AxisScheme; 2]| down.products.len() * across.products.len();
        let plain = products([&down[0], &across[0]]);
        let schemes = down.iter().flat_map(|down| across.iter().map(move |across| [down, across]));
        let light =
            schemes.filter(|[down, across]| down.taps.len() * across.taps.len() <= MOST_TAPS * window.kernel_taps());
        let best = light.min_by_key(|&axes| products(axes))?;
        // If every tap lies in the padding, there is no product and nothing to save.
        let pays = 0 < plain && 4 * products(best) <= 3 * plain;
        pays.then(|| Self::new(window, best))
    }

    fn new(window: Window, [down, across]: [&AxisScheme; 2]) -> Self {
        let mut pairs = vec![Vec::new(); down.taps.len() * across.taps.len()];
        for [x_down, w_down, y_down] in &down.products {
            for [x_across, w_across, y_across] in &across.products {
                let x = x_down * across.pixels.len() + x_across;
                let y = y_down * across.outputs.len() + y_across;
                pairs[w_down * across.taps.len() + w_across].push((x, y));
            }
        }
        let x_map = both_axes([window.down.input, window.across.input], &down.pixels, &across.pixels);
        let y_map = both_axes([window.down.output, window.across.output], &down.outputs, &across.outputs);
        let w_map = both_axes([window.down.kernel, window.across.kernel], &down.taps, &across.taps);
        Self {
            w_back: w_map.transposed(),
            w_map,
            x_back: x_map.transposed(),
            y_back: y_map.transposed(),
            x_map,
            y_map,
            turned: pairs.iter().map(|pairs| pairs.iter().map(|&(x, y)| (y, x)).collect()).collect(),
            pairs,
        }
    }

    /// `y [n, oh, ow, co]`, like [`conv2d::forward`](crate::ops::conv2d::forward).
    pub(crate) fn convolve(&self, [n, ci, co]: [usize; 3], x: &[f32], w: Weights<'_>, bias: Option<&[f32]>) -> Buffer {
        self.pass([&self.x_map, &self.y_back], &self.pairs, [n, ci, co], x, (w, false), bias)
    }

    /// `x [n, ih, iw, ci]`, like
    /// [`conv_transpose2d::forward`](crate::ops::conv_transpose2d::forward).
    pub(crate) fn transpose(&self, [n, ci, co]: [usize; 3], y: &[f32], w: Weights<'_>, bias: Option<&[f32]>) -> Buffer {
        self.pass([&self.y_map, &self.x_back], &self.turned, [n, co, ci], y, (w, true), bias)
    }

    /// Maps pixels `forth` to their combinations, multiplies, and maps the results `back` to
    /// pixels, to which the bias is added.
    fn pass(
        &self,
        [forth, back]: [&SparseMap; 2],
        pairs: &[Vec<(usize, usize)>],
        [n, depth, columns]: [usize; 3],
        from: &[f32],
        (w, is_transposed): (Weights<'_>, bool),
        bias: Option<&[f32]>,
    ) -> Buffer {
        let terms: Vec<&gemm::Pairs> = pairs.iter().map(|pairs| &pairs[..]).collect();
        let (from_image, to_image) = (forth.inputs * depth, back.combinations.len() * columns);
        let rows = gemm::number_of_pairs(&terms).div_ceil(terms.len()).max(1);
        let a_len = n * forth.combinations.len() * depth;
        let rhs = w.combined(&self.w_map, is_transposed, [depth, columns], n * rows, a_len);
        // Panels that tasks form serve all images. Packed panels serve a few images at a time,
        // whose combined pixels are then still in the cache, and fewer if there are many threads.
        let time = |&at_once: &usize| {
            let tasks = n.div_ceil(at_once) * rhs.tasks();
            tasks.div_ceil(parallel::threads()) * (at_once.min(n) * rows + PANEL_COST)
        };
        let most = PANEL_ROWS.div_ceil(rows).next_power_of_two();
        let candidates = (0..=most.ilog2()).rev().map(|i| 1 << i);
        let at_once = if rhs.is_packed() { candidates.min_by_key(time).expect("one image") } else { n };
        let mut to = Buffer::scratch(n * to_image);
        parallel::chunks_mut(&mut to, at_once * to_image, &|block, to| {
            let from = &from[block * at_once * from_image..][..to.len() / to_image * from_image];
            let a = forth.apply_in_blocks(depth, rhs.block_depth(), from);
            CombinedGemm { terms: &terms, a: &a, rhs: &rhs, map: back, bias }.write(to);
        });
        to
    }

    /// `dw [kh, kw, ci, co]`, like
    /// [`conv2d::kernel_gradient`](crate::ops::conv2d::kernel_gradient).
    pub(crate) fn kernel_gradient(&self, [n, ci, co]: [usize; 3], x: &[f32], y: &[f32]) -> Buffer {
        let (x, y) = (self.x_map.apply(ci, x), self.y_map.apply(co, y));
        let terms: Vec<&gemm::Pairs> = self.pairs.iter().map(|pairs| &pairs[..]).collect();
        let mut combined = Buffer::scratch(terms.len() * ci * co);
        OuterGemm { images: n, terms: &terms, a: &x, height: ci, b: &y, columns: co }.write(&mut combined);
        self.w_back.apply(ci * co, &combined)
    }
}

/// The combinations of both axes together: combinations down the image of combinations across it.
fn both_axes([rows, columns]: [usize; 2], down: &[Combination], across: &[Combination]) -> SparseMap {
    let both = |a: &Combination, b: &Combination| -> Combination {
        a.iter().flat_map(|&(i, s)| b.iter().map(move |&(j, t)| (i * columns + j, s * t))).collect()
    };
    let combinations = down.iter().flat_map(|a| across.iter().map(move |b| both(a, b))).collect();
    SparseMap { inputs: rows * columns, combinations }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::conv2d::tests::{Operands, operands};
    use crate::ops::conv2d::{self, reference};
    use crate::{Axis, check};

    /// Windows with every kind of chain, square or not.
    fn windows() -> Vec<Window> {
        let valid = [(2, 2), (4, 4), (4, 2), (2, 6), (3, 4)].map(|(k, o)| Axis::transposed_valid(o, k, 1));
        let same = [16, 14, 8, 7].map(|input| Axis::same(input, 3, 2));
        let axes: Vec<Axis> = valid
            .into_iter()
            .chain(same)
            .chain([Axis::same(5, 5, 3), Axis::same(4, 3, 1), Axis::same(8, 4, 2)])
            .collect();
        axes.iter().flat_map(|&y| axes.iter().map(move |&x| Window { down: y, across: x })).collect()
    }

    /// All schemes for a window: each axis, down and across, with and without fewer products.
    fn schemes(window: Window) -> Vec<Scheme> {
        let [down, across] =
            [window.down, window.across].map(|axis| [AxisScheme::plain(axis), AxisScheme::short(axis)]);
        let schemes = down.iter().flat_map(|down| across.iter().map(move |across| [down, across]));
        schemes.map(|axes| Scheme::new(window, axes)).collect()
    }

    #[test]
    fn exact_on_integers() {
        for window in windows() {
            let extents = [2, 3, 5];
            let Operands { x, w, dy: y } = operands(window, extents, check::integers);
            let there = reference::forward(window, extents, &x, &w);
            let there: Vec<f32> = there.iter().enumerate().map(|(i, y)| y + (i % 5) as f32).collect();
            let back = reference::input_gradient(window, extents, &w, &y);
            let biased: Vec<f32> = back.iter().enumerate().map(|(i, x)| x + (i % 3) as f32).collect();
            let gradient = reference::kernel_gradient(window, extents, &x, &y);
            for scheme in schemes(window) {
                check::exact(&scheme.convolve(extents, &x, w[..].into(), Some(&[0.0, 1.0, 2.0, 3.0, 4.0])), &there);
                check::exact(&scheme.transpose(extents, &y, w[..].into(), None), &back);
                check::exact(&scheme.transpose(extents, &y, w[..].into(), Some(&[0.0, 1.0, 2.0])), &biased);
                check::exact(&scheme.kernel_gradient(extents, &x, &y), &gradient);
            }
        }
    }

    #[test]
    fn as_large_as_the_table_says() {
        let same = [16, 14, 8, 7].map(|input| Axis::same(input, 3, 2));
        let axes = same.into_iter().chain([Axis::same(8, 4, 2), Axis::transposed_valid(4, 4, 1)]);
        let sizes = axes.map(|axis| {
            let scheme = Scheme::best(Window { down: axis, across: axis }).expect("a scheme that pays");
            let combinations = [&scheme.x_map, &scheme.w_map, &scheme.y_map].map(|map| map.combinations.len());
            (scheme.pairs.iter().map(Vec::len).sum::<usize>(), combinations)
        });
        let table = [
            (361, [324, 25, 144]),
            (256, [256, 25, 121]),
            (81, [81, 25, 36]),
            (64, [64, 25, 64]),
            (140, [80, 32, 36]),
            (144, [81, 36, 36]),
        ];
        assert_eq!(table.to_vec(), sizes.collect::<Vec<_>>());
    }

    /// The error is a few roundings of the largest result, however the operands are scaled. It is
    /// at most 4 in these cases, and the bound is twice that.
    #[test]
    fn within_a_few_roundings_of_the_largest() {
        let same = [16, 14, 8, 7].map(|input| Axis::same(input, 3, 2));
        for axis in same.into_iter().chain([Axis::transposed_valid(4, 4, 1), Axis::same(8, 4, 2)]) {
            let (window, extents) = (Window { down: axis, across: axis }, [2, 65, 70]);
            let Operands { x, w, dy: y } = operands(window, extents, check::noise);
            let (xd, wd, yd) = (check::to_f64(&x), check::to_f64(&w), check::to_f64(&y));
            let near = |fast: &[f32], truth: &[f64]| {
                let largest = truth.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
                for (&fast, truth) in fast.iter().zip(truth) {
                    let error = (f64::from(fast) - truth).abs();
                    assert!(error <= 8.0 * f64::from(f32::EPSILON) * largest, "{axis:?}: {error} of {largest}");
                }
            };
            near(&conv2d::forward(window, extents, &x, &w, None), &reference::forward(window, extents, &xd, &wd));
            let back = reference::input_gradient(window, extents, &wd, &yd);
            near(&conv2d::input_gradient(window, extents, &w, &y), &back);
            let gradient = reference::kernel_gradient(window, extents, &xd, &yd);
            near(&conv2d::kernel_gradient(window, extents, &x, &y), &gradient);
        }
    }

    /// The images are handled in several blocks here, and the last block is not full. With few
    /// images and many channels, one thread or two form panels in their tasks, and three do not.
    #[test]
    fn neither_threads_nor_other_images_show() {
        let (y, x) = (Axis::same(8, 3, 2), Axis::same(7, 3, 2));
        let window = Window { down: y, across: x };
        for extents in [[45, 64, 66], [17, 131, 260]] {
            let [images, ci, co] = extents;
            let Operands { x, w, dy } = operands(window, extents, check::noise);
            let there = |n: usize| {
                let x = &x[..n * window.input_pixels() * ci];
                conv2d::forward(window, [n, ci, co], x, &w, None).to_vec()
            };
            let back = |n: usize| {
                let dy = &dy[..n * window.output_pixels() * co];
                conv2d::input_gradient(window, [n, ci, co], &w, dy).to_vec()
            };
            check::same_on_any_threads(|| {
                [there(images), back(images), conv2d::kernel_gradient(window, extents, &x, &dy).to_vec()].concat()
            });
            check::exact(&there(1), &there(images)[..window.output_pixels() * co]);
            check::exact(&back(1), &back(images)[..window.input_pixels() * ci]);
        }
    }
}

//! How a kernel slides over an image: the extents of a convolution, computed once.
//!
//! Along one axis, output `o` looks at the inputs `o·stride + k − pad.0` for each tap `k` of the
//! kernel. A convolution owns two axes, its [`Window`]. By hand, four pixels, a kernel of three
//! taps, stride 2 and one pixel of padding at the end:
//!
//! ```text
//! pixels    0  1  2  3  ·         o = 0 looks at 0 1 2, o = 1 at 2 3 and the padding
//! ```
//!
//! A transposed convolution is the adjoint of a convolution, so it uses the same window in the
//! other direction. The names do not change: `input` is always the convolution's input, the larger
//! image when the stride is above 1, and `output` is the convolution's output, the smaller one. A
//! transposed convolution reads an image of the window's *output* extent and writes one of its
//! *input* extent.
//!
//! TensorFlow's SAME gives `⌈input/stride⌉` outputs and puts the smaller half of the padding
//! *before* the image. For 14 → 7 with kernel 3 and stride 2 the pad is (0, 1). PyTorch's symmetric
//! padding would be (1, 1) there, and its windows would start one pixel earlier.
//!
//! A tap that lands in the padding contributes nothing. [`Window::taps`] therefore lists, for each
//! tap, exactly the pairs of pixels that it connects. The convolution, its two gradients and the
//! transposed convolution are all computed from these pairs. The padding is never stored and never
//! multiplied: for the 3×3 taps on 7×7 → 4×4 this saves 31 % of the work.

use std::ops::Range;

/// A kernel's slide along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Axis {
    /// The extent of the convolution's input image.
    pub input: usize,
    /// The extent of the kernel.
    pub kernel: usize,
    /// The step between neighbouring outputs, in pixels of the input.
    pub stride: usize,
    /// The padding (before, after), in pixels of the input.
    pub pad: (usize, usize),
    /// The extent of the convolution's result: `⌊(input + pad.0 + pad.1 − kernel)/stride⌋ + 1`.
    pub output: usize,
}

impl Axis {
    /// An axis with explicit padding.
    ///
    /// # Panics
    /// If the kernel or the stride is 0, or if the kernel is longer than the padded input.
    #[must_use]
    pub fn new(input: usize, kernel: usize, stride: usize, pad: (usize, usize)) -> Self {
        assert!(0 < kernel && 0 < stride, "a kernel of extent {kernel} and stride {stride} does not slide");
        let padded = input + pad.0 + pad.1;
        assert!(kernel <= padded, "a kernel of extent {kernel} does not fit into {input} pixels padded by {pad:?}");
        Self { input, kernel, stride, pad, output: (padded - kernel) / stride + 1 }
    }

    /// TensorFlow's SAME: `⌈input/stride⌉` outputs, the smaller half of the padding before.
    ///
    /// # Panics
    /// If `input`, `kernel` or `stride` is 0.
    #[must_use]
    pub fn same(input: usize, kernel: usize, stride: usize) -> Self {
        assert!(0 < input, "SAME padding of an empty axis");
        assert!(0 < stride, "a stride of 0 does not slide");
        let output = input.div_ceil(stride);
        let total = ((output - 1) * stride + kernel).saturating_sub(input);
        Self::new(input, kernel, stride, (total / 2, total - total / 2))
    }

    /// TensorFlow's VALID: no padding.
    ///
    /// # Panics
    /// As [`Axis::new`].
    #[must_use]
    pub fn valid(input: usize, kernel: usize, stride: usize) -> Self {
        Self::new(input, kernel, stride, (0, 0))
    }

    /// The axis of a transposed convolution that makes `output·stride` pixels from the smaller
    /// image's `output`: SAME.
    ///
    /// # Panics
    /// As [`Axis::same`].
    #[must_use]
    pub fn transposed_same(output: usize, kernel: usize, stride: usize) -> Self {
        Self::same(output * stride, kernel, stride)
    }

    /// The axis of a transposed convolution that makes `(output − 1)·stride + kernel` pixels from
    /// `output`: VALID.
    ///
    /// # Panics
    /// As [`Axis::transposed`].
    #[must_use]
    pub fn transposed_valid(output: usize, kernel: usize, stride: usize) -> Self {
        Self::transposed(output, kernel, stride, (0, 0), 0)
    }

    /// The axis of a transposed convolution that makes
    /// `(output − 1)·stride + kernel − pad.0 − pad.1 + output_padding` pixels from `output`.
    ///
    /// The padding is cropped from the full result, and `output_padding` adds pixels at its end. A
    /// convolution maps up to `stride` input extents to the same `output`; `output_padding` chooses
    /// one of them.
    ///
    /// # Panics
    /// If `output` is 0, if `output_padding` is not smaller than the stride, or if the padding
    /// crops everything.
    #[must_use]
    pub fn transposed(output: usize, kernel: usize, stride: usize, pad: (usize, usize), output_padding: usize) -> Self {
        assert!(0 < output, "the transpose of an empty axis");
        assert!(output_padding < stride, "an output padding of {output_padding} needs a larger stride than {stride}");
        let full = (output - 1) * stride + kernel + output_padding;
        assert!(pad.0 + pad.1 < full, "the padding {pad:?} crops all {full} pixels");
        let axis = Self::new(full - pad.0 - pad.1, kernel, stride, pad);
        assert_eq!(output, axis.output, "a transposed axis must go back to where it came from");
        axis
    }

    /// The outputs for which tap `k` lands inside the image: a range, possibly empty.
    fn outputs(&self, k: usize) -> Range<usize> {
        let start = self.pad.0.saturating_sub(k).div_ceil(self.stride);
        let end = (self.input + self.pad.0).saturating_sub(k).div_ceil(self.stride).min(self.output);
        start.min(end)..end
    }

    /// The taps of output `o` that land inside the image: a range, possibly empty.
    fn taps(&self, o: usize) -> Range<usize> {
        let first = o * self.stride; // in the padded image
        let end = (self.input + self.pad.0).saturating_sub(first).min(self.kernel);
        self.pad.0.saturating_sub(first).min(end)..end
    }

    /// The input that tap `k` of output `o` looks at; `o` must be one of `outputs(k)`.
    fn input_of(&self, o: usize, k: usize) -> usize {
        o * self.stride + k - self.pad.0
    }
}

/// The pixels that one tap of a kernel connects, in one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tap {
    /// `ky·kw + kx`: the number of the tap's `[ci, co]` matrix in an HWIO kernel.
    pub index: usize,
    /// Pairs (input pixel, output pixel), each numbered `y·width + x`, in ascending order of the
    /// outputs.
    pub pairs: Vec<(usize, usize)>,
}

/// A kernel's slide over an image: an [`Axis`] down and an [`Axis`] across.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// The axis down the image: its rows.
    pub down: Axis,
    /// The axis across the image: its columns.
    pub across: Axis,
}

impl Window {
    /// The number of pixels of the image, without padding.
    #[must_use]
    pub fn input_pixels(&self) -> usize {
        self.down.input * self.across.input
    }

    /// The number of pixels of the convolution's result.
    #[must_use]
    pub fn output_pixels(&self) -> usize {
        self.down.output * self.across.output
    }

    /// The number of taps of the kernel: `kh·kw`.
    #[must_use]
    pub fn kernel_taps(&self) -> usize {
        self.down.kernel * self.across.kernel
    }

    /// The pairs (input pixel, output pixel) that one tap of the kernel connects. `tap` is
    /// `ky·kw + kx`.
    fn pairs(&self, tap: usize) -> impl Iterator<Item = (usize, usize)> {
        let Self { down, across } = *self;
        let (ky, kx) = (tap / across.kernel, tap % across.kernel);
        down.outputs(ky).flat_map(move |oy| {
            across.outputs(kx).map(move |ox| {
                let input = down.input_of(oy, ky) * across.input + across.input_of(ox, kx);
                (input, oy * across.output + ox)
            })
        })
    }

    /// Visits the patch that each output pixel looks at, from the last output pixel to the first. A
    /// patch is visited in runs of neighbouring taps on neighbouring pixels. `visit` receives the
    /// output pixel, the first tap of the run, the input pixel under that tap, and the number of
    /// taps in the run.
    ///
    /// In this order of outputs, an input pixel meets its taps in ascending order, as it does in
    /// [`taps`](Self::taps).
    pub(crate) fn runs(&self, mut visit: impl FnMut(usize, usize, usize, usize)) {
        let Self { down, across } = *self;
        for (oy, ox) in (0..down.output).rev().flat_map(|oy| (0..across.output).rev().map(move |ox| (oy, ox))) {
            let taps = across.taps(ox);
            if taps.is_empty() {
                continue;
            }
            for ky in down.taps(oy) {
                let input = down.input_of(oy, ky) * across.input + across.input_of(ox, taps.start);
                visit(oy * across.output + ox, ky * across.kernel + taps.start, input, taps.len());
            }
        }
    }

    /// All taps of the kernel with the pixels that each connects.
    #[must_use]
    pub fn taps(&self) -> Vec<Tap> {
        (0..self.kernel_taps()).map(|index| Tap { index, pairs: self.pairs(index).collect() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_puts_the_smaller_half_before() {
        let pads = |input, kernel, stride| Axis::same(input, kernel, stride).pad;
        assert_eq!((0, 1), pads(14, 3, 2));
        assert_eq!((1, 1), pads(7, 3, 2));
        assert_eq!((1, 2), pads(5, 4, 1));
        assert_eq!((0, 0), pads(6, 1, 3));
    }

    #[test]
    fn the_articles_extents() {
        assert_eq!([14, 7, 4], [28, 14, 7].map(|i| Axis::same(i, 3, 2).output));
        assert_eq!(7, Axis::transposed_valid(4, 4, 1).input);
        assert_eq!([8, 16, 32], [4, 8, 16].map(|o| Axis::transposed_same(o, 3, 2).input));
    }

    #[test]
    fn transposes_return_to_their_output() {
        for (output, kernel, stride) in [(4, 4, 1), (5, 2, 3), (7, 3, 2), (1, 1, 4)] {
            assert_eq!(output, Axis::transposed_same(output, kernel, stride).output);
            for padding in 0..stride {
                assert_eq!(output, Axis::transposed(output, kernel, stride, (0, 0), padding).output);
            }
        }
    }

    /// The pairs are exactly those of a definition with explicit signs and bounds.
    #[test]
    fn taps_are_the_pairs_of_the_definition() {
        for (input, kernel, stride, pad) in [(5, 3, 2, (1, 0)), (4, 4, 1, (0, 0)), (3, 5, 1, (4, 2)), (6, 2, 3, (1, 5))]
        {
            let y = Axis::new(input, kernel, stride, pad);
            let x = Axis::same(7, 3, 2);
            let taps = Window { down: y, across: x }.taps();
            assert_eq!(kernel * 3, taps.len());
            for ky in 0..kernel {
                for kx in 0..3 {
                    let mut pairs = vec![];
                    for oy in 0..y.output as isize {
                        for ox in 0..4 {
                            let iy = oy * stride as isize + ky as isize - pad.0 as isize;
                            let ix = ox * 2 + kx - 1;
                            if (0..input as isize).contains(&iy) && (0..7).contains(&ix) {
                                pairs.push(((iy * 7 + ix) as usize, (oy * 4 + ox) as usize));
                            }
                        }
                    }
                    let index = ky * 3 + kx as usize;
                    assert_eq!(Tap { index, pairs }, taps[index]);
                }
            }
        }
    }

    /// Both give the same triples, and each input meets its taps in the same order.
    #[test]
    fn runs_are_the_taps_in_another_order() {
        for y in [Axis::new(5, 3, 2, (1, 0)), Axis::new(3, 5, 1, (4, 2)), Axis::new(6, 2, 3, (1, 5))] {
            for x in [Axis::same(7, 3, 2), Axis::new(1, 2, 1, (3, 3)), Axis::new(4, 3, 1, (2, 0))] {
                let window = Window { down: y, across: x };
                let mut met = vec![vec![]; window.input_pixels()];
                window.runs(|output, tap, input, count| {
                    (0..count).for_each(|i| met[input + i].push((tap + i, output)));
                });
                for (input, met) in met.into_iter().enumerate() {
                    let taps =
                        window.taps().into_iter().flat_map(|tap| tap.pairs.into_iter().map(move |p| (tap.index, p)));
                    let taps: Vec<_> = taps.filter(|&(_, (i, _))| i == input).map(|(tap, (_, o))| (tap, o)).collect();
                    assert_eq!(taps, met, "{window:?}: input {input}");
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "kernel of extent 5 does not fit into 3 pixels")]
    fn a_kernel_must_fit() {
        let _ = Axis::valid(3, 5, 1);
    }
}

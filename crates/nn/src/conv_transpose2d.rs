//! A transposed convolutional layer: it makes a large image from a small one.
//!
//! A convolution gathers a window of pixels of the large image into one pixel of the small one.
//! Its transpose does the reverse: it spreads each pixel of the small image over a window of the
//! large one, and adds up where windows overlap. The layer is described by the convolution that it
//! transposes, whose [`Window`] and kernel it keeps:
//!
//! ```text
//!                 large image            small image            kernel as stored
//! this layer      writes [n, oh, ow, co]   reads  [n, ih, iw, ci]   [kh, kw, co, ci]
//! convolution     reads  its input         writes its output        [kh, kw, in, out]
//! ```
//!
//! In this file, `i` is the input of this layer, the small image, and `o` is its output. The
//! operator [`tensor::ops::conv_transpose2d`], which has the arithmetic and its gradients, names
//! the same shapes after the convolution: there `o` is the small image and `i` the large one.

use rand::Rng;
use tensor::{Tape, Tensor, Var, Window};

use crate::{Bound, Init, ParamId, Parameters, assert_input};

/// A transposed convolutional layer: `[n, ih, iw, ci] → [n, oh, ow, co]`. The convolution's window
/// goes the other way, from the large `oh, ow` to the small `ih, iw`.
#[derive(Clone, Debug)]
pub struct ConvTranspose2d {
    name: String,
    window: Window,
    ci: usize,
    co: usize,
    kernel: ParamId,
    bias: ParamId,
}

impl ConvTranspose2d {
    /// Adds `name/kernel [kh, kw, co, ci]`, drawn by `init`, and `name/bias [co]`, all zeros. Here
    /// `ci` channels come in and `co` go out.
    ///
    /// `window` is that of the convolution which this layer transposes.
    /// [`Axis::transposed_same`](tensor::Axis::transposed_same) gives its axes.
    ///
    /// # Panics
    /// If the names are taken.
    pub fn new(
        parameters: &mut Parameters,
        name: &str,
        window: Window,
        ci: usize,
        co: usize,
        init: Init,
        rng: &mut impl Rng,
    ) -> Self {
        let shape = [window.down.kernel, window.across.kernel, co, ci];
        Self {
            name: name.to_owned(),
            window,
            ci,
            co,
            kernel: parameters.add(format!("{name}/kernel"), init.kernel(&shape, rng)),
            bias: parameters.add(format!("{name}/bias"), Tensor::zeros(&[co])),
        }
    }

    /// `x [n, ih, iw, ci] → y [n, oh, ow, co]`, where the small `ih, iw` are the output extents of
    /// the window and the large `oh, ow` its input extents.
    ///
    /// # Panics
    /// If `x` has another shape.
    pub fn forward(&self, tape: &mut Tape, bound: &Bound, x: Var) -> Var {
        tape.scope(&self.name);
        let Window { down, across } = &self.window;
        assert_input(&self.name, tape.value(x).shape(), &[down.output, across.output, self.ci]);
        tape.conv_transpose2d(self.window, x, bound[self.kernel], Some(bound[self.bias]))
    }

    /// The name with which the names of its parameters begin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The window of the convolution that this layer transposes. Its output is the small `x`, its
    /// input the large `y`.
    #[must_use]
    pub fn window(&self) -> Window {
        self.window
    }

    /// The number of channels of `x`.
    #[must_use]
    pub fn ci(&self) -> usize {
        self.ci
    }

    /// The number of channels of `y`.
    #[must_use]
    pub fn co(&self) -> usize {
        self.co
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mode;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;
    use tensor::Axis;

    /// 1×2 pixels of two channels → 3×4 of one.
    fn layer() -> (Parameters, ConvTranspose2d) {
        let window = Window { down: Axis::transposed_valid(1, 3, 2), across: Axis::transposed_same(2, 2, 2) };
        let mut parameters = Parameters::new();
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let conv = ConvTranspose2d::new(&mut parameters, "up", window, 2, 1, Init::GlorotUniform, rng);
        (parameters, conv)
    }

    fn forward(parameters: &Parameters, conv: &ConvTranspose2d, x: Tensor) -> Tensor {
        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, Mode::Frozen);
        let x = tape.constant(x);
        let y = conv.forward(&mut tape, &bound, x);
        tape.value(y)
    }

    #[test]
    fn starts_with_a_random_kernel_and_no_bias() {
        let (parameters, _) = layer();
        let shapes: Vec<_> = parameters.iter().map(|(name, tensor)| (name, tensor.shape())).collect();
        assert_eq!(shapes, [("up/kernel", &[3, 2, 1, 2][..]), ("up/bias", &[1])]);
        assert!(parameters.get("up/kernel").expect("it is there").data().iter().all(|&w| w != 0.0));
        assert!(parameters.get("up/bias").expect("it is there").data().iter().all(|&b| b == 0.0));
    }

    /// The windows do not overlap, so each input pixel is replaced by the kernel times its value.
    #[test]
    fn scatters_into_its_window() {
        let (mut parameters, conv) = layer();
        // The first input channel writes 1 … 6, the second ten times as much.
        let kernel = (1..=6).flat_map(|i| [i as f32, 10.0 * i as f32]).collect::<Vec<_>>();
        parameters.set("up/kernel", Tensor::new(&[3, 2, 1, 2], kernel));
        parameters.set("up/bias", Tensor::new(&[1], vec![0.5]));
        let y = forward(&parameters, &conv, Tensor::new(&[1, 1, 2, 2], vec![1.0, 0.0, 2.0, 1.0]));
        let expected = [1.5, 2.5, 12.5, 24.5, 3.5, 4.5, 36.5, 48.5, 5.5, 6.5, 60.5, 72.5];
        assert_eq!((&[1, 3, 4, 1][..], &expected[..]), (y.shape(), y.data()));
    }

    #[test]
    #[should_panic(expected = "up: expected an input of shape [n, 1, 2, 2], not [1, 3, 4, 2]")]
    fn another_input_is_refused() {
        let (parameters, conv) = layer();
        let _ = forward(&parameters, &conv, Tensor::zeros(&[1, 3, 4, 2]));
    }
}

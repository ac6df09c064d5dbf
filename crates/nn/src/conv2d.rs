//! A convolutional layer: the same small dense layer at every place of an image.
//!
//! The layer looks at `kh·kw` pixels at a time, computes `co` channels from the `kh·kw·ci` numbers
//! in them, and slides over the image as its [`Window`] says. The kernel is stored as HWIO,
//! `[kh, kw, ci, co]`. The arithmetic and its gradients are in [`tensor::ops::conv2d`].

use rand::Rng;
use tensor::{Tape, Tensor, Var, Window};

use crate::{Bound, Init, ParamId, Parameters, assert_input};

/// A convolutional layer: `[n, ih, iw, ci] → [n, oh, ow, co]`.
#[derive(Clone, Debug)]
pub struct Conv2d {
    name: String,
    window: Window,
    ci: usize,
    co: usize,
    kernel: ParamId,
    bias: ParamId,
}

impl Conv2d {
    /// Adds `name/kernel [kh, kw, ci, co]`, drawn by `init`, and `name/bias [co]`, all zeros.
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
        let shape = [window.down.kernel, window.across.kernel, ci, co];
        Self {
            name: name.to_owned(),
            window,
            ci,
            co,
            kernel: parameters.add(format!("{name}/kernel"), init.kernel(&shape, rng)),
            bias: parameters.add(format!("{name}/bias"), Tensor::zeros(&[co])),
        }
    }

    /// `x [n, ih, iw, ci] → y [n, oh, ow, co]`, where `ih, iw` are the input extents of the window
    /// and `oh, ow` its output extents.
    ///
    /// # Panics
    /// If `x` has another shape.
    pub fn forward(&self, tape: &mut Tape, bound: &Bound, x: Var) -> Var {
        tape.scope(&self.name);
        let Window { down, across } = &self.window;
        assert_input(&self.name, tape.value(x).shape(), &[down.input, across.input, self.ci]);
        tape.conv2d(self.window, x, bound[self.kernel], Some(bound[self.bias]))
    }

    /// The name with which the names of its parameters begin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The window.
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

    /// 4×5 pixels of one channel → 2×4 of two.
    fn layer() -> (Parameters, Conv2d) {
        let window = Window { down: Axis::same(4, 3, 2), across: Axis::valid(5, 2, 1) };
        let mut parameters = Parameters::new();
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let conv = Conv2d::new(&mut parameters, "conv2d_1", window, 1, 2, Init::GlorotUniform, rng);
        (parameters, conv)
    }

    fn forward(parameters: &Parameters, conv: &Conv2d, x: Tensor) -> Tensor {
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
        assert_eq!(shapes, [("conv2d_1/kernel", &[3, 2, 1, 2][..]), ("conv2d_1/bias", &[2])]);
        assert!(parameters.get("conv2d_1/kernel").expect("it is there").data().iter().all(|&w| w != 0.0));
        assert!(parameters.get("conv2d_1/bias").expect("it is there").data().iter().all(|&b| b == 0.0));
    }

    /// With a kernel of ones, the first channel counts the pixels in the window. The second channel
    /// is its bias.
    #[test]
    fn looks_through_its_window() {
        let (mut parameters, conv) = layer();
        parameters.set("conv2d_1/kernel", Tensor::new(&[3, 2, 1, 2], [1.0, 0.0].repeat(6)));
        parameters.set("conv2d_1/bias", Tensor::new(&[2], vec![0.0, 0.5]));
        let y = forward(&parameters, &conv, Tensor::new(&[1, 4, 5, 1], vec![1.0; 20]));
        // SAME pads only below, so the second row of windows sees two rows of pixels.
        let expected = [[6.0, 0.5].repeat(4), [4.0, 0.5].repeat(4)].concat();
        assert_eq!((&[1, 2, 4, 2][..], &expected[..]), (y.shape(), y.data()));
    }

    #[test]
    #[should_panic(expected = "conv2d_1: expected an input of shape [n, 4, 5, 1], not [1, 5, 4, 1]")]
    fn another_input_is_refused() {
        let (parameters, conv) = layer();
        let _ = forward(&parameters, &conv, Tensor::zeros(&[1, 5, 4, 1]));
    }
}

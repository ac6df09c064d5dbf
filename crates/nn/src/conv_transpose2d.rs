//! A transposed convolutional layer: from a small image to a large one, along a convolution's
//! windows backwards.
//!
//! Where a convolution gathers a window of pixels into one output, its transpose scatters one input
//! into a window of pixels, and adds up where windows overlap. It is described by the convolution
//! that it transposes: the [`Window`]'s *output* is what comes in, its *input* what goes out, and
//! the kernel is that convolution's too. Stored `[kh, kw, co, ci]` in terms of this layer, it is
//! `[kh, kw, in, out]` in terms of the convolution. The arithmetic and its gradients are
//! [`tensor::ops::conv_transpose2d`].

use rand::Rng;
use tensor::{Tape, Tensor, Var, Window};

use crate::{Bound, Init, ParamId, Parameters, assert_input};

/// `[n, ih, iw, ci] → [n, oh, ow, co]`, for a window that goes from `oh, ow` to `ih, iw`.
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
    /// Adds `name/kernel [kh, kw, co, ci]`, drawn by `init`, and `name/bias [co]`, zeros.
    ///
    /// `window` is that of the transposed convolution, as from
    /// [`Axis::transposed_same`](tensor::Axis::transposed_same).
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
        let shape = [window.y.kernel, window.x.kernel, co, ci];
        Self {
            name: name.to_owned(),
            window,
            ci,
            co,
            kernel: parameters.add(format!("{name}/kernel"), init.kernel(&shape, rng)),
            bias: parameters.add(format!("{name}/bias"), Tensor::zeros(&[co])),
        }
    }

    /// `x [n, ih, iw, ci] → y [n, oh, ow, co]`, where `ih, iw` are the window's outputs and `oh,
    /// ow` its inputs.
    ///
    /// # Panics
    /// If `x` has another shape.
    pub fn forward(&self, tape: &mut Tape, bound: &Bound, x: Var) -> Var {
        tape.scope(&self.name);
        let Window { y: rows, x: columns } = &self.window;
        assert_input(&self.name, tape.value(x).shape(), &[rows.output, columns.output, self.ci]);
        tape.conv_transpose2d(self.window, x, bound[self.kernel], Some(bound[self.bias]))
    }

    /// The name that its parameters begin with.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The window of the transposed convolution, from its output to its input.
    #[must_use]
    pub fn window(&self) -> Window {
        self.window
    }

    /// Channels of `x`.
    #[must_use]
    pub fn ci(&self) -> usize {
        self.ci
    }

    /// Channels of `y`.
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
        let window = Window { y: Axis::transposed_valid(1, 3, 2), x: Axis::transposed_same(2, 2, 2) };
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

    /// Windows that do not overlap: each input pixel is replaced by the kernel times its value.
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

//! What a layer costs: the shape of its result, its parameters, its arithmetic.
//!
//! All of it is read off the built layers, so the table of a network cannot disagree with it.

use nn::{Conv2d, ConvTranspose2d, Dense};
use tensor::Window;

/// A dense or convolutional layer of a network, for tables and for counting.
#[derive(Clone, Debug)]
pub struct Layer {
    /// As its parameters are named, such as `generator/conv2d_transpose_2`.
    pub name: String,
    /// The shape of its result for one image.
    pub output: Vec<usize>,
    /// Its weights, those of its batch norm included.
    pub parameters: usize,
    /// Multiply-adds of a forward pass, per image. Taps that land in the padding are counted,
    /// although they are not computed, as is usual when networks are compared.
    pub multiply_adds: u64,
    /// The convolution, or the one that the layer transposes.
    pub convolution: Option<Convolution>,
}

/// A convolution's extents, or those of the convolution that a layer transposes.
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    /// How the kernel slides.
    pub window: Window,
    /// Channels of its input.
    pub ci: usize,
    /// Channels of its output.
    pub co: usize,
    /// Whether the layer goes from its output to its input.
    pub transposed: bool,
}

impl Layer {
    pub(super) fn dense(dense: &Dense) -> Self {
        let weights = dense.inputs() * dense.outputs();
        Self {
            name: dense.name().to_owned(),
            output: vec![dense.outputs()],
            parameters: weights + dense.outputs(),
            multiply_adds: weights as u64,
            convolution: None,
        }
    }

    pub(super) fn conv2d(conv: &Conv2d) -> Self {
        let window = conv.window();
        let output = [window.down.output, window.across.output, conv.co()];
        let convolution = Convolution { window, ci: conv.ci(), co: conv.co(), transposed: false };
        Self::of(conv.name(), output, convolution)
    }

    /// The convolution that `conv` transposes goes from its output to its input.
    pub(super) fn conv_transpose2d(conv: &ConvTranspose2d) -> Self {
        let window = conv.window();
        let output = [window.down.input, window.across.input, conv.co()];
        let convolution = Convolution { window, ci: conv.co(), co: conv.ci(), transposed: true };
        Self::of(conv.name(), output, convolution)
    }

    fn of(name: &str, output: [usize; 3], convolution: Convolution) -> Self {
        let Convolution { window, ci, co, .. } = convolution;
        let weights = window.kernel_taps() * ci * co;
        let [.., channels] = output;
        Self {
            name: name.to_owned(),
            output: output.to_vec(),
            parameters: weights + channels,
            multiply_adds: (window.output_pixels() * weights) as u64,
            convolution: Some(convolution),
        }
    }

    /// The layer with a batch norm of that many channels before or behind it: a scale and a shift.
    pub(super) fn with_norm(self, channels: usize) -> Self {
        Self { parameters: self.parameters + 2 * channels, ..self }
    }
}

/// How large a network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Weights.
    pub parameters: usize,
    /// Numbers in the results of all layers, for one image.
    pub outputs: usize,
}

/// Multiply-adds of one training step.
///
/// | | forward | backward |
/// |---|---|---|
/// | G | 2 passes | 1 pass, without the gradient of the noise |
/// | D | 3 passes | 1 pass for G, without weight gradients; 2 for D, without those of the images |
///
/// A backward pass is two products as large as the forward one, one for each factor.
#[must_use]
pub fn step_multiply_adds(generator: &[Layer], discriminator: &[Layer], batch_size: usize) -> u64 {
    let sum = |layers: &[Layer]| layers.iter().map(|layer| layer.multiply_adds).sum::<u64>();
    let first = |layers: &[Layer]| layers.first().map_or(0, |layer| layer.multiply_adds);
    let g = sum(generator);
    let d = sum(discriminator);
    let for_g = (2 * g + 2 * g - first(generator)) + d;
    let for_d = 3 * d + 2 * (2 * d - first(discriminator));
    (for_g + for_d) * batch_size as u64
}

//! What a layer costs: its place in the network, its parameters, its arithmetic.

use tensor::Window;

/// A dense or convolutional layer of a network, for tables and for counting.
#[derive(Clone, Debug)]
pub struct Layer {
    /// As its parameters are named, such as `generator/conv2d_transpose_2`.
    pub name: String,
    /// The shape of its result for one image.
    pub output: Vec<usize>,
    /// Numbers that training changes, those of its batch norm included.
    pub parameters: usize,
    /// Multiply-adds of a forward pass, per image. Taps that land in the padding are counted, although
    /// they are not computed: that is how networks are compared.
    pub multiply_adds: u64,
    /// The convolution, or the one that it transposes.
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
    /// A layer of weights `[inputs, outputs]`.
    pub(super) fn dense(name: &str, inputs: usize, outputs: usize) -> Self {
        Self {
            name: name.to_owned(),
            output: vec![outputs],
            parameters: (inputs + 1) * outputs,
            multiply_adds: (inputs * outputs) as u64,
            convolution: None,
        }
    }

    /// A convolution, or the transpose of one.
    pub(super) fn convolution(name: &str, convolution: Convolution) -> Self {
        let Convolution { window, ci, co, transposed } = convolution;
        let (axis, channels): (fn(tensor::Axis) -> usize, usize) =
            if transposed { (|axis| axis.input, ci) } else { (|axis| axis.output, co) };
        let weights = window.kernel_taps() * ci * co;
        Self {
            name: name.to_owned(),
            output: vec![axis(window.y), axis(window.x), channels],
            parameters: weights + channels,
            multiply_adds: (window.output_pixels() * weights) as u64,
            convolution: Some(convolution),
        }
    }

    /// The layer with a batch norm of that many channels before or behind it.
    pub(super) fn with_norm(self, channels: usize) -> Self {
        Self { parameters: self.parameters + 2 * channels, ..self }
    }
}

/// Multiply-adds of one training step.
///
/// G: two forward passes, and one backward that needs no gradient of the noise. D: three forward passes, one backward
/// for G that computes no weight gradient, two for D that compute none of the images. A backward pass is two products
/// as large as the forward one, one for each factor.
#[must_use]
pub fn step_multiply_adds(generator: &[Layer], discriminator: &[Layer], batch_size: usize) -> u64 {
    let sum = |layers: &[Layer]| layers.iter().map(|layer| layer.multiply_adds).sum::<u64>();
    let first = |layers: &[Layer]| layers.first().map_or(0, |layer| layer.multiply_adds);
    let (g, d) = (sum(generator), sum(discriminator));
    let for_g = (2 * g + 2 * g - first(generator)) + d;
    let for_d = 3 * d + 2 * (2 * d - first(discriminator));
    (for_g + for_d) * batch_size as u64
}

//! The article's networks: convolutions that learn to enlarge, and convolutions that learn to shrink.
//!
//! The generator starts from a 4×4 picture with many feature maps. Each layer doubles the extent and
//! halves the maps, until the image is there; the discriminator goes the same way back. Radford, Metz and Chintala
//! (2016) found what makes such a pair trainable: strided convolutions instead of pooling, batch norm in
//! (almost) every layer, leaky slopes, and no hidden dense layers.
//!
//! ```text
//! size 28:   4×4·512 → 7×7·256 → 14×14·128 → 28×28
//! size 32:   4×4·512 → 8×8·256 → 16×16·128 → 32×32
//! size 64:   4×4·512 → 8×8·256 → 16×16·128 → 32×32·64 → 64×64
//! ```
//!
//! Layers are numbered as in the article, the dense one included: G has dense, 2, 3, 4; D has 1, 2, 3, dense. Kernels
//! are 3×3 with stride 2, but for G's second layer, which is 4×4; where it goes from 4 to 7, its stride
//! is 1 and its padding VALID, everywhere else SAME. D sees no batch norm in its first layer, so that the
//! contrast of its input is not normalised away.

use nn::{BatchNorm, Bound, Conv2d, ConvTranspose2d, Dense, Init, Parameters};
use rand::rngs::ChaCha8Rng;
use tensor::{Axis, Tape, Tensor, Var, Window};

use super::{Architecture, Convolution, DropoutKeys, LATENT, Layer};
use crate::Error;

/// Extent from which a generator starts and at which a discriminator ends.
const BASE: usize = 4;
/// The slope of leaky ReLU.
const SLOPE: f32 = 0.01;
/// What batch norm adds to the variance, inside the root.
const EPSILON: f32 = 1e-3;
const INIT: Init = Init::GlorotUniform;

/// The stages of both networks: extent and channels, from 4×4 to the image.
#[derive(Debug)]
pub(super) struct Plan {
    stages: Vec<Stage>,
}

#[derive(Clone, Copy, Debug)]
struct Stage {
    extent: usize,
    channels: usize,
}

impl Plan {
    /// # Errors
    /// If there is no way of doublings from 4×4 to the image, or the width cannot be halved as often.
    pub(super) fn new(shape: &Architecture) -> Result<Self, Error> {
        let &Architecture { size, channels, width, .. } = shape;
        let extents = match size {
            28 => vec![BASE, 7, 14, 28],
            16..=256 if size.is_power_of_two() => (BASE.ilog2()..=size.ilog2()).map(|log| 1 << log).collect(),
            _ => {
                let reason = format!("of a DCGAN's images must be 16, 28, 32, 64, 128 or 256 pixels, not {size}");
                return Err(Error::setting("size", reason));
            }
        };
        if channels != 1 && channels != 3 {
            return Err(Error::setting("channels", format!("must be 1 (grey) or 3 (RGB), not {channels}")));
        }
        let smallest = 1 << (extents.len() - 2);
        if width == 0 || !width.is_multiple_of(smallest) || 4096 < width {
            let reason =
                format!("must be a multiple of {smallest} for {size}×{size} images, at most 4096, not {width}");
            return Err(Error::setting("width", reason));
        }
        let mut stages: Vec<Stage> =
            (extents.iter().enumerate()).map(|(i, &extent)| Stage { extent, channels: width >> i }).collect();
        stages.last_mut().expect("there are at least two").channels = channels;
        Ok(Self { stages })
    }

    /// Neighbouring stages, from 4×4 to the image.
    fn steps(&self) -> impl DoubleEndedIterator<Item = (Stage, Stage)> + ExactSizeIterator {
        self.stages.windows(2).map(|pair| (pair[0], pair[1]))
    }

    /// Numbers of the 4×4 picture.
    fn units(&self) -> usize {
        BASE * BASE * self.stages[0].channels
    }

    /// The layers of the generator, each with the batch norm before it.
    pub(super) fn generator(&self) -> Vec<Layer> {
        let enlarge = |(i, (from, to)): (usize, (Stage, Stage))| {
            let axis = match (i, to.extent) {
                (0, 7) => Axis::transposed_valid(from.extent, 4, 1),
                (0, _) => Axis::transposed_same(from.extent, 4, 2),
                _ => Axis::transposed_same(from.extent, 3, 2),
            };
            assert_eq!(to.extent, axis.input, "the generator's layer {} reaches its stage", i + 2);
            let name = format!("generator/conv2d_transpose_{}", i + 2);
            let (window, ci, co) = (square(axis), to.channels, from.channels);
            Layer::convolution(&name, Convolution { window, ci, co, transposed: true }).with_norm(from.channels)
        };
        let dense = Layer::dense("generator/dense", LATENT, self.units());
        [dense].into_iter().chain(self.steps().enumerate().map(enlarge)).collect()
    }

    /// The layers of the discriminator, each but the first with the batch norm behind it.
    pub(super) fn discriminator(&self) -> Vec<Layer> {
        let shrink = |(i, (to, from)): (usize, (Stage, Stage))| {
            let axis = Axis::same(from.extent, 3, 2);
            assert_eq!(to.extent, axis.output, "the discriminator's layer {} reaches its stage", i + 1);
            let name = format!("discriminator/conv2d_{}", i + 1);
            let (window, ci, co) = (square(axis), from.channels, to.channels);
            let layer = Layer::convolution(&name, Convolution { window, ci, co, transposed: false });
            if i == 0 { layer } else { layer.with_norm(to.channels) }
        };
        let dense = Layer::dense("discriminator/dense", self.units(), 1);
        self.steps().rev().enumerate().map(shrink).chain([dense]).collect()
    }
}

fn square(axis: Axis) -> Window {
    Window { y: axis, x: axis }
}

/// Noise to images.
#[derive(Clone, Debug)]
pub(super) struct Generator {
    parameters: Parameters,
    start: Stage,
    dense: Dense,
    /// Batch norm, and the layer that enlarges what comes out of it.
    layers: Vec<(BatchNorm, ConvTranspose2d)>,
    summary: Vec<Layer>,
}

impl Generator {
    pub(super) fn new(plan: &Plan, rng: &mut ChaCha8Rng) -> Self {
        let mut parameters = Parameters::new();
        let summary = plan.generator();
        let dense = Dense::new(&mut parameters, "generator/dense", LATENT, plan.units(), INIT, rng);
        let convolutions = summary.iter().filter_map(|layer| Some((layer, layer.convolution?)));
        let layer = |(i, (layer, Convolution { window, ci, co, .. })): (usize, (&Layer, Convolution))| {
            let norm = BatchNorm::new(&mut parameters, &format!("generator/bn{}", i + 1), co, EPSILON);
            (norm, ConvTranspose2d::new(&mut parameters, &layer.name, window, co, ci, INIT, rng))
        };
        let layers = convolutions.enumerate().map(layer).collect();
        Self { parameters, start: plan.stages[0], dense, layers, summary }
    }

    /// The picture that the first convolution enlarges: `[n, 4, 4, width]`.
    fn seed(&self, tape: &mut Tape, bound: &Bound, z: Var) -> Var {
        let x = self.dense.forward(tape, bound, z);
        let [n, _] = tape.value(x).dims();
        tape.reshape(x, &[n, BASE, BASE, self.start.channels])
    }
}

impl super::Generator for Generator {
    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.parameters
    }

    fn forward_training(&mut self, tape: &mut Tape, bound: &Bound, z: Var, masks: &mut DropoutKeys) -> Var {
        let mut x = self.seed(tape, bound, z);
        for (norm, enlarge) in &mut self.layers {
            x = norm.forward_training_then(tape, bound, x, masks.next(SLOPE));
            x = enlarge.forward(tape, bound, x);
        }
        tape.tanh(x)
    }

    fn forward_sampling(&self, tape: &mut Tape, bound: &Bound, z: Var, masks: &mut DropoutKeys) -> Var {
        let mut x = self.seed(tape, bound, z);
        for (norm, enlarge) in &self.layers {
            x = norm.forward_inference_then(tape, bound, x, masks.next(SLOPE));
            x = enlarge.forward(tape, bound, x);
        }
        tape.tanh(x)
    }

    fn layers(&self) -> Vec<Layer> {
        self.summary.clone()
    }

    fn statistics(&self) -> Vec<(String, Tensor)> {
        let norms = self.layers.iter().flat_map(|(norm, _)| norm.moving_statistics());
        norms.map(|(name, tensor)| (name, tensor.clone())).collect()
    }

    fn statistics_mut(&mut self) -> Vec<(String, &mut Tensor)> {
        self.layers.iter_mut().flat_map(|(norm, _)| norm.moving_statistics_mut()).collect()
    }

    fn copy(&self) -> Box<dyn super::Generator> {
        Box::new(self.clone())
    }
}

/// Images to logits.
#[derive(Debug)]
pub(super) struct Discriminator {
    parameters: Parameters,
    /// The layer that shrinks, and the batch norm of what comes out of it, if any.
    layers: Vec<(Conv2d, Option<BatchNorm>)>,
    units: usize,
    dense: Dense,
    summary: Vec<Layer>,
}

impl Discriminator {
    pub(super) fn new(plan: &Plan, rng: &mut ChaCha8Rng) -> Self {
        let mut parameters = Parameters::new();
        let summary = plan.discriminator();
        let convolutions = summary.iter().filter_map(|layer| Some((layer, layer.convolution?)));
        let layer = |(i, (layer, Convolution { window, ci, co, .. })): (usize, (&Layer, Convolution))| {
            let shrink = Conv2d::new(&mut parameters, &layer.name, window, ci, co, INIT, rng);
            let name = format!("discriminator/bn{}", i + 1);
            let norm = (0 < i).then(|| BatchNorm::without_moving_statistics(&mut parameters, &name, co, EPSILON));
            (shrink, norm)
        };
        let layers = convolutions.enumerate().map(layer).collect();
        let units = plan.units();
        let dense = Dense::new(&mut parameters, "discriminator/dense", units, 1, INIT, rng);
        Self { parameters, layers, units, dense, summary }
    }
}

impl super::Discriminator for Discriminator {
    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.parameters
    }

    fn layers(&self) -> Vec<Layer> {
        self.summary.clone()
    }

    fn forward(&mut self, tape: &mut Tape, bound: &Bound, x: Var, masks: &mut DropoutKeys) -> Var {
        let mut x = x;
        for (shrink, norm) in &mut self.layers {
            x = shrink.forward(tape, bound, x);
            x = match norm {
                Some(norm) => norm.forward_training_then(tape, bound, x, masks.next(SLOPE)),
                None => tape.leaky_dropout(masks.next(SLOPE), x),
            };
        }
        let [n, ..] = tape.value(x).dims::<4>();
        let x = tape.reshape(x, &[n, self.units]);
        self.dense.forward(tape, bound, x)
    }
}

//! The article's networks: convolutions that learn to enlarge, and convolutions that learn to
//! shrink.
//!
//! The generator starts from many feature maps of 4×4. Each layer doubles the extent
//! and halves the maps, until the image is there. The discriminator goes the same way back.
//! Radford, Metz and Chintala (2016) found what makes such a pair trainable: strided convolutions
//! instead of pooling, batch norm in almost every layer, leaky slopes, and no
//! dense layers but G's first and D's last.
//!
//! | | 28×28×1 | 32×32×3 |
//! |---|---|---|
//! | G dense | 100 → 4·4·512 | the same |
//! | G 2 | transposed conv 256, k4, s1, VALID → 7×7 | transposed conv 256, k4, s2, SAME → 8×8 |
//! | G 3 | transposed conv 128, k3, s2, SAME → 14×14 | the same → 16×16 |
//! | G 4 | transposed conv 1, k3, s2, SAME → 28×28, tanh | 3 channels → 32×32, tanh |
//! | D 1 | conv 128, k3, s2, SAME → 14×14 | → 16×16 |
//! | D 2 | conv 256, k3, s2, SAME → 7×7 | → 8×8 |
//! | D 3 | conv 512, k3, s2, SAME → 4×4 | → 4×4 |
//! | D dense | 4·4·512 → 1 logit | the same |
//!
//! Larger images have more doublings: 64×64 goes by way of 8×8·256, 16×16·128 and 32×32·64.
//!
//! Leaky ReLU and dropout follow every layer of G but the last, and every convolution of D. Batch
//! norm comes before them, except after D's first layer, where it would normalise away the contrast
//! of the image. In code, a layer of G is the batch norm of its input and the convolution that
//! enlarges it.

use nn::{BatchNorm, Bound, Conv2d, ConvTranspose2d, Dense, Init, Parameters};
use rand::rngs::ChaCha8Rng;
use tensor::{Axis, Tape, Tensor, Var, Window};

use super::dropout_keys::DropoutKeys;
use super::extras::Extras;
use super::layer::{Layer, Size};
use super::networks::{self, LATENT, Pair};
use super::projection::Projection;

/// The extent from which a generator starts and at which a discriminator ends.
const BASE: usize = 4;
/// The extent of every kernel except that of G's first convolution.
const KERNEL: usize = 3;
/// The extent of the kernel of G's first convolution.
const FIRST_KERNEL: usize = 4;
/// The stride of a convolution, which doubles or halves the extent. In G, from 4×4 to 7×7, it is 1.
const STRIDE: usize = 2;
/// The slope of leaky ReLU where its input is negative.
pub const LEAKY_SLOPE: f32 = 0.01;
/// The term that batch norm adds to the variance, inside the root.
pub const EPSILON: f32 = 1e-3;
const INIT: Init = Init::GlorotUniform;

/// What passes between two layers: its height and width, and its feature maps.
#[derive(Clone, Copy, Debug)]
struct Stage {
    extent: usize,
    channels: usize,
}

/// The stages that both networks pass through, from 4×4 with `width` feature maps to the image of
/// `size`×`size`. The channels are halved at each stage. The extent doubles, except on the way to
/// 28×28, which goes through 7×7.
fn stages(size: usize, channels: usize, width: usize) -> Vec<Stage> {
    let mut stages = vec![Stage { extent: BASE, channels: width }];
    let mut extent = if size == 28 { 7 } else { 2 * BASE };
    while extent < size {
        stages.push(Stage { extent, channels: width >> stages.len() });
        extent *= 2;
    }
    stages.push(Stage { extent: size, channels });
    stages
}

/// Both networks, the generator's weights drawn first.
pub(super) fn build([size, channels, width]: [usize; 3], extras: Extras, rng: &mut ChaCha8Rng) -> Pair {
    let stages = stages(size, channels, width);
    let generator = DcganGenerator::new(&stages, LATENT + extras.classes, rng);
    let discriminator = DcganDiscriminator::new(&stages, extras, rng);
    (Box::new(generator), Box::new(discriminator))
}

fn square(axis: Axis) -> Window {
    Window { down: axis, across: axis }
}

/// Noise to images.
#[derive(Clone, Debug)]
struct DcganGenerator {
    parameters: Parameters,
    dense: Dense,
    /// The number of feature maps of 4×4.
    width: usize,
    /// Batch norm of the feature maps, and the layer that enlarges them.
    layers: Vec<(BatchNorm, ConvTranspose2d)>,
}

impl DcganGenerator {
    fn new(stages: &[Stage], inputs: usize, rng: &mut ChaCha8Rng) -> Self {
        let width = stages[0].channels;
        let mut parameters = Parameters::new();
        let dense = Dense::new(&mut parameters, "generator/dense", inputs, BASE * BASE * width, INIT, rng);

        let mut layers = Vec::new();
        let mut from = stages[0];
        for (number, &to) in (2..).zip(&stages[1..]) {
            let axis = match (number, to.extent) {
                (2, 7) => Axis::transposed_valid(from.extent, FIRST_KERNEL, 1),
                (2, _) => Axis::transposed_same(from.extent, FIRST_KERNEL, STRIDE),
                _ => Axis::transposed_same(from.extent, KERNEL, STRIDE),
            };
            let name = format!("generator/bn{}", number - 1);
            let norm = BatchNorm::new(&mut parameters, &name, from.channels, EPSILON);
            let name = format!("generator/conv2d_transpose_{number}");
            let enlarge =
                ConvTranspose2d::new(&mut parameters, &name, square(axis), from.channels, to.channels, INIT, rng);
            layers.push((norm, enlarge));
            from = to;
        }
        Self { parameters, dense, width, layers }
    }

    /// The feature maps that the first convolution enlarges: `[n, 4, 4, width]`.
    fn start(&self, tape: &mut Tape, bound: &Bound, z: Var) -> Var {
        let x = self.dense.forward(tape, bound, z);
        let [n, _] = tape.value(x).dims();
        tape.reshape(x, &[n, BASE, BASE, self.width])
    }
}

impl networks::Generator for DcganGenerator {
    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.parameters
    }

    fn forward_training(&mut self, tape: &mut Tape, bound: &Bound, z: Var, keys: &mut DropoutKeys) -> Var {
        let mut x = self.start(tape, bound, z);
        for (batch_norm, enlarge) in &mut self.layers {
            x = batch_norm.forward_training_then(tape, bound, x, keys.next_leaky_dropout(LEAKY_SLOPE));
            x = enlarge.forward(tape, bound, x);
        }
        tape.tanh(x)
    }

    fn forward_inference(&self, tape: &mut Tape, bound: &Bound, z: Var, keys: &mut DropoutKeys) -> Var {
        let mut x = self.start(tape, bound, z);
        for (batch_norm, enlarge) in &self.layers {
            x = batch_norm.forward_inference_then(tape, bound, x, keys.next_leaky_dropout(LEAKY_SLOPE));
            x = enlarge.forward(tape, bound, x);
        }
        tape.tanh(x)
    }

    fn layers(&self) -> Vec<Layer> {
        let mut layers = vec![Layer::dense(&self.dense)];
        for (_, enlarge) in &self.layers {
            layers.push(Layer::conv_transpose2d(enlarge).with_norm(enlarge.ci()));
        }
        layers
    }

    fn statistics(&self) -> Vec<(String, Tensor)> {
        let statistics = self.layers.iter().flat_map(|(batch_norm, _)| batch_norm.running_statistics());
        statistics.map(|(name, tensor)| (name, tensor.clone())).collect()
    }

    fn statistics_mut(&mut self) -> Vec<(String, &mut Tensor)> {
        self.layers.iter_mut().flat_map(|(batch_norm, _)| batch_norm.running_statistics_mut()).collect()
    }

    fn copy(&self) -> Box<dyn networks::Generator> {
        Box::new(self.clone())
    }
}

/// Images to logits.
#[derive(Debug)]
struct DcganDiscriminator {
    parameters: Parameters,
    /// A layer that shrinks the feature maps, and the batch norm of its result; the first layer has
    /// none.
    layers: Vec<(Conv2d, Option<BatchNorm>)>,
    dense: Dense,
    projection: Option<Projection>,
    extras: Extras,
}

impl DcganDiscriminator {
    fn new(stages: &[Stage], extras: Extras, rng: &mut ChaCha8Rng) -> Self {
        let mut parameters = Parameters::new();
        let mut layers = Vec::new();
        let mut from = stages[stages.len() - 1];
        for (number, &to) in (1..).zip(stages.iter().rev().skip(1)) {
            let window = square(Axis::same(from.extent, KERNEL, STRIDE));
            let name = format!("discriminator/conv2d_{number}");
            let shrink = Conv2d::new(&mut parameters, &name, window, from.channels, to.channels, INIT, rng);
            let name = format!("discriminator/bn{number}");
            let norm = match number {
                1 => None,
                _ if extras.spectral_norm => None,
                _ => Some(BatchNorm::without_running_statistics(&mut parameters, &name, to.channels, EPSILON)),
            };
            layers.push((shrink, norm));
            from = to;
        }
        let units = BASE * BASE * extras.last_channels(from.channels);
        let dense = Dense::new(&mut parameters, "discriminator/dense", units, 1, INIT, rng);
        let projection = Projection::new(&mut parameters, extras.classes, units, rng);
        Self { parameters, layers, dense, projection, extras }
    }
}

impl networks::Discriminator for DcganDiscriminator {
    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.parameters
    }

    fn forward(&mut self, tape: &mut Tape, bound: &Bound, x: Var, keys: &mut DropoutKeys) -> Var {
        let (mut x, slope) = (x, self.extras.slope(LEAKY_SLOPE));
        for (shrink, batch_norm) in &mut self.layers {
            x = shrink.forward(tape, bound, x);
            let then = keys.next_leaky_dropout(slope);
            x = match batch_norm {
                Some(batch_norm) => batch_norm.forward_training_then(tape, bound, x, then),
                None => tape.leaky_dropout(then, x),
            };
        }
        let x = self.extras.last(tape, x);
        let [n, ..] = tape.value(x).dims::<4>();
        let x = tape.reshape(x, &[n, self.dense.inputs()]);
        let logits = self.dense.forward(tape, bound, x);
        self.projection.iter().fold(logits, |logits, projection| projection.forward(tape, bound, x, logits))
    }

    fn ask(&mut self, one_hot: Tensor) {
        self.projection.iter_mut().for_each(|projection| projection.asked = one_hot.clone());
    }

    fn layers(&self) -> Vec<Layer> {
        let mut layers = Vec::new();
        for (shrink, batch_norm) in &self.layers {
            let layer = Layer::conv2d(shrink);
            layers.push(if batch_norm.is_some() { layer.with_norm(shrink.co()) } else { layer });
        }
        layers.push(Layer::dense(&self.dense));
        layers.extend(self.projection.as_ref().map(Projection::layer));
        layers
    }
}

/// The number of layers that enlarge 4×4 to an image, three for 28 by way of 7; `None` if there is
/// no such pair.
pub(super) fn doublings(size: usize) -> Option<u32> {
    match size {
        28 => Some(3),
        16..=256 if size.is_power_of_two() => Some(size.ilog2() - BASE.ilog2()),
        _ => None,
    }
}

/// How many parameters and outputs the networks have that [`build`] would build without extras, the
/// generator first.
pub(super) fn sizes(size: usize, channels: usize, width: usize) -> [Size; 2] {
    let stages = stages(size, channels, width);
    let units = BASE * BASE * width;
    let mut generator = Size { parameters: (LATENT + 1) * units, outputs: units };
    let mut discriminator = Size { parameters: units + 1, outputs: 1 };
    for (i, (small, large)) in stages.iter().zip(&stages[1..]).enumerate() {
        let taps = if i == 0 { FIRST_KERNEL.pow(2) } else { KERNEL.pow(2) };
        let weights = small.channels * large.channels;
        generator.parameters += taps * weights + large.channels + 2 * small.channels;
        generator.outputs += large.extent.pow(2) * large.channels;
        let norm = if large.extent == size { 0 } else { 2 * small.channels };
        discriminator.parameters += KERNEL.pow(2) * weights + small.channels + norm;
        discriminator.outputs += small.extent.pow(2) * small.channels;
    }
    [generator, discriminator]
}

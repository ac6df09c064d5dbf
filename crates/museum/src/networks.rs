//! The article's networks for digits, written again with the [`Parts`] that exhibits replace.
//!
//! With nothing replaced they are the product's, bit for bit: the same parameters by name, drawn in
//! the same order. Only what is between two convolutions asks the parts what to do.

use dcgan::models::{Discriminator, DropoutKeys, Generator, LATENT, Layer, Pair};
use nn::{Bound, Conv2d, ConvTranspose2d, Dense, Init, ParamId, Parameters};
use rand::rngs::ChaCha8Rng;
use tensor::ops::batch_norm::BatchStatistics;
use tensor::{Axis, Tape, Tensor, Var, Window};

use crate::parts::Parts;

/// Height and width of an image.
pub const SIZE: usize = 28;
/// The extent from which G starts and at which D ends.
const BASE: usize = 4;
/// The slope of leaky ReLU where its input is negative.
const LEAKY_SLOPE: f32 = 0.01;
const INIT: Init = Init::GlorotUniform;

/// Both networks, the generator's weights drawn first.
#[must_use]
pub fn build(parts: &'static dyn Parts, width: usize, rng: &mut ChaCha8Rng) -> Pair {
    let generator = MuseumGenerator::new(parts, width, rng);
    let discriminator = MuseumDiscriminator::new(parts, width, rng);
    (Box::new(generator), Box::new(discriminator))
}

fn square(axis: Axis) -> Window {
    Window { down: axis, across: axis }
}

/// Batch norm as the parts have it.
#[derive(Clone)]
struct Norm {
    name: String,
    scale: ParamId,
    shift: ParamId,
    mean: Tensor,
    variance: Tensor,
}

impl Norm {
    fn new(parameters: &mut Parameters, name: String, channels: usize) -> Self {
        let ones = || Tensor::new(&[channels], vec![1.0; channels]);
        let scale = parameters.add(format!("{name}/gamma"), ones());
        let shift = parameters.add(format!("{name}/beta"), Tensor::zeros(&[channels]));
        Self { name, scale, shift, mean: Tensor::zeros(&[channels]), variance: ones() }
    }

    fn forward_training(
        &mut self,
        parts: &dyn Parts,
        tape: &mut Tape,
        bound: &Bound,
        x: Var,
        keys: &mut DropoutKeys,
    ) -> Var {
        tape.scope(&self.name);
        let then = keys.next_leaky_dropout(LEAKY_SLOPE);
        let (y, batch) = parts.normalised(tape, x, [bound[self.scale], bound[self.shift]], then);
        if let Some(batch) = batch {
            self.follow(parts, &batch);
        }
        y
    }

    fn follow(&mut self, parts: &dyn Parts, batch: &BatchStatistics) {
        for (running, batch) in [(&mut self.mean, &batch.mean), (&mut self.variance, &batch.variance)] {
            for (running, &batch) in running.data_mut().iter_mut().zip(batch) {
                *running = parts.running(f64::from(*running), f64::from(batch)) as f32;
            }
        }
    }

    fn forward_inference(&self, parts: &dyn Parts, tape: &mut Tape, bound: &Bound, x: Var) -> Var {
        tape.scope(&self.name);
        let running = [self.mean.data(), self.variance.data()];
        parts.normalised_by(tape, x, [bound[self.scale], bound[self.shift]], running)
    }
}

/// Noise to images.
#[derive(Clone)]
struct MuseumGenerator {
    parts: &'static dyn Parts,
    parameters: Parameters,
    dense: Dense,
    width: usize,
    layers: Vec<(Norm, ConvTranspose2d)>,
}

impl MuseumGenerator {
    fn new(parts: &'static dyn Parts, width: usize, rng: &mut ChaCha8Rng) -> Self {
        let mut parameters = Parameters::new();
        let dense = Dense::new(&mut parameters, "generator/dense", LATENT, BASE * BASE * width, INIT, rng);
        let kernel = parts.kernel();
        let axes = [
            Axis::transposed_valid(BASE, 4, 1),
            Axis::transposed_same(7, kernel, 2),
            Axis::transposed_same(14, kernel, 2),
        ];
        let channels = [width, width / 2, width / 4, 1];
        let mut layers = Vec::new();
        for (i, axis) in axes.into_iter().enumerate() {
            let norm = Norm::new(&mut parameters, format!("generator/bn{}", i + 1), channels[i]);
            let name = format!("generator/conv2d_transpose_{}", i + 2);
            let window = square(axis);
            let enlarge = ConvTranspose2d::new(&mut parameters, &name, window, channels[i], channels[i + 1], INIT, rng);
            layers.push((norm, enlarge));
        }
        Self { parts, parameters, dense, width, layers }
    }

    fn start(&self, tape: &mut Tape, bound: &Bound, z: Var) -> Var {
        let x = self.dense.forward(tape, bound, z);
        let [n, _] = tape.value(x).dims();
        tape.reshape(x, &[n, BASE, BASE, self.width])
    }
}

impl Generator for MuseumGenerator {
    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.parameters
    }

    fn forward_training(&mut self, tape: &mut Tape, bound: &Bound, z: Var, keys: &mut DropoutKeys) -> Var {
        let mut x = self.start(tape, bound, z);
        for (norm, enlarge) in &mut self.layers {
            x = norm.forward_training(self.parts, tape, bound, x, keys);
            x = enlarge.forward(tape, bound, x);
        }
        tape.tanh(x)
    }

    fn forward_inference(&self, tape: &mut Tape, bound: &Bound, z: Var, _: &mut DropoutKeys) -> Var {
        let mut x = self.start(tape, bound, z);
        for (norm, enlarge) in &self.layers {
            x = norm.forward_inference(self.parts, tape, bound, x);
            x = enlarge.forward(tape, bound, x);
        }
        tape.tanh(x)
    }

    fn layers(&self) -> Vec<Layer> {
        vec![]
    }

    fn statistics(&self) -> Vec<(String, Tensor)> {
        let norms = self.layers.iter().map(|(norm, _)| norm);
        norms
            .flat_map(|norm| [("moving_mean", &norm.mean), ("moving_variance", &norm.variance)].map(|of| (norm, of)))
            .map(|(norm, (kind, tensor))| (format!("{}/{kind}", norm.name), tensor.clone()))
            .collect()
    }

    fn statistics_mut(&mut self) -> Vec<(String, &mut Tensor)> {
        let mut all = vec![];
        for (norm, _) in &mut self.layers {
            all.push((format!("{}/moving_mean", norm.name), &mut norm.mean));
            all.push((format!("{}/moving_variance", norm.name), &mut norm.variance));
        }
        all
    }

    fn copy(&self) -> Box<dyn Generator> {
        Box::new(self.clone())
    }
}

/// Images to logits.
struct MuseumDiscriminator {
    parts: &'static dyn Parts,
    parameters: Parameters,
    layers: Vec<(Conv2d, Option<Norm>)>,
    dense: Dense,
}

impl MuseumDiscriminator {
    fn new(parts: &'static dyn Parts, width: usize, rng: &mut ChaCha8Rng) -> Self {
        let mut parameters = Parameters::new();
        let extents = [SIZE, 14, 7];
        let channels = [1, width / 4, width / 2, width];
        let mut layers = Vec::new();
        for (i, extent) in extents.into_iter().enumerate() {
            let window = square(Axis::same(extent, 3, 2));
            let name = format!("discriminator/conv2d_{}", i + 1);
            let shrink = Conv2d::new(&mut parameters, &name, window, channels[i], channels[i + 1], INIT, rng);
            let name = format!("discriminator/bn{}", i + 1);
            let norm = (0 < i).then(|| Norm::new(&mut parameters, name, channels[i + 1]));
            layers.push((shrink, norm));
        }
        let dense = Dense::new(&mut parameters, "discriminator/dense", BASE * BASE * width, 1, INIT, rng);
        Self { parts, parameters, layers, dense }
    }
}

impl Discriminator for MuseumDiscriminator {
    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.parameters
    }

    fn layers(&self) -> Vec<Layer> {
        vec![]
    }

    fn forward(&mut self, tape: &mut Tape, bound: &Bound, x: Var, keys: &mut DropoutKeys) -> Var {
        let mut x = x;
        for (shrink, norm) in &mut self.layers {
            x = shrink.forward(tape, bound, x);
            x = match norm {
                Some(norm) => norm.forward_training(self.parts, tape, bound, x, keys),
                None => tape.leaky_dropout(keys.next_leaky_dropout(LEAKY_SLOPE), x),
            };
        }
        let [n, ..] = tape.value(x).dims::<4>();
        let x = tape.reshape(x, &[n, self.dense.inputs()]);
        let x = self.dense.forward(tape, bound, x);
        self.parts.logits(tape, x)
    }
}

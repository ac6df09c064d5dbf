//! The project's networks over a table of kernels: the same layers, names, weights and statistics.
//!
//! The layers are read off the project's own pair, and the weights are copied from it. So a
//! checkpoint of these networks is one of the project's, and every command can read it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use dcgan::models::{Convolution, Discriminator, DropoutKeys, Generator, Layer, Pair};
use nn::{Bound, ParamId, Parameters, batch_norm};
use tensor::ops::batch_norm::BatchStatistics;
use tensor::{Tape, Tensor, Var};

use super::kernels::Kernels;

/// The slope of leaky ReLU in the project's networks.
const SLOPE: f32 = 0.01;
/// The ε of batch norm in the project's networks.
const EPSILON: f32 = 1e-3;
/// The extent at which G starts.
const BASE: usize = 4;

/// The logits of D's passes, the oldest first.
pub type Logits = Rc<RefCell<Vec<Tensor>>>;

/// A copy of a store, and the place of each tensor by its name.
#[derive(Clone)]
struct Weights {
    parameters: Parameters,
    ids: BTreeMap<String, ParamId>,
}

impl Weights {
    fn copy_of(parameters: &Parameters) -> Self {
        let mut copy = Self { parameters: Parameters::new(), ids: BTreeMap::new() };
        for (name, tensor) in parameters.iter() {
            copy.ids.insert(name.to_owned(), copy.parameters.add(name, tensor.clone()));
        }
        copy
    }

    /// The parameter `layer/part` on the tape.
    fn at(&self, bound: &Bound, layer: &str, part: &str) -> Var {
        bound[self.ids[&format!("{layer}/{part}")]]
    }

    /// Kernel and bias.
    fn of_layer(&self, bound: &Bound, layer: &Layer) -> [Var; 2] {
        ["kernel", "bias"].map(|part| self.at(bound, &layer.name, part))
    }

    /// Scale and shift.
    fn of_norm(&self, bound: &Bound, norm: &str) -> [Var; 2] {
        ["gamma", "beta"].map(|part| self.at(bound, norm, part))
    }
}

/// The project's generator, made of the table's operators.
#[derive(Clone)]
struct TableGenerator {
    kernels: Kernels,
    weights: Weights,
    layers: Vec<Layer>,
    /// The mean and the variance of each batch norm, as the project names them.
    running: Vec<(String, Tensor)>,
}

impl TableGenerator {
    /// The feature maps that the first convolution enlarges.
    fn start(&self, tape: &mut Tape, bound: &Bound, z: Var) -> Var {
        let dense = &self.layers[0];
        tape.scope(&dense.name);
        let [w, b] = self.weights.of_layer(bound, dense);
        let x = self.kernels.dense(tape, z, w, b);
        let [n, units] = tape.value(x).dims();
        tape.reshape(x, &[n, BASE, BASE, units / (BASE * BASE)])
    }

    fn enlarge(&self, tape: &mut Tape, bound: &Bound, layer: &Layer, x: Var) -> Var {
        tape.scope(&layer.name);
        let Convolution { window, .. } = layer.convolution.expect("all layers but the first are convolutions");
        let [w, b] = self.weights.of_layer(bound, layer);
        self.kernels.conv_transpose2d(tape, window, x, w, b)
    }

    /// The running statistics of batch norm `number`.
    fn running(&self, number: usize) -> BatchStatistics {
        let [mean, variance] = [0, 1].map(|part| self.running[2 * (number - 1) + part].1.data().to_vec());
        BatchStatistics { mean, variance }
    }

    fn update_running(&mut self, number: usize, batch: &BatchStatistics) {
        let mut running = self.running(number);
        match self.kernels.one_picture {
            Some(yours) => (yours.update)(batch_norm::MOMENTUM, &mut running, batch),
            None => {
                let tensor = |numbers: Vec<f32>| Tensor::new(&[numbers.len()], numbers);
                let mut ours = nn::RunningStatistics { mean: tensor(running.mean), variance: tensor(running.variance) };
                ours.update(batch_norm::MOMENTUM, batch);
                running = BatchStatistics { mean: ours.mean.data().to_vec(), variance: ours.variance.data().to_vec() };
            }
        }
        for (part, numbers) in [running.mean, running.variance].into_iter().enumerate() {
            let (_, tensor) = &mut self.running[2 * (number - 1) + part];
            *tensor = Tensor::new(&[numbers.len()], numbers);
        }
    }
}

impl Generator for TableGenerator {
    fn parameters(&self) -> &Parameters {
        &self.weights.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.weights.parameters
    }

    fn forward_training(&mut self, tape: &mut Tape, bound: &Bound, z: Var, keys: &mut DropoutKeys) -> Var {
        let mut x = self.start(tape, bound, z);
        for number in 1..self.layers.len() {
            let name = format!("generator/bn{number}");
            tape.scope(&name);
            let norm = self.weights.of_norm(bound, &name);
            let (y, batch) = self.kernels.norm_act(tape, EPSILON, keys.next_leaky_dropout(SLOPE), x, norm);
            self.update_running(number, &batch);
            x = self.enlarge(tape, bound, &self.layers[number], y);
        }
        tape.tanh(x)
    }

    fn forward_inference(&self, tape: &mut Tape, bound: &Bound, z: Var, keys: &mut DropoutKeys) -> Var {
        let mut x = self.start(tape, bound, z);
        for number in 1..self.layers.len() {
            let name = format!("generator/bn{number}");
            tape.scope(&name);
            let norm = self.weights.of_norm(bound, &name);
            let then = keys.next_leaky_dropout(SLOPE);
            let y = self.kernels.norm_act_inference(tape, EPSILON, then, x, norm, &self.running(number));
            x = self.enlarge(tape, bound, &self.layers[number], y);
        }
        tape.tanh(x)
    }

    fn layers(&self) -> Vec<Layer> {
        self.layers.clone()
    }

    fn statistics(&self) -> Vec<(String, Tensor)> {
        self.running.clone()
    }

    fn statistics_mut(&mut self) -> Vec<(String, &mut Tensor)> {
        self.running.iter_mut().map(|(name, tensor)| (name.clone(), tensor)).collect()
    }

    fn copy(&self) -> Box<dyn Generator> {
        Box::new(self.clone())
    }
}

/// The project's discriminator, made of the table's operators.
struct TableDiscriminator {
    kernels: Kernels,
    weights: Weights,
    layers: Vec<Layer>,
    /// The labels of real and of fake images.
    targets: [f32; 2],
    logits: Logits,
}

impl Discriminator for TableDiscriminator {
    fn parameters(&self) -> &Parameters {
        &self.weights.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.weights.parameters
    }

    fn layers(&self) -> Vec<Layer> {
        self.layers.clone()
    }

    fn forward(&mut self, tape: &mut Tape, bound: &Bound, x: Var, keys: &mut DropoutKeys) -> Var {
        let Self { kernels, weights, layers, targets, logits } = self;
        let mut x = x;
        let (dense, convolutions) = layers.split_last().expect("D ends with a dense layer");
        for (number, layer) in (1..).zip(convolutions) {
            tape.scope(&layer.name);
            let Convolution { window, .. } = layer.convolution.expect("all layers but the last are convolutions");
            let [w, b] = weights.of_layer(bound, layer);
            x = kernels.conv2d(tape, window, x, w, b);
            let then = keys.next_leaky_dropout(SLOPE);
            x = match number {
                1 => kernels.leaky_dropout(tape, then, x),
                _ => {
                    let name = format!("discriminator/bn{number}");
                    tape.scope(&name);
                    let norm = weights.of_norm(bound, &name);
                    kernels.norm_act(tape, EPSILON, then, x, norm).0
                }
            };
        }
        let [n, height, width, channels] = tape.value(x).dims();
        let x = tape.reshape(x, &[n, height * width * channels]);
        tape.scope(&dense.name);
        let [w, b] = weights.of_layer(bound, dense);
        let verdicts = kernels.dense(tape, x, w, b);
        logits.borrow_mut().push(tape.value(verdicts));
        kernels.verdict(tape, *targets, verdicts)
    }
}

/// The networks of `pair` over the table, and the logits that D will have said. Real images have
/// the label `real_label`.
#[must_use]
pub fn over(kernels: Kernels, pair: &Pair, real_label: f32) -> (Pair, Logits) {
    let (generator, discriminator) = pair;
    let logits = Logits::default();
    let table_generator = TableGenerator {
        kernels,
        weights: Weights::copy_of(generator.parameters()),
        layers: generator.layers(),
        running: generator.statistics(),
    };
    let table_discriminator = TableDiscriminator {
        kernels,
        weights: Weights::copy_of(discriminator.parameters()),
        layers: discriminator.layers(),
        targets: [real_label, 0.0],
        logits: Rc::clone(&logits),
    };
    ((Box::new(table_generator), Box::new(table_discriminator)), logits)
}

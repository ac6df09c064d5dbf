//! A generator and a discriminator of a handful of weights; both watch
//! which gradients are wanted of them.

use std::cell::RefCell;
use std::rc::Rc;

use dcgan::models::{Discriminator, DropoutKeys, Generator, Layer};
use nn::{BatchNorm, Bound, ParamId, Parameters};
use tensor::{Tape, Tensor, Var};

/// The slope of leaky ReLU.
const SLOPE: f32 = 0.2;
/// The ε of batch norm.
const EPSILON: f32 = 0.001;

/// A matrix and, if the network is not linear, batch norm, leaky ReLU, dropout and a second matrix.
#[derive(Clone)]
struct Network {
    parameters: Parameters,
    first: ParamId,
    rest: Option<(BatchNorm, ParamId)>,
}

impl Network {
    fn linear(weights: Tensor) -> Self {
        let mut parameters = Parameters::new();
        let first = parameters.add("kernel", weights);
        Self { parameters, first, rest: None }
    }

    /// The numbers of the weights, scales and shifts are `noise(len)`.
    fn deep([inputs, hidden, outputs]: [usize; 3], noise: &mut dyn FnMut(usize) -> Vec<f32>, keeps: bool) -> Self {
        let mut network = Self::linear(Tensor::new(&[inputs, hidden], noise(inputs * hidden)));
        let parameters = &mut network.parameters;
        let norm = if keeps {
            BatchNorm::new(parameters, "norm", hidden, EPSILON)
        } else {
            BatchNorm::without_running_statistics(parameters, "norm", hidden, EPSILON)
        };
        parameters.set("norm/gamma", Tensor::new(&[hidden], noise(hidden)));
        parameters.set("norm/beta", Tensor::new(&[hidden], noise(hidden)));
        let second = parameters.add("second_kernel", Tensor::new(&[hidden, outputs], noise(hidden * outputs)));
        network.rest = Some((norm, second));
        network
    }

    fn training(&mut self, tape: &mut Tape, bound: &Bound, x: Var, keys: &mut DropoutKeys) -> Var {
        let x = tape.matmul(x, false, bound[self.first], false);
        let Some((norm, second)) = &mut self.rest else { return x };
        let x = norm.forward_training_then(tape, bound, x, keys.next_leaky_dropout(SLOPE));
        tape.matmul(x, false, bound[*second], false)
    }

    fn sampling(&self, tape: &mut Tape, bound: &Bound, x: Var, keys: &mut DropoutKeys) -> Var {
        let x = tape.matmul(x, false, bound[self.first], false);
        let Some((norm, second)) = &self.rest else { return x };
        let x = norm.forward_inference_then(tape, bound, x, keys.next_leaky_dropout(SLOPE));
        tape.matmul(x, false, bound[*second], false)
    }
}

/// Noise to images of `side × side` pixels.
/// It notes which gradients each pass in training needs.
#[derive(Clone)]
pub struct SmallGenerator {
    network: Network,
    side: usize,
    seen: Seen,
}

impl SmallGenerator {
    /// `G(z) = g·z`.
    pub fn linear(g: f32) -> Self {
        Self { network: Network::linear(Tensor::new(&[1, 1], vec![g])), side: 1, seen: Seen::default() }
    }

    /// With batch norm in its middle and a tanh at its end.
    pub fn deep([latent, hidden, side]: [usize; 3], noise: &mut dyn FnMut(usize) -> Vec<f32>) -> Self {
        Self { network: Network::deep([latent, hidden, side * side], noise, true), side, seen: Seen::default() }
    }

    /// Where it notes what it sees.
    pub fn seen(&self) -> Seen {
        Rc::clone(&self.seen)
    }

    fn images(&self, tape: &mut Tape, x: Var) -> Var {
        let x = if self.network.rest.is_some() { tape.tanh(x) } else { x };
        let [n, _] = tape.value(x).dims();
        tape.reshape(x, &[n, self.side, self.side, 1])
    }
}

impl Generator for SmallGenerator {
    fn parameters(&self) -> &Parameters {
        &self.network.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.network.parameters
    }

    fn forward_training(&mut self, tape: &mut Tape, bound: &Bound, z: Var, keys: &mut DropoutKeys) -> Var {
        let weights = bound[self.network.first];
        self.seen.borrow_mut().push(generator_note(tape.needs_grad(weights), tape.needs_grad(z)));
        let x = self.network.training(tape, bound, z, keys);
        self.images(tape, x)
    }

    fn forward_inference(&self, tape: &mut Tape, bound: &Bound, z: Var, keys: &mut DropoutKeys) -> Var {
        let x = self.network.sampling(tape, bound, z, keys);
        self.images(tape, x)
    }

    fn layers(&self) -> Vec<Layer> {
        vec![]
    }

    fn statistics(&self) -> Vec<(String, Tensor)> {
        let norm = self.network.rest.iter();
        norm.flat_map(|(norm, _)| norm.running_statistics().map(|(name, x)| (name, x.clone()))).collect()
    }

    fn statistics_mut(&mut self) -> Vec<(String, &mut Tensor)> {
        self.network.rest.iter_mut().flat_map(|(norm, _)| norm.running_statistics_mut()).collect()
    }

    fn copy(&self) -> Box<dyn Generator> {
        Box::new(self.clone())
    }
}

/// What a network saw at each of its passes, in words.
pub type Seen = Rc<RefCell<Vec<String>>>;

/// Images to logits. It notes which gradients each pass needs.
pub struct SmallDiscriminator {
    network: Network,
    pixels: usize,
    seen: Seen,
}

impl SmallDiscriminator {
    /// `D(x) = w·x`.
    pub fn linear(w: f32) -> Self {
        Self { network: Network::linear(Tensor::new(&[1, 1], vec![w])), pixels: 1, seen: Seen::default() }
    }

    /// With batch norm in its middle.
    pub fn deep([side, hidden]: [usize; 2], noise: &mut dyn FnMut(usize) -> Vec<f32>) -> Self {
        let pixels = side * side;
        Self { network: Network::deep([pixels, hidden, 1], noise, false), pixels, seen: Seen::default() }
    }

    /// Where it notes what it sees.
    pub fn seen(&self) -> Seen {
        Rc::clone(&self.seen)
    }
}

/// The note about a pass of G.
pub fn generator_note(weights_are_trained: bool, z_has_a_gradient: bool) -> String {
    format!("weights {}, z {}", mode(weights_are_trained), gradient(z_has_a_gradient))
}

/// The note about a pass of D.
pub fn discriminator_note(weights_are_trained: bool, images_have_a_gradient: bool) -> String {
    format!("weights {}, images {}", mode(weights_are_trained), gradient(images_have_a_gradient))
}

fn mode(is_trained: bool) -> &'static str {
    if is_trained { "trained" } else { "frozen" }
}

fn gradient(is_wanted: bool) -> &'static str {
    if is_wanted { "with a gradient" } else { "without a gradient" }
}

impl Discriminator for SmallDiscriminator {
    fn parameters(&self) -> &Parameters {
        &self.network.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.network.parameters
    }

    fn layers(&self) -> Vec<Layer> {
        vec![]
    }

    fn forward(&mut self, tape: &mut Tape, bound: &Bound, x: Var, keys: &mut DropoutKeys) -> Var {
        let weights = bound[self.network.first];
        self.seen.borrow_mut().push(discriminator_note(tape.needs_grad(weights), tape.needs_grad(x)));
        let [n, ..] = tape.value(x).dims::<4>();
        let x = tape.reshape(x, &[n, self.pixels]);
        self.network.training(tape, bound, x, keys)
    }
}

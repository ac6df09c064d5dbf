//! The networks that the article compares its own with: one hidden layer each, fully connected.
//!
//! The first GANs (Goodfellow et al. 2014) were fully connected. Nothing in such a network knows
//! which pixels are neighbours, so it has to learn what a stroke is for each place on the paper
//! anew. The DCGAN's claim is that convolutions, which know it from the start, learn faster.
//!
//! ```text
//! G: 100 → 128 → 784, tanh        D: 784 → 128 → 1
//! ```
//!
//! The hidden units have leaky ReLU and dropout, and no batch norm. The article's own run of this
//! pair drops nothing, has other losses, and updates D first: [`Config::fully_connected`].
//!
//! [`Config::fully_connected`]: crate::config::Config::fully_connected

use nn::{Bound, Dense, Init, Parameters};
use rand::rngs::ChaCha8Rng;
use tensor::{Tape, Tensor, Var};

use super::dropout_keys::DropoutKeys;
use super::layer::{Layer, Size};
use super::networks::{self, LATENT, Pair};

/// The slope of leaky ReLU where its input is negative.
const LEAKY_SLOPE: f32 = 0.01;
const INIT: Init = Init::GlorotUniform;

/// Both networks, the generator's weights drawn first.
pub(super) fn build(size: usize, channels: usize, hidden: usize, rng: &mut ChaCha8Rng) -> Pair {
    let image = [size, size, channels];
    let values = size * size * channels;
    let generator = MlpGenerator { network: Network::new("generator", [LATENT, hidden, values], rng), image };
    let discriminator = MlpDiscriminator { network: Network::new("discriminator", [values, hidden, 1], rng) };
    (Box::new(generator), Box::new(discriminator))
}

/// Two dense layers, with leaky ReLU and dropout between them.
#[derive(Clone, Debug)]
struct Network {
    parameters: Parameters,
    first: Dense,
    second: Dense,
}

impl Network {
    fn new(name: &str, [inputs, hidden, outputs]: [usize; 3], rng: &mut ChaCha8Rng) -> Self {
        let mut parameters = Parameters::new();
        let first = Dense::new(&mut parameters, &format!("{name}/dense_1"), inputs, hidden, INIT, rng);
        let second = Dense::new(&mut parameters, &format!("{name}/dense_2"), hidden, outputs, INIT, rng);
        Self { parameters, first, second }
    }

    /// `[n, inputs]` to `[n, outputs]`.
    fn forward(&self, tape: &mut Tape, bound: &Bound, x: Var, keys: &mut DropoutKeys) -> Var {
        let x = self.first.forward(tape, bound, x);
        let x = tape.leaky_dropout(keys.next_leaky_dropout(LEAKY_SLOPE), x);
        self.second.forward(tape, bound, x)
    }

    fn layers(&self) -> Vec<Layer> {
        vec![Layer::dense(&self.first), Layer::dense(&self.second)]
    }
}

/// Noise to images.
#[derive(Clone, Debug)]
struct MlpGenerator {
    network: Network,
    image: [usize; 3],
}

impl networks::Generator for MlpGenerator {
    fn parameters(&self) -> &Parameters {
        &self.network.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.network.parameters
    }

    fn forward_training(&mut self, tape: &mut Tape, bound: &Bound, z: Var, keys: &mut DropoutKeys) -> Var {
        self.forward_inference(tape, bound, z, keys)
    }

    fn forward_inference(&self, tape: &mut Tape, bound: &Bound, z: Var, keys: &mut DropoutKeys) -> Var {
        let x = self.network.forward(tape, bound, z, keys);
        let x = tape.tanh(x);
        let [n, _] = tape.value(x).dims();
        let [height, width, channels] = self.image;
        tape.reshape(x, &[n, height, width, channels])
    }

    fn layers(&self) -> Vec<Layer> {
        self.network.layers()
    }

    fn statistics(&self) -> Vec<(String, Tensor)> {
        vec![]
    }

    fn statistics_mut(&mut self) -> Vec<(String, &mut Tensor)> {
        vec![]
    }

    fn copy(&self) -> Box<dyn networks::Generator> {
        Box::new(self.clone())
    }
}

/// Images to logits.
#[derive(Debug)]
struct MlpDiscriminator {
    network: Network,
}

impl networks::Discriminator for MlpDiscriminator {
    fn parameters(&self) -> &Parameters {
        &self.network.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.network.parameters
    }

    fn forward(&mut self, tape: &mut Tape, bound: &Bound, x: Var, keys: &mut DropoutKeys) -> Var {
        let [n, ..] = tape.value(x).dims::<4>();
        let x = tape.reshape(x, &[n, self.network.first.inputs()]);
        self.network.forward(tape, bound, x, keys)
    }

    fn layers(&self) -> Vec<Layer> {
        self.network.layers()
    }
}

/// The sizes of the networks that [`build`] would build without extras, the generator first.
pub(super) fn sizes(size: usize, channels: usize, hidden: usize) -> [Size; 2] {
    let values = size * size * channels;
    [[LATENT, values], [values, 1]].map(|[inputs, outputs]| Size {
        parameters: (inputs + 1) * hidden + (hidden + 1) * outputs,
        outputs: hidden + outputs,
    })
}

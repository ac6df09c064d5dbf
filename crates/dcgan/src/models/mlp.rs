//! The networks that the article compares its own with: one hidden layer each, and every pixel for itself.
//!
//! The first GANs (Goodfellow et al. 2014) were fully connected. Nothing in such a network knows which pixels are
//! neighbours: it has to learn from the images that ink comes in strokes, for each place on the paper anew. The DCGAN's claim is
//! that convolutions, which know it from the start, learn faster; here is what to hold it against.
//!
//! ```text
//! G: 100 → 128 → 784, tanh        D: 784 → 128 → 1
//! ```
//!
//! The hidden units are leaky; there is no batch norm. Dropout, where it is asked for, follows them. (The article's own
//! run of this pair has none, and differs in its losses and in who moves first: [`Config::fully_connected`].)
//!
//! [`Config::fully_connected`]: crate::config::Config::fully_connected

use nn::{Bound, Dense, Init, Parameters};
use rand::rngs::ChaCha8Rng;
use tensor::{Tape, Tensor, Var};

use super::{Architecture, DropoutKeys, LATENT, Layer};
use crate::Error;

/// The slope of leaky ReLU.
const SLOPE: f32 = 0.01;
const INIT: Init = Init::GlorotUniform;

/// The extents of both networks.
#[derive(Debug)]
pub(super) struct Plan {
    image: [usize; 3],
    hidden: usize,
}

impl Plan {
    /// # Errors
    /// If an image has no pixels, or more than the largest of a DCGAN; or there are no hidden units, or too many.
    pub(super) fn new(shape: &Architecture) -> Result<Self, Error> {
        let &Architecture { size, channels, width, .. } = shape;
        if !(1..=256).contains(&size) {
            return Err(Error::setting("size", format!("of an MLP's images must be 1 to 256 pixels, not {size}")));
        }
        if channels != 1 && channels != 3 {
            return Err(Error::setting("channels", format!("must be 1 (grey) or 3 (RGB), not {channels}")));
        }
        if !(1..=4096).contains(&width) {
            return Err(Error::setting("width", format!("of an MLP must be from 1 to 4096, not {width}")));
        }
        Ok(Self { image: [size, size, channels], hidden: width })
    }

    fn values(&self) -> usize {
        self.image.iter().product()
    }

    pub(super) fn generator(&self) -> Vec<Layer> {
        layers("generator", [LATENT, self.hidden, self.values()])
    }

    pub(super) fn discriminator(&self) -> Vec<Layer> {
        layers("discriminator", [self.values(), self.hidden, 1])
    }
}

fn layers(network: &str, [inputs, hidden, outputs]: [usize; 3]) -> Vec<Layer> {
    vec![
        Layer::dense(&format!("{network}/dense_1"), inputs, hidden),
        Layer::dense(&format!("{network}/dense_2"), hidden, outputs),
    ]
}

/// Two dense layers, with leaky ReLU and dropout between them.
#[derive(Clone, Debug)]
struct Network {
    parameters: Parameters,
    layers: [Dense; 2],
    summary: Vec<Layer>,
}

impl Network {
    fn new(summary: Vec<Layer>, inputs: usize, rng: &mut ChaCha8Rng) -> Self {
        let mut parameters = Parameters::new();
        let (hidden, outputs) = (summary[0].output[0], summary[1].output[0]);
        let first = Dense::new(&mut parameters, &summary[0].name, inputs, hidden, INIT, rng);
        let second = Dense::new(&mut parameters, &summary[1].name, hidden, outputs, INIT, rng);
        Self { parameters, layers: [first, second], summary }
    }

    /// `[n, inputs]` to `[n, outputs]`.
    fn forward(&self, tape: &mut Tape, bound: &Bound, x: Var, masks: &mut DropoutKeys) -> Var {
        let [first, second] = &self.layers;
        let hidden = first.forward(tape, bound, x);
        let hidden = tape.leaky_dropout(masks.next(SLOPE), hidden);
        second.forward(tape, bound, hidden)
    }
}

/// Noise to images.
#[derive(Clone, Debug)]
pub(super) struct Generator {
    network: Network,
    image: [usize; 3],
}

impl Generator {
    pub(super) fn new(plan: &Plan, rng: &mut ChaCha8Rng) -> Self {
        Self { network: Network::new(plan.generator(), LATENT, rng), image: plan.image }
    }
}

impl super::Generator for Generator {
    fn parameters(&self) -> &Parameters {
        &self.network.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.network.parameters
    }

    fn forward_training(&mut self, tape: &mut Tape, bound: &Bound, z: Var, masks: &mut DropoutKeys) -> Var {
        self.forward_sampling(tape, bound, z, masks)
    }

    fn forward_sampling(&self, tape: &mut Tape, bound: &Bound, z: Var, masks: &mut DropoutKeys) -> Var {
        let x = self.network.forward(tape, bound, z, masks);
        let x = tape.tanh(x);
        let ([n, _], [height, width, channels]) = (tape.value(x).dims(), self.image);
        tape.reshape(x, &[n, height, width, channels])
    }

    fn layers(&self) -> Vec<Layer> {
        self.network.summary.clone()
    }

    fn statistics(&self) -> Vec<(String, Tensor)> {
        vec![]
    }

    fn statistics_mut(&mut self) -> Vec<(String, &mut Tensor)> {
        vec![]
    }

    fn copy(&self) -> Box<dyn super::Generator> {
        Box::new(self.clone())
    }
}

/// Images to logits.
#[derive(Debug)]
pub(super) struct Discriminator {
    network: Network,
    values: usize,
}

impl Discriminator {
    pub(super) fn new(plan: &Plan, rng: &mut ChaCha8Rng) -> Self {
        Self { network: Network::new(plan.discriminator(), plan.values(), rng), values: plan.values() }
    }
}

impl super::Discriminator for Discriminator {
    fn parameters(&self) -> &Parameters {
        &self.network.parameters
    }

    fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.network.parameters
    }

    fn layers(&self) -> Vec<Layer> {
        self.network.summary.clone()
    }

    fn forward(&mut self, tape: &mut Tape, bound: &Bound, x: Var, masks: &mut DropoutKeys) -> Var {
        let [n, ..] = tape.value(x).dims::<4>();
        let x = tape.reshape(x, &[n, self.values]);
        self.network.forward(tape, bound, x, masks)
    }
}

//! The networks: a generator that makes images of noise, and a discriminator that judges images.
//!
//! The trainer sees the two traits of this file and nothing else, so a model is one file beside this one
//! and an arm of [`Shape::build`], the only place that refuses a shape.

mod dcgan;
mod masks;

use std::collections::BTreeMap;

use nn::{Bound, Parameters};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use tensor::{Tape, Tensor, Var};

use crate::Error;
pub use masks::Masks;

/// Numbers in a point of latent space.
pub const LATENT: usize = 100;

/// Makes images, `[n, size, size, channels]` in [-1, 1], of noise `[n, LATENT]`.
pub trait Generator {
    /// What training changes.
    fn parameters(&self) -> &Parameters;

    /// As [`parameters`](Generator::parameters), for an optimiser or a checkpoint.
    fn parameters_mut(&mut self) -> &mut Parameters;

    /// Images as training makes them: batch norm by the statistics of this very batch, which
    /// also move the running statistics.
    fn forward_training(&mut self, tape: &mut Tape, bound: &Bound, z: Var, masks: &mut Masks) -> Var;

    /// Images as a finished generator makes them: batch norm by the running statistics, so that
    /// an image does not depend on its neighbours in the batch.
    fn forward_sampling(&self, tape: &mut Tape, bound: &Bound, z: Var, masks: &mut Masks) -> Var;

    /// The running statistics by name, such as `generator/bn1/moving_mean`.
    fn statistics(&self) -> Vec<(String, Tensor)>;

    /// Replaces the running statistics by those of the same names.
    ///
    /// # Panics
    /// If one is missing or has another shape.
    fn set_statistics(&mut self, tensors: &BTreeMap<String, Tensor>);
}

/// Judges images `[n, size, size, channels]`: one logit each, `[n, 1]`, large for real.
pub trait Discriminator {
    /// What training changes.
    fn parameters(&self) -> &Parameters;

    /// As [`parameters`](Discriminator::parameters), for an optimiser or a checkpoint.
    fn parameters_mut(&mut self) -> &mut Parameters;

    /// The logits. Batch norm always goes by the batch at hand: a discriminator serves training alone.
    fn forward(&mut self, tape: &mut Tape, bound: &Bound, x: Var, masks: &mut Masks) -> Var;
}

/// Which family of networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The article's deep convolutional pair.
    Dcgan,
}

/// What decides the shape of every tensor of both networks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// The family.
    pub kind: Kind,
    /// Height and width of an image: 28, or a power of two from 16 to 256.
    pub size: usize,
    /// 1 for grey, 3 for colour.
    pub channels: usize,
    /// Feature maps where they are 4×4; each doubling of the extent halves them. The article has 512.
    pub width: usize,
}

/// A generator and the discriminator of its images.
pub type Pair = (Box<dyn Generator>, Box<dyn Discriminator>);

impl Shape {
    /// Both networks, their weights drawn from `rng`, the generator's first.
    ///
    /// # Errors
    /// If there is no network of this shape.
    pub fn build(&self, rng: &mut ChaCha8Rng) -> Result<Pair, Error> {
        match self.kind {
            Kind::Dcgan => {
                let plan = dcgan::Plan::new(self)?;
                let generator = dcgan::Generator::new(&plan, rng);
                Ok((Box::new(generator), Box::new(dcgan::Discriminator::new(&plan, rng))))
            }
        }
    }
}

//! Both networks and their optimisers, and the gradients of the two losses.
//!
//! ```text
//! fake = G(z)    L_G = CE(D(fake), 0.9)                  gradients of G, through a frozen D
//! fake = G(z)    L_D = CE(D(x), 0.9) + CE(D(fake), 0)    gradients of D; `fake` is a constant
//! ```
//!
//! Real and fake images pass through D separately, so that each batch is normalised by its own
//! statistics, as the fake images of G's update are. In a mixed batch, the mean of the real and the
//! mean of the fake images would still differ after batch norm, and D could tell the two groups
//! apart by that alone.

use nn::{Adam, AdamOptions, Mode};
use tensor::{Shards, Tape, Tensor};

use crate::Error;
use crate::config::Config;
use crate::loss::RealTarget;
use crate::models::{Discriminator, DropoutKeys, Generator, Pair};
use crate::streams::{Purpose, stream};
use crate::variations::{Carried, Variations};

/// Both networks, their optimisers, and the number of steps they have made.
pub struct Gan {
    /// Noise to images.
    pub generator: Box<dyn Generator>,
    /// Images to logits.
    pub discriminator: Box<dyn Discriminator>,
    /// The generator's optimiser.
    pub generator_adam: Adam,
    /// The discriminator's optimiser.
    pub discriminator_adam: Adam,
    /// Steps done.
    pub step: u64,
    /// Adam's learning rate, of both networks if D has none of its own.
    pub learning_rate: f64,
    /// The label of real images: 0.9 in the article.
    pub real_label: f32,
    /// How the steps differ from the article's.
    pub variations: Variations,
    /// A moving average of the generator's weights and running statistics, to sample from.
    pub moving_average: Option<Box<dyn Generator>>,
    /// What the variations carry from step to step.
    pub carried: Carried,
    /// Makes the tape of each pass: [`Tape::new`], or one that is observed.
    pub tapes: Box<dyn Fn() -> Tape>,
    /// Into how many parts each batch is cut, and who computes them. A step gets those that are
    /// this process's.
    pub shards: Shards,
}

/// The generator's side of a step.
#[derive(Debug)]
pub struct GeneratorGradients {
    /// `L_G`.
    pub loss: f32,
    /// In the order of G's parameters.
    pub gradients: Vec<Tensor>,
}

/// The discriminator's side of a step.
#[derive(Debug)]
pub struct DiscriminatorGradients {
    /// `L_D`.
    pub loss: f32,
    /// The logits of the real images that are this process's.
    pub real_logits: Tensor,
    /// The logits of as many fake images.
    pub fake_logits: Tensor,
    /// In the order of D's parameters.
    pub gradients: Vec<Tensor>,
}

impl Gan {
    /// Untrained networks with fresh optimisers.
    #[must_use]
    pub fn new((generator, discriminator): Pair, adam: AdamOptions, learning_rate: f64, real_label: f32) -> Self {
        let generator_adam = Adam::new(adam, generator.parameters());
        let discriminator_adam = Adam::new(adam, discriminator.parameters());
        Self {
            generator,
            discriminator,
            generator_adam,
            discriminator_adam,
            step: 0,
            learning_rate,
            real_label,
            variations: Variations::default(),
            moving_average: None,
            carried: Carried::default(),
            tapes: Box::new(Tape::new),
            shards: Shards::default(),
        }
    }

    /// The networks that a config describes, before their first step.
    ///
    /// # Errors
    /// If there are no networks of that size.
    pub fn start(config: &Config) -> Result<Self, Error> {
        let training = &config.training;
        let mut weights = stream(training.seed, Purpose::Weights, 0);
        let pair = config.model.build_with(config.variations.extras(), &mut weights)?;
        let mut gan = Self::new(pair, training.adam(), training.learning_rate, training.real_label);
        gan.vary(config);
        gan.shards = Shards::alone(training.shards);
        Ok(gan)
    }

    /// The target of real images in D's loss, and of fake images in G's.
    pub(crate) fn real_target(&self) -> RealTarget {
        RealTarget { label: self.real_label, weight: self.variations.real_weight }
    }

    /// The loss of G on the noise `z`, and its gradients. D is frozen, so no gradient of its
    /// weights is computed.
    pub fn generator_gradients(&mut self, z: &Tensor, keys: &mut DropoutKeys) -> GeneratorGradients {
        let mut tape = (self.tapes)().of(&self.shards);
        let bound = self.generator.parameters().bind(&mut tape, Mode::Trained);
        let frozen = self.bind_discriminator(&mut tape, Mode::Frozen);
        let z = tape.constant(z.clone());
        let fake = self.generator.forward_training(&mut tape, &bound, z, keys);
        let seen = self.seen(&mut tape, fake, 0);
        let logits = self.discriminator.forward(&mut tape, &frozen, seen, keys);
        let loss = self.generator_loss(&mut tape, logits);
        let value = tape.value(loss).item();
        let gradients = bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)));
        GeneratorGradients { loss: value, gradients }
    }

    /// The loss of D on the real images `x` and on fake images of the noise `z`, and its gradients.
    pub fn discriminator_gradients(
        &mut self,
        x: &Tensor,
        z: &Tensor,
        keys: &mut DropoutKeys,
    ) -> DiscriminatorGradients {
        let fake = self.fake_images(z, keys);
        let mut tape = (self.tapes)().of(&self.shards);
        let bound = self.bind_discriminator(&mut tape, Mode::Trained);
        let x = tape.constant(x.clone());
        let fake = tape.constant(fake);
        let [x, fake] = [x, fake].map(|images| self.seen(&mut tape, images, 1));
        let real_logits = self.discriminator.forward(&mut tape, &bound, x, keys);
        let fake_logits = self.discriminator.forward(&mut tape, &bound, fake, keys);
        let loss = self.discriminator_loss(&mut tape, real_logits, fake_logits);
        let value = tape.value(loss).item();
        let real_logits = tape.value(real_logits);
        let fake_logits = tape.value(fake_logits);
        let gradients = bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)));
        DiscriminatorGradients { loss: value, real_logits, fake_logits, gradients }
    }

    /// Fake images for training: batch norm uses their own statistics and moves the running ones.
    pub fn fake_images(&mut self, z: &Tensor, keys: &mut DropoutKeys) -> Tensor {
        let mut tape = (self.tapes)().of(&self.shards);
        let frozen = self.generator.parameters().bind(&mut tape, Mode::Frozen);
        let z = tape.constant(z.clone());
        let fake = self.generator.forward_training(&mut tape, &frozen, z, keys);
        tape.value(fake)
    }

    /// Fake images to look at: inference, where batch norm uses the running statistics. They come
    /// from the moving average, if there is one.
    #[must_use]
    pub fn sample(&self, z: &Tensor, keys: &mut DropoutKeys) -> Tensor {
        let generator = self.moving_average.as_ref().unwrap_or(&self.generator);
        let mut tape = (self.tapes)();
        let frozen = generator.parameters().bind(&mut tape, Mode::Frozen);
        let z = tape.constant(z.clone());
        let images = generator.forward_inference(&mut tape, &frozen, z, keys);
        tape.value(images)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::config;

    #[test]
    fn a_run_starts_as_its_config_says() {
        let mut config = config();
        config.model.width = 4;
        config.training.learning_rate = 0.5;
        config.training.beta1 = 0.25;
        config.training.beta2 = 0.75;
        config.training.real_label = 0.7;
        let gan = Gan::start(&config).unwrap();
        assert_eq!((0, 0.5, 0.7), (gan.step, gan.learning_rate, gan.real_label));
        for adam in [&gan.generator_adam, &gan.discriminator_adam] {
            assert_eq!((0, &config.training.adam()), (adam.step, adam.options()));
        }
    }
}

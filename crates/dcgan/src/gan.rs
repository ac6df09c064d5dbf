//! Both networks and their optimisers: the gradients of the two losses, and the state that training
//! changes.
//!
//! ```text
//! fake = G(z)    L_G = CE(D(fake), 0.9)                  gradients of G, through a frozen D
//! fake = G(z)    L_D = CE(D(x), 0.9) + CE(D(fake), 0)    gradients of D; `fake` is a constant
//! ```
//!
//! Real and fake images pass through D separately, so that each batch is normalised by its own
//! statistics. The statistics of a mixed batch would tell D which images are which.

use std::collections::BTreeMap;

use nn::{Adam, AdamOptions, Mode, state_dict};
use tensor::{Tape, Tensor};

use crate::Error;
use crate::config::Config;
use crate::loss::{self, RealTarget};
use crate::models::{Discriminator, DropoutKeys, Generator, Pair};
use crate::streams::{Purpose, stream};
use crate::variations::Variations;

/// The prefix of the average's tensors in a state.
const AVERAGE: &str = "average/";

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
    /// Adam's learning rate, of both networks.
    pub learning_rate: f64,
    /// The label of real images: 0.9 in the article.
    pub real_label: f32,
    /// How the steps differ from the article's.
    pub variations: Variations,
    /// A moving average of the generator's weights and running statistics, to sample from.
    pub average: Option<Box<dyn Generator>>,
    /// Makes the tape of each pass: [`Tape::new`], or one that is observed.
    pub tapes: Box<dyn Fn() -> Tape>,
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
    /// The logits of real images.
    pub real_logits: Tensor,
    /// The logits of fake images.
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
            average: None,
            tapes: Box::new(Tape::new),
        }
    }

    /// The networks that a config describes, before their first step.
    ///
    /// # Errors
    /// If there are no networks of that size.
    pub fn start(config: &Config) -> Result<Self, Error> {
        let training = &config.training;
        let pair = config.model.build(&mut stream(training.seed, Purpose::Weights, 0))?;
        let mut gan = Self::new(pair, training.adam(), training.learning_rate, training.real_label);
        gan.average = config.variations.average.map(|_| gan.generator.copy());
        gan.variations = config.variations.clone();
        Ok(gan)
    }

    /// The target of real images in D's loss, and of fake images in G's.
    fn real_target(&self) -> RealTarget {
        RealTarget { label: self.real_label, weight: self.variations.real_weight }
    }

    /// The loss of G on the noise `z`, and its gradients. D is frozen, so no gradient of its
    /// weights is computed.
    pub fn generator_gradients(&mut self, z: &Tensor, keys: &mut DropoutKeys) -> GeneratorGradients {
        let mut tape = (self.tapes)();
        let bound = self.generator.parameters().bind(&mut tape, Mode::Trained);
        let frozen = self.discriminator.parameters().bind(&mut tape, Mode::Frozen);
        let z = tape.constant(z.clone());
        let fake = self.generator.forward_training(&mut tape, &bound, z, keys);
        let logits = self.discriminator.forward(&mut tape, &frozen, fake, keys);
        let loss = loss::generator(&mut tape, logits, self.real_target());
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
        let mut tape = (self.tapes)();
        let bound = self.discriminator.parameters().bind(&mut tape, Mode::Trained);
        let x = tape.constant(x.clone());
        let fake = tape.constant(fake);
        let real_logits = self.discriminator.forward(&mut tape, &bound, x, keys);
        let fake_logits = self.discriminator.forward(&mut tape, &bound, fake, keys);
        let loss = loss::discriminator(&mut tape, real_logits, fake_logits, self.real_target());
        let value = tape.value(loss).item();
        let real_logits = tape.value(real_logits);
        let fake_logits = tape.value(fake_logits);
        let gradients = bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)));
        DiscriminatorGradients { loss: value, real_logits, fake_logits, gradients }
    }

    /// Fake images for training: batch norm uses their own statistics and moves the running ones.
    pub fn fake_images(&mut self, z: &Tensor, keys: &mut DropoutKeys) -> Tensor {
        let mut tape = (self.tapes)();
        let frozen = self.generator.parameters().bind(&mut tape, Mode::Frozen);
        let z = tape.constant(z.clone());
        let fake = self.generator.forward_training(&mut tape, &frozen, z, keys);
        tape.value(fake)
    }

    /// Fake images of a finished generator: batch norm uses the running statistics. They come from
    /// the average, if there is one.
    #[must_use]
    pub fn sample(&self, z: &Tensor, keys: &mut DropoutKeys) -> Tensor {
        let generator = self.average.as_ref().unwrap_or(&self.generator);
        let mut tape = (self.tapes)();
        let frozen = generator.parameters().bind(&mut tape, Mode::Frozen);
        let z = tape.constant(z.clone());
        let images = generator.forward_sampling(&mut tape, &frozen, z, keys);
        tape.value(images)
    }

    /// Every tensor of the state by name: weights, running statistics, Adam's averages, and the
    /// average of G.
    #[must_use]
    pub fn tensors(&self) -> BTreeMap<String, Tensor> {
        let mut tensors = BTreeMap::new();
        let mut insert = |prefix: &str, name: &str, tensor: &Tensor| {
            tensors.insert(format!("{prefix}{name}"), tensor.clone());
        };
        for (prefix, parameters) in [
            ("", self.discriminator.parameters()),
            ("adam_m/", &self.generator_adam.m),
            ("adam_m/", &self.discriminator_adam.m),
            ("adam_v/", &self.generator_adam.v),
            ("adam_v/", &self.discriminator_adam.v),
        ] {
            parameters.iter().for_each(|(name, tensor)| insert(prefix, name, tensor));
        }
        let average = self.average.as_ref().map(|average| (AVERAGE, average));
        for (prefix, generator) in [("", &self.generator)].into_iter().chain(average) {
            generator.parameters().iter().for_each(|(name, tensor)| insert(prefix, name, tensor));
            generator.statistics().iter().for_each(|(name, tensor)| insert(prefix, name, tensor));
        }
        tensors
    }

    /// Takes over the tensors of another state, with its number of steps and of each Adam's
    /// updates.
    ///
    /// # Errors
    /// If a tensor is missing, superfluous or of another shape: the first of each, by name.
    pub fn set_tensors(
        &mut self,
        tensors: &BTreeMap<String, Tensor>,
        step: u64,
        adam_steps: [u64; 2],
    ) -> Result<(), state_dict::Mismatch> {
        state_dict::compare(&self.tensors(), tensors)?;
        for (prefix, parameters) in [
            ("", self.discriminator.parameters_mut()),
            ("adam_m/", &mut self.generator_adam.m),
            ("adam_m/", &mut self.discriminator_adam.m),
            ("adam_v/", &mut self.generator_adam.v),
            ("adam_v/", &mut self.discriminator_adam.v),
        ] {
            state_dict::set(parameters, prefix, tensors);
        }
        let average = self.average.as_mut().map(|average| (AVERAGE, average));
        for (prefix, generator) in [("", &mut self.generator)].into_iter().chain(average) {
            state_dict::set(generator.parameters_mut(), prefix, tensors);
            for (name, tensor) in generator.statistics_mut() {
                *tensor = tensors[&format!("{prefix}{name}")].clone();
            }
        }
        [self.generator_adam.step, self.discriminator_adam.step] = adam_steps;
        self.step = step;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use data::Images;

    use super::*;
    use crate::config::Data;
    use crate::feed::Feed;
    use crate::models::LATENT;
    use crate::streams::noise;

    fn config() -> Config {
        let data = Data { name: "toy".to_owned(), images: 10, sha256: String::new() };
        let mut config = Config::article(data, 28, 1, "article").unwrap();
        config.model.width = 4;
        config.training.batch_size = 4;
        config
    }

    fn train(config: &Config, gan: &mut Gan, steps: usize) {
        let images = Images::new(28, 28, 1, (0..10 * 28 * 28).map(|i| (i * 31 % 256) as u8).collect());
        let mut feed = Feed::new(&config.training, &images);
        for _ in 0..steps {
            feed.step(gan).unwrap();
        }
    }

    fn bits(gan: &Gan) -> Vec<(String, Vec<u32>)> {
        let bits = |tensor: &Tensor| tensor.data().iter().map(|x| x.to_bits()).collect();
        gan.tensors().iter().map(|(name, tensor)| (name.clone(), bits(tensor))).collect()
    }

    #[test]
    fn a_run_starts_as_its_config_says() {
        let mut config = config();
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

    /// From every step of three epochs of two steps.
    #[test]
    fn a_state_that_is_taken_over_goes_on_with_the_same_bits() {
        let mut averaged = config();
        averaged.variations.average = Some(0.9);
        for config in [config(), config().fully_connected(), averaged] {
            let mut whole = Gan::start(&config).unwrap();
            train(&config, &mut whole, 6);
            for first in 0..6 {
                let mut before = Gan::start(&config).unwrap();
                train(&config, &mut before, first);
                let mut after = Gan::start(&config).unwrap();
                let adam_steps = [before.generator_adam.step, before.discriminator_adam.step];
                after.set_tensors(&before.tensors(), before.step, adam_steps).unwrap();
                assert!(bits(&before) == bits(&after), "taken over at {first}");
                train(&config, &mut after, 6 - first);
                assert!(bits(&whole) == bits(&after), "gone on from {first}");
            }
        }
    }

    /// Each changes the state after three steps, in which all layers have moved.
    #[test]
    fn every_variation_makes_a_difference() {
        let after = |variations: Variations| {
            let mut config = config();
            config.variations = variations;
            let mut gan = Gan::start(&config).unwrap();
            train(&config, &mut gan, 3);
            bits(&gan)
        };
        let none = Variations::default;
        let states = BTreeSet::from([
            after(none()),
            after(Variations { average: Some(0.9), ..none() }),
            after(Variations { average: Some(0.1), ..none() }),
            after(Variations { discriminator_first: true, ..none() }),
            after(Variations { real_weight: Some(0.9), ..none() }),
        ]);
        assert_eq!(5, states.len());
    }

    /// An average takes no part in training, and samples come from it. After one step it has come
    /// 9/11 of the way to the network.
    #[test]
    fn an_average_only_follows() {
        let mut averaged = config();
        averaged.variations.average = Some(0.9);
        let mut with = Gan::start(&averaged).unwrap();
        let mut without = Gan::start(&config()).unwrap();
        let start = with.tensors();
        train(&averaged, &mut with, 1);
        let after = with.tensors();
        for name in ["generator/dense/kernel", "generator/bn1/moving_variance"] {
            let average = after[&format!("{AVERAGE}{name}")].data();
            for ((a, b), found) in start[name].data().iter().zip(after[name].data()).zip(average) {
                assert!((a + 9.0 / 11.0 * (b - a) - found).abs() <= 1e-6 * (a.abs() + b.abs()), "{name}: {found}");
            }
        }
        train(&averaged, &mut with, 4);
        train(&config(), &mut without, 5);
        let trained = with.tensors();
        assert!(without.tensors().iter().all(|(name, tensor)| trained[name].data() == tensor.data()));
        let z = noise(&mut stream(1, Purpose::Picture, 0), 2, LATENT);
        let sample = |gan: &Gan| gan.sample(&z, &mut DropoutKeys::none());
        assert!(sample(&with).data() != sample(&without).data());
        with.average = None;
        assert!(sample(&with).data() == sample(&without).data());
    }

    #[test]
    fn a_state_that_does_not_fit_is_refused_by_name() {
        let mut gan = Gan::start(&config()).unwrap();
        let good = gan.tensors();
        let mut refused = |change: &dyn Fn(&mut BTreeMap<String, Tensor>), part: &str| {
            let mut tensors = good.clone();
            change(&mut tensors);
            let message = gan.set_tensors(&tensors, 1, [1, 1]).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        };
        for name in ["generator/bn2/moving_mean", "adam_v/discriminator/dense/bias", "discriminator/conv2d_1/kernel"] {
            refused(&|tensors| drop(tensors.remove(name)), &format!("the tensor {name} is missing"));
        }
        refused(
            &|tensors| drop(tensors.insert("extra".to_owned(), Tensor::scalar(0.0))),
            "the tensor extra belongs to no part",
        );
        refused(
            &|tensors| drop(tensors.insert("generator/dense/bias".to_owned(), Tensor::zeros(&[8, 8]))),
            "generator/dense/bias has the shape [8, 8], not [64]",
        );
    }
}

//! The state of a training as named tensors: what a checkpoint holds.
//!
//! Adam's moments have the prefixes `adam_m/` and `adam_v/`, the moving average of G has
//! `average/`, and the vectors of spectral normalisation have `spectral/`.

use std::collections::BTreeMap;

use nn::state_dict;
use tensor::Tensor;

use crate::gan::Gan;

/// The prefix of the moving average's tensors.
pub const AVERAGE: &str = "average/";
/// The prefix of the vectors of spectral normalisation.
pub const SPECTRAL: &str = "spectral/";

impl Gan {
    /// Every tensor of the state by name: weights, running statistics, Adam's moments, the moving
    /// average of G, and the vectors of spectral normalisation.
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
        let average = self.moving_average.as_ref().map(|average| (AVERAGE, average));
        for (prefix, generator) in [("", &self.generator)].into_iter().chain(average) {
            generator.parameters().iter().for_each(|(name, tensor)| insert(prefix, name, tensor));
            generator.statistics().iter().for_each(|(name, tensor)| insert(prefix, name, tensor));
        }
        let vectors = self.carried.spectral_norm.iter().flat_map(|spectral_norm| spectral_norm.vectors());
        tensors.extend(vectors.map(|(name, vector)| (format!("{SPECTRAL}{name}"), vector.clone())));
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
        let average = self.moving_average.as_mut().map(|average| (AVERAGE, average));
        for (prefix, generator) in [("", &mut self.generator)].into_iter().chain(average) {
            state_dict::set(generator.parameters_mut(), prefix, tensors);
            for (name, tensor) in generator.statistics_mut() {
                *tensor = tensors[&format!("{prefix}{name}")].clone();
            }
        }
        for (name, vector) in
            self.carried.spectral_norm.iter_mut().flat_map(|spectral_norm| spectral_norm.vectors_mut())
        {
            *vector = tensors[&format!("{SPECTRAL}{name}")].clone();
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
    use crate::config::{Config, Data};
    use crate::feed::Feed;
    use crate::models::{DropoutKeys, LATENT};
    use crate::streams::{Purpose, noise, stream};
    use crate::variations::{Conditional, Variations};

    fn config() -> Config {
        let data = Data { name: "toy".to_owned(), images: 10, sha256: String::new() };
        let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
        config.model.width = 4;
        config.training.batch_size = 4;
        config
    }

    fn train(config: &Config, gan: &mut Gan, steps: usize) {
        let images = Images::new(28, 28, 1, (0..10 * 28 * 28).map(|i| (i * 31 % 256) as u8).collect());
        let images = images.with_labels((0..10).map(|i| i % 3).collect());
        let mut feed = Feed::new(&config.training, &images);
        for _ in 0..steps {
            feed.step(gan).unwrap();
        }
    }

    fn bits(gan: &Gan) -> Vec<(String, Vec<u32>)> {
        let bits = |tensor: &Tensor| tensor.data().iter().map(|x| x.to_bits()).collect();
        gan.tensors().iter().map(|(name, tensor)| (name.clone(), bits(tensor))).collect()
    }

    /// From every step of three epochs of two steps.
    #[test]
    fn a_state_that_is_taken_over_goes_on_with_the_same_bits() {
        let mut averaged = config();
        averaged.variations.average = Some(0.9);
        let mut tricky = config();
        tricky.variations = every_trick();
        let mut tricky_mlp = config().fully_connected();
        tricky_mlp.variations.spectral_norm = true;
        for config in [config(), config().fully_connected(), averaged, tricky, tricky_mlp] {
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

    fn every_trick() -> Variations {
        Variations {
            augment: true,
            average_images: Some(40),
            batch_deviation: true,
            conditional: Some(Conditional { classes: 3, labels_sha256: String::new() }),
            discriminator_rate: Some(4e-3),
            discriminator_slope: Some(0.2),
            hinge: true,
            spectral_norm: true,
            top_k: Some(0.5),
            ..Variations::default()
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
            after(Variations { augment: true, ..none() }),
            after(Variations { average_images: Some(2), ..none() }),
            after(Variations { batch_deviation: true, ..none() }),
            after(Variations { conditional: every_trick().conditional, ..none() }),
            after(Variations { discriminator_rate: Some(4e-3), ..none() }),
            after(Variations { discriminator_slope: Some(0.2), ..none() }),
            after(Variations { hinge: true, ..none() }),
            after(Variations { spectral_norm: true, ..none() }),
            after(every_trick()),
        ]);
        assert_eq!(14, states.len());
        // Top-k begins with all images, and leaves out none before 10,000.
        let top_k = Variations { top_k: Some(0.5), ..none() };
        let late = |variations: Variations| {
            let mut config = config();
            config.variations = variations;
            let mut gan = Gan::start(&config).unwrap();
            gan.step = 100_000;
            train(&config, &mut gan, 1);
            bits(&gan)
        };
        assert!(after(top_k.clone()) == after(none()) && late(top_k) != late(none()));
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
        let z = noise(&mut stream(1, Purpose::Latent, 0), 2, LATENT);
        let sample = |gan: &Gan| gan.sample(&z, &mut DropoutKeys::none());
        assert!(sample(&with).data() != sample(&without).data());
        with.moving_average = None;
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

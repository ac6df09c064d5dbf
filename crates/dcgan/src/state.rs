//! A run's state and its checkpoint: every tensor by name, out and in again.

use std::collections::BTreeMap;

use nn::{Init, Parameters};
use rand::rngs::ChaCha8Rng;
use tensor::Tensor;

use crate::Error;
use crate::checkpoint::{self, Checkpoint};
use crate::config::Config;
use crate::doctor::Doctor;
use crate::named::{compare, set};
use crate::step::Gan;
use crate::streams::{Purpose, stream};

/// What stands before the names of averages in a checkpoint.
const AVERAGE: &str = "average/";

impl Gan {
    /// The networks that a config describes, before their first step.
    ///
    /// # Errors
    /// If there are no networks of that shape.
    pub fn start(config: &Config) -> Result<Self, Error> {
        let (training, variations) = (&config.training, &config.variations);
        let rng = &mut stream(training.seed, Purpose::Weights, 0);
        let mut gan = Self::new(config.model.build(rng)?, training.adam(), training.real_label);
        if variations.radford_init {
            draw_again(gan.generator.parameters_mut(), rng);
            draw_again(gan.discriminator.parameters_mut(), rng);
        }
        gan.average = variations.average.map(|_| gan.generator.copy());
        gan.variations = variations.clone();
        gan.set_rates();
        Ok(gan)
    }

    /// Everything that a run needs to go on from here, with a new doctor.
    #[must_use]
    pub fn save(&self, config: &Config) -> Checkpoint {
        Checkpoint {
            step: self.step,
            adam_steps: [self.generator_adam.step, self.discriminator_adam.step],
            config: config.clone(),
            doctor: Doctor::default(),
            tensors: self.tensors(),
        }
    }

    /// The name of the state: SHA-256 over name, shape and bytes of each tensor, in the order of the names. It is that of
    /// its checkpoints, too.
    #[must_use]
    pub fn name(&self) -> String {
        checkpoint::name(&self.tensors())
    }

    /// The state that a checkpoint holds.
    ///
    /// # Errors
    /// If a tensor is missing, superfluous or of another shape than the config says: the first of each, by name.
    pub fn restore(checkpoint: &Checkpoint) -> Result<Self, String> {
        let (generator, discriminator) = checkpoint.config.model.layers().map_err(|error| error.to_string())?;
        let weights: usize = generator.iter().chain(&discriminator).map(|layer| layer.parameters).sum();
        let found: usize = checkpoint.tensors.values().map(|tensor| tensor.data().len()).sum();
        // A small file cannot ask for networks that do not fit into memory.
        if found < weights {
            return Err(format!("it holds {found} numbers, and its config describes networks of {weights} weights"));
        }
        let mut gan = Self::start(&checkpoint.config).map_err(|error| error.to_string())?;
        compare(&gan.tensors(), &checkpoint.tensors)?;
        for (prefix, parameters) in [
            ("", gan.discriminator.parameters_mut()),
            ("adam_m/", &mut gan.generator_adam.m),
            ("adam_m/", &mut gan.discriminator_adam.m),
            ("adam_v/", &mut gan.generator_adam.v),
            ("adam_v/", &mut gan.discriminator_adam.v),
        ] {
            set(parameters, prefix, &checkpoint.tensors);
        }
        let average = gan.average.as_mut().map(|average| (AVERAGE, average));
        for (prefix, generator) in [("", &mut gan.generator)].into_iter().chain(average) {
            set(generator.parameters_mut(), prefix, &checkpoint.tensors);
            for (name, tensor) in generator.statistics_mut() {
                *tensor = checkpoint.tensors[&format!("{prefix}{name}")].clone();
            }
        }
        [gan.generator_adam.step, gan.discriminator_adam.step] = checkpoint.adam_steps;
        gan.step = checkpoint.step;
        Ok(gan)
    }

    fn tensors(&self) -> BTreeMap<String, Tensor> {
        let all = |parameters: &Parameters| -> Vec<(String, Tensor)> {
            parameters.iter().map(|(name, tensor)| (name.to_owned(), tensor.clone())).collect()
        };
        let (g, d) = (&self.generator_adam, &self.discriminator_adam);
        let mut parts = vec![
            ("", all(self.generator.parameters())),
            ("", self.generator.statistics()),
            ("", all(self.discriminator.parameters())),
            ("adam_m/", all(&g.m)),
            ("adam_m/", all(&d.m)),
            ("adam_v/", all(&g.v)),
            ("adam_v/", all(&d.v)),
        ];
        if let Some(average) = &self.average {
            parts.extend([(AVERAGE, all(average.parameters())), (AVERAGE, average.statistics())]);
        }
        let full = |(prefix, part): (&'static str, Vec<(String, Tensor)>)| {
            part.into_iter().map(move |(name, tensor)| (format!("{prefix}{name}"), tensor))
        };
        parts.into_iter().flat_map(full).collect()
    }
}

/// Draws every kernel again, normal with the deviation of Radford, Metz and Chintala (2016).
fn draw_again(parameters: &mut Parameters, rng: &mut ChaCha8Rng) {
    let kernels = parameters.iter().filter(|(name, _)| name.ends_with("/kernel"));
    let shapes: Vec<_> = kernels.map(|(name, tensor)| (name.to_owned(), tensor.shape().to_vec())).collect();
    for (name, shape) in shapes {
        parameters.set(&name, Init::Normal { std: 0.02 }.kernel(&shape, rng));
    }
}

#[cfg(test)]
mod tests {
    use data::Images;

    use super::*;
    use crate::config::Data;
    use crate::models::{LATENT, Masks};
    use crate::streams::noise;
    use crate::train::Feed;
    use crate::variations::Variations;

    fn images() -> Images {
        Images::new(28, 28, 1, (0..10 * 28 * 28).map(|i| (i * 31 % 256) as u8).collect())
    }

    fn config() -> Config {
        let data = Data { name: "toy".to_owned(), images: 10, sha256: String::new() };
        let mut config = Config::article(data, 28, 1, "article").unwrap();
        (config.model.width, config.training.batch_size) = (4, 4);
        config
    }

    /// With every variation.
    fn varied() -> Config {
        let mut config = config();
        config.variations = Variations {
            average: Some(0.9),
            radford_init: true,
            generator_keeps_all: true,
            generator_label: Some(1.0),
            discriminator_rate: Some(2e-3),
            anneal: Some(8),
            discriminator_first: true,
            real_weight: Some(0.9),
        };
        config
    }

    fn steps(config: &Config, gan: &mut Gan, count: usize) -> Vec<u8> {
        let images = images();
        let mut feed = Feed::new(&config.training, &images);
        for _ in 0..count {
            feed.step(gan).unwrap();
        }
        gan.save(config).to_bytes()
    }

    #[test]
    fn a_run_starts_as_its_config_says() {
        let mut config = config();
        let training = &mut config.training;
        (training.learning_rate, training.beta1, training.beta2, training.real_label) = (0.5, 0.25, 0.75, 0.7);
        let gan = Gan::start(&config).unwrap();
        assert_eq!((0, 0.7), (gan.step, gan.real_label));
        for adam in [&gan.generator_adam, &gan.discriminator_adam] {
            assert_eq!((0, &config.training.adam()), (adam.step, adam.options()));
        }
    }

    /// From every step of three epochs of two steps.
    #[test]
    fn a_restored_run_ends_with_the_same_bytes() {
        for config in [config(), config().fully_connected(), varied()] {
            let whole = steps(&config, &mut Gan::start(&config).unwrap(), 6);
            for first in 0..6 {
                let saved = steps(&config, &mut Gan::start(&config).unwrap(), first);
                let mut restored = Gan::restore(&Checkpoint::from_bytes(&saved).unwrap()).unwrap();
                assert_eq!(saved, steps(&config, &mut restored, 0), "restored at {first}");
                assert!(whole == steps(&config, &mut restored, 6 - first), "resumed from {first}");
            }
        }
    }

    /// Each of them changes the state after three steps, in which all layers have moved.
    #[test]
    fn every_variation_makes_a_difference() {
        let after = |variations: Variations| {
            let mut config = config();
            config.variations = variations;
            let mut gan = Gan::start(&config).unwrap();
            steps(&config, &mut gan, 3);
            gan.name()
        };
        let none = Variations::default;
        let all = varied().variations;
        let states = std::collections::BTreeSet::from([
            after(none()),
            // Both are part of the state; they differ because each of them follows, at its own pace.
            after(Variations { average: all.average, ..none() }),
            after(Variations { average: Some(0.1), ..none() }),
            after(Variations { radford_init: true, ..none() }),
            after(Variations { generator_keeps_all: true, ..none() }),
            after(Variations { generator_label: all.generator_label, ..none() }),
            after(Variations { discriminator_rate: all.discriminator_rate, ..none() }),
            after(Variations { anneal: all.anneal, ..none() }),
            after(Variations { discriminator_first: true, ..none() }),
            after(Variations { real_weight: all.real_weight, ..none() }),
        ]);
        assert_eq!(10, states.len());
    }

    /// An average takes no part in training; samples come from it, and after one step it is where the network is by 9/11.
    #[test]
    fn an_average_only_follows() {
        let mut averaged = config();
        averaged.variations.average = Some(0.9);
        let (mut with, mut without) = (Gan::start(&averaged).unwrap(), Gan::start(&config()).unwrap());
        let start = with.save(&averaged).tensors;
        steps(&averaged, &mut with, 1);
        let after = with.save(&averaged).tensors;
        for name in ["generator/dense/kernel", "generator/bn1/moving_variance"] {
            let values = [&start[name], &after[name], &after[&format!("{AVERAGE}{name}")]].map(Tensor::data);
            for ((a, b), found) in values[0].iter().zip(values[1]).zip(values[2]) {
                assert!((a + 9.0 / 11.0 * (b - a) - found).abs() <= 1e-6 * (a.abs() + b.abs()), "{name}: {found}");
            }
        }
        steps(&averaged, &mut with, 4);
        steps(&config(), &mut without, 5);
        let trained = with.save(&averaged).tensors;
        let expected = without.save(&config()).tensors;
        assert!(expected.iter().all(|(name, tensor)| trained[name].data() == tensor.data()));
        let z = noise(&mut stream(1, Purpose::Picture, 0), 2, LATENT);
        let sample = |gan: &Gan| gan.sample(&z, &mut Masks::none());
        assert!(sample(&with).data() != sample(&without).data());
        with.average = None;
        assert!(sample(&with).data() == sample(&without).data());
    }

    #[test]
    fn rates_fall_to_zero_and_each_network_has_its_own() {
        let config = varied();
        let mut gan = Gan::start(&config).unwrap();
        for (step, [g, d]) in [(1, [1e-3, 2e-3]), (5, [5e-4, 1e-3]), (8, [1.25e-4, 2.5e-4])] {
            while gan.step < step {
                steps(&config, &mut gan, 1);
            }
            let rates = [&gan.generator_adam, &gan.discriminator_adam].map(|adam| adam.options().learning_rate);
            assert_eq!([g, d], rates, "in step {step}");
        }
        let before = gan.generator.parameters().iter().map(|(_, tensor)| tensor.clone()).collect::<Vec<_>>();
        steps(&config, &mut gan, 2);
        let after = gan.generator.parameters().iter().map(|(_, tensor)| tensor.clone()).collect::<Vec<_>>();
        assert!(before.iter().zip(&after).all(|(a, b)| a.data() == b.data()), "after the last, nothing moves");
    }

    #[test]
    fn radfords_kernels_are_small_and_normal() {
        let mut config = varied();
        config.model.width = 64;
        let gan = Gan::start(&config).unwrap();
        let kernel = gan.discriminator.parameters().get("discriminator/conv2d_3/kernel").unwrap().data();
        let moment = |power: i32| kernel.iter().map(|&w| (f64::from(w) / 0.02).powi(power)).sum::<f64>();
        let [variance, fourth] = [2, 4].map(|power| moment(power) / kernel.len() as f64);
        assert!((variance - 1.0).abs() < 0.05 && (fourth - 3.0).abs() < 0.3, "{variance} {fourth}");
    }

    #[test]
    fn a_state_that_does_not_fit_is_refused_by_name() {
        let good = Gan::start(&config()).unwrap().save(&config());
        let refused = |change: &dyn Fn(&mut Checkpoint), part: &str| {
            let mut checkpoint = good.clone();
            change(&mut checkpoint);
            let message = Gan::restore(&checkpoint).err().expect("a refusal");
            assert!(message.contains(part), "{message}");
        };
        for name in ["generator/bn2/moving_mean", "adam_v/discriminator/dense/bias", "discriminator/conv2d_1/kernel"] {
            refused(&|checkpoint| drop(checkpoint.tensors.remove(name)), &format!("the tensor {name} is missing"));
        }
        refused(
            &|checkpoint| drop(checkpoint.tensors.insert("extra".to_owned(), Tensor::scalar(0.0))),
            "the tensor extra belongs to no part",
        );
        refused(
            &|checkpoint| {
                checkpoint.tensors.insert("generator/dense/bias".to_owned(), Tensor::zeros(&[8, 8]));
            },
            "generator/dense/bias has the shape [8, 8], not [64]",
        );
        refused(&|checkpoint| checkpoint.config.model.width = 8, "has the shape");
        refused(&|checkpoint| checkpoint.config.model.width = 4096, "networks of 254203906 weights");
        refused(&|checkpoint| checkpoint.config.model.size = 30, "not 30");
    }
}

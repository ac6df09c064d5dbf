//! A run's state and its checkpoint: every tensor by name, out and in again.

use std::collections::BTreeMap;

use nn::{Adam, Parameters};
use tensor::Tensor;

use crate::Error;
use crate::checkpoint::Checkpoint;
use crate::config::Config;
use crate::doctor::Doctor;
use crate::step::Gan;
use crate::streams::{Purpose, stream};

impl Gan {
    /// The networks that a config describes, before their first step.
    ///
    /// # Errors
    /// If there are no networks of that shape.
    pub fn start(config: &Config) -> Result<Self, Error> {
        let training = &config.training;
        let pair = config.model.build(&mut stream(training.seed, Purpose::Weights, 0))?;
        Ok(Self::new(pair, training.adam(), training.real_label))
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
        let (generator, discriminator) = (gan.generator.parameters_mut(), gan.discriminator.parameters_mut());
        for (prefix, parameters) in [
            ("", generator),
            ("", discriminator),
            ("adam_m/", &mut gan.generator_adam.m),
            ("adam_m/", &mut gan.discriminator_adam.m),
            ("adam_v/", &mut gan.generator_adam.v),
            ("adam_v/", &mut gan.discriminator_adam.v),
        ] {
            set(parameters, prefix, &checkpoint.tensors);
        }
        gan.generator.set_statistics(&checkpoint.tensors);
        [gan.generator_adam.step, gan.discriminator_adam.step] = checkpoint.adam_steps;
        gan.step = checkpoint.step;
        Ok(gan)
    }

    fn tensors(&self) -> BTreeMap<String, Tensor> {
        let mut tensors: BTreeMap<_, _> = self.generator.statistics().into_iter().collect();
        let networks = [
            (self.generator.parameters(), &self.generator_adam),
            (self.discriminator.parameters(), &self.discriminator_adam),
        ];
        for (parameters, Adam { m, v, .. }) in networks {
            for (prefix, tensors_of) in [("", parameters), ("adam_m/", m), ("adam_v/", v)] {
                tensors.extend(tensors_of.iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor.clone())));
            }
        }
        tensors
    }
}

/// Replaces every parameter by the tensor whose name is its own behind `prefix`.
pub(crate) fn set(parameters: &mut Parameters, prefix: &str, tensors: &BTreeMap<String, Tensor>) {
    let names: Vec<String> = parameters.iter().map(|(name, _)| name.to_owned()).collect();
    for name in names {
        parameters.set(&name, tensors[&format!("{prefix}{name}")].clone());
    }
}

/// Whether names and shapes are the same on both sides.
pub(crate) fn compare(expected: &BTreeMap<String, Tensor>, found: &BTreeMap<String, Tensor>) -> Result<(), String> {
    for (name, tensor) in expected {
        match found.get(name) {
            None => return Err(format!("the tensor {name} is missing")),
            Some(other) if other.shape() != tensor.shape() => {
                return Err(format!("{name} has the shape {:?}, not {:?}", other.shape(), tensor.shape()));
            }
            Some(_) => {}
        }
    }
    match found.keys().find(|name| !expected.contains_key(*name)) {
        Some(name) => Err(format!("the tensor {name} belongs to no part of this model")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use data::Images;

    use super::*;
    use crate::config::Data;
    use crate::train::Feed;

    fn images() -> Images {
        Images::new(28, 28, 1, (0..10 * 28 * 28).map(|i| (i * 31 % 256) as u8).collect())
    }

    fn config() -> Config {
        let data = Data { name: "toy".to_owned(), images: 10, sha256: String::new() };
        let mut config = Config::article(data, 28, 1, "article").unwrap();
        (config.model.width, config.training.batch_size) = (4, 4);
        config
    }

    fn steps(gan: &mut Gan, count: usize) -> Vec<u8> {
        let (config, images) = (config(), images());
        let mut feed = Feed::new(&config.training, &images);
        for _ in 0..count {
            feed.step(gan).unwrap();
        }
        gan.save(&config).to_bytes()
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
        let whole = steps(&mut Gan::start(&config()).unwrap(), 6);
        for first in 0..6 {
            let saved = steps(&mut Gan::start(&config()).unwrap(), first);
            let mut restored = Gan::restore(&Checkpoint::from_bytes(&saved).unwrap()).unwrap();
            assert_eq!(saved, steps(&mut restored, 0), "restored at {first}");
            assert!(whole == steps(&mut restored, 6 - first), "resumed from {first}");
        }
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

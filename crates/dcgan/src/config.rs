//! The settings of a run: everything that decides its bits.
//!
//! Two runs of one build with equal configs and one instruction set end with equal checkpoints. The
//! config is part of every checkpoint.

use nn::{AdamForm, AdamOptions};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::models::Architecture;
use crate::variations::Variations;

/// The largest integer that TOML has.
const LARGEST: u64 = i64::MAX as u64;

/// All settings of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The networks.
    pub model: Architecture,
    /// The images.
    pub data: Data,
    /// How the networks learn.
    pub training: Training,
    /// How the algorithm differs from the article's.
    #[serde(default, skip_serializing_if = "Variations::are_none")]
    pub variations: Variations,
    /// How many steps the run has, and what it writes when. It does not change what a step
    /// computes.
    pub schedule: Schedule,
}

/// The images of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// A name for people, such as `mnist`; it names the run too.
    pub name: String,
    /// The number of images.
    pub images: usize,
    /// The SHA-256 of their extents and pixels.
    pub sha256: String,
}

/// How the networks learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// The recipe from which the settings started.
    pub recipe: String,
    /// The seed of all random numbers.
    pub seed: u64,
    /// Images per step.
    pub batch_size: usize,
    /// Equal parts into which a batch is cut. Sums over the batch are made part by part, so
    /// another number rounds differently.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub shards: usize,
    /// Adam's learning rate, of both networks if D has none of its own.
    pub learning_rate: f64,
    /// β₁, the decay of Adam's moving average of gradients.
    pub beta1: f64,
    /// β₂, the decay of Adam's moving average of squared gradients.
    pub beta2: f64,
    /// ε, which Adam adds to the root, in TensorFlow's form.
    pub epsilon: f64,
    /// The label of real images.
    pub real_label: f32,
    /// The probability with which dropout keeps a value.
    pub dropout_keep: f32,
    /// Whether dropout is on in samples too.
    pub sample_dropout: bool,
    /// Whether half of the real images are mirrored left to right.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flip: bool,
}

/// The length of a run, and the steps at which it writes something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Passes over the data.
    pub epochs: u64,
    /// Steps of the whole run, however many epochs that takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
    /// Steps from one row of samples to the next.
    pub sample_every: u64,
    /// Images in a row of samples.
    pub sample_columns: usize,
    /// Steps from one checkpoint to the next; an epoch if not given. The end always has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint_every: Option<u64>,
    /// Steps from one evaluation of the samples to the next; there are none if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluate_every: Option<u64>,
    /// Older checkpoints to keep beside the newest.
    #[serde(default)]
    pub keep: u64,
}

fn one() -> usize {
    1
}

fn is_one(count: &usize) -> bool {
    *count == 1
}

impl Training {
    /// The options of Adam, which both networks share. The learning rate is not one of them.
    #[must_use]
    pub fn adam(&self) -> AdamOptions {
        AdamOptions { beta1: self.beta1, beta2: self.beta2, epsilon: self.epsilon, form: AdamForm::TensorFlow }
    }
}

impl Config {
    /// Refuses settings that are out of their range.
    ///
    /// # Errors
    /// The first such setting, and its range.
    pub fn check(&self) -> Result<(), Error> {
        self.model.check()?;
        self.variations.check()?;
        let Self { data, training, schedule, .. } = self;
        let Training { batch_size, learning_rate, beta1, beta2, epsilon, real_label, dropout_keep, .. } = *training;
        let require = |holds: bool, setting: &'static str, reason: String| {
            if holds { Ok(()) } else { Err(Error::setting(setting, reason)) }
        };
        let is_harmless = !data.name.is_empty() && !data.name.contains(|c: char| c.is_control() || "/\\".contains(c));
        require(is_harmless, "name", format!("must be a name that a folder can have, not {:?}", data.name))?;
        require(0 < batch_size, "batch_size", "must be at least 1".to_owned())?;
        let few = format!("must be at most {}, the number of images of {}, not {batch_size}", data.images, data.name);
        require(batch_size <= data.images, "batch_size", few)?;
        let uneven = format!("must cut a batch of {batch_size} into equal parts, not into {}", training.shards);
        require(0 < training.shards && batch_size.is_multiple_of(training.shards), "shards", uneven)?;
        if 1 < training.shards {
            self.variations.check_in_shards()?;
        }
        for (setting, value) in [("learning_rate", learning_rate), ("epsilon", epsilon)] {
            require(0.0 < value && value.is_finite(), setting, format!("must be a number above 0, not {value}"))?;
        }
        for (setting, value) in [("beta1", beta1), ("beta2", beta2)] {
            require((0.0..1.0).contains(&value), setting, format!("must be at least 0 and below 1, not {value}"))?;
        }
        let range = format!("must be above 0 and at most 1, not {dropout_keep}");
        require(0.0 < dropout_keep && dropout_keep <= 1.0, "dropout_keep", range)?;
        let range = format!("must be from 0 to 1, not {real_label}");
        require((0.0..=1.0).contains(&real_label), "real_label", range)?;
        let columns = schedule.sample_columns;
        require((1..=1000).contains(&columns), "sample_columns", format!("must be from 1 to 1000, not {columns}"))?;
        for (setting, least, value) in [
            ("seed", 0, training.seed),
            ("epochs", 1, schedule.epochs),
            ("steps", 1, schedule.steps.unwrap_or(1)),
            ("sample_every", 1, schedule.sample_every),
            ("checkpoint_every", 1, schedule.checkpoint_every.unwrap_or(1)),
            ("evaluate_every", 1, schedule.evaluate_every.unwrap_or(1)),
            ("keep", 0, schedule.keep),
            ("average_images", 1, self.variations.average_images.unwrap_or(1)),
        ] {
            require(least <= value, setting, format!("must be at least {least}, not {value}"))?;
            require(value <= LARGEST, setting, format!("must be at most {LARGEST}, not {value}"))?;
        }
        Ok(())
    }

    /// Whole batches in an epoch; a last partial batch is dropped.
    #[must_use]
    pub fn steps_per_epoch(&self) -> u64 {
        (self.data.images / self.training.batch_size) as u64
    }

    /// Steps of the whole run: those that it names, or else those of its epochs.
    #[must_use]
    pub fn total_steps(&self) -> u64 {
        let of_epochs = self.schedule.epochs.saturating_mul(self.steps_per_epoch());
        self.schedule.steps.unwrap_or(of_epochs)
    }

    /// Epochs that the whole run touches; it may end within the last one.
    #[must_use]
    pub fn total_epochs(&self) -> u64 {
        self.total_steps().div_ceil(self.steps_per_epoch())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The article's run on MNIST.
    pub(crate) fn config() -> Config {
        let data = Data { name: "mnist".to_owned(), images: 60_000, sha256: "00".repeat(32) };
        Config::from_recipe(data, 28, 1, "article").unwrap()
    }

    #[test]
    fn the_articles_run_is_4685_steps_and_whoever_names_steps_gets_them() {
        let mut config = config();
        assert_eq!((937, 4685), (config.steps_per_epoch(), config.total_steps()));
        config.schedule.steps = Some(10);
        assert_eq!((10, 1), (config.total_steps(), config.total_epochs()));
        config.schedule.steps = Some(1_000_000);
        assert_eq!((1_000_000, 1068), (config.total_steps(), config.total_epochs()));
    }

    #[test]
    fn toml_and_json_give_back_the_same() {
        for steps in [None, Some(7)] {
            let mut config = config();
            config.schedule.steps = steps;
            assert!(!toml::to_string(&config).unwrap().contains("variations"), "the article has none");
            assert!(!toml::to_string(&config).unwrap().contains("shards"), "one is no shard");
            if steps.is_some() {
                config = config.fully_connected();
                config.training.shards = 4;
                config.variations.average = Some(0.99);
            }
            assert_eq!(config, toml::from_str(&toml::to_string(&config).unwrap()).unwrap());
            assert_eq!(config, serde_json::from_str(&serde_json::to_string(&config).unwrap()).unwrap());
        }
    }

    /// A change is refused with a message that begins with the setting.
    #[track_caller]
    fn refused(setting: &str, change: impl Fn(&mut Config)) {
        let mut config = config();
        config.check().unwrap();
        change(&mut config);
        let message = config.check().unwrap_err().to_string();
        assert!(message.starts_with(setting), "{message}");
    }

    #[test]
    fn numbers_that_cannot_work_are_refused() {
        for name in ["", "../evil", "a\nb", "a\\b"] {
            refused("name", |config| config.data.name = name.to_owned());
        }
        refused("batch_size", |config| config.training.batch_size = 0);
        refused("batch_size", |config| config.training.batch_size = 60_001);
        for shards in [0, 3, 128] {
            refused("shards", |config| config.training.shards = shards);
        }
        for lr in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            refused("learning_rate", |config| config.training.learning_rate = lr);
        }
        for beta1 in [-0.1, 1.0, f64::NAN] {
            refused("beta1", |config| config.training.beta1 = beta1);
        }
        refused("width", |config| config.model.width = 510);
        refused("epochs", |config| config.schedule.epochs = 0);
        refused("steps", |config| config.schedule.steps = Some(0));
        refused("sample_every", |config| config.schedule.sample_every = 0);
        refused("checkpoint_every", |config| config.schedule.checkpoint_every = Some(0));
        refused("evaluate_every", |config| config.schedule.evaluate_every = Some(0));
        refused("seed", |config| config.training.seed = 1 << 63);
        refused("keep", |config| config.schedule.keep = u64::MAX);
        for images in [0, 1 << 63] {
            refused("average_images", |config| config.variations.average_images = Some(images));
        }
        refused("beta2", |config| config.training.beta2 = 1.0);
        refused("epsilon", |config| config.training.epsilon = f64::NAN);
        refused("real_label", |config| config.training.real_label = 1.5);
        for keep in [0.0, -0.5, 1.01, f32::NAN] {
            refused("dropout_keep", |config| config.training.dropout_keep = keep);
        }
        refused("sample_columns", |config| config.schedule.sample_columns = 0);
    }
}

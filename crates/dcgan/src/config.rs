//! Everything that decides the bits of a run, and a note of where it ran.
//!
//! A [`Config`] says what is computed: two runs of one build with equal configs and one instruction set end with equal
//! checkpoints. It is written into `config.toml` and into every checkpoint. An [`Environment`] says
//! where and how fast, and stands in `config.toml` alone.

use std::collections::BTreeMap;

use nn::{AdamForm, AdamOptions};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::dataset::Dataset;
use crate::models::{Kind, Shape};

/// What a run computes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The networks.
    pub model: Shape,
    /// The images.
    pub data: Data,
    /// How the networks learn.
    pub training: Training,
    /// How long, and what is written when. Nothing of it changes the steps themselves.
    pub schedule: Schedule,
}

/// Which images a run sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// A name for people, such as `mnist`; it names the run too.
    pub name: String,
    /// How many images there are.
    pub images: usize,
    /// The SHA-256 of their extents and pixels.
    pub sha256: String,
}

/// How the networks learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// The name of the recipe that set what no flag did.
    pub recipe: String,
    /// Where all random numbers start.
    pub seed: u64,
    /// Images per step.
    pub batch_size: usize,
    /// Adam's largest step.
    pub learning_rate: f64,
    /// Adam's memory of gradients.
    pub beta1: f64,
    /// Adam's memory of their squares.
    pub beta2: f64,
    /// What Adam adds to the root, in TensorFlow's form.
    pub epsilon: f64,
    /// The label of real images.
    pub real_label: f32,
    /// The probability with which dropout keeps a value.
    pub dropout_keep: f32,
    /// Whether samples, too, pass through dropout.
    pub sample_dropout: bool,
    /// Whether a real image is mirrored left to right every other time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flip: bool,
}

/// How long a run takes, and what it writes when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Passes over the data.
    pub epochs: u64,
    /// Steps after which to stop, if that is sooner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
    /// Steps from one row of samples to the next.
    pub sample_every: u64,
    /// Images in a row of samples.
    pub sample_columns: usize,
    /// Steps from one checkpoint to the next; an epoch if not given. The end has one in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint_every: Option<u64>,
}

impl Training {
    /// The recipe of that name, for everything that no flag changes.
    ///
    /// # Errors
    /// If there is none.
    pub fn recipe(name: &str) -> Result<Self, Error> {
        match name {
            "article" => Ok(Self {
                recipe: name.to_owned(),
                seed: 1,
                batch_size: 64,
                learning_rate: 1e-3,
                beta1: 0.4,
                beta2: 0.999,
                epsilon: 1e-8,
                real_label: 0.9,
                dropout_keep: 0.8,
                sample_dropout: false,
                flip: false,
            }),
            _ => Err(Error::Usage(format!("there is no recipe named {name}; there is: article"))),
        }
    }

    /// The optimiser of either network.
    #[must_use]
    pub fn adam(&self) -> AdamOptions {
        AdamOptions {
            learning_rate: self.learning_rate,
            beta1: self.beta1,
            beta2: self.beta2,
            epsilon: self.epsilon,
            form: AdamForm::TensorFlow,
        }
    }
}

impl Config {
    /// The article's run on `data`: images of `size` pixels a side.
    ///
    /// # Errors
    /// If there is no such recipe.
    pub fn article(data: Data, size: usize, channels: usize, recipe: &str) -> Result<Self, Error> {
        let (epochs, sample_columns) = if channels == 1 { (5, 25) } else { (50, 15) };
        Ok(Self {
            model: Shape { kind: Kind::Dcgan, size, channels, width: 512 },
            data,
            training: Training::recipe(recipe)?,
            schedule: Schedule { epochs, steps: None, sample_every: 100, sample_columns, checkpoint_every: None },
        })
    }

    /// Refuses numbers that no run can work with.
    ///
    /// # Errors
    /// The first of them, and its range.
    pub fn check(&self) -> Result<(), Error> {
        self.model.check()?;
        let (training, schedule) = (&self.training, &self.schedule);
        let require = |holds: bool, reason: String| if holds { Ok(()) } else { Err(Error::Usage(reason)) };
        let (batch, images, name) = (training.batch_size, self.data.images, &self.data.name);
        require(0 < batch, "a batch has at least 1 image: --batch-size is 0".to_owned())?;
        require(
            batch <= images,
            format!("{name} has {images} images, fewer than one batch: --batch-size is {batch}, give a smaller one"),
        )?;
        let (lr, beta1) = (training.learning_rate, training.beta1);
        require(0.0 < lr && lr.is_finite(), format!("--lr must be a number above 0, not {lr}"))?;
        require((0.0..1.0).contains(&beta1), format!("--beta1 must be at least 0 and below 1, not {beta1}"))?;
        for (flag, value) in [
            ("--epochs", schedule.epochs),
            ("--steps", schedule.steps.unwrap_or(1)),
            ("--sample-every", schedule.sample_every),
            ("--checkpoint-every", schedule.checkpoint_every.unwrap_or(1)),
        ] {
            require(0 < value, format!("{flag} must be at least 1"))?;
        }
        Ok(())
    }

    /// Whole batches in an epoch; what is left over is dropped.
    #[must_use]
    pub fn steps_per_epoch(&self) -> u64 {
        (self.data.images / self.training.batch_size) as u64
    }

    /// Steps of the whole run.
    #[must_use]
    pub fn total_steps(&self) -> u64 {
        let all = self.schedule.epochs.saturating_mul(self.steps_per_epoch());
        self.schedule.steps.map_or(all, |steps| steps.min(all))
    }
}

/// Where a run was made: for the record, without influence on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Version of this program.
    pub version: String,
    /// The instruction set in use; another one rounds differently.
    pub instruction_set: String,
    /// Threads that compute.
    pub threads: usize,
    /// The processor's name for itself.
    pub cpu: String,
    /// Operating system and architecture.
    pub system: String,
    /// Where the images came from.
    pub data: String,
    /// The files there that were read, and the SHA-256 of their unzipped bytes.
    pub files: BTreeMap<String, String>,
}

impl Environment {
    /// Of this process, with these images.
    #[must_use]
    pub fn here(dataset: &Dataset) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            instruction_set: tensor::simd::isa().name().to_owned(),
            threads: rayon::current_num_threads(),
            cpu: cpu(),
            system: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            data: dataset.path.to_string_lossy().into_owned(),
            files: dataset.files.clone(),
        }
    }
}

/// The processor's name, where the system tells it.
fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| "unknown".to_owned(), |(_, name)| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let data = Data { name: "mnist".to_owned(), images: 60_000, sha256: "00".repeat(32) };
        Config::article(data, 28, 1, "article").unwrap()
    }

    #[test]
    fn the_articles_run_is_4685_steps() {
        let mut config = config();
        assert_eq!((937, 4685), (config.steps_per_epoch(), config.total_steps()));
        config.schedule.steps = Some(10);
        assert_eq!(10, config.total_steps());
        config.schedule.steps = Some(1_000_000);
        assert_eq!(4685, config.total_steps());
    }

    #[test]
    fn toml_and_json_give_back_the_same() {
        for steps in [None, Some(7)] {
            let mut config = config();
            config.schedule.steps = steps;
            assert_eq!(config, toml::from_str(&toml::to_string(&config).unwrap()).unwrap());
            assert_eq!(config, serde_json::from_str(&serde_json::to_string(&config).unwrap()).unwrap());
        }
    }

    /// Whether one change is refused, by the flag that the message must name.
    #[track_caller]
    fn refused(flag: &str, change: impl Fn(&mut Config)) {
        let mut config = config();
        config.check().unwrap();
        change(&mut config);
        let message = config.check().unwrap_err().to_string();
        assert!(message.contains(flag), "{message}");
    }

    #[test]
    fn numbers_that_cannot_work_are_refused() {
        refused("--batch-size", |config| config.training.batch_size = 0);
        refused("--batch-size", |config| config.training.batch_size = 60_001);
        for lr in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            refused("--lr", |config| config.training.learning_rate = lr);
        }
        for beta1 in [-0.1, 1.0, f64::NAN] {
            refused("--beta1", |config| config.training.beta1 = beta1);
        }
        refused("width", |config| config.model.width = 510);
        refused("--epochs", |config| config.schedule.epochs = 0);
        refused("--steps", |config| config.schedule.steps = Some(0));
        refused("--sample-every", |config| config.schedule.sample_every = 0);
        refused("--checkpoint-every", |config| config.schedule.checkpoint_every = Some(0));
    }
}

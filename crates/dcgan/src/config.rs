//! Everything that decides the bits of a run, and a note of where it ran.
//!
//! A [`Config`] says what is computed: two runs of one build with equal configs and one instruction set end with equal
//! checkpoints. It is written into `config.toml` and into every checkpoint. An [`Environment`] says
//! where and how fast, and stands in `config.toml` alone.

use std::collections::BTreeMap;
use std::path::Path;

use nn::{AdamForm, AdamOptions};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::dataset::Dataset;
use crate::models::Shape;
use crate::variations::Variations;

/// The largest integer that TOML has.
pub(crate) const LARGEST: u64 = i64::MAX as u64;

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
    /// Where the algorithm is not the article's.
    #[serde(default, skip_serializing_if = "Variations::are_none")]
    pub variations: Variations,
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
    /// Steps from one evaluation of the samples to the next; there are none if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluate_every: Option<u64>,
    /// Older checkpoints to keep beside the newest.
    #[serde(default)]
    pub keep: u64,
}

impl Training {
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
    /// Reads a `config.toml`: the config, and where its run was made, if that is in it.
    ///
    /// # Errors
    /// If it cannot be read, lacks a setting, has one that is unknown, or has a number that no run can work with.
    pub fn read(path: &Path) -> Result<(Self, Option<Environment>), Error> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::file(path, error))?;
        let unfit = |error: toml::de::Error| Error::file(path, error.to_string());
        let mut table: toml::Table = toml::from_str(&text).map_err(unfit)?;
        let environment = table.remove("environment").map(toml::Value::try_into).transpose().map_err(unfit)?;
        let config: Self = table.try_into().map_err(unfit)?;
        config.check().map_err(|error| Error::file(path, error))?;
        Ok((config, environment))
    }

    /// Refuses numbers that no run can work with.
    ///
    /// # Errors
    /// The first of them, and its range.
    pub fn check(&self) -> Result<(), Error> {
        self.model.check()?;
        self.variations.check()?;
        let (training, schedule) = (&self.training, &self.schedule);
        let require = |holds: bool, reason: String| if holds { Ok(()) } else { Err(Error::Usage(reason)) };
        let (batch, images, name) = (training.batch_size, self.data.images, &self.data.name);
        require(0 < batch, "a batch has at least 1 image: --batch-size is 0".to_owned())?;
        require(
            batch <= images,
            format!("{name} has {images} images, fewer than one batch: --batch-size is {batch}, give a smaller one"),
        )?;
        let (lr, beta1, keep) = (training.learning_rate, training.beta1, training.dropout_keep);
        require(0.0 < lr && lr.is_finite(), format!("--lr must be a number above 0, not {lr}"))?;
        require((0.0..1.0).contains(&beta1), format!("--beta1 must be at least 0 and below 1, not {beta1}"))?;
        require(0.0 < keep && keep <= 1.0, format!("--dropout-keep must be above 0 and at most 1, not {keep}"))?;
        for (setting, holds) in [
            ("beta2", (0.0..1.0).contains(&training.beta2)),
            ("epsilon", 0.0 < training.epsilon && training.epsilon.is_finite()),
            ("real_label", (0.0..=1.0).contains(&training.real_label)),
            ("sample_columns", (1..=1000).contains(&schedule.sample_columns)),
        ] {
            require(holds, format!("{setting} is out of its range"))?;
        }
        for (flag, least, value) in [
            ("--seed", 0, training.seed),
            ("--epochs", 1, schedule.epochs),
            ("--steps", 1, schedule.steps.unwrap_or(1)),
            ("--sample-every", 1, schedule.sample_every),
            ("--checkpoint-every", 1, schedule.checkpoint_every.unwrap_or(1)),
            ("--evaluate-every", 1, schedule.evaluate_every.unwrap_or(1)),
            ("--keep", 0, schedule.keep),
        ] {
            require(least <= value, format!("{flag} must be at least {least}"))?;
            require(value <= LARGEST, format!("{flag} must be at most {LARGEST}"))?;
        }
        Ok(())
    }

    /// Refuses images that are not those of the config.
    ///
    /// # Errors
    /// If they are others.
    pub fn check_data(&self, dataset: &Dataset) -> Result<(), Error> {
        let (wanted, found) = (&self.data, dataset.describe());
        let (size, channels) = (self.model.size, self.model.channels);
        let images = &dataset.images;
        let shape = [images.height(), images.width(), images.channels()];
        if [size, size, channels] != shape {
            let [height, width, depth] = shape;
            let reason = format!(
                "its images are {height}×{width}×{depth}, and the networks of the config see {size}×{size}×{channels}"
            );
            return Err(Error::file(
                &dataset.path,
                format!("{reason}; name other images by --data, or take another config"),
            ));
        }
        if wanted.sha256 == found.sha256 {
            return Ok(());
        }
        let reason = format!("these are {} other images than the {} of {}", found.images, wanted.images, wanted.name);
        Err(Error::file(&dataset.path, format!("{reason} that the config names; name their place by --data")))
    }

    /// The first setting of `other` that would make other steps than this config, in words.
    ///
    /// # Panics
    /// If a number is larger than [`check`](Config::check) allows.
    #[must_use]
    pub fn change(&self, other: &Self) -> Option<String> {
        let settings = |config: &Self| {
            let mut all = toml::Table::try_from(&config.model).expect("a config is plain data");
            all.extend(toml::Table::try_from(&config.training).expect("a config is plain data"));
            all.extend(toml::Table::try_from(&config.variations).expect("a config is plain data"));
            all
        };
        let (own, other) = (settings(self), settings(other));
        let (name, value) = other.iter().find(|(name, value)| own.get(*name) != Some(value))?;
        let flag = match &**name {
            "learning_rate" => "lr".to_owned(),
            "kind" => "model".to_owned(),
            _ => name.replace('_', "-"),
        };
        let own = own.get(name).map_or_else(String::new, |own| format!(" was started with {own}, and"));
        Some(format!("--{flag} {value}: the run{own} would no longer make the same steps"))
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

/// Where a run was made: for the record, and for the next process that goes on with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Environment {
    /// The command that made it.
    pub command: String,
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
    /// Of this process, which runs `command` on these images.
    #[must_use]
    pub fn here(command: &str, dataset: &Dataset) -> Self {
        let path = dataset.path.canonicalize(); // so that every directory can find it
        let data = path.as_deref().unwrap_or(&dataset.path).to_string_lossy().into_owned();
        Self {
            command: command.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            instruction_set: tensor::simd::isa().name().to_owned(),
            threads: rayon::current_num_threads(),
            cpu: cpu(),
            system: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            data,
            files: dataset.files.clone(),
        }
    }

    /// Where the images came from, if it is known and still there.
    #[must_use]
    pub fn data(&self) -> Option<&Path> {
        Some(Path::new(&self.data)).filter(|path| path.exists())
    }

    /// Refuses a command that would read the images in another way.
    ///
    /// # Errors
    /// The command to use, if it is another one.
    pub fn check_command(&self, command: &str) -> Result<(), String> {
        match &*self.command {
            "" => Ok(()),
            own if own == command => Ok(()),
            own => Err(format!("the run was made by {own}, not by {command}; use {own}")),
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
pub(crate) mod tests {
    use super::*;

    /// The article's run on MNIST.
    pub(crate) fn config() -> Config {
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
            assert!(!toml::to_string(&config).unwrap().contains("variations"), "the article has none");
            if steps.is_some() {
                config = config.fully_connected();
                config.variations.average = Some(0.99);
            }
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
        refused("--evaluate-every", |config| config.schedule.evaluate_every = Some(0));
        refused("--seed", |config| config.training.seed = 1 << 63);
        refused("--keep", |config| config.schedule.keep = u64::MAX);
        refused("beta2", |config| config.training.beta2 = 1.0);
        refused("epsilon", |config| config.training.epsilon = f64::NAN);
        refused("real_label", |config| config.training.real_label = 1.5);
        for keep in [0.0, -0.5, 1.01, f32::NAN] {
            refused("--dropout-keep", |config| config.training.dropout_keep = keep);
        }
        refused("sample_columns", |config| config.schedule.sample_columns = 0);
    }
}

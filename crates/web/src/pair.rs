//! A pair that trains in the page, step by step or half by half, with the bits of the command line.
//!
//! A half of a step is the product's own, [`Gan::update_generator`] and
//! [`Gan::update_discriminator`], on the images, noise and dropout keys that the product's feed
//! gives that step. With a fault, it is the half of that exhibit of the museum: those exhibits that
//! spoil the data, a loss, a rate or the step can be had in any network, whatever its size.

use data::{Batches, Images};
use dcgan::config::{Config, Data};
use dcgan::gan::Gan;
use dcgan::models::{DropoutKeys, LATENT};
use dcgan::step::StepMetrics;
use dcgan::streams::{Purpose, noise, stream};
use museum::exhibit::Exhibit;
use museum::exhibits;
use nn::{Adam, AdamOptions, Mode};
use runs::checkpoint::Checkpoint;
use runs::doctor::Doctor;
use serde::{Deserialize, Deserializer};
use tensor::{Buffer, Tape, Tensor};

use crate::error::Error;
use crate::seed::Seed;

/// The exhibits that any pair can show while it trains.
const FAULTS: [&str; 8] =
    ["raw-bytes", "half-range", "sure-critic", "saturated", "one-digit", "mixed-batch", "cut-off", "restless"];

/// Steps of the run that a checkpoint of the page describes.
const STEPS: u64 = 5000;

/// How a pair begins.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Beginning {
    width: usize,
    batch_size: usize,
    seed: Seed,
    learning_rate: f64,
    dropout_keep: f32,
    real_label: f32,
    average: Option<f64>,
}

impl Default for Beginning {
    /// A narrow pair, and the museum's healthy training.
    fn default() -> Self {
        Self {
            width: 32,
            batch_size: 32,
            seed: Seed(1),
            learning_rate: 2e-3,
            dropout_keep: 1.0,
            real_label: 0.9,
            average: None,
        }
    }
}

/// What changes from the next half of a step on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Change {
    learning_rate_g: Option<f64>,
    learning_rate_d: Option<f64>,
    dropout_keep: Option<f32>,
    real_label: Option<f32>,
    /// A name, or null for none; as it was if the field is not there.
    #[serde(deserialize_with = "present")]
    fault: Option<Option<String>>,
}

/// A field that is there, be it null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The halves of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    Generator,
    Discriminator,
}

impl Half {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Discriminator => "discriminator",
        }
    }
}

/// What steps have measured, and what the doctor had to say.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub metrics: Vec<(u64, StepMetrics)>,
    pub doctor: Vec<String>,
    /// Why the pair takes no more steps.
    pub broken: Option<String>,
}

/// A step of which one half is made.
struct Begun {
    metrics: StepMetrics,
    keys: DropoutKeys,
}

/// Two networks, their data, and where they are.
pub(crate) struct Pair {
    pub config: Config,
    pub gan: Gan,
    rates: [f64; 2],
    images: Images,
    batches: Batches,
    doctor: Doctor,
    fault: Option<&'static Exhibit>,
    begun: Option<Begun>,
    broken: Option<String>,
}

/// The exhibits that a pair can show.
pub(crate) fn faults() -> impl Iterator<Item = &'static Exhibit> {
    FAULTS.iter().filter_map(|name| exhibits::named(name))
}

impl Pair {
    /// An untrained pair for these images.
    ///
    /// # Errors
    /// If there are no networks for them, or a setting is out of its range.
    pub(crate) fn begin(name: &str, images: &Images, beginning: &Beginning) -> Result<Self, Error> {
        let data = Data { name: name.to_owned(), images: images.count(), sha256: images.sha256() };
        let mut config = Config::from_recipe(data, images.height(), images.channels(), "article")?;
        config.model.width = beginning.width;
        config.training.batch_size = beginning.batch_size;
        config.training.seed = beginning.seed.0;
        config.training.learning_rate = beginning.learning_rate;
        config.training.dropout_keep = beginning.dropout_keep;
        config.training.real_label = beginning.real_label;
        config.variations.average = beginning.average;
        config.schedule.steps = Some(STEPS);
        config.check()?;
        let gan = Gan::start(&config)?;
        Ok(Self::of(gan, config, images, Doctor::default()))
    }

    fn of(gan: Gan, config: Config, images: &Images, doctor: Doctor) -> Self {
        let training = &config.training;
        let batches = Batches::new(images.count(), training.batch_size, training.seed);
        let rates = [training.learning_rate; 2];
        let images = images.clone();
        Self { gan, rates, images, batches, doctor, fault: None, begun: None, broken: None, config }
    }

    /// The pair of a checkpoint, on the images that it was trained on.
    ///
    /// # Errors
    /// If the bytes are no checkpoint, or its images were others.
    pub(crate) fn restore(bytes: &[u8], images: &Images) -> Result<Self, Error> {
        let checkpoint = Checkpoint::from_bytes(bytes)?;
        if checkpoint.config.variations.conditional.is_some() {
            let reason = "it learns classes, and pictures in a page have none; go on with it on the command line";
            return Err(Error::Refused(reason.to_owned()));
        }
        let Data { name, images: count, sha256 } = &checkpoint.config.data;
        if *sha256 != images.sha256() || *count != images.count() {
            let reason = format!("it was trained on {count} images called {name}, and other images are here");
            return Err(Error::Refused(format!("{reason}: drop those first")));
        }
        let gan = checkpoint.restore()?;
        Ok(Self::of(gan, checkpoint.config, images, checkpoint.doctor))
    }

    /// The bytes of a checkpoint. The step is finished first, if half of it is made.
    ///
    /// # Errors
    /// If the pair is broken.
    pub(crate) fn save(&mut self) -> Result<Vec<u8>, Error> {
        if let Some(reason) = self.broken.clone().or_else(|| self.finish().broken) {
            return Err(Error::Refused(format!("{reason}, so there is nothing to save: begin another pair")));
        }
        let checkpoint = Checkpoint { doctor: self.doctor.clone(), ..Checkpoint::of(&self.gan, &self.config) };
        Ok(checkpoint.to_bytes())
    }

    /// Changes settings. The config, which a checkpoint has, says what holds from now on; of two
    /// rates it has that of G.
    ///
    /// # Errors
    /// If one is out of its range: none is changed then.
    pub(crate) fn change(&mut self, change: &Change) -> Result<(), Error> {
        let mut config = self.config.clone();
        let [mut rate_g, mut rate_d] = self.rates;
        set(&mut rate_g, change.learning_rate_g);
        set(&mut rate_d, change.learning_rate_d);
        set(&mut config.training.dropout_keep, change.dropout_keep);
        set(&mut config.training.real_label, change.real_label);
        for rate in [rate_d, rate_g] {
            config.training.learning_rate = rate;
            config.check()?;
        }
        let fault = match &change.fault {
            None => self.fault,
            Some(None) => None,
            Some(Some(name)) => match faults().find(|exhibit| exhibit.name == name) {
                Some(exhibit) => Some(exhibit),
                None => return Err(Error::Refused(format!("there is no fault called {name}"))),
            },
        };
        self.config = config;
        self.rates = [rate_g, rate_d];
        self.fault = fault;
        self.gan.real_label = self.config.training.real_label;
        let beta1 = fault.map_or(self.config.training.beta1, |exhibit| {
            if exhibit.parts.beta1() == exhibit.twin.beta1() {
                self.config.training.beta1
            } else {
                exhibit.parts.beta1()
            }
        });
        for adam in [&mut self.gan.generator_adam, &mut self.gan.discriminator_adam] {
            if adam.options().beta1 != beta1 {
                let fresh = Adam::new(AdamOptions { beta1, ..*adam.options() }, &adam.m);
                let old = std::mem::replace(adam, fresh);
                (adam.step, adam.m, adam.v) = (old.step, old.m, old.v);
            }
        }
        Ok(())
    }

    /// The noise of the step that is under way.
    fn noise(&self) -> Tensor {
        let training = &self.config.training;
        noise(&mut stream(training.seed, Purpose::Noise, self.gan.step), training.batch_size, LATENT)
    }

    /// The real images of a step, as the networks see them.
    fn images(&mut self, step: u64) -> Tensor {
        if let Some(exhibit) = self.fault {
            return museum::training::batch(exhibit.parts, &mut self.batches, &self.images, step);
        }
        let images = &self.images;
        let count = self.config.training.batch_size;
        let mut x = Buffer::scratch(count * images.image_size());
        self.batches.fill(images, step, self.config.training.flip, &mut x);
        Tensor::new(&[count, images.height(), images.width(), images.channels()], x)
    }

    /// Which half comes next.
    pub(crate) fn next_half(&self) -> Half {
        match (self.begun.is_some(), self.gan.variations.discriminator_first) {
            (false, false) | (true, true) => Half::Generator,
            _ => Half::Discriminator,
        }
    }

    /// The next half of a step.
    pub(crate) fn half(&mut self) -> Progress {
        if let Some(reason) = &self.broken {
            return Progress { broken: Some(reason.clone()), ..Progress::default() };
        }
        let half = self.next_half();
        let is_second = self.begun.is_some();
        let mut begun = self.begun.take().unwrap_or_else(|| {
            let training = &self.config.training;
            let keys = stream(training.seed, Purpose::Dropout, self.gan.step);
            Begun { metrics: StepMetrics::default(), keys: DropoutKeys::new(training.dropout_keep, keys) }
        });
        let made = self.make(half, &mut begun);
        let mut progress = Progress::default();
        if let Err(error) = made {
            self.broken = Some(error.to_string());
            progress.broken.clone_from(&self.broken);
            return progress;
        }
        if is_second {
            self.gan.finish_step();
            progress.metrics.push((self.gan.step, begun.metrics));
            let next = self.gan.step;
            let mut doctor = std::mem::take(&mut self.doctor);
            let x = self.images(next);
            progress.doctor = doctor.observe(&mut self.gan, &begun.metrics, || x);
            self.doctor = doctor;
        } else {
            self.begun = Some(begun);
        }
        progress
    }

    fn make(&mut self, half: Half, begun: &mut Begun) -> Result<(), dcgan::Error> {
        let z = self.noise();
        let metrics = &mut begun.metrics;
        let fault = self.fault.map(|exhibit| exhibit.parts);
        match (half, fault) {
            (Half::Generator, None) => {
                self.gan.learning_rate = self.rates[0];
                self.gan.update_generator(&z, &mut begun.keys, metrics)
            }
            (Half::Discriminator, None) => {
                let x = self.images(self.gan.step);
                self.gan.learning_rate = self.rates[1];
                self.gan.update_discriminator(&x, &z, &mut begun.keys, metrics)
            }
            (Half::Generator, Some(parts)) => parts.update_generator(&mut self.gan, &z, metrics),
            (Half::Discriminator, Some(parts)) => {
                let x = self.images(self.gan.step);
                parts.update_discriminator(&mut self.gan, &x, &z, metrics)
            }
        }
    }

    /// The half that is missing, if one is.
    fn finish(&mut self) -> Progress {
        if self.begun.is_some() { self.half() } else { Progress::default() }
    }

    /// Whole steps. The first one is finished if half of it is made.
    pub(crate) fn steps(&mut self, count: u64) -> Progress {
        let mut progress = Progress::default();
        let last = self.gan.step.saturating_add(count);
        while self.gan.step < last && progress.broken.is_none() {
            let half = self.half();
            progress.metrics.extend(half.metrics);
            progress.doctor.extend(half.doctor);
            progress.broken = half.broken;
        }
        progress
    }

    /// Images of the fixed noise of the run: `[count, size, size, channels]` in [-1, 1].
    pub(crate) fn samples(&self, count: usize) -> Tensor {
        let z = noise(&mut stream(self.config.training.seed, Purpose::Samples, 0), count, LATENT);
        self.gan.sample(&z, &mut DropoutKeys::none())
    }

    /// The first `count` fake images of the step under way, D's logits of them, and how a logit
    /// rises with each pixel of its image. D sees a whole batch, because it normalises by one.
    pub(crate) fn wants(&mut self, count: usize) -> (Tensor, Vec<f32>, Tensor) {
        let z = self.noise();
        let mut generator = self.gan.generator.copy(); // or its running statistics would move
        let mut tape = Tape::new();
        let frozen = generator.parameters().bind(&mut tape, Mode::Frozen);
        let z = tape.constant(z);
        let fakes = generator.forward_training(&mut tape, &frozen, z, &mut DropoutKeys::none());
        let fakes = tape.value(fakes);

        let mut tape = Tape::new();
        let frozen = self.gan.discriminator.parameters().bind(&mut tape, Mode::Frozen);
        let x = tape.leaf(fakes.clone());
        let logits = self.gan.discriminator.forward(&mut tape, &frozen, x, &mut DropoutKeys::none());
        let values = tape.value(logits);
        let ones = Tensor::new(values.shape(), vec![1.0; values.data().len()]);
        let gradient = tape.backward(logits, ones).take(x);
        let count = count.min(values.data().len());
        let first = |all: &Tensor| {
            let shape = [&[count], &all.shape()[1..]].concat();
            Tensor::new(&shape, Buffer::copy_of(&all.data()[..shape.iter().product()]))
        };
        (first(&fakes), values.data()[..count].to_vec(), first(&gradient))
    }
}

fn set<T>(setting: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *setting = given;
    }
}

//! The loop: steps, and what a run writes down between them.
//!
//! Everything that a step consumes is a function of (seed, step): which images, which noise, which
//! masks. So the loop carries nothing from step to step but the networks, their optimisers and the step's number.

use std::time::Instant;

use data::{Batches, Images, scale};
use tensor::{Buffer, Tensor};

use crate::config::{Config, Environment, Training};
use crate::dataset::Dataset;
use crate::metrics::{Line, Metrics};
use crate::models::{LATENT, Masks};
use crate::picture::Picture;
use crate::progress::{Progress, duration};
use crate::run::Run;
use crate::step::{Gan, Report};
use crate::streams::{Purpose, noise, stream};
use crate::{Error, chart};

/// Steps from one line of `metrics.csv` to the next; the first step has one too.
const LOG_EVERY: u64 = 10;

/// Trains from the first step to the last, in a directory that is new.
///
/// # Errors
/// If the directory cannot be written, or a loss or tensor is not finite.
pub fn train(config: &Config, dataset: &Dataset, run: &Run) -> Result<(), Error> {
    let gan = Gan::start(config)?;
    run.write_config(config, &Environment::here(dataset))?;
    let progress = Progress::new(0, config.total_steps(), config.schedule.epochs);
    let published = dataset.published.map_or_else(String::new, |set| format!(" (those of {set}, by their SHA-256)"));
    progress.say(&format!("training on {} images of {}{published}", dataset.images.count(), dataset.path.display()));
    progress.say(&format!("the run is in {}", run.path().display()));
    run.write_picture(&run.reals(), &reals(config, &dataset.images), &[])?;
    Loop { config, run, gan, metrics: Metrics::create(&run.metrics())?, rows: Vec::new(), progress }.go(&dataset.images)
}

/// A run under way.
struct Loop<'a> {
    config: &'a Config,
    run: &'a Run,
    gan: Gan,
    metrics: Metrics,
    /// The rows of samples so far.
    rows: Vec<Picture>,
    progress: Progress,
}

impl Loop<'_> {
    fn go(mut self, images: &Images) -> Result<(), Error> {
        let (training, schedule) = (&self.config.training, &self.config.schedule);
        let total = self.config.total_steps();
        let steps_per_epoch = self.config.steps_per_epoch();
        let checkpoint_every = schedule.checkpoint_every.unwrap_or(steps_per_epoch);
        let mut feed = Feed::new(training, images);
        let started = Instant::now();
        let mut logged = (self.gan.step, started);
        while self.gan.step < total {
            let report = feed.step(&mut self.gan)?;
            let step = self.gan.step;
            let sampled = step.is_multiple_of(schedule.sample_every);
            self.progress.at(step);
            if step == 1 || step.is_multiple_of(LOG_EVERY) || sampled {
                let now = Instant::now();
                let seconds = now.duration_since(logged.1).as_secs_f64();
                let images_per_second = (step - logged.0) as f64 * training.batch_size as f64 / seconds;
                logged = (step, now);
                let line = Line { step, epoch: (step - 1) / steps_per_epoch + 1, report, images_per_second };
                self.metrics.add(line)?;
                self.progress.show(&line, step == 1 || sampled);
            }
            if sampled {
                self.sample()?;
            }
            if step.is_multiple_of(checkpoint_every) || step == total {
                self.gan.save(self.config).write(&self.run.checkpoint())?;
            }
        }
        self.draw_losses()?;
        self.progress.finish();
        let path = self.run.path().display();
        self.progress.say(&format!("{total} steps in {}; now: dcgan generate {path}", duration(started.elapsed())));
        Ok(())
    }

    /// Adds a row of samples, always of the same noise, and brings the pictures of the run up to date.
    fn sample(&mut self) -> Result<(), Error> {
        let (step, training, columns) = (self.gan.step, &self.config.training, self.config.schedule.sample_columns);
        let z = noise(&mut stream(training.seed, Purpose::Samples, 0), columns, LATENT);
        let mut masks = if training.sample_dropout {
            Masks::new(training.dropout_keep, stream(training.seed, Purpose::SampleDropout, step))
        } else {
            Masks::none()
        };
        let images = self.gan.sample(&z, &mut masks);
        let row =
            Picture::grid(&images, columns).map_err(|_| Error::NotFinite { step, what: "a sample".to_owned() })?;
        let texts = [("Software", "dcgan".to_owned()), ("seed", training.seed.to_string()), ("step", step.to_string())];
        self.run.write_picture(&self.run.sample(step), &row, &texts)?;
        self.rows.push(row);
        self.run.write_picture(&self.run.progress(), &Picture::stack(&self.rows), &texts)?;
        self.draw_losses()
    }

    fn draw_losses(&self) -> Result<(), Error> {
        self.run.write_picture(&self.run.losses(), &chart::losses(self.metrics.lines()), &[])
    }
}

/// Feeds the steps of a run: which images, noise and masks are a function of (seed, step).
#[derive(Debug)]
pub struct Feed<'a> {
    training: &'a Training,
    images: &'a Images,
    batches: Batches,
}

impl<'a> Feed<'a> {
    /// Feeds steps from `images`.
    ///
    /// # Panics
    /// If there are fewer images than a batch has.
    #[must_use]
    pub fn new(training: &'a Training, images: &'a Images) -> Self {
        Self { training, images, batches: Batches::new(images.count(), training.batch_size, training.seed) }
    }

    /// The real images of a step, counted from 0: `[batch, height, width, channels]`.
    #[must_use]
    pub fn images(&mut self, step: u64) -> Tensor {
        let (images, &Training { batch_size, flip, .. }) = (self.images, self.training);
        let mut x = Buffer::scratch(batch_size * images.picture_size());
        self.batches.fill(images, step, flip, &mut x);
        Tensor::new(&[batch_size, images.height(), images.width(), images.channels()], x)
    }

    /// Makes the next step of `gan`.
    ///
    /// # Errors
    /// As [`Gan::step`].
    pub fn step(&mut self, gan: &mut Gan) -> Result<Report, Error> {
        let (step, &Training { seed, batch_size, dropout_keep, .. }) = (gan.step, self.training);
        let x = self.images(step);
        let z = noise(&mut stream(seed, Purpose::Noise, step), batch_size, LATENT);
        gan.step(&x, &z, &mut Masks::new(dropout_keep, stream(seed, Purpose::Dropout, step)))
    }
}

/// The first batch of the run, or as much of it as fits into four rows: what the network is fed.
fn reals(config: &Config, images: &Images) -> Picture {
    let columns = config.schedule.sample_columns;
    let count = config.training.batch_size.min(4 * columns);
    let x = Feed::new(&config.training, images).images(0);
    let bytes = scale::to_bytes(x.data()).expect("what was a byte is finite");
    let shape = [count, images.height(), images.width(), images.channels()];
    Picture::grid_of_bytes(&bytes[..count * images.picture_size()], shape, columns)
}

//! The loop: steps, and what a run writes down between them.
//!
//! Everything that a step consumes is a function of (seed, step): which images, which noise, which
//! masks. So the loop carries nothing from step to step but the networks, their optimisers and the step's number.

use std::time::Instant;

use data::{Batches, Images, scale};
use tensor::{Buffer, Tensor};

use crate::checkpoint::Checkpoint;
use crate::config::{Config, Environment, Training};
use crate::dataset::Dataset;
use crate::evaluate::Evaluator;
use crate::evaluations;
use crate::metrics::{self, Line};
use crate::models::{LATENT, Masks};
use crate::origin::{Origin, Shows};
use crate::picture::Picture;
use crate::progress::{Progress, duration};
use crate::resume::Past;
use crate::run::Run;
use crate::signals::Signals;
use crate::step::{Gan, Report};
use crate::streams::{Purpose, noise, stream};
use crate::{Error, chart, report, sample};

/// A run to make: what, of which images, where, and how it is interrupted.
#[derive(Debug)]
pub struct Job<'a> {
    /// What to compute.
    pub config: &'a Config,
    /// The images that the config names.
    pub dataset: &'a Dataset,
    /// Where everything is written.
    pub run: &'a Run,
    /// Who evaluates its samples, if that is asked for.
    pub evaluator: Option<&'a Evaluator>,
    /// Whether to stop.
    pub signals: &'a Signals,
    /// The command that makes it, such as `train-mnist`.
    pub command: &'a str,
}

impl Job<'_> {
    /// The line that goes on with the run, to be copied to a shell.
    #[must_use]
    pub fn resume(&self) -> String {
        let program = std::env::args().next().unwrap_or_else(|| "dcgan".to_owned());
        let path = self.run.path().to_string_lossy();
        format!("{} {} --resume {}", quoted(&program), self.command, quoted(&path))
    }
}

/// A word as a shell wants it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Trains from the step of `checkpoint`, or the first one, to the last.
///
/// # Errors
/// If the directory cannot be read or written, a loss or tensor is not finite, or a signal came; in that case after saving.
///
/// # Panics
/// If the config asks for evaluations and there is nobody to evaluate.
pub fn train(job: &Job<'_>, checkpoint: Option<Checkpoint>) -> Result<(), Error> {
    let Job { config, dataset, run, .. } = job;
    let environment = Environment::here(job.command, dataset);
    let is_new = checkpoint.is_none();
    if is_new {
        run.write_config(config, &environment)?; // first: it makes the directory a run
    }
    let past = Past::restore(run, config, checkpoint)?;
    if !is_new {
        run.write_config(config, &environment)?; // now that nothing can be refused any more
    }
    let (done, total) = (past.gan.step, config.total_steps());
    let progress = Progress::new(done, total, config.schedule.epochs);
    let published = dataset.published.map_or_else(String::new, |set| format!(" (those of {set}, by their SHA-256)"));
    progress.say(&format!("training on {} images of {}{published}", dataset.images.count(), dataset.path.display()));
    match done {
        0 => progress.say(&format!("the run is in {}", run.path().display())),
        _ => progress.say(&format!("the run in {} goes on after step {done} of {total}", run.path().display())),
    }
    let (reals, count) = reals(config, &dataset.images);
    let origin = Origin::here(Shows::Reals, config.training.seed, 0, String::new(), count);
    run.write_picture(&run.reals(), &reals, &origin)?;
    Loop { job, past, progress }.go()
}

/// A run under way.
struct Loop<'a> {
    job: &'a Job<'a>,
    past: Past,
    progress: Progress,
}

impl Loop<'_> {
    fn go(mut self) -> Result<(), Error> {
        let Job { config, dataset, run, signals, .. } = self.job;
        let (training, schedule) = (&config.training, &config.schedule);
        let total = config.total_steps();
        let steps_per_epoch = config.steps_per_epoch();
        let checkpoint_every = schedule.checkpoint_every.unwrap_or(steps_per_epoch);
        let mut feed = Feed::new(training, &dataset.images);
        let started = Instant::now();
        let mut logged = (self.past.gan.step, started);
        while self.past.gan.step < total {
            if let Some(code) = signals.exit_code() {
                return Err(self.stop(code)?);
            }
            let report = feed.step(&mut self.past.gan)?;
            let step = self.past.gan.step;
            let sampled = step.is_multiple_of(schedule.sample_every);
            self.progress.at(step);
            let said = self.past.doctor.visit(&mut self.past.gan, &report, || feed.images(step));
            said.iter().for_each(|line| self.progress.say(&format!("doctor, at step {step}: {line}")));
            if !said.is_empty() {
                run.write_notes(&self.past.doctor)?;
            }
            if metrics::logged(step) || sampled {
                let now = Instant::now();
                let seconds = now.duration_since(logged.1).as_secs_f64();
                let images_per_second = (step - logged.0) as f64 * training.batch_size as f64 / seconds;
                logged = (step, now);
                let line = Line { step, epoch: (step - 1) / steps_per_epoch + 1, report, images_per_second };
                self.past.metrics.add(line)?;
                self.progress.show(&line, step == 1 || sampled);
            }
            if sampled {
                self.sample()?;
            }
            if sampled || step == total {
                self.draw_losses()?;
            }
            if schedule.evaluate_every.is_some_and(|every| step.is_multiple_of(every)) {
                let before = Instant::now();
                self.evaluate()?;
                logged.1 += before.elapsed(); // the log is about the speed of training
            }
            // Last, so that everything up to the step of a checkpoint is there when it is.
            if step.is_multiple_of(checkpoint_every) || step == total {
                self.save()?;
            }
        }
        report::finish(run)?;
        self.progress.finish();
        let path = run.path().display();
        self.progress.say(&format!("how it went: {path}/report.html"));
        self.progress.say(&format!("{total} steps in {}; now: dcgan generate {path}", duration(started.elapsed())));
        Ok(())
    }

    /// Saves, and says how to go on.
    fn stop(&mut self, code: u8) -> Result<Error, Error> {
        let step = self.past.gan.step;
        if self.past.saved != Some(step) {
            self.save()?;
        }
        self.progress.finish();
        let total = self.job.config.total_steps();
        Ok(Error::Stopped {
            code,
            message: format!("saved after step {step} of {total}; to go on: {}", self.job.resume()),
        })
    }

    fn save(&mut self) -> Result<(), Error> {
        let Job { config, run, .. } = self.job;
        self.past.metrics.sync()?;
        let checkpoint = Checkpoint { doctor: self.past.doctor.clone(), ..self.past.gan.save(config) };
        run.save(&checkpoint, self.past.saved, config.schedule.keep)?;
        self.past.saved = Some(self.past.gan.step);
        Ok(())
    }

    /// Adds a row of samples, always of the same noise, and brings the picture of all rows up to date.
    fn sample(&mut self) -> Result<(), Error> {
        let (Job { config, run, .. }, gan) = (self.job, &self.past.gan);
        let step = gan.step;
        let row = sample::row(gan, config).map_err(|_| Error::not_finite(step, "a sample"))?;
        let (seed, count) = (config.training.seed, config.schedule.sample_columns);
        let origin = Origin::here(Shows::Samples, seed, step, gan.name(), count);
        run.write_picture(&run.sample(step), &row, &origin)?;
        let rows = match self.past.progress.take() {
            None => row,
            Some(mut rows) => {
                rows.append(&row);
                rows
            }
        };
        run.write_progress(&rows, &origin)?;
        self.past.progress = Some(rows);
        Ok(())
    }

    /// Adds a judge's figures to `evaluation.csv`.
    fn evaluate(&mut self) -> Result<(), Error> {
        let evaluator = self.job.evaluator.expect("there is an evaluator, since the config asks for evaluations");
        let step = self.past.gan.step;
        let epoch = (step - 1) / self.job.config.steps_per_epoch() + 1;
        let line = evaluations::Line::of(&self.past.gan, epoch, evaluator);
        let line = line.map_err(|_| Error::not_finite(step, "a sample"))?;
        let distance = line.frechet_distance;
        self.progress.say(&format!("step {step}: the Fréchet distance is {distance:.3} ({} samples)", line.samples));
        self.past.evaluations.add(line)
    }

    fn draw_losses(&self) -> Result<(), Error> {
        let Job { config, run, .. } = self.job;
        let origin = Origin::here(Shows::Losses, config.training.seed, self.past.gan.step, String::new(), 0);
        run.write_picture(&run.losses(), &chart::losses(self.past.metrics.lines()), &origin)
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

/// The first batch of the run, or as many images of it as fit into four rows: what the network is fed.
fn reals(config: &Config, images: &Images) -> (Picture, usize) {
    let columns = config.schedule.sample_columns;
    let count = config.training.batch_size.min(4 * columns);
    let x = Feed::new(&config.training, images).images(0);
    let bytes = scale::to_bytes(x.data()).expect("what was a byte is finite");
    let shape = [count, images.height(), images.width(), images.channels()];
    (Picture::grid_of_bytes(&bytes[..count * images.picture_size()], shape, columns), count)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;
    use std::rc::Rc;

    use tensor::{Direction, Tape};

    use super::*;
    use crate::config::Data;

    /// What step number `step` of fresh networks computes on the way forward: each operation and its result.
    fn seen(step: u64) -> Vec<(&'static str, Tensor)> {
        let images = Images::new(28, 28, 1, (0..16 * 28 * 28).map(|i| (i * 31 % 256) as u8).collect());
        let data = Data { name: "toy".to_owned(), images: 16, sha256: String::new() };
        let mut config = Config::article(data, 28, 1, "article").unwrap();
        (config.model.width, config.training.batch_size) = (8, 8);
        let mut gan = Gan::start(&config).unwrap();
        gan.step = step;
        let results = Rc::new(RefCell::new(vec![]));
        let log = Rc::clone(&results);
        gan.tapes = Box::new(move || {
            let log = Rc::clone(&log);
            Tape::observed(move |direction, op, x| {
                if direction == Direction::Forward {
                    log.borrow_mut().push((op, x.clone()));
                }
            })
        });
        Feed::new(&config.training, &images).step(&mut gan).unwrap();
        results.take()
    }

    /// With the same weights: what comes first is made of the noise, and the zeros behind an activation are its mask.
    #[test]
    fn every_step_has_its_noise_and_every_layer_of_every_pass_its_mask() {
        let steps = [0, 1].map(seen);
        assert_eq!(steps.each_ref().map(|step| step[0].0), ["dense"; 2]);
        assert!(steps[0][0].1.data() != steps[1][0].1.data(), "two steps have the same noise");

        let is_dropout = |op| ["norm_act", "leaky_dropout"].contains(&op);
        let (mut masks, mut zeros, mut elements) = (BTreeSet::new(), 0, 0);
        for (op, y) in steps.iter().flatten().filter(|(op, _)| is_dropout(*op)) {
            let mask: Vec<bool> = y.data().iter().map(|&y| y == 0.0).collect();
            zeros += mask.iter().filter(|&&zero| zero).count();
            elements += mask.len();
            assert!(masks.insert(mask[..256].to_vec()), "{op} has the mask of another");
        }
        assert_eq!(2 * (2 * 3 + 3 * 3), masks.len(), "two passes of G and three of D, of three layers each");
        let share = zeros as f64 / elements as f64;
        assert!((share - 0.2).abs() < 0.01, "{share} of the values are dropped");
    }

    #[test]
    fn every_step_has_its_images() {
        let images = Images::new(28, 28, 1, (0..16 * 28 * 28).map(|i| (i * 31 % 256) as u8).collect());
        let mut training = Training::article();
        training.batch_size = 4;
        let mut feed = Feed::new(&training, &images);
        let steps: BTreeSet<Vec<u32>> =
            (0..8).map(|step| feed.images(step).data().iter().map(|x| x.to_bits()).collect()).collect();
        assert_eq!(8, steps.len());
    }
}

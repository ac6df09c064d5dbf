//! A training from start to end, and what it writes down between its steps.

use std::collections::BTreeSet;
use std::time::Instant;

use data::{Images, scale};
use dcgan::config::Config;
use dcgan::feed::Feed;
use dcgan::gan::Gan;
use dcgan::models::Kind;
use dcgan::picture::Picture;
use dcgan::recipe::FEW_PICTURES;
use dcgan::sample;
use dcgan::step::StepMetrics;
use dcgan::training::{self, Next};
use gallery::numbers::duration;
use gallery::provenance::{PictureKind, Provenance};
use gallery::{chart, report, rows};
use judge::figures::Evaluator;
use runs::checkpoint::{Checkpoint, fingerprint};
use runs::directory::Run;
use runs::doctor::Doctor;
use runs::evaluations::{self, Evaluations};
use runs::metrics::{self, Metrics, MetricsRow};
use runs::record::Environment;
use runs::resume::TrainingState;
use runs::{Error, atomic};

use crate::datasets::Dataset;
use crate::flags;
use crate::follow;
use crate::group::Ranks;
use crate::invocation;
use crate::progress::{Progress, plural};
use crate::signals::Signals;

/// So many pictures are enough for the recipe `modern`.
const SOME_PICTURES: usize = 300;

/// A run to make: what, of which images, where, and how it is interrupted.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    /// What to compute.
    pub(crate) config: &'a Config,
    /// The images that the config names.
    pub(crate) dataset: &'a Dataset,
    /// Where everything is written.
    pub(crate) run: &'a Run,
    /// Who evaluates its samples, if that is asked for.
    pub(crate) evaluator: Option<&'a Evaluator>,
    /// Who computes it.
    pub(crate) ranks: &'a Ranks,
    /// Whether to stop.
    pub(crate) signals: &'a Signals,
    /// The command that makes it, such as `train-mnist`.
    pub(crate) command: &'a str,
}

impl Job<'_> {
    /// The line that goes on with the run, to be copied to a shell.
    #[must_use]
    pub(crate) fn resume(&self) -> String {
        invocation::command(&[self.command, "--resume", &invocation::path(self.run.path())])
    }
}

/// Where a training begins.
pub(crate) enum Start {
    /// At its first step, with new networks.
    New(Gan),
    /// At its first step, with these networks: see [`begin_with`](runs::loaded::begin_with).
    From(Gan),
    /// After the step of its checkpoint.
    Resume(Checkpoint),
}

/// Trains from where it begins to the last step.
///
/// # Errors
/// If the directory cannot be read or written, a loss or tensor is not finite, or a signal came; in
/// that case after saving.
///
/// # Panics
/// If the config asks for evaluations and there is nobody to evaluate.
pub(crate) fn train(job: &Job<'_>, start: Start) -> Result<(), Error> {
    let Job { config, dataset, run, .. } = job;
    let environment = Environment::here(job.command, &dataset.path, &dataset.files);
    let is_new = !matches!(start, Start::Resume(_));
    let is_from = matches!(start, Start::From(_)); // of networks that another recipe does not have
    if let Start::From(gan) = &start {
        // Before the config, which says nothing of these weights: a run with a config alone begins
        // with new ones.
        run.save(&Checkpoint::of(gan, config), None, config.schedule.keep)?;
    }
    if is_new {
        run.write_config(config, &environment)?; // before all else: it makes the directory a run
    }
    let state = match start {
        Start::New(gan) => TrainingState::begin(run, gan)?,
        Start::From(gan) => TrainingState { saved: Some(gan.step), ..TrainingState::begin(run, gan)? },
        Start::Resume(checkpoint) => TrainingState::restore(run, config, &checkpoint)?,
    };
    rows::sheet(run, rows::MOST)?; // a row that cannot be read would spoil every picture to come
    state.tidy(run, config.schedule.keep)?;
    if !is_new {
        run.write_config(config, &environment)?; // now that nothing can be refused any more
    }
    let done = state.gan.step;
    let total = config.total_steps();
    let progress = Progress::new(done, total, config.total_epochs());
    let published = dataset.published.map_or_else(String::new, |set| format!(" (those of {set}, by their SHA-256)"));
    let images = plural(dataset.images.count() as u64, "image");
    progress.say(&format!("training on {images} of {}{published}", dataset.path.display()));
    match done {
        0 => progress.say(&format!("the run is in {}", run.path().display())),
        _ => progress.say(&format!("the run in {} goes on after step {done} of {total}", run.path().display())),
    }
    if is_new && let Some(few) = few_pictures(config, dataset) {
        progress.say(&few);
    }
    if 1 < job.ranks.size() {
        progress.say(&format!("{} ranks share each step", job.ranks.size()));
    }
    if run.is_unguarded() {
        progress.say("its file system has no locks: see to it that no other process trains in the same folder");
    }
    let (reals, count) = reals(config, &dataset.images);
    let origin = Provenance::here(PictureKind::Reals, config.training.seed, 0, String::new(), count);
    atomic::write(&run.reals(), &origin.to_png(&reals))?;

    let TrainingState { mut gan, doctor, metrics, evaluations, saved } = state;
    gan.shards = job.ranks.shards(config);
    follow::hand_over(&gan, job.ranks);
    let started = Instant::now();
    let logged = (done, started);
    let mut watch = Watch { job, doctor, metrics, evaluations, saved, logged, progress, told: BTreeSet::new() };
    watch.catch_up(&gan)?;
    if let Some(code) = job.ranks.signal(job.signals.exit_code()) {
        return Err(watch.stop(&gan, code)?);
    }
    let mut stopped = None;
    training::train(&mut gan, config, &dataset.images, |gan, report, feed| {
        watch.after(gan, report, feed)?;
        // After the last step nothing is left to stop.
        stopped = job.ranks.signal(job.signals.exit_code()).filter(|_| gan.step < total);
        Ok::<_, Error>(if stopped.is_some() { Next::Stop } else { Next::Go })
    })?;
    if let Some(code) = stopped {
        return Err(watch.stop(&gan, code)?);
    }
    let shown = finish(run);
    watch.progress.finish();
    if config.model.kind == Kind::Dcgan && !config.is_modern() && !is_from {
        watch.progress.say("to try for better pictures: the same with --recipe modern");
    }
    watch.progress.say(&format!("how it went: {}", run.report().display()));
    if let Some(complaints) = watch.doctor.summary() {
        let notes = run.notes();
        watch.progress.say(&format!("the doctor has complained: {complaints}; what to try is in {}", notes.display()));
    }
    let made = if done == 0 { plural(total, "step") } else { format!("{} of {total} steps", total - done) };
    let next = invocation::command(&["generate", &invocation::path(run.path())]);
    watch.progress.say(&format!("{made} in {}; now: {next}", duration(started.elapsed())));
    shown
}

/// That a folder of pictures is small, and what helps, if it is.
pub(crate) fn few_pictures(config: &Config, dataset: &Dataset) -> Option<String> {
    let enough = if config.is_modern() { SOME_PICTURES } else { FEW_PICTURES };
    let count = dataset.images.count();
    if !dataset.files.is_empty() || enough <= count {
        return None;
    }
    let pictures = if count == 1 { "1 picture is".to_owned() } else { format!("{count} pictures are") };
    let modern = (!config.is_modern()).then(|| format!("; {SOME_PICTURES} will do for --recipe modern"));
    let flip = if config.training.flip { "" } else { "; mirrored ones (--flip) help" };
    let wanted = format!("a GAN wants {enough} or more of one kind, and 5,000 steps or more");
    Some(format!("{pictures} few: {wanted}{}{flip}", modern.unwrap_or_default()))
}

/// Brings the pictures and the page of a finished run up to date, or says how to do it later.
pub(crate) fn finish(run: &Run) -> Result<(), Error> {
    report::finish(run).map_err(|error| {
        let way_out = invocation::command(&["report", &invocation::path(run.path())]);
        error.with_way_out(&format!("the training is whole; to make its pictures later: {way_out}"))
    })
}

/// What was due after a step and is not there, because a file could not be written then.
pub(crate) struct Missing {
    row: bool,
    evaluation: bool,
}

impl Missing {
    /// Looks for what `step` owes to `run`.
    ///
    /// # Errors
    /// If the evaluations cannot be read.
    pub(crate) fn after(step: u64, config: &Config, run: &Run) -> Result<Self, Error> {
        let schedule = &config.schedule;
        let is_due = |every: u64| 0 < step && step.is_multiple_of(every);
        let is_sampled = is_due(schedule.sample_every) || step == config.total_steps();
        let is_evaluated = schedule.evaluate_every.is_some_and(is_due);
        let last = evaluations::read(&run.evaluations())?.last().map(|line| line.step);
        Ok(Self { row: is_sampled && !run.sample(step).exists(), evaluation: is_evaluated && last != Some(step) })
    }

    /// Whether all is there.
    pub(crate) fn is_nothing(&self) -> bool {
        !self.row && !self.evaluation
    }
}

/// What a run writes down between its steps.
struct Watch<'a> {
    job: &'a Job<'a>,
    doctor: Doctor,
    metrics: Metrics,
    evaluations: Evaluations,
    /// The step of the newest checkpoint.
    saved: Option<u64>,
    /// The last step that was logged, and when.
    logged: (u64, Instant),
    progress: Progress,
    /// What was said of pictures that cannot be made.
    told: BTreeSet<String>,
}

impl Watch<'_> {
    /// Looks at a step that `gan` has just made, writes what is due, and says how to go on where
    /// that fails.
    fn after(&mut self, gan: &mut Gan, report: StepMetrics, feed: &mut Feed<'_>) -> Result<(), Error> {
        let Job { config, .. } = self.job;
        let written = self.write_down(gan, report, feed);
        let every = config.schedule.checkpoint_every.unwrap_or(config.steps_per_epoch());
        let is_due = gan.step.is_multiple_of(every) || gan.step == config.total_steps();
        // Last, so that everything up to the step of a checkpoint is there when it is. What could
        // not be written is made when the run goes on, by `catch_up`.
        let saved = match &written {
            Err(Error::File { .. }) => self.save(gan),
            Ok(()) if is_due => self.save(gan),
            _ => Ok(()),
        };
        written.and(saved).map_err(|error| self.advised(error))
    }

    /// `error`, and how to go on if it is about a file.
    fn advised(&self, error: Error) -> Error {
        error.with_way_out(&self.way_on())
    }

    /// What was saved, and the line that goes on from there.
    fn way_on(&self) -> String {
        let total = self.job.config.total_steps();
        match self.saved {
            Some(step) => format!("saved after step {step} of {total}; to go on: {}", self.job.resume()),
            None => "nothing was saved yet".to_owned(),
        }
    }

    /// Makes what the step of the checkpoint has left out, if a file could not be written then.
    fn catch_up(&mut self, gan: &Gan) -> Result<(), Error> {
        let missing = Missing::after(gan.step, self.job.config, self.job.run)?;
        if missing.row {
            self.sample(gan)?;
            self.tolerate(self.draw_losses(gan.step));
        }
        if missing.evaluation {
            self.evaluate(gan)?;
        }
        self.logged.1 = Instant::now();
        Ok(())
    }

    /// Says, once, why a picture cannot be made: the training goes on without it.
    fn tolerate(&mut self, picture: Result<(), Error>) {
        if let Err(error) = picture {
            let line = format!("{}; the training goes on", flags::message(&error));
            if self.told.insert(line.clone()) {
                self.progress.say(&line);
            }
        }
    }

    /// Writes what is due after a step, but for the checkpoint.
    fn write_down(&mut self, gan: &mut Gan, report: StepMetrics, feed: &mut Feed<'_>) -> Result<(), Error> {
        let Job { config, run, .. } = self.job;
        let schedule = &config.schedule;
        let step = gan.step;
        let is_last = step == config.total_steps();
        let steps_per_epoch = config.steps_per_epoch();
        let is_sampled = step.is_multiple_of(schedule.sample_every);
        self.progress.at(step);
        let complaints = self.doctor.observe(gan, &report, || feed.images(step));
        complaints
            .iter()
            .for_each(|line| self.progress.say(&format!("doctor, at step {step}: {}", flags::with_flags(line))));
        if !complaints.is_empty() {
            self.tolerate(run.write_notes(&self.doctor)); // the next checkpoint has them, too
        }
        if metrics::logged(step) || is_sampled {
            let now = Instant::now();
            let seconds = now.duration_since(self.logged.1).as_secs_f64();
            let images = (step - self.logged.0) as f64 * config.training.batch_size as f64;
            self.logged = (step, now);
            let epoch = (step - 1) / steps_per_epoch + 1;
            let line = MetricsRow { step, epoch, report, images_per_second: images / seconds };
            self.log(line)?;
            self.progress.show(&line, step == 1 || is_sampled);
        }
        if is_sampled || is_last {
            self.sample(gan)?;
            self.tolerate(self.draw_losses(step));
        }
        if schedule.evaluate_every.is_some_and(|every| step.is_multiple_of(every)) {
            let before = Instant::now();
            self.evaluate(gan)?;
            self.logged.1 += before.elapsed(); // the log is about the speed of training
        }
        Ok(())
    }

    /// Adds a line to `metrics.csv`, and says when another program keeps it from there.
    fn log(&mut self, line: MetricsRow) -> Result<(), Error> {
        let was_in_trouble = self.metrics.trouble().is_some();
        self.metrics.add(line)?;
        self.say_of("metrics.csv", was_in_trouble, self.metrics.trouble());
        Ok(())
    }

    /// Says when another program holds a file, and when it no longer does.
    fn say_of(&self, name: &str, was_in_trouble: bool, trouble: Option<&str>) {
        match (was_in_trouble, trouble) {
            (false, Some(trouble)) => self.progress.say(&format!(
                "{name} cannot be written now ({trouble}); the training goes on, and its lines come later"
            )),
            (true, None) => self.progress.say(&format!("{name} has its lines again")),
            _ => {}
        }
    }

    /// Saves, and says how to go on.
    fn stop(&mut self, gan: &Gan, code: u8) -> Result<Error, Error> {
        if self.saved != Some(gan.step) {
            self.save(gan).map_err(|error| self.advised(error))?;
        }
        self.tolerate(rows::update(self.job.run));
        self.progress.finish();
        Ok(Error::Stopped { code, message: self.way_on() })
    }

    fn save(&mut self, gan: &Gan) -> Result<(), Error> {
        let Job { config, run, .. } = self.job;
        self.metrics.sync()?;
        self.evaluations.sync()?;
        let checkpoint = Checkpoint { doctor: self.doctor.clone(), ..Checkpoint::of(gan, config) };
        run.save(&checkpoint, self.saved, config.schedule.keep)?;
        self.saved = Some(gan.step);
        Ok(())
    }

    /// Adds a row of samples, always of the same noise; the picture of all rows follows at times.
    fn sample(&mut self, gan: &Gan) -> Result<(), Error> {
        let Job { config, run, .. } = self.job;
        let step = gan.step;
        let row = sample::row(gan, config).map_err(|_| Error::not_finite(step, "a sample"))?;
        let count = config.schedule.sample_columns;
        let origin = Provenance::here(PictureKind::Samples, config.training.seed, step, fingerprint(gan), count);
        atomic::write(&run.sample(step), &origin.to_png(&row))?;
        self.tolerate(rows::update_at_times(run));
        Ok(())
    }

    /// Adds a judge's figures to `evaluation.csv`.
    fn evaluate(&mut self, gan: &Gan) -> Result<(), Error> {
        let evaluator = self.job.evaluator.expect("there is an evaluator, since the config asks for evaluations");
        let step = gan.step;
        let epoch = (step - 1) / self.job.config.steps_per_epoch() + 1;
        let line = evaluations::EvaluationRow::of(gan, epoch, evaluator);
        let line = line.map_err(|_| Error::not_finite(step, "a sample"))?;
        let distance = line.frechet_distance;
        self.progress.say(&format!("step {step}: the Fréchet distance is {distance:.3} ({} samples)", line.samples));
        let was_in_trouble = self.evaluations.trouble().is_some();
        self.evaluations.add(line)?;
        self.say_of("evaluation.csv", was_in_trouble, self.evaluations.trouble());
        Ok(())
    }

    fn draw_losses(&self, step: u64) -> Result<(), Error> {
        let Job { config, run, .. } = self.job;
        let origin = Provenance::here(PictureKind::Losses, config.training.seed, step, String::new(), 0);
        atomic::write(&run.losses(), &origin.to_png(&chart::losses(self.metrics.rows())))
    }
}

/// The first batch of the run, or as many images of it as fit into four rows: what the network is
/// fed.
fn reals(config: &Config, images: &Images) -> (Picture, usize) {
    let columns = config.schedule.sample_columns;
    let count = config.training.batch_size.min(4 * columns);
    let x = Feed::new(&config.training, images).images(0);
    let bytes = scale::to_bytes(x.data()).expect("what was a byte is finite");
    let shape = [count, images.height(), images.width(), images.channels()];
    (Picture::grid_of_bytes(&bytes[..count * images.image_size()], shape, columns), count)
}

//! What every training command takes, and what becomes of it.

use std::path::{Path, PathBuf};

use clap::Args;

use super::compute_args::ComputeArgs;
use super::model_name::ModelName;
use crate::datasets::{Dataset, evaluator};
use crate::dry_run::dry_run;
use crate::flags;
use crate::memory;
use crate::progress;
use crate::signals::Signals;
use crate::training_run as train;
use crate::training_run::{Job, Start};
use dcgan::config::{Config, Training};
use dcgan::models::Kind;
use dcgan::recipe::DatasetKind;
use gallery::report;
use judge::figures::Evaluator;
use runs::Error;
use runs::directory::Run;
use runs::record;
use runs::record::Environment;
use runs::resume::SavedRun;

/// A training command: where its images come from, and the flags that no other has.
pub(super) trait TrainingCommand {
    /// Its name.
    const COMMAND: &'static str;

    /// What its images are.
    const KIND: DatasetKind;

    /// Reads the images: those that the flags name; else those of a recorded run, if there is one, which its
    /// config checks; else the ones that come with the program.
    fn load(&self, recorded: Option<(&Config, &Environment)>) -> Result<Dataset, Error>;

    /// Puts into `training` what the command's own flags say.
    fn adjust(&self, _training: &mut Training) {}
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// Passes over the data [default: 5 for train-mnist, 50 for the others; of swift four times as many]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    epochs: Option<u64>,
    /// Stop after N steps
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    steps: Option<u64>,
    /// Images per step [default: 64]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    batch_size: Option<usize>,
    /// Where all random numbers start [default: 1]
    #[arg(long, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// The directory of the run [default: the next free runs/NNNN-NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on with the run in DIR, from its checkpoint and with its own settings
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "config"])]
    resume: Option<PathBuf>,
    /// Take all settings from a config.toml, but for what other flags say
    #[arg(long, value_name = "FILE", conflicts_with = "recipe")]
    config: Option<PathBuf>,
    /// The choices that no flag changes: article, or swift, which gets better pictures in the same time [default: article]
    #[arg(long)]
    recipe: Option<String>,
    /// The networks [default: dcgan]
    #[arg(long, conflicts_with = "config")]
    model: Option<ModelName>,
    /// Adam's learning rate [default: 0.001; of swift 0.002]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    lr: Option<f64>,
    /// Adam's memory of gradients [default: 0.4; of an MLP 0.9]
    #[arg(long, allow_negative_numbers = true)]
    beta1: Option<f64>,
    /// The share of each result that dropout keeps in training; 1 drops nothing [default: 0.8; of swift and of an MLP 1]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    dropout_keep: Option<f32>,
    /// Feature maps at 4×4; each doubling of the extent halves them [default: 512; of swift 128]. Of an MLP: hidden units [default: 128]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    width: Option<usize>,
    /// Steps from one row of samples to the next [default: 100]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    sample_every: Option<u64>,
    /// Steps from one checkpoint to the next [default: one epoch]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    checkpoint_every: Option<u64>,
    /// Steps from one evaluation of 2,000 samples to the next, for evaluation.csv and compare [default: none]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    evaluate_every: Option<u64>,
    /// Older checkpoints to keep beside the newest [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    keep: Option<u64>,
    /// Say what the run would be, layer by layer, with its time and memory, and write nothing
    #[arg(long, conflicts_with = "resume")]
    dry_run: bool,
    /// Leave dropout on in samples, as the article does
    #[arg(long)]
    sample_dropout: bool,
    /// Sample from a moving average of the generator's weights with this decay per step, such as 0.99
    #[arg(long, value_name = "DECAY", allow_negative_numbers = true)]
    average: Option<f64>,
    #[command(flatten)]
    machine: ComputeArgs,
}

impl TrainArgs {
    /// Sizes the thread pool; to be called before anything computes.
    pub(super) fn set_up(&self) -> Result<(), Error> {
        self.machine.set_up()
    }

    /// Starts a run, or goes on with one.
    pub(super) fn train<S: TrainingCommand>(&self, source: &S) -> Result<(), Error> {
        let signals = if self.dry_run { Signals::default() } else { Signals::listen()? };
        match &self.resume {
            None => self.start(source, &signals),
            Some(path) => self.go_on(path, source, &signals),
        }
    }

    fn start<S: TrainingCommand>(&self, source: &S, signals: &Signals) -> Result<(), Error> {
        let (mut config, dataset) = match &self.config {
            None => {
                let dataset = source.load(None)?;
                (self.article::<S>(&dataset)?, dataset)
            }
            Some(path) => {
                let (config, environment) = record::read(path)?;
                let environment = environment.unwrap_or_default();
                environment.check_command(S::COMMAND).map_err(|reason| Error::file(path, reason))?;
                self.machine.prefer(&environment.instruction_set);
                let dataset = source.load(Some((&config, &environment)))?;
                check_data(&config, &dataset)?;
                (config, dataset)
            }
        };
        self.adjust(source, &mut config)?;
        dataset.check(config.training.batch_size)?;
        memory::check(&config)?;
        let evaluator = evaluator(&config, &dataset)?;
        if self.dry_run {
            progress::print(dry_run(&config, &dataset, evaluator.as_ref())?.trim_end());
            return Ok(());
        }
        if let Some(code) = signals.exit_code() {
            let message = "stopped before the first step; nothing was written".to_owned();
            return Err(Error::Stopped { code, message });
        }
        let run = Run::create(self.out.as_deref(), &dataset.name)?;
        let (config, dataset, run, evaluator) = (&config, &dataset, &run, evaluator.as_ref());
        train::train(&Job { config, dataset, run, evaluator, signals, command: S::COMMAND }, Start::New)
    }

    fn go_on<S: TrainingCommand>(&self, path: &Path, source: &S, signals: &Signals) -> Result<(), Error> {
        let run = Run::open(path)?;
        let SavedRun { config: own, environment, checkpoint } = SavedRun::read(&run)?;
        let mut config = own.clone();
        self.adjust(source, &mut config)?;
        if let Some(change) = record::change(&own, &config) {
            return Err(Error::Usage(flags::refusal(&change)));
        }
        let environment = environment.unwrap_or_default();
        environment.check_command(S::COMMAND).map_err(|reason| Error::file(path, reason))?;
        self.machine.insist(&environment.instruction_set)?;
        let (done, total) = (checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.step), config.total_steps());
        if total <= done {
            // It may have died just before.
            run.prune(done, config.schedule.keep)?;
            report::finish(&run)?;
            let path = path.display();
            progress::print(&format!(
                "the run in {path} is finished: {done} steps are done, and {total} were asked for; \
                 to go on, ask for more by --epochs or --steps"
            ));
            return Ok(());
        }
        let dataset = source.load(Some((&config, &environment)))?;
        check_data(&config, &dataset)?;
        memory::check(&config)?;
        if checkpoint.is_none() {
            progress::print("the run has no checkpoint yet, so it begins again");
        }
        let evaluator = evaluator(&config, &dataset)?;
        let (config, dataset, run, evaluator) = (&config, &dataset, &run, evaluator.as_ref());
        let start = checkpoint.map_or(Start::New, Start::Resume);
        train::train(&Job { config, dataset, run, evaluator, signals, command: S::COMMAND }, start)
    }

    /// The article's config for these images, before any flag.
    fn article<S: TrainingCommand>(&self, dataset: &Dataset) -> Result<Config, Error> {
        let images = &dataset.images;
        if images.height() != images.width() {
            let reason = format!("the images are {}×{} pixels; a square is wanted", images.height(), images.width());
            return Err(Error::file(&dataset.path, reason));
        }
        let recipe = self.recipe.as_deref().unwrap_or("article");
        let mut config = Config::article(dataset.describe(), images.height(), images.channels(), recipe)?;
        config.model.check().map_err(|error| Error::file(&dataset.path, error))?;
        if self.model.map(Kind::from) == Some(Kind::Mlp) {
            config = config.fully_connected();
        }
        config.adapt_to(S::KIND);
        Ok(config)
    }

    /// Puts what flags say into `config`, and refuses what no run can work with.
    fn adjust<S: TrainingCommand>(&self, source: &S, config: &mut Config) -> Result<(), Error> {
        source.adjust(&mut config.training);
        let Training { recipe, seed, batch_size, learning_rate, beta1, dropout_keep, sample_dropout, .. } =
            &mut config.training;
        set(recipe, self.recipe.clone());
        set(seed, self.seed);
        set(batch_size, self.batch_size);
        set(learning_rate, self.lr);
        set(beta1, self.beta1);
        set(dropout_keep, self.dropout_keep);
        *sample_dropout |= self.sample_dropout;
        set(&mut config.model.width, self.width);
        set(&mut config.model.kind, self.model.map(Kind::from));
        config.variations.average = self.average.or(config.variations.average);
        let schedule = &mut config.schedule;
        set(&mut schedule.sample_every, self.sample_every);
        set(&mut schedule.keep, self.keep);
        if let Some(epochs) = self.epochs {
            (schedule.epochs, schedule.steps) = (epochs, None); // whoever asks for epochs wants whole ones
        }
        schedule.steps = self.steps.or(schedule.steps);
        schedule.checkpoint_every = self.checkpoint_every.or(schedule.checkpoint_every);
        schedule.evaluate_every = self.evaluate_every.or(schedule.evaluate_every);
        Ok(config.check()?)
    }
}

/// Refuses images that are not those of the config.
///
/// # Errors
/// If they are others.
fn check_data(config: &Config, dataset: &Dataset) -> Result<(), Error> {
    let (size, channels) = (config.model.size, config.model.channels);
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
    dataset.check_is(&config.data)
}

/// Who evaluates the run, if it is to be evaluated.
fn evaluator(config: &Config, dataset: &Dataset) -> Result<Option<Evaluator>, Error> {
    config.schedule.evaluate_every.map(|_| evaluator::evaluator(&config.data, dataset)).transpose()
}

/// Replaces a default by what a flag says, if it says something.
fn set<T>(setting: &mut T, flag: Option<T>) {
    if let Some(value) = flag {
        *setting = value;
    }
}

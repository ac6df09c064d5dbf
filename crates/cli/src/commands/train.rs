//! The flags that all training commands share, and how they become a run.

use std::path::{Path, PathBuf};

use clap::Args;

use super::compute_args::ComputeArgs;
use super::model_name::ModelName;
use super::trick_args::TrickArgs;
use crate::datasets::{Dataset, evaluator};
use crate::dry_run::dry_run;
use crate::flags;
use crate::follow;
use crate::group::Ranks;
use crate::memory;
use crate::signals::Signals;
use crate::terminal;
use crate::training_run::{self, Job, Missing, Start};
use dcgan::config::{Config, Training};
use dcgan::gan::Gan;
use dcgan::models::{Architecture, Extras, Kind};
use dcgan::recipe::DatasetKind;
use judge::figures::Evaluator;
use runs::Error;
use runs::checkpoint::Checkpoint;
use runs::directory::{Run, refuse_if_taken};
use runs::loaded::{begin_with, checkpoint_in};
use runs::record;
use runs::record::Environment;
use runs::resume::SavedRun;

/// A training command: where its images come from, and the flags that it alone has.
pub(super) trait TrainingCommand {
    /// Its name.
    const COMMAND: &'static str;

    /// What its images are.
    const KIND: DatasetKind;

    /// Reads the images that the flags name, or else those of a recorded run, or else those that
    /// come with the program.
    fn load(&self, recorded: Option<(&Config, &Environment)>) -> Result<Dataset, Error>;

    /// Applies the command's own flags to `training`.
    fn adjust(&self, _training: &mut Training) {}
}

/// Headings of the help.
const LENGTH: &str = "Length of the training";
const RUN: &str = "The run and its directory";
const RECIPE: &str = "Networks and optimiser";
const WATCHING: &str = "What is saved and shown";

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    // Commands that have a default of their own say so.
    /// Passes over the data
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = LENGTH)]
    epochs: Option<u64>,
    /// Stop after N steps, however many epochs that is; a step trains on one batch
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = LENGTH)]
    steps: Option<u64>,
    /// Images per step [default: 64]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = LENGTH)]
    batch_size: Option<usize>,
    /// Equal parts into which each batch is cut, so that as many processes can share a step: see
    /// "Several machines" in the book [default: 1]
    #[arg(long, value_name = "S", allow_negative_numbers = true, help_heading = LENGTH)]
    shards: Option<usize>,
    /// Say what the run would be, layer by layer, with its time and memory, and write nothing
    #[arg(long, conflicts_with = "resume", help_heading = LENGTH)]
    dry_run: bool,
    /// Directory of the run [default: the next free runs/NNNN-NAME]
    #[arg(long, value_name = "DIR", help_heading = RUN)]
    out: Option<PathBuf>,
    /// Go on with the run in DIR, from its checkpoint and with its own settings
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "config"], help_heading = RUN)]
    resume: Option<PathBuf>,
    /// Start a new run from the weights of another run, or of a checkpoint of the same networks;
    /// other settings may differ
    #[arg(long, value_name = "RUN", conflicts_with = "resume", help_heading = RUN)]
    from: Option<PathBuf>,
    /// Read all settings from a config.toml; flags override it
    #[arg(long, value_name = "FILE", conflicts_with = "recipe", help_heading = RUN)]
    config: Option<PathBuf>,
    /// Seed of all random numbers [default: 1]
    #[arg(long, allow_negative_numbers = true, help_heading = RUN)]
    seed: Option<u64>,
    /// A named set of settings, for all that no other flag names: article, as it was published;
    /// swift, a narrower network with larger steps, which reaches better pictures in the same time;
    /// or modern, swift with what others found later, which makes the best digits, each that is
    /// asked for, and learns from few pictures [default: article]
    #[arg(long, value_name = "NAME", help_heading = RECIPE)]
    recipe: Option<String>,
    /// The networks [default: dcgan]
    #[arg(long, conflicts_with = "config", help_heading = RECIPE)]
    model: Option<ModelName>,
    /// Feature maps where the networks see 4×4 pixels; each doubling of the side halves them
    /// [default: 512; recipes swift and modern: 128]. With --model mlp, hidden units [default: 128]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = RECIPE)]
    width: Option<usize>,
    /// Adam's learning rate [default: 0.001; recipes swift and modern: 0.002]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true, help_heading = RECIPE)]
    lr: Option<f64>,
    /// β₁, the decay of Adam's gradient average [default: 0.4; with --model mlp: 0.9]
    #[arg(long, value_name = "DECAY", allow_negative_numbers = true, help_heading = RECIPE)]
    beta1: Option<f64>,
    /// Share of the activations that dropout keeps while training; 1 turns dropout off [default:
    /// 0.8; recipes swift and modern, and --model mlp: 1]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, help_heading = RECIPE)]
    dropout_keep: Option<f32>,
    /// Sample from a running average of the generator's weights: after each step, the average keeps
    /// this share of itself, such as 0.99, and takes the rest from the new weights
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, help_heading = RECIPE)]
    average: Option<f64>,
    /// Leave dropout on in samples, as the article does
    #[arg(long, help_heading = RECIPE)]
    sample_dropout: bool,
    /// Steps from one row of samples to the next [default: 100]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = WATCHING)]
    sample_every: Option<u64>,
    /// Steps from one checkpoint to the next [default: one epoch]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = WATCHING)]
    checkpoint_every: Option<u64>,
    /// Older checkpoints to keep beside the newest [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = WATCHING)]
    keep: Option<u64>,
    /// Steps from one evaluation of 2,000 samples to the next, for evaluation.csv and the command
    /// compare [default: no evaluation]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = WATCHING)]
    evaluate_every: Option<u64>,
    #[command(flatten)]
    tricks: TrickArgs,
    #[command(flatten)]
    compute: ComputeArgs,
}

impl TrainArgs {
    /// Sizes the thread pool. Call it before anything computes.
    pub(super) fn set_up(&self) -> Result<(), Error> {
        self.compute.set_up()
    }

    /// Starts a run, or resumes one.
    pub(super) fn train<S: TrainingCommand>(&self, source: &S) -> Result<(), Error> {
        let ranks = Ranks::join()?;
        let result = match &self.resume {
            _ if !ranks.is_first() => self.follow(source, &ranks),
            None => self.start(source, &ranks),
            Some(path) => self.go_on(path, source, &ranks),
        };
        ranks.finish(result)
    }

    /// Does what rank 0 says.
    fn follow<S: TrainingCommand>(&self, source: &S, ranks: &Ranks) -> Result<(), Error> {
        let Some((config, environment)) = ranks.follow()? else { return Ok(()) };
        self.compute.prefer(&environment.instruction_set);
        let read = || {
            let dataset = source.load(Some((&config, &environment)))?;
            check_data(&config, &dataset)?;
            self.tricks.condition(&mut config.clone(), &dataset, false)?;
            memory::check(&config)?;
            Ok(dataset)
        };
        let dataset: Result<Dataset, Error> = read();
        let hash = dataset.as_ref().map(|dataset| dataset.describe().sha256);
        ranks.agree(hash.as_deref().map_err(|error| *error))?;
        let dataset = dataset?;
        if self.dry_run {
            return dry_run(&config, &dataset, None, ranks).map(drop);
        }
        follow::follow(&config, &dataset.images, ranks, &Signals::listen()?)
    }

    /// Tells the other ranks what is trained, and waits until all are ready.
    fn lead<S: TrainingCommand>(&self, ranks: &Ranks, config: &Config, dataset: &Dataset) -> Result<(), Error> {
        ranks.check(config)?;
        ranks.lead(config, &Environment::here(S::COMMAND, &dataset.path, &dataset.files));
        ranks.agree(Ok(&config.data.sha256))
    }

    fn start<S: TrainingCommand>(&self, source: &S, ranks: &Ranks) -> Result<(), Error> {
        let (mut config, dataset) = match &self.config {
            None => {
                let dataset = source.load(None)?;
                (self.recipe_config::<S>(&dataset)?, dataset)
            }
            Some(path) => {
                let (config, environment) = record::read(path)?;
                let environment = environment.unwrap_or_default();
                environment.check_command(S::COMMAND).map_err(|reason| Error::file(path, reason))?;
                self.compute.prefer(&environment.instruction_set);
                let dataset = source.load(Some((&config, &environment)))?;
                check_data(&config, &dataset)?;
                (config, dataset)
            }
        };
        self.adjust(source, &mut config)?;
        self.tricks.condition(&mut config, &dataset, self.config.is_none())?;
        dataset.check(config.training.batch_size)?;
        memory::check(&config)?;
        let evaluator = evaluator::<S>(&config, &dataset)?;
        // Before there is a folder, so that a refusal leaves none.
        let start = match &self.from {
            None => Start::New(Gan::start(&config)?),
            Some(from) => Start::From(weights_of(from, &config)?),
        };
        if self.dry_run
            && let Some(out) = &self.out
        {
            refuse_if_taken(out)?;
        }
        self.lead::<S>(ranks, &config, &dataset)?;
        if self.dry_run {
            drop(start); // or the memory would count twice
            terminal::print_text(dry_run(&config, &dataset, evaluator.as_ref(), ranks)?.trim_end());
            if let Some(few) = training_run::few_pictures(&config, &dataset) {
                terminal::say(&few);
            }
            return Ok(());
        }
        // Not earlier: a signal ends a process that has nothing to save.
        let signals = &Signals::listen()?;
        let run = Run::create(self.out.as_deref(), &dataset.name)?;
        let (config, dataset, run, evaluator) = (&config, &dataset, &run, evaluator.as_ref());
        training_run::train(&Job { config, dataset, run, evaluator, ranks, signals, command: S::COMMAND }, start)
    }

    fn go_on<S: TrainingCommand>(&self, path: &Path, source: &S, ranks: &Ranks) -> Result<(), Error> {
        let run = Run::open(path)?;
        let SavedRun { config: own, environment, checkpoint } = SavedRun::read(&run)?;
        let mut config = own.clone();
        if checkpoint.is_some() {
            warn_of_edits(&run, &own);
        }
        self.adjust(source, &mut config)?;
        if let Some(change) = record::change(&own, &config) {
            return Err(Error::Usage(flags::refusal(&change)));
        }
        let environment = environment.unwrap_or_default();
        environment.check_command(S::COMMAND).map_err(|reason| Error::file(path, reason))?;
        self.compute.insist(&environment.instruction_set)?;
        let (done, total) = (checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.step), config.total_steps());
        if total < done || (total == done && Missing::after(done, &config, &run)?.is_nothing()) {
            // The process may have died before it had tidied up.
            run.prune(done, config.schedule.keep)?;
            ranks.dismiss();
            let path = path.display();
            terminal::say(&format!(
                "the run in {path} is finished: {done} steps are done, and {total} were asked for; \
                 to go on, ask for more by --epochs or --steps"
            ));
            return training_run::finish(&run);
        }
        let dataset = source.load(Some((&config, &environment)))?;
        check_data(&config, &dataset)?;
        self.tricks.condition(&mut config, &dataset, false)?;
        memory::check(&config)?;
        if checkpoint.is_none() {
            terminal::say("the run has no checkpoint yet, so it begins again");
        }
        let evaluator = evaluator::<S>(&config, &dataset)?;
        self.lead::<S>(ranks, &config, &dataset)?;
        let (config, dataset, run, evaluator) = (&config, &dataset, &run, evaluator.as_ref());
        let start = match checkpoint {
            None => Start::New(Gan::start(config)?),
            Some(checkpoint) => Start::Resume(checkpoint),
        };
        let signals = &Signals::listen()?;
        training_run::train(&Job { config, dataset, run, evaluator, ranks, signals, command: S::COMMAND }, start)
    }

    /// The recipe's config for these images, before any other flag.
    fn recipe_config<S: TrainingCommand>(&self, dataset: &Dataset) -> Result<Config, Error> {
        let images = &dataset.images;
        if images.height() != images.width() {
            let reason = format!("the images are {}×{} pixels; a square is wanted", images.height(), images.width());
            return Err(Error::file(&dataset.path, reason));
        }
        let recipe = self.recipe.as_deref().unwrap_or("article");
        let mut config = Config::from_recipe(dataset.describe(), images.height(), images.channels(), recipe)?;
        config.model.check().map_err(|error| Error::file(&dataset.path, error))?;
        if self.model.map(Kind::from) == Some(Kind::Mlp) {
            config = config.fully_connected();
        }
        set(&mut config.training.batch_size, self.batch_size); // few pictures are counted in batches
        config.adapt_to(S::KIND);
        if let Some(from) = &self.from
            && self.width.is_none()
        {
            config.model.width = Checkpoint::read(&checkpoint_in(from)?)?.config.model.width;
        }
        Ok(config)
    }

    /// Applies the flags to `config`, and refuses settings that no run can work with.
    fn adjust<S: TrainingCommand>(&self, source: &S, config: &mut Config) -> Result<(), Error> {
        source.adjust(&mut config.training);
        let Training { recipe, seed, batch_size, shards, learning_rate, beta1, dropout_keep, sample_dropout, .. } =
            &mut config.training;
        set(recipe, self.recipe.clone());
        set(seed, self.seed);
        set(batch_size, self.batch_size);
        set(shards, self.shards);
        set(learning_rate, self.lr);
        set(beta1, self.beta1);
        set(dropout_keep, self.dropout_keep);
        *sample_dropout |= self.sample_dropout;
        set(&mut config.model.width, self.width);
        set(&mut config.model.kind, self.model.map(Kind::from));
        if self.average.is_some() {
            (config.variations.average, config.variations.average_images) = (self.average, None);
        }
        self.tricks.apply(&mut config.variations);
        let schedule = &mut config.schedule;
        set(&mut schedule.sample_every, self.sample_every);
        set(&mut schedule.keep, self.keep);
        if let Some(epochs) = self.epochs {
            (schedule.epochs, schedule.steps) = (epochs, None); // --epochs asks for whole epochs
        }
        schedule.steps = self.steps.or(schedule.steps);
        schedule.checkpoint_every = self.checkpoint_every.or(schedule.checkpoint_every);
        schedule.evaluate_every = self.evaluate_every.or(schedule.evaluate_every);
        Ok(config.check()?)
    }
}

/// Says so if `config.toml` holds other settings than the checkpoint: the checkpoint's count.
fn warn_of_edits(run: &Run, own: &Config) {
    if let Ok((written, _)) = record::read(&run.config())
        && written != *own
    {
        let setting = record::change(own, &written).map_or_else(
            || "the schedule".to_owned(),
            |change| format!("{} {}", flags::flag(&change.setting), change.other),
        );
        terminal::say(&format!(
            "{} was edited ({setting}): the settings of the checkpoint count; \
             a new run takes its settings by --config",
            run.config().display()
        ));
    }
}

/// Refuses other images than those that the config names.
///
/// # Errors
/// If the images differ.
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

/// The evaluator of the run, if the config asks for evaluations.
fn evaluator<S: TrainingCommand>(config: &Config, dataset: &Dataset) -> Result<Option<Evaluator>, Error> {
    let Some(_) = config.schedule.evaluate_every else { return Ok(None) };
    match S::KIND {
        DatasetKind::Pictures => {
            let evaluator = evaluator::of_own_pictures(dataset);
            evaluator.map(Some).map_err(|error| Error::Usage(format!("--evaluate-every: {error}; leave the flag out")))
        }
        _ => evaluator::evaluator(&config.data, dataset).map(Some),
    }
}

/// Networks for a new run, with the weights of the run or checkpoint at `from`.
fn weights_of(from: &Path, config: &Config) -> Result<Gan, Error> {
    let path = checkpoint_in(from)?;
    let checkpoint = Checkpoint::read(&path)?;
    let way_out = differences(&checkpoint.config, config);
    begin_with(config, &checkpoint).map_err(|reason| Error::file(&path, format!("--from: {reason}{way_out}")))
}

/// Which settings that decide the shapes of networks differ between a run and a new one, after a
/// semicolon; nothing if none does.
fn differences(a: &Config, b: &Config) -> String {
    let images = |config: &Config| (config.model.size, config.model.channels);
    let classes = |config: &Config| config.variations.extras().classes;
    if images(a) != images(b) {
        let [a, b] = [a, b].map(images).map(|(size, channels)| format!("{size}×{size}×{channels}"));
        return format!("; its images are {a}, and these are {b}");
    }
    if ![0, classes(a)].contains(&classes(b)) && classes(a) != 0 {
        return format!("; its images have {} classes, and these have {}", classes(a), classes(b));
    }
    let settings = |config: &Config| {
        let Architecture { kind, width, .. } = config.model;
        let Extras { spectral_norm, batch_deviation, .. } = config.variations.extras();
        [
            ("kind", usize::from(kind == Kind::Mlp)),
            ("width", width),
            ("conditional", classes(config)),
            ("spectral_norm", usize::from(spectral_norm)),
            ("batch_deviation", usize::from(batch_deviation)),
        ]
    };
    let pairs = settings(a).into_iter().zip(settings(b)).filter(|(a, b)| a != b);
    let flags: Vec<_> = pairs.map(|((name, _), _)| flags::flag(name)).collect();
    if flags.is_empty() {
        return String::new();
    }
    format!("; its run has another {}: give the new run the same", flags.join(", "))
}

/// Replaces a default by the value of a flag, if the flag was given.
fn set<T>(setting: &mut T, flag: Option<T>) {
    if let Some(value) = flag {
        *setting = value;
    }
}

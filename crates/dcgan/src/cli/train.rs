//! What every training command takes, and what becomes of it.

use std::path::PathBuf;

use clap::Args;

use super::machine::MachineArgs;
use crate::config::{Config, Training};
use crate::dataset::Dataset;
use crate::run::Run;
use crate::{Error, train};

#[derive(Debug, Args)]
pub(super) struct TrainArgs {
    /// Passes over the data [default: 5 for train-mnist, 50 for the others]
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
    /// The set of choices that no flag changes
    #[arg(long, default_value = "article")]
    recipe: String,
    /// Adam's learning rate [default: 0.001]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    lr: Option<f64>,
    /// Adam's memory of gradients [default: 0.4]
    #[arg(long, allow_negative_numbers = true)]
    beta1: Option<f64>,
    /// Feature maps at 4×4; each doubling of the extent halves them [default: 512]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    width: Option<usize>,
    /// Steps from one row of samples to the next [default: 100]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    sample_every: Option<u64>,
    /// Steps from one checkpoint to the next [default: one epoch]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    checkpoint_every: Option<u64>,
    /// Leave dropout on in samples, as the article does
    #[arg(long)]
    sample_dropout: bool,
    #[command(flatten)]
    machine: MachineArgs,
}

impl TrainArgs {
    /// Sizes the thread pool; to be called before anything computes.
    pub(super) fn set_up(&self) -> Result<(), Error> {
        self.machine.set_up()
    }

    /// Trains on `dataset` by the article's recipe, but for what `adjust` changes of it, and the flags after that.
    pub(super) fn train(&self, dataset: &Dataset, adjust: impl FnOnce(&mut Config)) -> Result<(), Error> {
        let config = self.config(dataset, adjust)?;
        config.check()?;
        dataset.check(config.training.batch_size)?;
        let run = Run::create(self.out.as_deref(), &dataset.name)?;
        train::train(&config, dataset, &run)
    }

    fn config(&self, dataset: &Dataset, adjust: impl FnOnce(&mut Config)) -> Result<Config, Error> {
        let images = &dataset.images;
        if images.height() != images.width() {
            let reason = format!("the images are {}×{} pixels; a square is wanted", images.height(), images.width());
            return Err(Error::file(&dataset.path, reason));
        }
        let mut config = Config::article(dataset.describe(), images.height(), images.channels(), &self.recipe)?;
        config.model.check().map_err(|error| Error::file(&dataset.path, error))?; // before a flag has changed it
        adjust(&mut config);
        let Training { seed, batch_size, learning_rate, beta1, sample_dropout, .. } = &mut config.training;
        set(seed, self.seed);
        set(batch_size, self.batch_size);
        set(learning_rate, self.lr);
        set(beta1, self.beta1);
        *sample_dropout = self.sample_dropout;
        set(&mut config.model.width, self.width);
        let schedule = &mut config.schedule;
        set(&mut schedule.epochs, self.epochs);
        set(&mut schedule.sample_every, self.sample_every);
        schedule.steps = self.steps;
        schedule.checkpoint_every = self.checkpoint_every;
        Ok(config)
    }
}

/// Replaces a default by what a flag says, if it says something.
fn set<T>(setting: &mut T, flag: Option<T>) {
    if let Some(value) = flag {
        *setting = value;
    }
}

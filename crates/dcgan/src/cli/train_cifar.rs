//! `train-cifar`: the horses of CIFAR-10, or another class of it or of CIFAR-100, or all of them.

use std::path::PathBuf;

use clap::Args;

use super::train::TrainArgs;
use crate::{Error, dataset};

#[derive(Debug, Args)]
pub(super) struct TrainCifarArgs {
    /// The class to learn, or `all`
    #[arg(long, value_name = "NAME", default_value = dataset::HORSE)]
    class: String,
    /// CIFAR-10 or CIFAR-100, binary version: the published archive, a folder of batches, or one file
    /// [default: the horses in datasets/cifar10]
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Take files that differ from the published ones as they are
    #[arg(long)]
    no_verify: bool,
    #[command(flatten)]
    training: TrainArgs,
}

impl TrainCifarArgs {
    pub(super) fn run(&self) -> Result<(), Error> {
        self.training.set_up()?;
        self.training.train(&dataset::cifar(self.data.as_deref(), &self.class, !self.no_verify)?, |_| ())
    }
}

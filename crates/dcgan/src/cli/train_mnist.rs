//! `train-mnist`: MNIST, or another set of its format.

use std::path::PathBuf;

use clap::Args;

use super::train::TrainArgs;
use crate::{Error, dataset};

#[derive(Debug, Args)]
pub(super) struct TrainMnistArgs {
    /// A folder with the training images [default: datasets/mnist]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    training: TrainArgs,
}

impl TrainMnistArgs {
    pub(super) fn run(&self) -> Result<(), Error> {
        self.training.set_up()?;
        self.training.train(&dataset::idx("mnist", self.data.as_deref())?)
    }
}

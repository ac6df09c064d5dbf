//! `train-mnist`: MNIST, or another set of its format.

use std::path::PathBuf;

use clap::Args;

use super::train::{TrainArgs, TrainingCommand};
use crate::datasets::{self, Dataset};
use dcgan::config::Config;
use dcgan::recipe::DatasetKind;
use runs::Error;
use runs::record::Environment;

#[derive(Debug, Args)]
#[command(mut_arg("epochs", |epochs| epochs.help("Passes over the data [default: 5; recipes swift and modern: 20]")))]
pub(crate) struct TrainMnistArgs {
    /// A folder with an IDX set (Fashion-MNIST, EMNIST, …), or its file of images [default:
    /// datasets/mnist]
    #[arg(long, help_heading = "Data", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Accept files that differ from the published ones
    #[arg(long, help_heading = "Data")]
    no_verify: bool,
    #[command(flatten)]
    training: TrainArgs,
}

impl TrainMnistArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        self.training.set_up()?;
        self.training.train(self)
    }
}

impl TrainingCommand for TrainMnistArgs {
    const COMMAND: &'static str = "train-mnist";
    const KIND: DatasetKind = DatasetKind::Digits;

    fn load(&self, recorded: Option<(&Config, &Environment)>) -> Result<Dataset, Error> {
        let place = recorded.and_then(|(_, environment)| environment.data());
        datasets::mnist::read_training(self.data.as_deref().or(place), !self.no_verify && recorded.is_none())
    }
}

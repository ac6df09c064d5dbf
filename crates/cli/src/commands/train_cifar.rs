//! `train-cifar`: the horses of CIFAR-10, or another class of it or of CIFAR-100, or all of them.

use std::path::PathBuf;

use clap::Args;

use super::train::{TrainArgs, TrainingCommand};
use crate::datasets::{self, Dataset};
use dcgan::config::Config;
use dcgan::recipe::DatasetKind;
use runs::Error;
use runs::record::Environment;

#[derive(Debug, Args)]
#[command(mut_arg("epochs", |epochs| epochs.help("Passes over the data [default: 50; recipes swift and modern: 200]")))]
#[command(mut_arg("batch_size", |size| size.help("Images per step [default: 64; recipe modern: 32]")))]
pub(crate) struct TrainCifarArgs {
    /// The class to learn, or `all` [default: horse]
    #[arg(long, help_heading = "Data", value_name = "NAME")]
    class: Option<String>,
    /// CIFAR-10 or CIFAR-100, binary version: the published archive, a folder of batches, or one
    /// file [default: the horses in datasets/cifar10]
    #[arg(long, help_heading = "Data", value_name = "PATH")]
    data: Option<PathBuf>,
    /// Accept files that differ from the published ones
    #[arg(long, help_heading = "Data")]
    no_verify: bool,
    #[command(flatten)]
    training: TrainArgs,
}

impl TrainCifarArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        self.training.set_up()?;
        self.training.train(self)
    }
}

impl TrainingCommand for TrainCifarArgs {
    const COMMAND: &'static str = "train-cifar";
    const KIND: DatasetKind = DatasetKind::Things;

    fn load(&self, recorded: Option<(&Config, &Environment)>) -> Result<Dataset, Error> {
        let place = recorded.and_then(|(_, environment)| environment.data());
        let class = recorded.and_then(|(config, _)| config.data.name.strip_prefix("cifar-"));
        let class = self.class.as_deref().or(class).unwrap_or(datasets::HORSE);
        datasets::cifar(self.data.as_deref().or(place), class, !self.no_verify && recorded.is_none())
    }
}

//! `train-images`: a folder of the user's own pictures.

use std::path::PathBuf;

use clap::Args;

use super::train::{TrainArgs, TrainingCommand};
use crate::datasets::{self, Dataset};
use dcgan::config::{Config, Training};
use dcgan::models::{Architecture, Kind};
use dcgan::recipe::DatasetKind;
use runs::Error;
use runs::record::Environment;

#[derive(Debug, Args)]
#[command(mut_arg("epochs", |epochs| epochs.help(
    "Passes over the data [default: 50; recipes swift and modern: 200; but as many as make 5,000 steps, where that is more]"
)))]
#[command(mut_arg("checkpoint_every", |every| every.help(
    "Steps from one checkpoint to the next [default: one epoch, or 250 steps, where that is more]"
)))]
pub(crate) struct TrainImagesArgs {
    /// A folder with PNG and JPEG pictures, in it or in folders within; the middle of each is used
    #[arg(long, help_heading = "Data", value_name = "DIR", required_unless_present_any = ["resume", "config"])]
    data: Option<PathBuf>,
    /// Pixels a side of the images that the networks see and make: 16, 28, 32, 64, 128 or 256
    /// [default: 64]
    #[arg(long, help_heading = "Data", value_name = "N", allow_negative_numbers = true)]
    size: Option<usize>,
    /// Learn the pictures in grey
    #[arg(long, help_heading = "Data")]
    grey: bool,
    /// Mirror each picture left to right, at random, half of the times
    #[arg(long, help_heading = "Data")]
    flip: bool,
    #[command(flatten)]
    training: TrainArgs,
}

impl TrainImagesArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        self.training.set_up()?;
        self.training.train(self)
    }
}

impl TrainingCommand for TrainImagesArgs {
    const COMMAND: &'static str = "train-images";
    const KIND: DatasetKind = DatasetKind::Pictures;

    fn load(&self, recorded: Option<(&Config, &Environment)>) -> Result<Dataset, Error> {
        let place = self.data.as_deref().or(recorded.and_then(|(_, environment)| environment.data()));
        let place = place.ok_or_else(|| Error::Usage(no_folder(recorded)))?;
        let own = recorded.map(|(config, _)| &config.model);
        if let (Some(size), Some(own)) = (self.size, own)
            && size != own.size
        {
            return Err(Error::Usage(format!(
                "--size {size}: the run was started with {}; leave the flag out",
                own.size
            )));
        }
        if self.grey && own.is_some_and(|own| own.channels != 1) {
            return Err(Error::Usage("--grey: the run was started in colour; leave the flag out".to_owned()));
        }
        let size = self.size.or(recorded.map(|(config, _)| config.model.size)).unwrap_or(64);
        let grey = self.grey || recorded.is_some_and(|(config, _)| config.model.channels == 1);
        // Before thousands of pictures are read for nothing.
        Architecture { kind: Kind::Dcgan, size, channels: if grey { 1 } else { 3 }, width: 512 }.check()?;
        datasets::image_folder(place, size, grey)
    }

    fn adjust(&self, training: &mut Training) {
        training.flip |= self.flip;
    }
}

/// Why there is nothing to read, where --data names nothing.
fn no_folder(recorded: Option<(&Config, &Environment)>) -> String {
    match recorded {
        Some((_, environment)) if !environment.data.is_empty() => {
            format!("the run's pictures are no longer in {}; name their place by --data", environment.data)
        }
        _ => "nothing says where the pictures are; name their folder by --data".to_owned(),
    }
}

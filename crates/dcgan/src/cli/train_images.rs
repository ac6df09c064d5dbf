//! `train-images`: a folder of the user's own pictures.

use std::path::PathBuf;

use clap::Args;

use super::train::TrainArgs;
use crate::models::{Kind, Shape};
use crate::{Error, dataset};

#[derive(Debug, Args)]
pub(super) struct TrainImagesArgs {
    /// A folder with PNG and JPEG pictures, in it or in folders within; the middle of each is used
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Pixels a side of what the network sees and makes: 16, 28, 32, 64, 128 or 256
    #[arg(long, value_name = "N", default_value_t = 64, allow_negative_numbers = true)]
    size: usize,
    /// Learn grey pictures
    #[arg(long)]
    grey: bool,
    /// Mirror a picture left to right every other time that it is seen
    #[arg(long)]
    flip: bool,
    #[command(flatten)]
    training: TrainArgs,
}

impl TrainImagesArgs {
    pub(super) fn run(&self) -> Result<(), Error> {
        self.training.set_up()?;
        let channels = if self.grey { 1 } else { 3 };
        // Before thousands of pictures are read for nothing.
        Shape { kind: Kind::Dcgan, size: self.size, channels, width: 512 }.check()?;
        let dataset = dataset::pictures(&self.data, self.size, self.grey)?;
        self.training.train(&dataset, |config| {
            config.training.flip = self.flip;
            config.schedule.epochs = 50;
            config.schedule.sample_columns = 15;
        })
    }
}

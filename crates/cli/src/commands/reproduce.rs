//! `reproduce`: a picture made again, from the checkpoint that made it.

use std::path::PathBuf;

use clap::Args;

use super::compute_args::ComputeArgs;
use crate::progress;
use gallery::provenance::Provenance;
use gallery::reproduce::{checkpoint_for, reproduce};
use runs::checkpoint::Checkpoint;
use runs::overwrite as out;
use runs::{Error, input};

#[derive(Debug, Args)]
pub(crate) struct ReproduceArgs {
    /// A picture that training or `generate` has made
    picture: PathBuf,
    /// The checkpoint that it was made from, or the directory of its run, where older ones are
    /// searched too
    #[arg(long, value_name = "RUN")]
    checkpoint: PathBuf,
    /// The PNG file to write
    #[arg(long, value_name = "FILE", default_value = "reproduced.png")]
    out: PathBuf,
    #[command(flatten)]
    machine: ComputeArgs,
}

impl ReproduceArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        self.machine.set_up()?;
        if let (Ok(out), Ok(picture)) = (self.out.canonicalize(), self.picture.canonicalize())
            && out == picture
        {
            return Err(Error::file(&self.out, "it is the picture itself; give --out another name"));
        }
        let blame = |reason: &dyn std::fmt::Display| Error::file(&self.picture, reason);
        let png = input::read(&self.picture, input::MOST_PICTURE_BYTES)?;
        let origin = Provenance::read(&png).map_err(|error| blame(&error))?;
        self.machine.prefer(&origin.instructions);
        let checkpoint = Checkpoint::read(&checkpoint_for(&origin, &self.checkpoint)?)?;
        let again = reproduce(&origin, &checkpoint).map_err(|error| blame(&error))?;
        out::write(&self.out, &again)?;
        if again != png {
            return Err(blame(&format!(
                "{} differs from it: the picture was changed, or computed by another version of this program",
                self.out.display()
            )));
        }
        progress::print(&format!("{} is the same, byte for byte", self.out.display()));
        Ok(())
    }
}

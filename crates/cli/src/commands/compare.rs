//! `compare`: which run is better, after equally many epochs and after equally many seconds.

use std::path::PathBuf;

use clap::Args;

use super::compute_args::ComputeArgs;
use crate::progress;
use gallery::compare::{self, Comparison};
use gallery::format::{self, Format};
use runs::Error;
use runs::overwrite as out;

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Directories of runs that were trained with --evaluate-every, on the same images
    #[arg(required = true, num_args = 2..=compare::MOST, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// The picture to write
    #[arg(long, value_name = "FILE", default_value = "comparison.png")]
    out: PathBuf,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    machine: ComputeArgs,
}

impl CompareArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let format = match format::of(&self.out) {
            Ok(format @ (Format::Png | Format::Gif)) => format,
            _ => return Err(Error::file(&self.out, "a comparison is one picture; end the name in .png or .gif")),
        };
        out::may_write(&self.out)?;
        self.machine.set_up()?;
        let comparison = Comparison::of(&self.runs)?;
        let picture = compare::picture(&comparison)?.to_png(&[out::mark()]);
        let picture = format.file(picture).map_err(|reason| Error::file(&self.out, reason))?;
        progress::print(&if self.json { compare::json(&comparison) } else { compare::text(&comparison) });
        out::write(&self.out, &picture)?;
        Ok(())
    }
}

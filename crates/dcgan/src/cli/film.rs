//! `film`: the training as an animation, from the samples that it has left.

use std::path::PathBuf;

use clap::Args;

use crate::film::Film;
use crate::run::Run;
use crate::{Error, atomic, progress};

#[derive(Debug, Args)]
pub(super) struct FilmArgs {
    /// The directory of a run
    run: PathBuf,
    /// Frames at most; of more rows of samples, some are left out
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000), allow_negative_numbers = true)]
    frames: u32,
    /// How long each frame is seen, in milliseconds [default: as long as makes a film of 10 s]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u16).range(10..=10_000), allow_negative_numbers = true)]
    delay: Option<u16>,
    /// Pixels a side that each pixel becomes
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=16), allow_negative_numbers = true)]
    scale: u32,
    /// The animated PNG file to write [default: progress.apng in the run]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl FilmArgs {
    pub(super) fn run(&self) -> Result<(), Error> {
        let run = Run::look(&self.run)?;
        let film = Film { frames: self.frames as usize, delay_ms: self.delay, scale: self.scale };
        let no_samples = "it has saved no samples yet; it does so every --sample-every steps";
        let (film, frames) = film.of(&run)?.ok_or_else(|| Error::file(run.path(), no_samples))?;
        let out = self.out.clone().unwrap_or_else(|| run.film());
        atomic::write(&out, &film)?;
        progress::print(&format!("a film of {frames} frames in {}", out.display()));
        Ok(())
    }
}

//! `film`: the training as an animation, from the samples that it has left.

use std::path::PathBuf;

use clap::Args;

use crate::progress;
use gallery::film::{FRAMES, Film, SCALE};
use gallery::format::{self, Format};
use gallery::numbers::counted;
use runs::Error;
use runs::directory::Run;
use runs::overwrite as out;

#[derive(Debug, Args)]
pub(crate) struct FilmArgs {
    /// The directory of a run
    run: PathBuf,
    /// Frames at most; of more rows of samples, some are left out
    #[arg(long, value_name = "N", default_value_t = FRAMES as u32, value_parser = clap::value_parser!(u32).range(1..=100_000), allow_negative_numbers = true)]
    frames: u32,
    /// How long each frame is seen, in milliseconds [default: as long as makes a film of 10 s]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u16).range(10..=10_000), allow_negative_numbers = true)]
    delay: Option<u16>,
    /// Pixels a side that each pixel becomes
    #[arg(long, value_name = "N", default_value_t = SCALE, value_parser = clap::value_parser!(u32).range(1..=16), allow_negative_numbers = true)]
    scale: u32,
    /// The animation to write: .apng with all colours, or .gif with 256 a frame; a run makes its
    /// own, progress.apng
    #[arg(long, value_name = "FILE", default_value = "film.apng")]
    out: PathBuf,
}

impl FilmArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let format = match format::of(&self.out)? {
            Format::Npy => return Err(Error::file(&self.out, "a film is no array; end the name in .apng or .gif")),
            format => format,
        };
        let run = Run::look(&self.run)?;
        run.sweep()?;
        let film = Film { frames: self.frames as usize, delay_ms: self.delay, scale: self.scale };
        let no_samples = "it has saved no samples yet; it does so every --sample-every steps";
        let (film, frames) = film.of(&run)?.ok_or_else(|| Error::file(run.path(), no_samples))?;
        let film = format.file(film).map_err(|reason| Error::file(&self.out, reason))?;
        out::write(&self.out, &film)?;
        progress::print(&format!("a film of {} in {}", counted(frames, "frame"), self.out.display()));
        Ok(())
    }
}

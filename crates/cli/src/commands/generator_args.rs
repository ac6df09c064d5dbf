//! The flags of every command that makes pictures with a trained generator.

use std::path::{Path, PathBuf};

use clap::Args;
use data::Images;

use super::compute_args::ComputeArgs;
use super::picture_memory::PictureMemory;
use super::wish_args::WishArgs;
use crate::terminal;
use dcgan::gan::Gan;
use dcgan::sample;
use dcgan::wish::Wish;
use gallery::format;
use gallery::view::{View, ViewContent};
use runs::Error;
use runs::loaded::{self, Loaded};
use runs::overwrite;

#[derive(Debug, Args)]
pub(crate) struct GeneratorArgs {
    /// The directory of a run, or a checkpoint
    run: PathBuf,
    /// Enlarge each pixel to a square of N×N
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64), allow_negative_numbers = true)]
    pub(super) scale: u32,
    /// Pictures that pass through the generator at a time; the result does not depend on it
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000), allow_negative_numbers = true)]
    batch_size: u32,
    #[command(flatten)]
    wish: WishArgs,
    #[command(flatten)]
    compute: ComputeArgs,
}

/// A generator, ready to make pictures.
pub(crate) struct LoadedGenerator<'a> {
    args: &'a GeneratorArgs,
    pub(super) gan: Gan,
    pub(super) wish: Wish,
    name: String,
}

impl GeneratorArgs {
    pub(super) fn load(&self) -> Result<LoadedGenerator<'_>, Error> {
        self.compute.set_up()?;
        let Loaded { checkpoint, gan, .. } = Loaded::read(&self.run)?;
        let wish = self.wish.of(&gan, &checkpoint.config.data.name)?;
        Ok(LoadedGenerator { args: self, gan, wish, name: checkpoint.tensors_sha256() })
    }
}

impl LoadedGenerator<'_> {
    pub(super) fn batch(&self) -> usize {
        self.args.batch_size as usize
    }

    /// An error that names the checkpoint.
    pub(super) fn unfit(&self, reason: impl ToString) -> Error {
        Error::file(&self.args.run, reason)
    }

    /// The file of a view.
    pub(super) fn file(&self, subject: ViewContent) -> Result<Vec<u8>, Error> {
        let view = View { subject, scale: self.args.scale, wish: self.wish.clone() };
        view.file(&self.gan, &self.name, self.batch()).map_err(|reason| self.unfit(reason))
    }

    /// The pictures of seeds.
    pub(super) fn images(&self, seeds: &[u64]) -> Result<Images, Error> {
        let images = sample::images(&self.gan, &self.wish.points(seeds, self.gan.classes()), self.batch());
        images.map_err(|_| self.unfit(loaded::NOT_FINITE))
    }

    /// The file of each seed's picture.
    pub(super) fn singles(&self, seeds: &[u64]) -> Result<Vec<Vec<u8>>, Error> {
        let view =
            |seed: u64| View { subject: ViewContent::Single(seed), scale: self.args.scale, wish: self.wish.clone() };
        view(0).affordable(&self.gan).map_err(|reason| self.unfit(reason))?;
        let images = self.images(seeds)?;
        let file = |(i, seed): (usize, &u64)| view(*seed).single(&self.gan, &self.name, &images, i);
        Ok(seeds.iter().enumerate().map(file).collect())
    }

    /// Writes the file of a view.
    pub(super) fn write(&self, subject: ViewContent, path: &Path) -> Result<(), Error> {
        let file = format::of(path)?.file(self.file(subject)?).map_err(|reason| Error::file(path, reason))?;
        overwrite::write(path, &file)
    }

    /// Refuses a picture of `cells` cells, made of as many images at most, if the system does not
    /// give the memory for it.
    pub(super) fn check_memory(&self, cells: u64) -> Result<(), Error> {
        let layers = self.gan.generator.layers();
        let numbers = |output: &[usize]| output.iter().product::<usize>() as u64;
        let memory = PictureMemory {
            images: cells,
            image_size: layers.last().map_or(0, |layer| numbers(&layer.output)),
            results: layers.iter().map(|layer| numbers(&layer.output)).sum(),
            batch: cells.min(self.args.batch_size.into()),
            cells,
            scale: self.args.scale,
        };
        memory.check()
    }

    /// Tells the user what was written where.
    pub(super) fn done(&self, what: &str, out: &Path) {
        terminal::print_line(&format!("{what} of step {} in {}", self.gan.step, out.display()));
    }
}

/// Refuses a file that cannot be written, and one whose name ends like another format than those
/// that are written: both before anything is computed.
pub(super) fn check_out(path: &Path, endings: &[&str]) -> Result<(), Error> {
    overwrite::may_write(path)?;
    check_ending(path, endings)
}

/// Refuses a name that ends like another format than those that are written.
pub(super) fn check_ending(path: &Path, endings: &[&str]) -> Result<(), Error> {
    if path.extension().is_none() || endings.iter().any(|ending| ends_with(path, ending)) {
        return Ok(());
    }
    let endings = endings.iter().map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(" or ");
    Err(Error::file(path, format!("this command writes {endings}; give --out a name that ends so")))
}

/// Whether the name of a file has this ending.
pub(super) fn ends_with(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

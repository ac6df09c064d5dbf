//! What every command takes that makes pictures with a trained generator.

use std::path::{Path, PathBuf};

use clap::Args;
use data::Images;

use super::compute_args::ComputeArgs;
use crate::terminal;
use dcgan::gan::Gan;
use dcgan::sample;
use gallery::view::{View, ViewContent};
use runs::Error;
use runs::loaded::{self, Loaded};
use runs::overwrite as out;

#[derive(Debug, Args)]
pub(crate) struct GeneratorArgs {
    /// The directory of a run, or a checkpoint
    run: PathBuf,
    /// Pixels a side that each pixel becomes
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64), allow_negative_numbers = true)]
    pub(super) scale: u32,
    /// Pictures that pass through the generator at a time; no bit depends on it
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000), allow_negative_numbers = true)]
    batch_size: u32,
    #[command(flatten)]
    compute: ComputeArgs,
}

/// A generator, ready to make pictures.
pub(crate) struct LoadedGenerator<'a> {
    args: &'a GeneratorArgs,
    pub(super) gan: Gan,
    name: String,
}

impl GeneratorArgs {
    pub(super) fn load(&self) -> Result<LoadedGenerator<'_>, Error> {
        self.compute.set_up()?;
        let Loaded { checkpoint, gan, .. } = Loaded::read(&self.run)?;
        Ok(LoadedGenerator { args: self, gan, name: checkpoint.tensors_sha256() })
    }
}

impl LoadedGenerator<'_> {
    pub(super) fn batch(&self) -> usize {
        self.args.batch_size as usize
    }

    /// Blames the checkpoint.
    pub(super) fn unfit(&self, reason: impl ToString) -> Error {
        Error::file(&self.args.run, reason)
    }

    /// The file of a view.
    pub(super) fn file(&self, subject: ViewContent) -> Result<Vec<u8>, Error> {
        let view = View { subject, scale: self.args.scale };
        view.file(&self.gan, &self.name, self.batch()).map_err(|reason| self.unfit(reason))
    }

    /// The pictures of seeds.
    pub(super) fn images(&self, seeds: &[u64]) -> Result<Images, Error> {
        let images = sample::images(&self.gan, &sample::latent(seeds), self.batch());
        images.map_err(|_| self.unfit(loaded::NOT_FINITE))
    }

    /// For each seed, the file of its picture alone.
    pub(super) fn singles(&self, seeds: &[u64]) -> Result<Vec<Vec<u8>>, Error> {
        let view = |seed: u64| View { subject: ViewContent::Single(seed), scale: self.args.scale };
        view(0).affordable(&self.gan).map_err(|reason| self.unfit(reason))?;
        let images = self.images(seeds)?;
        let file = |(i, seed): (usize, &u64)| view(*seed).single(&self.gan, &self.name, &images, i);
        Ok(seeds.iter().enumerate().map(file).collect())
    }

    /// Writes it.
    pub(super) fn write(&self, subject: ViewContent, path: &Path) -> Result<(), Error> {
        out::write(path, &self.file(subject)?)
    }

    /// Says what is where.
    pub(super) fn done(&self, what: &str, out: &Path) {
        terminal::print_line(&format!("{what} of step {} in {}", self.gan.step, out.display()));
    }
}

/// Whether the name of a file ends like this.
pub(super) fn ends_with(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

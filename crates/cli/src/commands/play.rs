//! `play`: a page to play with, from any checkpoint.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use data::Images;

use super::compute_args::ComputeArgs;
use super::generator_args::check_ending;
use crate::datasets;
use crate::terminal;
use play::page::{self, Ingredients, PageError, Precision};
use runs::loaded::Loaded;
use runs::{Error, atomic, overwrite};

/// How exact the weights in the page are, by the name that a user types.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Weights {
    /// As they were trained: pictures are those of `generate` on the portable path, byte for byte
    F32,
    /// Half as large
    F16,
    /// A quarter as large
    I8,
}

impl From<Weights> for Precision {
    fn from(weights: Weights) -> Self {
        match weights {
            Weights::F32 => Self::F32,
            Weights::F16 => Self::F16,
            Weights::I8 => Self::I8,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct PlayArgs {
    /// The directory of a run, or a checkpoint
    run: PathBuf,
    /// Earlier states of the same training, runs or checkpoints, to be seen beside it
    #[arg(long, value_name = "EARLIER", num_args = 1..=4)]
    with: Vec<PathBuf>,
    /// How exact the weights in the page are [default: f16, or i8 where the page would have over 2
    /// MB of them; of earlier states i8]
    #[arg(long, value_enum)]
    weights: Option<Weights>,
    /// Training images of MNIST in the page, from which a small pair can learn there
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(0..=60_000), allow_negative_numbers = true)]
    digits: u32,
    /// The page to write
    #[arg(long, value_name = "FILE", default_value = "play.html")]
    out: PathBuf,
    #[command(flatten)]
    compute: ComputeArgs,
}

impl PlayArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        check_ending(&self.out, &["html"])?;
        overwrite::may_replace(&self.out, page::is_own)?;
        atomic::may_write(&self.out)?;
        self.compute.set_up()?;
        let generator = Loaded::read(&self.run)?;
        let mut earlier = self.with.iter().map(|path| Loaded::read(path)).collect::<Result<Vec<_>, _>>()?;
        earlier.sort_by_key(|loaded| loaded.checkpoint.step);
        let digits = self.digits();
        let book = book_from(&self.out);
        let ingredients = Ingredients {
            name: &name(&generator.path),
            generator: &generator,
            earlier: &earlier,
            precision: self.weights.map(Precision::from),
            images: digits.as_ref().map(|images| ("mnist", images)),
            book: book.as_deref(),
        };
        let page = page::page(&ingredients).map_err(|reason| match &reason {
            PageError::Other { path, .. } => Error::file(path, &reason),
            PageError::NotFinite => Error::file(&self.run, &reason),
        })?;
        atomic::write(&self.out, page.as_bytes())?;
        let kilobytes = page.len().div_ceil(1000);
        let step = generator.checkpoint.step;
        terminal::print_line(&format!("a page of step {step}, {kilobytes} KB, in {}", self.out.display()));
        Ok(())
    }

    /// The first digits of MNIST, if they are at hand.
    fn digits(&self) -> Option<Images> {
        let count = self.digits as usize;
        if count == 0 {
            return None;
        }
        match datasets::mnist::read_training(None, true) {
            Ok(set) => {
                let images = set.images;
                let pixels = images.pixels()[..count.min(images.count()) * images.image_size()].to_vec();
                Some(Images::new(images.height(), images.width(), images.channels(), pixels))
            }
            Err(reason) => {
                terminal::print_line(&format!("the page has no digits to learn from: {reason}"));
                None
            }
        }
    }
}

/// What to call the page: the directory that the checkpoint is in.
fn name(checkpoint: &Path) -> String {
    let path = checkpoint.canonicalize().unwrap_or_else(|_| checkpoint.to_owned());
    let folder = path.parent().and_then(Path::file_name);
    folder.map_or_else(|| "a generator".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The way from the page to the chapters of the book, if both are in the source tree that this
/// program was built from.
fn book_from(page: &Path) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().ok()?;
    let folder = page.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().ok()?;
    let below = folder.strip_prefix(&root).ok()?;
    let chapters = root.join("book/src").is_dir();
    chapters.then(|| "../".repeat(below.components().count()) + "book/src/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_in_the_tree_knows_its_way_to_the_book() {
        let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        assert_eq!(Some("../book/src/".to_owned()), book_from(&tree.join("pictures/play.html")));
        assert_eq!(Some("book/src/".to_owned()), book_from(&tree.join("play.html")));
        assert_eq!(None, book_from(&std::env::temp_dir().join("play.html")));
    }

    #[test]
    fn a_page_is_called_like_the_directory_of_its_run() {
        assert_eq!("0001-mnist", name(Path::new("nowhere/0001-mnist/checkpoint.safetensors")));
    }
}

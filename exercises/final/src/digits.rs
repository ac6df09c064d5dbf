//! MNIST, from the files that come with the project.

use std::path::{Path, PathBuf};

use data::{Images, Source, idx};
use dcgan::config::Data;
use judge::figures::{Evaluator, Reals};
use judge::{Domain, LoadedJudge};
use runs::{Error, input};

/// The largest file that is read.
const MOST_BYTES: u64 = 64 << 20;

/// Digits to learn from, and others to judge by.
pub(crate) struct Digits {
    /// Where they are.
    pub(crate) folder: PathBuf,
    pub(crate) training: Images,
    held_out: Images,
}

impl Digits {
    /// Reads both files of images in `folder`.
    pub(crate) fn read(folder: &Path) -> Result<Self, Error> {
        let images = |name: &str| {
            let path = folder.join(name);
            let bytes = input::read(&path, MOST_BYTES)?;
            idx::read_images(&mut Source::new(&bytes, data::LIMIT_BYTES)).map_err(|error| Error::file(&path, error))
        };
        let training = images("train-images-idx3-ubyte.gz")?;
        let held_out = images("t10k-images-idx3-ubyte.gz")?;
        Ok(Self { folder: folder.to_owned(), training, held_out })
    }

    /// The words of a config for them.
    pub(crate) fn describe(&self) -> Data {
        Data { name: "mnist".to_owned(), images: self.training.count(), sha256: self.training.sha256() }
    }

    /// Who judges samples by them.
    pub(crate) fn evaluator(self) -> Evaluator {
        let Self { training, held_out, .. } = self;
        let reals =
            Reals { name: Domain::Mnist.name().to_owned(), domain: Domain::Mnist, class: None, training, held_out };
        Evaluator::new(LoadedJudge::shipped(Domain::Mnist), reals)
    }
}

//! The real images that tests look at, from the data sets in the source tree.

use std::path::Path;

use data::cifar::{self, CIFAR_10};
use data::{Labelled, Source, idx};

fn read<T>(name: &str, parse: impl FnOnce(&mut Source<'_>) -> Result<T, data::Error>) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets").join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    parse(&mut Source::new(&bytes, data::LIMIT_BYTES)).unwrap()
}

/// The 10,000 test digits of MNIST.
pub(crate) fn digits() -> Labelled {
    let images = read("mnist/t10k-images-idx3-ubyte.gz", idx::read_images);
    Labelled::new(images, read("mnist/t10k-labels-idx1-ubyte.gz", idx::read_labels))
}

/// The 1,000 test horses of CIFAR-10.
pub(crate) fn horses() -> Labelled {
    read("cifar10/test_horse.bin.gz", |source| cifar::read(source, &CIFAR_10))
}

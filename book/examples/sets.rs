//! The pictures of the repository's data sets, for the demonstrations.

use data::{Images, Source, cifar, idx};

/// The 10,000 digits of MNIST that no training sees.
///
/// # Panics
/// If the file is not in the repository.
#[must_use]
pub fn digits() -> Images {
    let bytes = read("mnist/t10k-images-idx3-ubyte.gz");
    idx::read_images(&mut Source::new(&bytes, data::LIMIT_BYTES)).expect("the file is sound")
}

/// The 1,000 horses of CIFAR-10's test split.
///
/// # Panics
/// If the file is not in the repository.
#[must_use]
pub fn horses() -> Images {
    let bytes = read("cifar10/test_horse.bin.gz");
    let labelled = cifar::read(&mut Source::new(&bytes, data::LIMIT_BYTES), &cifar::CIFAR_10);
    labelled.expect("the file is sound").into_images()
}

fn read(name: &str) -> Vec<u8> {
    let path = format!("{}/../../datasets/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

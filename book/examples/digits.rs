//! Chapter 9: the first batch that a training on MNIST with seed 1 sees: 64 pictures, in the order
//! of the step.
//!
//! It prints the extents of the file and the numbers of the first pictures. `digits FIGURE.png`
//! also draws the page.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use book_examples::pictures;
use data::{Batches, Source, idx};
use dcgan::picture::Picture;
use tensor::Tensor;

const FILE: &str = "datasets/mnist/train-images-idx3-ubyte.gz";
const BATCH: usize = 64;

fn main() {
    let path = format!("{}/../../{FILE}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{FILE}: {error}"));
    let images = idx::read_images(&mut Source::new(&bytes, data::LIMIT_BYTES)).expect("the published file");
    let mut batches = Batches::new(images.count(), BATCH, 1);
    println!("{FILE}");
    println!("{} pictures of {} x {} x {}", images.count(), images.height(), images.width(), images.channels());
    println!("steps in an epoch of batches of {BATCH}: {}", batches.steps_per_epoch());
    println!("step 0 sees {:?} …", &batches.indices(0)[..6]);
    println!("step 1 sees {:?} …", &batches.indices(1)[..6]);
    let mut batch = vec![0.0; BATCH * images.image_size()];
    batches.fill(&images, 0, false, &mut batch);
    let batch = Tensor::new(&[BATCH, images.height(), images.width(), images.channels()], batch);
    pictures::save(&Picture::grid(&batch, 16).expect("pictures are finite"));
}

//! Chapter 7: the same noise beside other neighbours.
//!
//! In training, batch norm uses the mean and the variance of the batch. So a picture depends on the
//! others that happen to be made with it. By the running statistics it depends on its noise alone.
//!
//! `neighbours FIGURE.png` also draws the picture in four batches: two by the statistics of the
//! batch, and the same two by the running ones.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use book_examples::pictures;
use dcgan::gan::Gan;
use dcgan::models::{Architecture, DropoutKeys, Kind, LATENT};
use dcgan::picture::Picture;
use dcgan::streams::{Purpose, noise, stream};
use nn::AdamOptions;
use tensor::Tensor;
use tensor::fast::{self, Isa};

const BATCH: usize = 8;
const SIZE: usize = 16;

/// A batch whose first point is `point`, beside random points times `factor`.
fn beside(point: &[f32], number: u64, factor: f32) -> Tensor {
    let mut z = noise(&mut stream(1, Purpose::Neighbour, number), BATCH, LATENT);
    z.data_mut().iter_mut().for_each(|z| *z *= factor);
    z.data_mut()[..LATENT].copy_from_slice(point);
    z
}

/// The largest difference of two pictures.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn main() {
    fast::limit(Isa::Portable);
    let networks = Architecture { kind: Kind::Dcgan, size: SIZE, channels: 1, width: 16 };
    let pair = networks.build(&mut stream(1, Purpose::Weights, 0)).expect("there are networks of this size");
    let mut gan = Gan::new(pair, AdamOptions::default(), 0.001, 0.9);
    for number in 0..500 {
        // Nothing is learnt here; the running statistics only follow those of the batches.
        gan.fake_images(&noise(&mut stream(1, Purpose::Noise, number), BATCH, LATENT), &mut DropoutKeys::none());
    }
    let point = noise(&mut stream(1, Purpose::Samples, 0), 1, LATENT);
    let batches = [(1, 1.0), (2, 1.0), (3, 0.1)].map(|(number, factor)| beside(point.data(), number, factor));

    let first = |images: Tensor| images.data()[..SIZE * SIZE].to_vec();
    let by_running = batches.each_ref().map(|z| first(gan.sample(z, &mut DropoutKeys::none())));
    let by_batch = batches.each_ref().map(|z| first(gan.fake_images(z, &mut DropoutKeys::none())));

    println!("the same z beside            four pixels of the middle row          largest difference");
    for (name, pictures) in [("by the batch's statistics", &by_batch), ("by the running statistics", &by_running)] {
        println!("{name}");
        for (neighbours, picture) in ["some noise", "other noise", "small noise"].iter().zip(pictures) {
            let row: Vec<String> = picture[8 * SIZE + 6..][..4].iter().map(|x| format!("{x:8.4}")).collect();
            println!("  {neighbours:20} {}          {:8.4}", row.join(" "), difference(picture, &pictures[0]));
        }
    }
    assert!(by_running.iter().all(|picture| *picture == by_running[0]), "a sample depends on its noise alone");

    let drawn: Vec<f32> =
        [&by_batch[0], &by_batch[2], &by_running[0], &by_running[2]].into_iter().flatten().copied().collect();
    let drawn = Tensor::new(&[4, SIZE, SIZE, 1], drawn);
    let picture = Picture::grid(&drawn, 4).expect("tanh is finite");
    pictures::save(&pictures::enlarged(&picture, 6));
}

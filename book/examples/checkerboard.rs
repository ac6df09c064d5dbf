//! Chapter 6: two generators that have never been trained. One enlarges with kernel 3 and one with
//! kernel 4, both with stride 2.
//!
//! It prints how large the pixels are in front of the tanh, by the parity of row and column, over
//! 200 draws of the weights. `checkerboard FIGURE.png` also draws pictures: kernel 3 above, kernel
//! 4 below.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use book_examples::pictures;
use dcgan::picture::Picture;
use dcgan::streams::{Purpose, noise, stream};
use nn::{BatchNorm, ConvTranspose2d, Dense, Init, Mode, Parameters};
use tensor::fast::{Isa, limit};
use tensor::ops::leaky_dropout::LeakyDropout;
use tensor::{Axis, Tape, Tensor, Window};

const WIDTH: usize = 64;
const BATCH: usize = 16;
const SEEDS: u64 = 200;

/// Images of the article's generator at width 64, with another kernel in its two last layers, in
/// front of the tanh and behind it.
fn images(kernel: usize, seed: u64) -> [Tensor; 2] {
    let rng = &mut stream(seed, Purpose::Weights, 0);
    let mut parameters = Parameters::new();
    let dense = Dense::new(&mut parameters, "dense", 100, 4 * 4 * WIDTH, Init::GlorotUniform, rng);
    let axes =
        [Axis::transposed_valid(4, 4, 1), Axis::transposed_same(7, kernel, 2), Axis::transposed_same(14, kernel, 2)];
    let channels = [WIDTH, WIDTH / 2, WIDTH / 4, 1];
    let mut layers = Vec::new();
    for (i, axis) in axes.into_iter().enumerate() {
        let norm = BatchNorm::new(&mut parameters, &format!("bn{i}"), channels[i], 1e-3);
        let window = Window { down: axis, across: axis };
        let name = format!("up{i}");
        let up = ConvTranspose2d::new(
            &mut parameters,
            &name,
            window,
            channels[i],
            channels[i + 1],
            Init::GlorotUniform,
            rng,
        );
        layers.push((norm, up));
    }

    let mut tape = Tape::new();
    let bound = parameters.bind(&mut tape, Mode::Frozen);
    let z = tape.constant(noise(&mut stream(seed, Purpose::Noise, 0), BATCH, 100));
    let x = dense.forward(&mut tape, &bound, z);
    let mut x = tape.reshape(x, &[BATCH, 4, 4, WIDTH]);
    for (norm, up) in &mut layers {
        x = norm.forward_training_then(&mut tape, &bound, x, LeakyDropout { slope: 0.01, keep: 1.0, key: 0 });
        x = up.forward(&mut tape, &bound, x);
    }
    let image = tape.tanh(x);
    [tape.value(x), tape.value(image)]
}

/// The mean square of the pixels away from the border whose row and column have these parities.
fn mean_square(images: &Tensor, parity: [usize; 2]) -> f64 {
    let [n, height, width, _] = images.dims();
    let (mut sum, mut count) = (0.0, 0.0);
    for image in 0..n {
        for y in (2..height - 2).filter(|y| y % 2 == parity[0]) {
            for x in (2..width - 2).filter(|x| x % 2 == parity[1]) {
                sum += f64::from(images.data()[(image * height + y) * width + x]).powi(2);
                count += 1.0;
            }
        }
    }
    sum / count
}

fn main() {
    limit(Isa::Portable); // the same pixels on every x86-64
    let parities = [("even, even", [0, 0]), ("even, odd", [0, 1]), ("odd, even", [1, 0]), ("odd, odd", [1, 1])];
    let mut squares = [[0.0; 4]; 2];
    let mut rows = Vec::new();
    for (kernel, squares) in [3, 4].into_iter().zip(&mut squares) {
        for seed in 1..=SEEDS {
            let [x, image] = images(kernel, seed);
            for (sum, (_, parity)) in squares.iter_mut().zip(parities) {
                *sum += mean_square(&x, parity) / SEEDS as f64;
            }
            if seed == 1 {
                rows.push(image);
            }
        }
    }
    println!("mean square of a pixel");
    println!("row, column   kernel 3   kernel 4");
    for (i, (name, _)) in parities.into_iter().enumerate() {
        println!("{name:11}   {:8.2}   {:8.2}", squares[0][i], squares[1][i]);
    }

    let first = |images: &Tensor| Tensor::new(&[8, 28, 28, 1], images.data()[..8 * 28 * 28].to_vec());
    let [mut picture, below] = [0, 1].map(|i| Picture::grid(&first(&rows[i]), 8).expect("tanh is finite"));
    picture.append(&below);
    pictures::save(&pictures::enlarged(&picture, 3));
}

//! Chapter 8: the first step of a generator: how large the gradient of each tensor is, and how far
//! gradient descent and Adam move it at the same learning rate.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use dcgan::models::{Architecture, DropoutKeys, Kind, LATENT};
use dcgan::streams::{Purpose, noise, stream};
use nn::{Adam, AdamOptions};
use tensor::Tensor;
use tensor::fast::{Isa, limit};

const RATE: f64 = 0.001;

/// The root of the mean square of the elements.
fn size(x: impl ExactSizeIterator<Item = f32>) -> f64 {
    let count = x.len() as f64;
    (x.map(|x| f64::from(x).powi(2)).sum::<f64>() / count).sqrt()
}

fn main() {
    limit(Isa::Portable);
    let architecture = Architecture { kind: Kind::Dcgan, size: 28, channels: 1, width: 32 };
    let pair = architecture.build(&mut stream(1, Purpose::Weights, 0)).expect("28 pixels have networks");
    let mut gan = dcgan::gan::Gan::new(pair, AdamOptions::default(), RATE, 0.9);
    let z = noise(&mut stream(1, Purpose::Noise, 0), 32, LATENT);
    let gradients = gan.generator_gradients(&z, &mut DropoutKeys::none()).gradients;

    let mut moved = gan.generator.parameters().clone();
    let before: Vec<Tensor> = moved.iter().map(|(_, tensor)| tensor.clone()).collect();
    Adam::new(AdamOptions::default(), &moved).update(RATE, &mut moved, &gradients).expect("finite");

    println!("learning rate {RATE}                  typical size of one number's");
    println!("tensor of the generator            gradient   plain step   Adam's step");
    for (((name, after), before), gradient) in moved.iter().zip(&before).zip(&gradients) {
        let name = name.trim_start_matches("generator/");
        let gradient = size(gradient.data().iter().copied());
        let step = size(after.data().iter().zip(before.data()).map(|(after, before)| after - before));
        println!("{name:32} {gradient:10.1e}   {:10.1e}   {step:11.5}", RATE * gradient);
    }
}

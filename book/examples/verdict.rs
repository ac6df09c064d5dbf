//! Chapter 4: the smallest discriminator, trained to tell digits from noise.
//!
//! It has two dense layers with a leaky ReLU between them, and one logit. 200 steps of Adam are
//! enough for it to be sure.
//!
//! `verdict FIGURE.png` also draws the weights of its first layer, one picture for each unit.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use book_examples::{pictures, sets};
use data::Batches;
use dcgan::picture::Picture;
use dcgan::streams::{Purpose, noise, stream};
use nn::{Adam, AdamOptions, Bound, Dense, Init, Mode, Parameters};
use tensor::fast::{self, Isa};
use tensor::{Tape, Tensor, Var};

const BATCH: usize = 64;
const PIXELS: usize = 28 * 28;
const UNITS: usize = 16;

/// So small that what is drawn in the end was learnt.
const SMALL: Init = Init::Normal { std: 0.01 };

struct Judge {
    hidden: Dense,
    output: Dense,
}

impl Judge {
    fn forward(&self, tape: &mut Tape, bound: &Bound, x: Var) -> Var {
        let x = self.hidden.forward(tape, bound, x);
        let x = tape.leaky_relu(0.2, x);
        self.output.forward(tape, bound, x)
    }
}

/// The mean of σ(logit).
fn mean_verdict(logits: &Tensor) -> f32 {
    let sum: f32 = logits.data().iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).sum();
    sum / logits.data().len() as f32
}

fn main() {
    fast::limit(Isa::Portable);
    let digits = sets::digits();
    let mut batches = Batches::new(digits.count(), BATCH, 1);
    let mut rng = stream(1, Purpose::Weights, 0);
    let mut parameters = Parameters::new();
    let judge = Judge {
        hidden: Dense::new(&mut parameters, "hidden", PIXELS, UNITS, SMALL, &mut rng),
        output: Dense::new(&mut parameters, "output", UNITS, 1, Init::GlorotUniform, &mut rng),
    };
    let mut adam = Adam::new(AdamOptions::default(), &parameters);

    println!("step    loss   D(digit)   D(noise)");
    for step in 0..=200 {
        let mut x = vec![0.0; BATCH * PIXELS];
        batches.fill(&digits, step, false, &mut x);
        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, Mode::Trained);
        let x = tape.constant(Tensor::new(&[BATCH, PIXELS], x));
        let z = tape.constant(noise(&mut stream(1, Purpose::Noise, step), BATCH, PIXELS));
        let on_digits = judge.forward(&mut tape, &bound, x);
        let on_noise = judge.forward(&mut tape, &bound, z);
        let first = tape.sigmoid_cross_entropy(on_digits, 1.0);
        let second = tape.sigmoid_cross_entropy(on_noise, 0.0);
        let loss = tape.add(first, second);
        if [0, 1, 2, 3, 5, 10, 20, 50, 100, 200].contains(&step) {
            let verdicts = [on_digits, on_noise].map(|logits| mean_verdict(&tape.value(logits)));
            println!("{step:4}  {:6.3}   {:8.3}   {:8.3}", tape.value(loss).item(), verdicts[0], verdicts[1]);
        }
        let gradients = bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)));
        adam.update(0.001, &mut parameters, &gradients).expect("the numbers stay finite");
    }

    let kernel = parameters.get("hidden/kernel").expect("the layer has one").data();
    let units = (0..UNITS).flat_map(|unit| {
        let weights: Vec<f32> = kernel.iter().skip(unit).step_by(UNITS).copied().collect();
        let largest = weights.iter().map(|w| w.abs()).fold(0.0, f32::max);
        weights.into_iter().map(move |w| w / largest)
    });
    let weights = Tensor::new(&[UNITS, 28, 28, 1], units.collect::<Vec<f32>>());
    let picture = Picture::grid(&weights, 8).expect("the weights are finite");
    pictures::save(&pictures::enlarged(&picture, 3));
}

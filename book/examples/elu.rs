//! Change it: an operator of one's own, and a generator with one layer more.
//!
//! ELU (Clevert, Unterthiner and Hochreiter 2016) is `x` where `0 < x` and `α·(eˣ − 1)` elsewhere.
//! Its derivative is 1 or `α·eˣ`. The engine does not have it, and need not be changed to get it:
//! [`Tape::record`] takes any value with any pullback.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use dcgan::streams::{Purpose, noise, stream};
use nn::{Adam, AdamOptions, Bound, ConvTranspose2d, Dense, Init, Mode, Parameters};
use rand::rngs::ChaCha8Rng;
use tensor::fast::{self, Isa};
use tensor::{Axis, Buffer, Real, Tape, Tensor, Var, Window, check};

/// The equation as a loop.
fn reference<T: Real>(alpha: T, x: &[T]) -> Vec<T> {
    x.iter().map(|&x| if T::of(0.0) < x { x } else { alpha * (x.exp() - T::of(1.0)) }).collect()
}

/// `y`, one for each `x`. Near 0, `exp_m1` keeps the digits that `eˣ − 1` would lose.
fn forward(alpha: f32, x: &[f32]) -> Buffer {
    x.iter().map(|&x| if 0.0 < x { x } else { alpha * x.exp_m1() }).collect::<Vec<f32>>().into()
}

/// `dx` from the forward's `x` and the gradient `dy` of its result.
fn backward(alpha: f32, x: &[f32], dy: &[f32]) -> Buffer {
    x.iter().zip(dy).map(|(&x, &dy)| if 0.0 < x { dy } else { dy * alpha * x.exp() }).collect::<Vec<f32>>().into()
}

/// The method that [`Tape`] lacks.
trait Elu {
    /// Records [`forward`] on any shape. The tape keeps `x` alive for [`backward`].
    fn elu(&mut self, alpha: f32, x: Var) -> Var;
}

impl Elu for Tape {
    fn elu(&mut self, alpha: f32, x: Var) -> Var {
        let saved = self.value(x);
        let y = Tensor::new(saved.shape(), forward(alpha, saved.data()));
        self.record("elu", &[x], y, move |dy, grads| {
            grads.add_buffer(x, || backward(alpha, saved.data(), dy.data()));
        })
    }
}

/// Compares `factor` times the tape's gradient with the reference, along random directions.
fn check_gradient(factor: f32) {
    let x = check::noise(1, 257);
    let pulled = |dy: &[f32]| check::vjp(&[(&[257], &x)], dy, |tape, x| tape.elu(0.7, x[0])).remove(0);
    let scaled = |dy: &[f32]| pulled(dy).iter().map(|dx| factor * dx).collect();
    check::gradient(&x, |x| reference(0.7, x), scaled);
}

/// Noise `[n, 100]` to images `[n, 64, 64, 1]`: a dense layer and four that enlarge.
struct Generator {
    dense: Dense,
    enlarge: Vec<ConvTranspose2d>,
}

impl Generator {
    fn new(parameters: &mut Parameters, rng: &mut ChaCha8Rng) -> Self {
        let dense = Dense::new(parameters, "dense", 100, 4 * 4 * 32, Init::GlorotUniform, rng);
        let mut enlarge = vec![];
        for (extent, [ci, co]) in [(4, [32, 16]), (8, [16, 8]), (16, [8, 4]), (32, [4, 1])] {
            let axis = Axis::transposed_same(extent, 4, 2); // kernel 4, stride 2: no checkerboard
            let window = Window { down: axis, across: axis };
            let name = format!("enlarge_{}", enlarge.len() + 1);
            enlarge.push(ConvTranspose2d::new(parameters, &name, window, ci, co, Init::GlorotUniform, rng));
        }
        Self { dense, enlarge }
    }

    fn forward(&self, tape: &mut Tape, bound: &Bound, z: Var) -> Var {
        let x = self.dense.forward(tape, bound, z);
        let [n, _] = tape.value(x).dims();
        let mut x = tape.reshape(x, &[n, 4, 4, 32]);
        for layer in &self.enlarge {
            x = tape.elu(1.0, x);
            x = layer.forward(tape, bound, x);
        }
        tape.tanh(x)
    }
}

fn main() {
    fast::limit(Isa::Portable);
    let x = [-2.0, -1.0, -0.1, 0.0, 0.5, 2.0];
    println!("x     {x:6.3?}");
    println!("elu   {:6.3?}", &forward(1.0, &x)[..]);
    println!("slope {:6.3?}\n", &backward(1.0, &x, &[1.0; 6])[..]);

    check_gradient(1.0);
    println!("the gradient is that of the reference, along eight random directions\n");

    let mut parameters = Parameters::new();
    let generator = Generator::new(&mut parameters, &mut stream(1, Purpose::Weights, 0));
    let mut adam = Adam::new(AdamOptions::default(), &parameters);
    println!("a generator of {} numbers", parameters.elements());
    for step in 0..3 {
        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, Mode::Trained);
        let z = tape.constant(noise(&mut stream(1, Purpose::Noise, 0), 4, 100));
        let images = generator.forward(&mut tape, &bound, z);
        let loss = tape.sigmoid_cross_entropy(images, 1.0); // any loss shows that gradients arrive
        println!("step {step}: images {:?}, loss {:.4}", tape.value(images).shape(), tape.value(loss).item());
        let gradients = bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)));
        adam.update(0.01, &mut parameters, &gradients).expect("the numbers stay finite");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "the gradient says")]
    fn one_part_in_a_thousand_is_found() {
        check_gradient(1.001);
    }
}

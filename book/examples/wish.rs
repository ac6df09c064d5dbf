//! Chapter 10: the gradient that reaches G's logit, for both ways to say what G wants.
//!
//! Goodfellow et al. (2014) first let G minimise `ln(1 − D)`. While D tells every fake image, its
//! gradient is almost 0, so G learns nothing just when it has most to learn. They therefore let G
//! maximise `ln D` instead: the same aim, and a gradient of about 1 in that place.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use tensor::fast::{self, Isa};
use tensor::{Tape, Tensor, Var};

/// The gradient of a loss of one logit.
fn gradient(logit: f32, loss: fn(&mut Tape, Var) -> Var) -> f32 {
    let mut tape = Tape::new();
    let a = tape.leaf(Tensor::new(&[1], vec![logit]));
    let loss = loss(&mut tape, a);
    tape.backward(loss, Tensor::scalar(1.0)).take(a).item()
}

/// `ln(1 − σ(a))`: minus the cross entropy against the label 0.
fn saturating(tape: &mut Tape, a: Var) -> Var {
    let loss = tape.sigmoid_cross_entropy(a, 0.0);
    tape.scale(loss, -1.0)
}

/// `−ln σ(a)`: the cross entropy against the label 1.
fn non_saturating(tape: &mut Tape, a: Var) -> Var {
    tape.sigmoid_cross_entropy(a, 1.0)
}

fn main() {
    fast::limit(Isa::Portable);
    println!("logit a   D = σ(a)   gradient of ln(1 − D)   gradient of −ln D");
    for a in -8_i16..=8 {
        let a = f32::from(a);
        let verdict = 1.0 / (1.0 + (-a).exp());
        let gradients = [saturating, non_saturating].map(|loss| gradient(a, loss));
        println!("{a:7.0}   {verdict:8.4}   {:21.4}   {:17.4}", gradients[0], gradients[1]);
    }
}

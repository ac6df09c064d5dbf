//! Chapter 8: gradient descent, momentum and Adam on one valley.
//!
//! The valley is `f(x, y) = (x² + 25·y²)/2`, 25 times as steep across as along. All three start at
//! the same point, and each line has the points after that many steps.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use nn::{Adam, AdamOptions, Parameters};
use tensor::Tensor;

const START: [f32; 2] = [-4.0, 1.0];
/// How steep the valley is along x and along y.
const STEEPNESS: [f32; 2] = [1.0, 25.0];

fn gradient(p: [f32; 2]) -> [f32; 2] {
    [0, 1].map(|i| STEEPNESS[i] * p[i])
}

fn height(p: [f32; 2]) -> f32 {
    [0, 1].map(|i| STEEPNESS[i] * p[i] * p[i] / 2.0).iter().sum()
}

/// `p ← p − lr·g`. Across the valley each step multiplies y by `1 − 25·lr`.
fn descend(p: &mut [f32; 2], learning_rate: f32) {
    let g = gradient(*p);
    (0..2).for_each(|i| p[i] -= learning_rate * g[i]);
}

/// `v ← 0.9·v + g`, then `p ← p − lr·v` (Polyak 1964).
fn roll(p: &mut [f32; 2], v: &mut [f32; 2], learning_rate: f32) {
    let g = gradient(*p);
    for i in 0..2 {
        v[i] = 0.9 * v[i] + g[i];
        p[i] -= learning_rate * v[i];
    }
}

fn point(parameters: &Parameters) -> [f32; 2] {
    let (_, p) = parameters.iter().next().expect("there is one tensor");
    [p.data()[0], p.data()[1]]
}

fn main() {
    let mut plain = START;
    let mut heavy = START;
    let mut velocity = [0.0; 2];
    let mut parameters = Parameters::new();
    parameters.add("point", Tensor::new(&[2], START.to_vec()));
    let mut adam = Adam::new(AdamOptions::default(), &parameters);

    println!("step  descent, lr 0.07   momentum, lr 0.01      Adam, lr 0.3        height of each");
    for step in 0..=60 {
        if step <= 10 || step % 5 == 0 {
            let own = point(&parameters);
            let pairs = [plain, heavy, own].map(|[x, y]| format!("{x:8.3} {y:7.3}"));
            let heights = [plain, heavy, own].map(|p| format!("{:8.4}", height(p)));
            println!("{step:4}  {}    {}    {}   {}", pairs[0], pairs[1], pairs[2], heights.join(" "));
        }
        descend(&mut plain, 0.07);
        roll(&mut heavy, &mut velocity, 0.01);
        let g = gradient(point(&parameters));
        adam.update(0.3, &mut parameters, &[Tensor::new(&[2], g.to_vec())]).expect("the numbers stay finite");
    }
}

//! Adam moves each number by about the learning rate, however large its gradient g is. It keeps
//! m = β₁·m + (1 − β₁)·g and v = β₂·v + (1 − β₂)·g², which start at 0 and are too small at first.
//! So update t = 1, 2, … is p −= lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε), the form of TensorFlow.
//! By hand: lr = 0.1, β₁ = 0.5, β₂ = 0.36, g = 0.5 and ε = 0.1 move p = 1 to 0.92; without ε to 0.9.
//! 25 minutes. Chapter 8: book/src/08-steps-of-the-right-length.md

use exercises::unsolved;
use nn::AdamOptions;

/// One update of the parameters `p` and their moments `m` and `v` by the gradients `g`, after
/// `done` updates before it. `options` has `beta1`, `beta2` and `epsilon` in f64, since 1 − 0.999 in
/// f32 is wrong in the fifth digit.
pub fn update(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    // TODO
    unsolved!("write one update"; options, lr, done, p, m, v, g)
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::adam::check(super::update)
    }
}

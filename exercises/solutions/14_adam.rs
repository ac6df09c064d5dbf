//! Adam moves each number by about the learning rate, however large its gradient g is. It keeps
//! m = β₁·m + (1 − β₁)·g and v = β₂·v + (1 − β₂)·g², which start at 0 and are too small at first.
//! So update t = 1, 2, … is p −= lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε), the form of TensorFlow.
//! By hand: lr = 0.1, β₁ = 0.5, β₂ = 0.36, g = 0.5 and ε = 0.1 move p = 1 to 0.92; without ε to 0.9.
//! 25 minutes. Chapter 8: book/src/08-steps-of-the-right-length.md

use nn::AdamOptions;

/// One update of the parameters `p` and their moments `m` and `v` by the gradients `g`, after
/// `done` updates before it. `options` has `beta1`, `beta2` and `epsilon` in f64, since 1 − 0.999 in
/// f32 is wrong in the fifth digit.
pub fn update(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    let AdamOptions { beta1, beta2, epsilon, .. } = *options;
    let t = (done + 1) as f64;
    let rate = lr * (1.0 - beta2.powf(t)).sqrt() / (1.0 - beta1.powf(t));
    for i in 0..p.len() {
        let g = f64::from(g[i]);
        let new_m = beta1 * f64::from(m[i]) + (1.0 - beta1) * g;
        let new_v = beta2 * f64::from(v[i]) + (1.0 - beta2) * g * g;
        m[i] = new_m as f32;
        v[i] = new_v as f32;
        p[i] -= (rate * new_m / (new_v.sqrt() + epsilon)) as f32;
    }
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::adam::check(super::update)
    }
}

//! The losses of the two networks.
//!
//! D gives a logit for each image, and `D(x)` is the probability `σ(logit)` that the image is real.
//! It is trained to give 1 for real images and 0 for fake ones. G is trained to make D give 1 for
//! fake ones (Goodfellow et al. 2014, with the non-saturating form of G's loss):
//!
//! ```text
//! L_D = CE(D(x), 0.9) + CE(D(G(z)), 0)        L_G = CE(D(G(z)), 0.9)
//! CE(p, t) = −t·ln p − (1 − t)·ln(1 − p), the mean over the batch
//! ```
//!
//! The 0.9 is one-sided label smoothing (Salimans et al. 2016). The loss of a D that is too certain
//! rises again, so D does not saturate, and G still gets a gradient. With every logit 0, from a D
//! that cannot decide, each term is ln 2 = 0.693.

use tensor::{Tape, Var};

/// The target for images to be classified as real.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RealTarget {
    /// The label: 0.9 in the article.
    pub label: f32,
    /// Multiplies the cross entropy. The MLP uses 0.9 with label 1, instead of label smoothing.
    pub weight: Option<f32>,
}

impl RealTarget {
    fn loss(self, tape: &mut Tape, logits: Var) -> Var {
        let loss = tape.sigmoid_cross_entropy(logits, self.label);
        self.weight.map_or(loss, |weight| tape.scale(loss, weight))
    }
}

/// `L_G` from D's logits of fake images.
pub fn generator(tape: &mut Tape, fake_logits: Var, target: RealTarget) -> Var {
    target.loss(tape, fake_logits)
}

/// `L_D` from D's logits of real and of fake images.
pub fn discriminator(tape: &mut Tape, real_logits: Var, fake_logits: Var, target: RealTarget) -> Var {
    let on_real = target.loss(tape, real_logits);
    let on_fake = tape.sigmoid_cross_entropy(fake_logits, 0.0);
    tape.add(on_real, on_fake)
}

#[cfg(test)]
mod tests {
    use tensor::Tensor;

    use super::*;

    const TARGET: RealTarget = RealTarget { label: 0.9, weight: None };

    fn logits(tape: &mut Tape, values: [f32; 2]) -> Var {
        tape.constant(Tensor::new(&[2, 1], values.to_vec()))
    }

    #[track_caller]
    fn close(tape: &Tape, loss: Var, expected: f64) {
        let found = f64::from(tape.value(loss).item());
        assert!((found - expected).abs() <= 1e-6, "{found}, not {expected}");
    }

    #[test]
    fn undecided_networks_lose_ln_2_per_term() {
        let mut tape = Tape::new();
        let zero = logits(&mut tape, [0.0; 2]);
        let g = generator(&mut tape, zero, TARGET);
        let d = discriminator(&mut tape, zero, zero, TARGET);
        close(&tape, g, 2f64.ln());
        close(&tape, d, 2.0 * 2f64.ln());
    }

    /// By hand, with s = ln(1 + e⁻²): D is certain by a logit of 2, once right and once wrong.
    #[test]
    fn a_wrong_d_loses_and_its_g_gains() {
        let s = (-2f64).exp().ln_1p();
        let mut tape = Tape::new();
        let real = logits(&mut tape, [2.0; 2]);
        let fake = logits(&mut tape, [-2.0; 2]);
        let right = discriminator(&mut tape, real, fake, TARGET);
        let wrong = discriminator(&mut tape, fake, real, TARGET);
        close(&tape, right, 2.0 * s + 0.2);
        close(&tape, wrong, 2.0 * s + 3.8);
        let fooled = generator(&mut tape, real, TARGET);
        let caught = generator(&mut tape, fake, TARGET);
        close(&tape, fooled, s + 0.2);
        close(&tape, caught, s + 1.8);
    }

    /// By hand: −ln σ(2) = s, of which the MLP's loss counts 0.9. Fake images count in full.
    #[test]
    fn a_weight_multiplies_the_real_target_alone() {
        let s = (-2f64).exp().ln_1p();
        let mut tape = Tape::new();
        let logits = logits(&mut tape, [2.0; 2]);
        let target = RealTarget { label: 1.0, weight: Some(0.9) };
        let g = generator(&mut tape, logits, target);
        let d = discriminator(&mut tape, logits, logits, target);
        close(&tape, g, 0.9 * s);
        close(&tape, d, 0.9 * s + s + 2.0);
    }
}

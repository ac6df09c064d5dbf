//! What the two players want, as numbers to be made small.
//!
//! D says how likely an image is real, `σ(logit)`. It wants real images called real and made ones
//! called made; G wants its own called real (Goodfellow et al. 2014, with the non-saturating form of G's target):
//!
//! ```text
//! L_D = CE(D(x), 0.9) + CE(D(G(z)), 0)        L_G = CE(D(G(z)), 0.9)
//! CE(a, t) = −t·ln σ(a) − (1 − t)·ln(1 − σ(a)), the mean over the batch
//! ```
//!
//! The 0.9 is one-sided label smoothing (Salimans et al. 2016): a D that is punished for being certain keeps a
//! gradient from which G can learn. At the start, with every logit 0, each term is ln 2 = 0.693.

use tensor::{Tape, Var};

/// What an image that is real, or should pass for it, costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RealTarget {
    /// The label: 0.9 in the article.
    pub label: f32,
    /// What the cross entropy is multiplied by, if by anything: where the label is 1, that can stand in for smoothing.
    pub weight: Option<f32>,
}

impl RealTarget {
    fn loss(self, tape: &mut Tape, logits: Var) -> Var {
        let loss = tape.sigmoid_cross_entropy(logits, self.label);
        self.weight.map_or(loss, |weight| tape.scale(loss, weight))
    }
}

/// `L_G` from D's logits of made images.
pub fn generator(tape: &mut Tape, fake_logits: Var, target: RealTarget) -> Var {
    target.loss(tape, fake_logits)
}

/// `L_D` from D's logits of real and of made images.
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
        let (g, d) = (generator(&mut tape, zero, TARGET), discriminator(&mut tape, zero, zero, TARGET));
        close(&tape, g, 2f64.ln());
        close(&tape, d, 2.0 * 2f64.ln());
    }

    /// By hand, with s = ln(1 + e⁻²): D sure of itself by a logit of 2, once right and once wrong.
    #[test]
    fn each_side_wants_what_it_should() {
        let s = (-2f64).exp().ln_1p();
        let mut tape = Tape::new();
        let (real, fake) = (logits(&mut tape, [2.0; 2]), logits(&mut tape, [-2.0; 2]));
        let (right, wrong) =
            (discriminator(&mut tape, real, fake, TARGET), discriminator(&mut tape, fake, real, TARGET));
        close(&tape, right, 2.0 * s + 0.2);
        close(&tape, wrong, 2.0 * s + 3.8);
        let (fooled, caught) = (generator(&mut tape, real, TARGET), generator(&mut tape, fake, TARGET));
        close(&tape, fooled, s + 0.2);
        close(&tape, caught, s + 1.8);
    }

    /// By hand: −ln σ(2) = s, of which the MLP's loss counts 0.9; images that are made count in full.
    #[test]
    fn a_weight_is_of_what_should_pass_for_real_alone() {
        let s = (-2f64).exp().ln_1p();
        let mut tape = Tape::new();
        let logits = logits(&mut tape, [2.0; 2]);
        let target = RealTarget { label: 1.0, weight: Some(0.9) };
        let (g, d) = (generator(&mut tape, logits, target), discriminator(&mut tape, logits, logits, target));
        close(&tape, g, 0.9 * s);
        close(&tape, d, 0.9 * s + s + 2.0);
    }
}

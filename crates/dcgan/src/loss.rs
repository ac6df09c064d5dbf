//! What the two players want, as numbers to be made small.
//!
//! D says how likely an image is real, `σ(logit)`. It wants real images called real and made ones
//! called made; G wants its own called real (Goodfellow et al. 2014, with the non-saturating form of G's wish):
//!
//! ```text
//! L_D = CE(D(x), 0.9) + CE(D(G(z)), 0)        L_G = CE(D(G(z)), 0.9)
//! CE(a, t) = −t·ln σ(a) − (1 − t)·ln(1 − σ(a)), the mean over the batch
//! ```
//!
//! The 0.9 is one-sided label smoothing (Salimans et al. 2016): a D that is punished for being certain keeps a
//! gradient from which G can learn. At the start, with every logit 0, each term is ln 2 = 0.693.

use tensor::{Tape, Var};

/// `L_G` from D's logits of made images; `real` is the label of real images, 0.9 in the article.
pub fn generator(tape: &mut Tape, fake_logits: Var, real: f32) -> Var {
    tape.sigmoid_cross_entropy(fake_logits, real)
}

/// `L_D` from D's logits of real and of made images.
pub fn discriminator(tape: &mut Tape, real_logits: Var, fake_logits: Var, real: f32) -> Var {
    let on_real = tape.sigmoid_cross_entropy(real_logits, real);
    let on_fake = tape.sigmoid_cross_entropy(fake_logits, 0.0);
    tape.add(on_real, on_fake)
}

#[cfg(test)]
mod tests {
    use tensor::Tensor;

    use super::*;

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
        let (g, d) = (generator(&mut tape, zero, 0.9), discriminator(&mut tape, zero, zero, 0.9));
        close(&tape, g, 2f64.ln());
        close(&tape, d, 2.0 * 2f64.ln());
    }

    /// By hand, with s = ln(1 + e⁻²): D sure of itself by a logit of 2, once right and once wrong.
    #[test]
    fn each_side_wants_what_it_should() {
        let s = (-2f64).exp().ln_1p();
        let mut tape = Tape::new();
        let (real, fake) = (logits(&mut tape, [2.0; 2]), logits(&mut tape, [-2.0; 2]));
        let (right, wrong) = (discriminator(&mut tape, real, fake, 0.9), discriminator(&mut tape, fake, real, 0.9));
        close(&tape, right, 2.0 * s + 0.2);
        close(&tape, wrong, 2.0 * s + 3.8);
        let (fooled, caught) = (generator(&mut tape, real, 0.9), generator(&mut tape, fake, 0.9));
        close(&tape, fooled, s + 0.2);
        close(&tape, caught, s + 1.8);
    }
}

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

//! Real and fake images in one batch of D, and so in one batch's statistics.

use dcgan::gan::Gan;
use dcgan::models::DropoutKeys;
use nn::Bound;
use tensor::{Tape, Var};

use crate::exhibit::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};
use crate::step::{halves, one_batch};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "mixed-batch",
    title: "real and fake images pass through D as one batch",
    parts: &MixedBatch,
    twin: &Healthy,
    see: "D reads the kind of an image off the statistics of its batch, and needs no other sign. In the half of G, where the batch is all fake, it takes every image for real. So both losses are low, and G is told that all is well.",
    remedy: "Pass real and fake images through D apart, each batch with its own statistics.",
    source: "soumith/ganhacks, point 4, #9 and #52; carpedm20/DCGAN-tensorflow#266; Keras-GAN#9; PyTorch-GAN#135",
    sign: Sign::Doctor("the two halves of a step disagree"),
    file: include_str!("mixed_batch.rs"),
};

struct MixedBatch;

impl Parts for MixedBatch {
    fn verdicts(&self, gan: &mut Gan, tape: &mut Tape, bound: &Bound, real: Var, fake: Var) -> [Var; 2] {
        let none = &mut DropoutKeys::none();
        let both = one_batch(tape, real, fake);
        let logits = gan.discriminator.forward(tape, bound, both, none);
        halves(tape, logits)
    }
}

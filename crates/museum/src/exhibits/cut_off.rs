//! The fake images are detached in G's half of a step too, which cuts G off.

use dcgan::Error;
use dcgan::gan::Gan;
use dcgan::models::DropoutKeys;
use dcgan::step::StepMetrics;
use nn::Mode;
use tensor::{Tape, Tensor};

use crate::exhibit::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};
use crate::step::{finite, norm};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "cut-off",
    title: "the fake images are detached in G's half of a step too",
    parts: &CutOff,
    twin: &Healthy,
    see: "The first row of noise is also the last. D wins against a generator that stands still.",
    remedy: "Detach the fake images in D's half of a step alone, and print the norm of G's gradient once.",
    source: "heykeetae/Self-Attention-GAN#48; pytorch/examples#116",
    sign: Sign::Doctor("the generator receives no gradient at all"),
    file: include_str!("cut_off.rs"),
};

struct CutOff;

impl Parts for CutOff {
    fn update_generator(&self, gan: &mut Gan, z: &Tensor, metrics: &mut StepMetrics) -> Result<(), Error> {
        let mut tape = Tape::new();
        let bound = gan.generator.parameters().bind(&mut tape, Mode::Trained);
        let frozen = gan.discriminator.parameters().bind(&mut tape, Mode::Frozen);
        let z = tape.constant(z.clone());
        let fake = gan.generator.forward_training(&mut tape, &bound, z, &mut DropoutKeys::none());
        let fake = tape.constant(tape.value(fake));
        let logits = gan.discriminator.forward(&mut tape, &frozen, fake, &mut DropoutKeys::none());
        let loss = self.generator_loss(&mut tape, logits);
        metrics.g_loss = tape.value(loss).item();
        let gradients = bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)));
        metrics.g_grad_norm = norm(&gradients);
        let updated = gan.generator_adam.update(self.learning_rates()[0], gan.generator.parameters_mut(), &gradients);
        finite(gan.step, updated, metrics.g_loss)
    }
}

//! The fake images are not detached in D's half of a step, which moves G too: towards being found out.

use dcgan::Error;
use dcgan::gan::Gan;
use dcgan::models::DropoutKeys;
use dcgan::step::StepMetrics;
use nn::Mode;
use tensor::{Tape, Tensor};

use super::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};
use crate::step::{finite, mean_verdict, norm};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "pulled-back",
    title: "the fake images are not detached: D's half of a step moves G too",
    parts: &PulledBack,
    twin: &Healthy,
    see: "What G learns in its own half it unlearns in that of D. D tells every image.",
    remedy: "Detach the fake images in D's half: hand over their values, not the tape that made them.",
    source: "heykeetae/Self-Attention-GAN#48; nikhilsinghmus/image2reverb#37; pytorch/examples#116",
    sign: Sign::Doctor("the discriminator has won"),
    file: include_str!("pulled_back.rs"),
};

struct PulledBack;

impl Parts for PulledBack {
    fn update_discriminator(
        &self,
        gan: &mut Gan,
        x: &Tensor,
        z: &Tensor,
        metrics: &mut StepMetrics,
    ) -> Result<(), Error> {
        let mut tape = Tape::new();
        let (own, z) = (gan.generator.parameters().bind(&mut tape, Mode::Trained), tape.constant(z.clone()));
        let fake = gan.generator.forward_training(&mut tape, &own, z, &mut DropoutKeys::none());
        let real = tape.constant(x.clone());
        let bound = gan.discriminator.parameters().bind(&mut tape, Mode::Trained);
        let logits = self.verdicts(gan, &mut tape, &bound, real, fake);
        let loss = self.discriminator_loss(&mut tape, logits);
        metrics.d_loss = tape.value(loss).item();
        [metrics.d_real, metrics.d_fake] = logits.map(|logits| mean_verdict(&tape.value(logits)));
        let mut grads = tape.backward(loss, Tensor::scalar(1.0));
        let gradients = bound.gradients(&mut grads);
        metrics.d_grad_norm = norm(&gradients);
        let rate = self.learning_rates()[1];
        let own = own.gradients(&mut grads);
        finite(gan.step, gan.generator_adam.update(rate, gan.generator.parameters_mut(), &own), 0.0)?;
        let updated = gan.discriminator_adam.update(rate, gan.discriminator.parameters_mut(), &gradients);
        finite(gan.step, updated, metrics.d_loss)
    }
}

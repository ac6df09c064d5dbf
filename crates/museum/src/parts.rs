//! The parts of a training, each as the product has it. An exhibit replaces one of them.
//!
//! The healthy twin is this trait with nothing replaced: it makes the same bits as
//! [`Gan::step`] on the product's networks, which a test compares. An exhibit implements the trait
//! and writes one part again, with one fault in it. So what differs between the two is the
//! difference between two functions, and the museum prints it from the source of both.

use dcgan::Error;
use dcgan::gan::Gan;
use dcgan::models::DropoutKeys;
use dcgan::step::StepMetrics;
use nn::{Bound, Mode};
use tensor::ops::batch_norm::BatchStatistics;
use tensor::ops::leaky_dropout::LeakyDropout;
use tensor::{Tape, Tensor, Var};

use crate::step::{finite, mean_verdict, norm};

/// A training in parts.
pub trait Parts: Sync {
    /// What the networks see of a byte of an image.
    fn pixel(&self, byte: u8) -> f32 {
        f32::from(byte) / 127.5 - 1.0
    }

    /// Images per step.
    fn batch_size(&self) -> usize {
        32
    }

    /// The learning rates of G and of D.
    fn learning_rates(&self) -> [f64; 2] {
        [0.002, 0.002]
    }

    /// β₁ of Adam.
    fn beta1(&self) -> f64 {
        0.4
    }

    /// The label of real images.
    fn real_label(&self) -> f32 {
        0.9
    }

    /// The kernel of the layers of G that double the extent.
    fn kernel(&self) -> usize {
        3
    }

    /// Batch norm in training, then leaky ReLU; and the statistics of the batch.
    fn normalised(
        &self,
        tape: &mut Tape,
        x: Var,
        [scale, shift]: [Var; 2],
        then: LeakyDropout,
    ) -> (Var, Option<BatchStatistics>) {
        let (y, batch) = tape.norm_act(1e-3, then, x, scale, shift);
        (y, Some(batch))
    }

    /// Batch norm in samples, by the running statistics, then leaky ReLU.
    fn normalised_by(&self, tape: &mut Tape, x: Var, [scale, shift]: [Var; 2], running: [&[f32]; 2]) -> Var {
        tape.norm_act_inference((1e-3, 0.01), x, scale, shift, running[0], running[1])
    }

    /// A running statistic after a batch.
    fn running(&self, old: f64, batch: f64) -> f64 {
        0.99 * old + (1.0 - 0.99) * batch
    }

    /// What D ends with: its logits, of the result of its last layer.
    fn logits(&self, _tape: &mut Tape, x: Var) -> Var {
        x
    }

    /// L_G of D's logits of fake images.
    fn generator_loss(&self, tape: &mut Tape, fake_logits: Var) -> Var {
        tape.sigmoid_cross_entropy(fake_logits, self.real_label())
    }

    /// L_D of D's logits of real and of fake images.
    fn discriminator_loss(&self, tape: &mut Tape, [real_logits, fake_logits]: [Var; 2]) -> Var {
        let on_real = tape.sigmoid_cross_entropy(real_logits, self.real_label());
        let on_fake = tape.sigmoid_cross_entropy(fake_logits, 0.0);
        tape.add(on_real, on_fake)
    }

    /// D's logits of real images and of fake ones, in D's half of a step.
    fn verdicts(&self, gan: &mut Gan, tape: &mut Tape, bound: &Bound, real: Var, fake: Var) -> [Var; 2] {
        let none = &mut DropoutKeys::none();
        let real_logits = gan.discriminator.forward(tape, bound, real, none);
        let fake_logits = gan.discriminator.forward(tape, bound, fake, none);
        [real_logits, fake_logits]
    }

    /// G's half of a step: its gradients on the noise `z`, through a frozen D, then Adam.
    ///
    /// # Errors
    /// If a number is not finite.
    fn update_generator(&self, gan: &mut Gan, z: &Tensor, metrics: &mut StepMetrics) -> Result<(), Error> {
        let mut tape = Tape::new();
        let bound = gan.generator.parameters().bind(&mut tape, Mode::Trained);
        let frozen = gan.discriminator.parameters().bind(&mut tape, Mode::Frozen);
        let z = tape.constant(z.clone());
        let fake = gan.generator.forward_training(&mut tape, &bound, z, &mut DropoutKeys::none());
        let logits = gan.discriminator.forward(&mut tape, &frozen, fake, &mut DropoutKeys::none());
        let loss = self.generator_loss(&mut tape, logits);
        metrics.g_loss = tape.value(loss).item();
        let gradients = bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)));
        metrics.g_grad_norm = norm(&gradients);
        let updated = gan.generator_adam.update(self.learning_rates()[0], gan.generator.parameters_mut(), &gradients);
        finite(gan.step, updated, metrics.g_loss)
    }

    /// D's half of a step: its gradients on the images `x` and on fake images of `z`, then Adam.
    ///
    /// # Errors
    /// If a number is not finite.
    fn update_discriminator(
        &self,
        gan: &mut Gan,
        x: &Tensor,
        z: &Tensor,
        metrics: &mut StepMetrics,
    ) -> Result<(), Error> {
        let mut tape = Tape::new();
        let fake = tape.constant(gan.fake_images(z, &mut DropoutKeys::none()));
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
        let updated = gan.discriminator_adam.update(rate, gan.discriminator.parameters_mut(), &gradients);
        finite(gan.step, updated, metrics.d_loss)
    }

    /// One step on the images `x` and the noise `z`.
    ///
    /// # Errors
    /// If a number is not finite.
    fn step(&self, gan: &mut Gan, x: &Tensor, z: &Tensor) -> Result<StepMetrics, Error> {
        let mut metrics = StepMetrics::default();
        self.update_generator(gan, z, &mut metrics)?;
        self.update_discriminator(gan, x, z, &mut metrics)?;
        gan.step += 1;
        Ok(metrics)
    }
}

/// The product's training, with nothing replaced.
#[derive(Clone, Copy, Debug)]
pub struct Healthy;

impl Parts for Healthy {}

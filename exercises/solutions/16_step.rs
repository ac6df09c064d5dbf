//! A step has two halves: G's gradients, through D; then D's, on real images and on fake ones.
//! L_G = CE(D(G(z)), label) and L_D = CE(D(x), label) + CE(D(G(z)), 0), CE a mean over the batch.
//! What needs no gradient is a constant: in G's half D's weights, in D's half G's and its images.
//! By hand: G(z) = g·z and D(x) = w·x, z = 1, g = −2, w = 1 give dL_G/dg = σ(−2) − 0.9 = −0.781.
//! 40 minutes. Chapter 10: book/src/10-the-step.md

use dcgan::gan::Gan;
use dcgan::models::DropoutKeys;
use nn::Mode;
use tensor::{Tape, Tensor};

/// The gradients of `L_G` in the order of G's parameters. The tape is a `Tape::new()`,
/// `tape.constant(tensor) -> Var` puts a value on it, and `tape.value(var) -> Tensor` reads one.
/// The label is `gan.real_label`, and every pass takes its `keys`. The rest of both halves:
/// - `gan.generator.parameters().bind(&mut tape, mode) -> Bound`, `Mode::Trained` or `Mode::Frozen`
/// - `gan.generator.forward_training(&mut tape, &bound, z, keys) -> Var`, the images
/// - `gan.discriminator.forward(&mut tape, &bound, x, keys) -> Var`, the logits
/// - `tape.sigmoid_cross_entropy(logits, target) -> Var`, which is CE, and `tape.add(a, b) -> Var`
/// - `bound.gradients(&mut grads) -> Vec<Tensor>`, and `tape.backward(loss, Tensor::scalar(1.0))`
///   makes the `grads`
pub fn generator_gradients(gan: &mut Gan, z: &Tensor, keys: &mut DropoutKeys) -> Vec<Tensor> {
    let mut tape = Tape::new();
    let bound = gan.generator.parameters().bind(&mut tape, Mode::Trained);
    let frozen = gan.discriminator.parameters().bind(&mut tape, Mode::Frozen);
    let z = tape.constant(z.clone());
    let fake = gan.generator.forward_training(&mut tape, &bound, z, keys);
    let logits = gan.discriminator.forward(&mut tape, &frozen, fake, keys);
    let loss = tape.sigmoid_cross_entropy(logits, gan.real_label);
    bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)))
}

/// The gradients of `L_D` in the order of D's parameters. G makes its images first; then D judges
/// the real ones, and then the fake ones, each batch in a pass of its own.
pub fn discriminator_gradients(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: &mut DropoutKeys) -> Vec<Tensor> {
    let fake = fake_images(gan, z, keys);
    let mut tape = Tape::new();
    let bound = gan.discriminator.parameters().bind(&mut tape, Mode::Trained);
    let x = tape.constant(x.clone());
    let fake = tape.constant(fake);
    let real_logits = gan.discriminator.forward(&mut tape, &bound, x, keys);
    let fake_logits = gan.discriminator.forward(&mut tape, &bound, fake, keys);
    let on_real = tape.sigmoid_cross_entropy(real_logits, gan.real_label);
    let on_fake = tape.sigmoid_cross_entropy(fake_logits, 0.0);
    let loss = tape.add(on_real, on_fake);
    bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)))
}

/// Images of G, on a tape of their own that is left behind.
fn fake_images(gan: &mut Gan, z: &Tensor, keys: &mut DropoutKeys) -> Tensor {
    let mut tape = Tape::new();
    let frozen = gan.generator.parameters().bind(&mut tape, Mode::Frozen);
    let z = tape.constant(z.clone());
    let fake = gan.generator.forward_training(&mut tape, &frozen, z, keys);
    tape.value(fake)
}

/// One step: G's update, then D's on images of the updated G. The rate is `gan.learning_rate`.
/// - `gan.generator_adam.update(rate, gan.generator.parameters_mut(), &gradients)` returns a
///   `Result`, as `gan.discriminator_adam.update` does for D. In this exercise it is always `Ok`.
pub fn step(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: &mut DropoutKeys) {
    let gradients = generator_gradients(gan, z, keys);
    let updated = gan.generator_adam.update(gan.learning_rate, gan.generator.parameters_mut(), &gradients);
    updated.expect("G stays finite");
    let gradients = discriminator_gradients(gan, x, z, keys);
    let updated = gan.discriminator_adam.update(gan.learning_rate, gan.discriminator.parameters_mut(), &gradients);
    updated.expect("D stays finite");
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::step::check(super::generator_gradients, super::discriminator_gradients, super::step)
    }
}

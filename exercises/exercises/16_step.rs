//! A step has two halves: G's gradients, through D; then D's, on real images and on fake ones.
//! L_G = CE(D(G(z)), label) and L_D = CE(D(x), label) + CE(D(G(z)), 0), CE a mean over the batch.
//! What needs no gradient is a constant: in G's half D's weights, in D's half G's and its images.
//! By hand: G(z) = g·z and D(x) = w·x, z = 1, g = −2, w = 1 give dL_G/dg = σ(−2) − 0.9 = −0.781.
//! 40 minutes. Chapter 10: book/src/10-the-step.md

use dcgan::gan::Gan;
use dcgan::models::DropoutKeys;
use exercises::unsolved;
use tensor::Tensor;

/// The gradients of `L_G` in the order of G's parameters. You need of `gan` the traits
/// `gan.generator` and `gan.discriminator`, and `gan.real_label`; the tape is a `Tape::new()`.
/// `forward_training` makes images, `Parameters::bind` puts weights on a tape, as `Mode::Trained` or
/// `Mode::Frozen`, and `Tape::sigmoid_cross_entropy` is CE. Every pass takes its `keys`.
pub fn generator_gradients(gan: &mut Gan, z: &Tensor, keys: &mut DropoutKeys) -> Vec<Tensor> {
    // TODO
    unsolved!("write G's half"; gan, z, keys)
}

/// The gradients of `L_D` in the order of D's parameters. G makes its images first; then D judges
/// the real ones, and then the fake ones, each batch in a pass of its own.
pub fn discriminator_gradients(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: &mut DropoutKeys) -> Vec<Tensor> {
    // TODO
    unsolved!("write D's half"; gan, x, z, keys)
}

/// One step: G's update, then D's on images of the updated G. `gan.generator_adam.update` and
/// `gan.discriminator_adam.update` take `gan.learning_rate`.
pub fn step(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: &mut DropoutKeys) {
    // TODO
    unsolved!("write both updates"; gan, x, z, keys)
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::step::check(super::generator_gradients, super::discriminator_gradients, super::step)
    }
}

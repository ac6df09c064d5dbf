//! What training needs of a generator and of a discriminator, whatever their layers are.

use nn::{Bound, Parameters};
use tensor::{Tape, Tensor, Var};

use super::dropout_keys::DropoutKeys;
use super::layer::Layer;

/// Numbers in a point of latent space.
pub const LATENT: usize = 100;

/// A generator and the discriminator of its images.
pub type Pair = (Box<dyn Generator>, Box<dyn Discriminator>);

/// Makes images, `[n, size, size, channels]` in [-1, 1], of noise `[n, LATENT]`, or `[n, LATENT +
/// classes]` if a class can be asked for.
pub trait Generator {
    /// The weights, which training changes.
    fn parameters(&self) -> &Parameters;

    /// As [`parameters`](Generator::parameters), for an optimiser or a checkpoint.
    fn parameters_mut(&mut self) -> &mut Parameters;

    /// Images in training: batch norm uses the statistics of this batch, which also move the
    /// running statistics.
    fn forward_training(&mut self, tape: &mut Tape, bound: &Bound, z: Var, keys: &mut DropoutKeys) -> Var;

    /// Images in inference, during training or after it: batch norm uses the running statistics, so
    /// an image does not depend on its neighbours in the batch. `keys` are none unless samples are
    /// asked to have dropout.
    fn forward_inference(&self, tape: &mut Tape, bound: &Bound, z: Var, keys: &mut DropoutKeys) -> Var;

    /// The dense and convolutional layers, in order.
    fn layers(&self) -> Vec<Layer>;

    /// The running statistics by name, such as `generator/bn1/moving_mean`.
    fn statistics(&self) -> Vec<(String, Tensor)>;

    /// As [`statistics`](Generator::statistics), in the same order, to be changed.
    fn statistics_mut(&mut self) -> Vec<(String, &mut Tensor)>;

    /// Another generator with the same layers, weights and statistics.
    fn copy(&self) -> Box<dyn Generator>;
}

/// Judges images `[n, size, size, channels]`: one logit each, `[n, 1]`, large for real.
pub trait Discriminator {
    /// The weights, which training changes.
    fn parameters(&self) -> &Parameters;

    /// As [`parameters`](Discriminator::parameters), for an optimiser or a checkpoint.
    fn parameters_mut(&mut self) -> &mut Parameters;

    /// The dense and convolutional layers, in order.
    fn layers(&self) -> Vec<Layer>;

    /// Tells the classes that the next images are to be of, a row of `one_hot` each. Most
    /// discriminators do not care.
    fn ask(&mut self, _one_hot: Tensor) {}

    /// The logits. Batch norm always uses the statistics of the batch, because a discriminator
    /// serves training alone. (`&mut`, because a batch norm in training may keep statistics; those
    /// of a discriminator keep none.)
    fn forward(&mut self, tape: &mut Tape, bound: &Bound, x: Var, keys: &mut DropoutKeys) -> Var;
}

//! The networks: a generator that makes images of noise, and a discriminator that judges images.
//!
//! The trainer sees the two traits of this file and nothing else, so a model is one file beside this one
//! and an arm of [`Architecture::build`], the only place that refuses a shape.

mod dcgan;
mod dropout_keys;
mod layer;
mod mlp;

use nn::{Bound, Parameters};
use rand::rngs::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use tensor::{Tape, Tensor, Var};

use crate::Error;
pub use dropout_keys::DropoutKeys;
pub use layer::{Convolution, Layer, step_multiply_adds};

/// Numbers in a point of latent space.
pub const LATENT: usize = 100;

/// Makes images, `[n, size, size, channels]` in [-1, 1], of noise `[n, LATENT]`.
pub trait Generator {
    /// What training changes.
    fn parameters(&self) -> &Parameters;

    /// As [`parameters`](Generator::parameters), for an optimiser or a checkpoint.
    fn parameters_mut(&mut self) -> &mut Parameters;

    /// Images as training makes them: batch norm by the statistics of this very batch, which
    /// also move the running statistics.
    fn forward_training(&mut self, tape: &mut Tape, bound: &Bound, z: Var, masks: &mut DropoutKeys) -> Var;

    /// Images as a finished generator makes them: batch norm by the running statistics, so that
    /// an image does not depend on its neighbours in the batch.
    fn forward_sampling(&self, tape: &mut Tape, bound: &Bound, z: Var, masks: &mut DropoutKeys) -> Var;

    /// Its dense and convolutional layers, in order.
    fn layers(&self) -> Vec<Layer>;

    /// The running statistics by name, such as `generator/bn1/moving_mean`.
    fn statistics(&self) -> Vec<(String, Tensor)>;

    /// As [`statistics`](Generator::statistics), in the same order, to be changed.
    fn statistics_mut(&mut self) -> Vec<(String, &mut Tensor)>;

    /// Another generator, the same in everything.
    fn copy(&self) -> Box<dyn Generator>;
}

/// Judges images `[n, size, size, channels]`: one logit each, `[n, 1]`, large for real.
pub trait Discriminator {
    /// What training changes.
    fn parameters(&self) -> &Parameters;

    /// As [`parameters`](Discriminator::parameters), for an optimiser or a checkpoint.
    fn parameters_mut(&mut self) -> &mut Parameters;

    /// Its dense and convolutional layers, in order.
    fn layers(&self) -> Vec<Layer>;

    /// The logits. Batch norm always goes by the batch at hand: a discriminator serves training alone.
    fn forward(&mut self, tape: &mut Tape, bound: &Bound, x: Var, masks: &mut DropoutKeys) -> Var;
}

/// Which family of networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The article's deep convolutional pair
    Dcgan,
    /// The fully connected pair that the article compares it with
    Mlp,
}

/// What decides the shape of every tensor of both networks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// The family.
    pub kind: Kind,
    /// Height and width of an image: 28, or a power of two from 16 to 256; of an MLP, anything up to 256.
    pub size: usize,
    /// 1 for grey, 3 for colour.
    pub channels: usize,
    /// Feature maps where they are 4×4; each doubling of the extent halves them. The article has 512. Of an MLP, the hidden
    /// units of each network, 128 in the article.
    pub width: usize,
}

/// A generator and the discriminator of its images.
pub type Pair = (Box<dyn Generator>, Box<dyn Discriminator>);

impl Architecture {
    /// Whether there are networks of this shape.
    ///
    /// # Errors
    /// If there are none, and why.
    pub fn check(&self) -> Result<(), Error> {
        match self.kind {
            Kind::Dcgan => dcgan::Plan::new(self).map(drop),
            Kind::Mlp => mlp::Plan::new(self).map(drop),
        }
    }

    /// The layers of both networks, the generator's first, without the networks.
    ///
    /// # Errors
    /// If there is no network of this shape.
    pub fn layers(&self) -> Result<(Vec<Layer>, Vec<Layer>), Error> {
        match self.kind {
            Kind::Dcgan => dcgan::Plan::new(self).map(|plan| (plan.generator(), plan.discriminator())),
            Kind::Mlp => mlp::Plan::new(self).map(|plan| (plan.generator(), plan.discriminator())),
        }
    }

    /// Both networks, their weights drawn from `rng`, the generator's first.
    ///
    /// # Errors
    /// If there is no network of this shape.
    pub fn build(&self, rng: &mut ChaCha8Rng) -> Result<Pair, Error> {
        match self.kind {
            Kind::Dcgan => {
                let plan = dcgan::Plan::new(self)?;
                let generator = dcgan::Generator::new(&plan, rng);
                Ok((Box::new(generator), Box::new(dcgan::Discriminator::new(&plan, rng))))
            }
            Kind::Mlp => {
                let plan = mlp::Plan::new(self)?;
                let generator = mlp::Generator::new(&plan, rng);
                Ok((Box::new(generator), Box::new(mlp::Discriminator::new(&plan, rng))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use nn::{AdamOptions, Mode};

    use super::*;
    use crate::gan::Gan;
    use crate::streams::{Purpose, noise, stream};

    fn shape(size: usize, channels: usize, width: usize) -> Architecture {
        Architecture { kind: Kind::Dcgan, size, channels, width }
    }

    fn mlp(size: usize, channels: usize, width: usize) -> Architecture {
        Architecture { kind: Kind::Mlp, size, channels, width }
    }

    fn listed(parameters: &Parameters) -> Vec<(String, Vec<usize>)> {
        parameters.iter().map(|(name, tensor)| (name.to_owned(), tensor.shape().to_vec())).collect()
    }

    #[test]
    fn the_articles_mnist_pair() {
        let (generator, discriminator) = shape(28, 1, 512).build(&mut stream(1, Purpose::Weights, 0)).unwrap();
        let expected = |prefix: &str, tensors: &[(&str, &[usize])]| -> Vec<_> {
            tensors.iter().map(|(name, shape)| (format!("{prefix}/{name}"), shape.to_vec())).collect()
        };
        let generators = expected(
            "generator",
            &[
                ("dense/kernel", &[100, 8192]),
                ("dense/bias", &[8192]),
                ("bn1/gamma", &[512]),
                ("bn1/beta", &[512]),
                ("conv2d_transpose_2/kernel", &[4, 4, 256, 512]),
                ("conv2d_transpose_2/bias", &[256]),
                ("bn2/gamma", &[256]),
                ("bn2/beta", &[256]),
                ("conv2d_transpose_3/kernel", &[3, 3, 128, 256]),
                ("conv2d_transpose_3/bias", &[128]),
                ("bn3/gamma", &[128]),
                ("bn3/beta", &[128]),
                ("conv2d_transpose_4/kernel", &[3, 3, 1, 128]),
                ("conv2d_transpose_4/bias", &[1]),
            ],
        );
        let discriminators = expected(
            "discriminator",
            &[
                ("conv2d_1/kernel", &[3, 3, 1, 128]),
                ("conv2d_1/bias", &[128]),
                ("conv2d_2/kernel", &[3, 3, 128, 256]),
                ("conv2d_2/bias", &[256]),
                ("bn2/gamma", &[256]),
                ("bn2/beta", &[256]),
                ("conv2d_3/kernel", &[3, 3, 256, 512]),
                ("conv2d_3/bias", &[512]),
                ("bn3/gamma", &[512]),
                ("bn3/beta", &[512]),
                ("dense/kernel", &[8192, 1]),
                ("dense/bias", &[1]),
            ],
        );
        assert_eq!(generators, listed(generator.parameters()));
        assert_eq!(discriminators, listed(discriminator.parameters()));
    }

    #[test]
    fn the_articles_fully_connected_pair() {
        let (generator, discriminator) = mlp(28, 1, 128).build(&mut stream(1, Purpose::Weights, 0)).unwrap();
        let shapes = |parameters| listed(parameters).into_iter().map(|(_, shape)| shape).collect::<Vec<_>>();
        assert_eq!([vec![100, 128], vec![128], vec![128, 784], vec![784]], shapes(generator.parameters())[..]);
        assert_eq!([vec![784, 128], vec![128], vec![128, 1], vec![1]], shapes(discriminator.parameters())[..]);
    }

    /// Through both networks, from either loss; a bias in front of a batch norm has none but rounding errors.
    #[test]
    fn gradients_reach_every_parameter() {
        for shape in [shape(28, 1, 8), mlp(28, 1, 8)] {
            let pair = shape.build(&mut stream(1, Purpose::Weights, 0)).unwrap();
            let mut gan = Gan::new(pair, AdamOptions::default(), 1e-3, 0.9);
            let z = noise(&mut stream(1, Purpose::Noise, 0), 4, LATENT);
            let x = noise(&mut stream(2, Purpose::Noise, 0), 4, 28 * 28).reshape(&[4, 28, 28, 1]);
            let g = gan.generator_gradients(&z, &mut DropoutKeys::none()).gradients;
            let d = gan.discriminator_gradients(&x, &z, &mut DropoutKeys::none()).gradients;
            let names = gan.generator.parameters().iter().chain(gan.discriminator.parameters().iter());
            for ((name, _), gradient) in names.zip(g.iter().chain(&d)) {
                assert!(gradient.data().iter().any(|&x| x != 0.0), "{name} of {shape:?}");
            }
        }
    }

    /// Every kernel fills the limits of Glorot's uniform distribution, and none oversteps them, as a normal one would.
    #[test]
    fn kernels_start_uniform_and_the_rest_at_one_or_zero() {
        let (generator, discriminator) = shape(28, 1, 64).build(&mut stream(1, Purpose::Weights, 0)).unwrap();
        for (name, tensor) in generator.parameters().iter().chain(discriminator.parameters().iter()) {
            let all = |value: f32| tensor.data().iter().all(|&x| x == value);
            match (name.rsplit_once('/').unwrap().1, tensor.shape()) {
                ("kernel", [taps @ .., ci, co]) => {
                    let limit = (6.0 / (taps.iter().product::<usize>() * (ci + co)) as f32).sqrt();
                    let largest = tensor.data().iter().fold(0.0, |largest: f32, x| largest.max(x.abs()));
                    assert!(0.95 * limit < largest && largest <= limit, "{name}: {largest}, the limit is {limit}");
                }
                ("gamma", _) => assert!(all(1.0), "{name}"),
                ("bias" | "beta", _) => assert!(all(0.0), "{name}"),
                _ => panic!("{name}"),
            }
        }
    }

    #[test]
    fn every_size_goes_from_noise_to_images_to_logits() {
        let shapes = [(16, 1, 2), (28, 3, 4), (28, 1, 12), (32, 3, 4), (64, 3, 8), (128, 1, 16)];
        let shapes = shapes.into_iter().map(|(size, channels, width)| shape(size, channels, width));
        for shape in shapes.chain([mlp(28, 1, 128), mlp(32, 3, 5), mlp(1, 1, 1)]) {
            let (size, channels) = (shape.size, shape.channels);
            let (mut generator, mut discriminator) = shape.build(&mut stream(1, Purpose::Weights, 0)).unwrap();
            let mut tape = Tape::new();
            let (g, d) = (
                generator.parameters().bind(&mut tape, Mode::Frozen),
                discriminator.parameters().bind(&mut tape, Mode::Frozen),
            );
            let z = tape.constant(noise(&mut stream(1, Purpose::Noise, 0), 2, LATENT));
            for images in [
                generator.forward_training(&mut tape, &g, z, &mut DropoutKeys::none()),
                generator.forward_sampling(&mut tape, &g, z, &mut DropoutKeys::none()),
            ] {
                assert_eq!([2, size, size, channels], tape.value(images).dims());
                let logits = discriminator.forward(&mut tape, &d, images, &mut DropoutKeys::none());
                assert_eq!([2, 1], tape.value(logits).dims());
            }
        }
    }

    #[test]
    fn layers_account_for_every_parameter() {
        for shape in [shape(28, 1, 8), shape(32, 3, 16), shape(64, 3, 16), mlp(28, 1, 9)] {
            let (generator, discriminator) = shape.build(&mut stream(1, Purpose::Weights, 0)).unwrap();
            let (g, d) = shape.layers().unwrap();
            let sum = |layers: &[Layer]| layers.iter().map(|layer| layer.parameters).sum::<usize>();
            let found = (generator.parameters().elements(), discriminator.parameters().elements());
            assert_eq!(found, (sum(&g), sum(&d)), "{shape:?}");
        }
    }

    #[test]
    fn shapes_without_networks_are_refused() {
        for (size, channels, width) in
            [(8, 1, 512), (30, 1, 512), (512, 1, 512), (28, 2, 512), (28, 1, 0), (28, 1, 6), (64, 3, 4), (28, 1, 8192)]
        {
            assert!(shape(size, channels, width).check().is_err(), "{size} {channels} {width}");
        }
        for shape in [mlp(0, 1, 8), mlp(257, 1, 8), mlp(28, 2, 8), mlp(28, 1, 0), mlp(28, 1, 4097)] {
            assert!(shape.check().is_err(), "{shape:?}");
        }
    }
}

//! Which pair of networks, and how large; the only place that refuses a size.

use rand::rngs::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::extras::Extras;
use super::layer::Size;
use super::networks::Pair;
use super::{dcgan, mlp};
use crate::Error;

/// The largest width of a network.
const WIDEST: usize = 4096;

/// Which family of networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The article's deep convolutional pair
    Dcgan,
    /// The fully connected pair that the article compares it with
    Mlp,
}

/// The sizes from which the shape of every tensor of both networks follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// The family.
    pub kind: Kind,
    /// Height and width of an image. A DCGAN's are 28 or a power of two from 16 to 256, an MLP's
    /// are anything from 1 to 256.
    pub size: usize,
    /// 1 for grey, 3 for colour.
    pub channels: usize,
    /// Feature maps where they are 4×4; each doubling of the extent halves them. The article has
    /// 512. In an MLP, the hidden units of each network; the article has 128.
    pub width: usize,
}

impl Architecture {
    /// Refuses sizes of which there are no networks.
    ///
    /// # Errors
    /// The setting that is wrong, and its range.
    pub fn check(&self) -> Result<(), Error> {
        let &Self { kind, size, channels, width } = self;
        let least_width = match kind {
            // Each doubling but the last halves the feature maps.
            Kind::Dcgan => dcgan::doublings(size).map(|doublings| 1 << (doublings - 1)),
            Kind::Mlp => (1..=256).contains(&size).then_some(1),
        };
        let Some(least_width) = least_width else {
            let reason = match kind {
                Kind::Dcgan => format!("of a DCGAN's images must be 16, 28, 32, 64, 128 or 256 pixels, not {size}"),
                Kind::Mlp => format!("of an MLP's images must be 1 to 256 pixels, not {size}"),
            };
            return Err(Error::setting("size", reason));
        };
        if channels != 1 && channels != 3 {
            return Err(Error::setting("channels", format!("must be 1 (grey) or 3 (RGB), not {channels}")));
        }
        if width == 0 || WIDEST < width || !width.is_multiple_of(least_width) {
            let reason = match kind {
                Kind::Dcgan => format!(
                    "must be a multiple of {least_width} for {size}×{size} images, at most {WIDEST}, not {width}"
                ),
                Kind::Mlp => format!("of an MLP must be from 1 to {WIDEST}, not {width}"),
            };
            return Err(Error::setting("width", reason));
        }
        Ok(())
    }

    /// How large both networks are without extras, the generator first. They are not built for it,
    /// so this is cheap for any size that a file may claim.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn sizes(&self) -> Result<[Size; 2], Error> {
        self.check()?;
        let &Self { kind, size, channels, width } = self;
        Ok(match kind {
            Kind::Dcgan => dcgan::sizes(size, channels, width),
            Kind::Mlp => mlp::sizes(size, channels, width),
        })
    }

    /// Both networks, their weights drawn from `rng`, the generator's first.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn build(&self, rng: &mut ChaCha8Rng) -> Result<Pair, Error> {
        self.build_with(Extras::default(), rng)
    }

    /// As [`build`](Self::build), with parts that variations ask for.
    ///
    /// # Errors
    /// As [`check`](Self::check), and if an MLP should have a part that only a DCGAN can have.
    pub fn build_with(&self, extras: Extras, rng: &mut ChaCha8Rng) -> Result<Pair, Error> {
        self.check()?;
        let &Self { kind, size, channels, width } = self;
        Ok(match kind {
            Kind::Dcgan => dcgan::build([size, channels, width], extras, rng),
            Kind::Mlp if extras.batch_deviation => {
                return Err(Error::setting("batch_deviation", "needs feature maps, which an MLP has not"));
            }
            Kind::Mlp if 0 < extras.classes => {
                return Err(Error::setting("conditional", "networks are DCGANs, and this is an MLP"));
            }
            Kind::Mlp if extras.discriminator_slope.is_some() => {
                return Err(Error::setting("discriminator_slope", "is for DCGANs, and this is an MLP"));
            }
            Kind::Mlp => mlp::build(size, channels, width, rng),
        })
    }
}

#[cfg(test)]
mod tests {
    use nn::{AdamOptions, Mode, Parameters};
    use tensor::Tape;

    use super::*;
    use crate::gan::Gan;
    use crate::models::{DropoutKeys, LATENT, Layer};
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

    /// From either loss, through both networks. The gradient of a bias in front of a batch norm is
    /// only rounding errors.
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

    /// Every kernel fills the limits of Glorot's uniform distribution, and none exceeds them, as a
    /// normal distribution would.
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
            let Architecture { size, channels, .. } = shape;
            let (mut generator, mut discriminator) = shape.build(&mut stream(1, Purpose::Weights, 0)).unwrap();
            let mut tape = Tape::new();
            let g = generator.parameters().bind(&mut tape, Mode::Frozen);
            let d = discriminator.parameters().bind(&mut tape, Mode::Frozen);
            let z = tape.constant(noise(&mut stream(1, Purpose::Noise, 0), 2, LATENT));
            for images in [
                generator.forward_training(&mut tape, &g, z, &mut DropoutKeys::none()),
                generator.forward_inference(&mut tape, &g, z, &mut DropoutKeys::none()),
            ] {
                assert_eq!([2, size, size, channels], tape.value(images).dims());
                let logits = discriminator.forward(&mut tape, &d, images, &mut DropoutKeys::none());
                assert_eq!([2, 1], tape.value(logits).dims());
            }
        }
    }

    /// The formula, the table and the weights agree.
    #[test]
    fn sizes_are_those_of_the_built_networks() {
        let dcgans = [(16, 1, 8), (28, 1, 8), (28, 3, 12), (32, 3, 16), (64, 3, 16), (128, 1, 16), (256, 3, 64)];
        let dcgans = dcgans.map(|(size, channels, width)| shape(size, channels, width));
        for shape in dcgans.into_iter().chain([mlp(28, 1, 9), mlp(5, 3, 7)]) {
            let (generator, discriminator) = shape.build(&mut stream(1, Purpose::Weights, 0)).unwrap();
            let of = |parameters: &Parameters, layers: &[Layer]| {
                let size = Size {
                    parameters: layers.iter().map(|layer| layer.parameters).sum(),
                    outputs: layers.iter().map(|layer| layer.output.iter().product::<usize>()).sum(),
                };
                assert_eq!(parameters.elements(), size.parameters, "the layers of {shape:?} account for its weights");
                size
            };
            let found = [
                of(generator.parameters(), &generator.layers()),
                of(discriminator.parameters(), &discriminator.layers()),
            ];
            assert_eq!(found, shape.sizes().unwrap(), "{shape:?}");
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

    #[test]
    fn images_of_an_mlp_have_1_to_256_pixels_a_side() {
        let is_allowed = |size| mlp(size, 1, 8).check().is_ok();
        assert_eq!([false, true, true, false], [0, 1, 256, 257].map(is_allowed));
    }
}

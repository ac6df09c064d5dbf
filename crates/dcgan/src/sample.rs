//! Samples: the images that a generator makes of the fixed noise of a run, or of latent seeds.

use data::Images;
use data::scale::{self, PixelNotFinite};
use tensor::{Buffer, Tensor};

use crate::config::Config;
use crate::gan::Gan;
use crate::models::{DropoutKeys, LATENT};
use crate::picture::Picture;
use crate::streams::{Purpose, noise, stream};

/// The row of samples after the step that `gan` has reached.
///
/// Generates a whole batch and shows its first `sample_columns` images: a batch of the training's
/// size uses the buffers that a step has left, and a smaller one would allocate new ones.
///
/// # Errors
/// If a value is not finite.
pub fn row(gan: &Gan, config: &Config) -> Result<Picture, PixelNotFinite> {
    let training = &config.training;
    let columns = config.schedule.sample_columns;
    let count = columns.max(training.batch_size);
    let z = gan.of_all_classes(noise(&mut stream(training.seed, Purpose::Samples, 0), count, LATENT));
    let mut keys = if training.sample_dropout {
        DropoutKeys::new(training.dropout_keep, stream(training.seed, Purpose::SampleDropout, gan.step))
    } else {
        DropoutKeys::none()
    };
    let images = gan.sample(&z, &mut keys);
    let [_, height, width, channels] = images.dims();
    let shown = &images.data()[..columns * height * width * channels];
    Picture::grid(&Tensor::new(&[columns, height, width, channels], Buffer::copy_of(shown)), columns)
}

/// Images that pass through the generator at a time, by default.
pub const BATCH: usize = 64;

/// The points of latent space of these latent seeds: `[seeds, LATENT]`.
#[must_use]
pub fn latent(seeds: &[u64]) -> Tensor {
    let point = |&seed: &u64| noise(&mut stream(seed, Purpose::Latent, 0), 1, LATENT).data().to_vec();
    Tensor::new(&[seeds.len(), LATENT], seeds.iter().flat_map(point).collect::<Vec<f32>>())
}

/// The images of points `z`, one a row, `batch` at a time.
///
/// An image depends on its point and the generator alone, not on its neighbours in the batch.
///
/// # Errors
/// If a value is not finite.
///
/// # Panics
/// If there is no point, or `batch` is 0.
pub fn images(gan: &Gan, z: &Tensor, batch: usize) -> Result<Images, PixelNotFinite> {
    let mut pixels = vec![];
    let mut shape = None;
    let [_, size] = z.dims();
    for z in z.data().chunks(batch * size) {
        let z = Tensor::new(&[z.len() / size, size], Buffer::copy_of(z));
        let images = gan.sample(&z, &mut DropoutKeys::none());
        shape = Some(images.dims());
        pixels.extend(scale::to_bytes(images.data())?);
    }
    let [_, height, width, channels] = shape.expect("there is at least one point");
    Ok(Images::new(height, width, channels, pixels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Data;

    #[test]
    fn rows_show_the_same_noise_and_drop_nothing_unless_told() {
        let data = Data { name: "toy".to_owned(), images: 64, sha256: String::new() };
        let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
        config.model.width = 4;
        let mut gan = Gan::start(&config).unwrap();
        let mut at = |step, sample_dropout| {
            gan.step = step;
            config.training.sample_dropout = sample_dropout;
            row(&gan, &config).unwrap()
        };
        assert!(at(1, false) == at(2, false), "the noise does not depend on the step");
        assert!(at(1, true) == at(1, true) && at(1, true) != at(2, true), "the dropout keys do");
        assert!(at(1, true) != at(1, false));
    }

    /// Neither its neighbours nor the size of the batch change a picture.
    #[test]
    fn an_image_depends_on_its_latent_seed_alone() {
        let data = Data { name: "toy".to_owned(), images: 64, sha256: String::new() };
        let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
        config.model.width = 4;
        let gan = Gan::start(&config).unwrap();
        let seeds: Vec<u64> = (3..3 + 66).collect();
        let many = images(&gan, &latent(&seeds), BATCH).unwrap();
        for i in [0, 1, BATCH - 1, BATCH, BATCH + 1] {
            let alone = gan.sample(&latent(&[seeds[i]]), &mut DropoutKeys::none());
            assert!(scale::to_bytes(alone.data()).unwrap() == many.image(i), "number {i}");
        }
        for batch in [1, 7, 1000] {
            assert!(many == images(&gan, &latent(&seeds), batch).unwrap(), "in batches of {batch}");
        }
        assert!(many.image(0) != many.image(1));
    }
}

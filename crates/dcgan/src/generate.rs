//! Pictures from a finished generator, each by a seed of its own.

use std::path::Path;

use data::scale::NotFinite;
use tensor::{Buffer, Tensor};

use crate::Error;
use crate::checkpoint::Checkpoint;
use crate::models::{LATENT, Masks};
use crate::picture::Picture;
use crate::step::Gan;
use crate::streams::{Purpose, noise, stream};

/// Pictures that pass through the generator at a time.
const BATCH: usize = 64;

/// The generator in `path`, which is a run's directory or a checkpoint, with the step it had reached.
///
/// # Errors
/// If there is no checkpoint, or it is not whole.
pub fn load(path: &Path) -> Result<Gan, Error> {
    load_named(path).map(|(gan, _)| gan)
}

/// As [`load`], and the name of its state, for the [`Origin`](crate::origin::Origin) of what it makes.
///
/// # Errors
/// As [`load`].
pub fn load_named(path: &Path) -> Result<(Gan, String), Error> {
    let path = if path.is_dir() { path.join("checkpoint.safetensors") } else { path.to_owned() };
    let checkpoint = Checkpoint::read(&path)?;
    let gan = Gan::restore(&checkpoint).map_err(|reason| Error::file(&path, reason))?;
    Ok((gan, checkpoint.tensors_sha256()))
}

/// The pictures of `count` seeds from `first` on, in a square.
///
/// # Errors
/// If a value is not finite.
///
/// # Panics
/// If `count` is 0.
pub fn grid(gan: &Gan, first: u64, count: usize) -> Result<Picture, NotFinite> {
    Picture::grid(&pictures(gan, first, count), count.isqrt().max(1))
}

/// The pictures of `count` seeds from `first` on: `[count, size, size, channels]` in [-1, 1].
///
/// A picture depends on its seed and the generator alone, not on the pictures beside it.
///
/// # Panics
/// If `count` is 0.
#[must_use]
pub fn pictures(gan: &Gan, first: u64, count: usize) -> Tensor {
    let z: Vec<f32> = (0..count as u64)
        .flat_map(|i| noise(&mut stream(first.wrapping_add(i), Purpose::Picture, 0), 1, LATENT).data().to_vec())
        .collect();
    let batches = z
        .chunks(BATCH * LATENT)
        .map(|z| gan.sample(&Tensor::new(&[z.len() / LATENT, LATENT], Buffer::copy_of(z)), &mut Masks::none()));
    let batches: Vec<Tensor> = batches.collect();
    let [_, height, width, channels] = batches.first().expect("at least one picture").dims();
    let pixels: Vec<f32> = batches.iter().flat_map(Tensor::data).copied().collect();
    Tensor::new(&[count, height, width, channels], pixels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Data};

    /// Neither the pictures beside it nor the batch that it falls into show in a picture.
    #[test]
    fn a_picture_depends_on_its_seed_alone() {
        let data = Data { name: "toy".to_owned(), images: 64, sha256: String::new() };
        let mut config = Config::article(data, 28, 1, "article").unwrap();
        config.model.width = 4;
        let gan = Gan::start(&config).unwrap();
        let (many, size) = (pictures(&gan, 3, BATCH + 2), 28 * 28);
        for i in [0, 1, BATCH - 1, BATCH, BATCH + 1] {
            let alone = pictures(&gan, 3 + i as u64, 1);
            assert!(alone.data() == &many.data()[i * size..][..size], "number {i}");
        }
        assert!(many.data()[..size] != many.data()[size..][..size]);
    }
}

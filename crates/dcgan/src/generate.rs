//! Pictures from a finished generator, each by a seed of its own.

use std::path::{Path, PathBuf};

use data::{Images, scale};
use tensor::{Buffer, Tensor};

use crate::Error;
use crate::checkpoint::Checkpoint;
use crate::models::{LATENT, Masks};
use crate::run::{CHECKPOINT, is_run};
use crate::step::Gan;
use crate::streams::{Purpose, noise, stream};

/// Pictures that pass through the generator at a time, unless somebody says otherwise.
pub const BATCH: usize = 64;

/// What there is to say of a checkpoint whose pictures are not.
pub const NOT_FINITE: &str = "its pictures are not finite; use another checkpoint";

/// A saved generator.
pub struct Loaded {
    /// The file of its checkpoint.
    pub path: PathBuf,
    /// What stands in it.
    pub checkpoint: Checkpoint,
    /// Its networks.
    pub gan: Gan,
}

impl Loaded {
    /// Reads the checkpoint at `path`, or in the run at `path`.
    ///
    /// # Errors
    /// If there is none, or it is not whole.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let path = checkpoint_in(path)?;
        let checkpoint = Checkpoint::read(&path)?;
        let gan = Gan::restore(&checkpoint).map_err(|reason| Error::file(&path, reason))?;
        Ok(Self { path, checkpoint, gan })
    }
}

/// The checkpoint that `path` names: itself, or that of the run in it.
///
/// # Errors
/// If there is none yet.
pub fn checkpoint_in(path: &Path) -> Result<PathBuf, Error> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let checkpoint = path.join(CHECKPOINT);
    if checkpoint.exists() {
        return Ok(checkpoint);
    }
    let reason = if is_run(path) {
        "the run has no checkpoint yet; the first comes after an epoch, or sooner by --checkpoint-every"
    } else {
        "there is no run in it; name the directory of one, or a checkpoint"
    };
    Err(Error::file(path, reason))
}

/// The points of latent space that belong to these seeds: `[seeds, LATENT]`.
#[must_use]
pub fn latent(seeds: &[u64]) -> Tensor {
    let point = |&seed: &u64| noise(&mut stream(seed, Purpose::Picture, 0), 1, LATENT).data().to_vec();
    Tensor::new(&[seeds.len(), LATENT], seeds.iter().flat_map(point).collect::<Vec<f32>>())
}

/// The pictures of points `z`, `[n, LATENT]`, `batch` at a time.
///
/// A picture depends on its point and the generator alone, not on the pictures beside it.
///
/// # Errors
/// If a value is not finite.
///
/// # Panics
/// If there is no point, or `batch` is 0.
pub fn images(gan: &Gan, z: &Tensor, batch: usize) -> Result<Images, scale::NotFinite> {
    let (mut pixels, mut shape) = (vec![], None);
    for z in z.data().chunks(batch * LATENT) {
        let z = Tensor::new(&[z.len() / LATENT, LATENT], Buffer::copy_of(z));
        let images = gan.sample(&z, &mut Masks::none());
        shape = Some(images.dims());
        pixels.extend(scale::to_bytes(images.data())?);
    }
    let [_, height, width, channels] = shape.expect("at least one picture");
    Ok(Images::new(height, width, channels, pixels))
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
        let seeds: Vec<u64> = (3..3 + 66).collect();
        let many = images(&gan, &latent(&seeds), BATCH).unwrap();
        for i in [0, 1, BATCH - 1, BATCH, BATCH + 1] {
            let alone = gan.sample(&latent(&[seeds[i]]), &mut Masks::none());
            assert!(scale::to_bytes(alone.data()).unwrap() == many.picture(i), "number {i}");
        }
        for batch in [1, 7, 1000] {
            assert!(many == images(&gan, &latent(&seeds), batch).unwrap(), "in batches of {batch}");
        }
        assert!(many.picture(0) != many.picture(1));
    }
}

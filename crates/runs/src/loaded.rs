//! A saved generator.

use std::path::{Path, PathBuf};

use dcgan::config::Config;
use dcgan::gan::Gan;
use dcgan::state::{AVERAGE, SPECTRAL};

use crate::Error;
use crate::checkpoint::Checkpoint;
use crate::directory::{CHECKPOINT, is_run};

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
        let gan = checkpoint.restore().map_err(|reason| Error::file(&path, reason))?;
        Ok(Self { path, checkpoint, gan })
    }
}

/// Why a new run cannot begin with the networks of a checkpoint.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BeginError {
    /// There are no networks of its config.
    #[error(transparent)]
    Gan(#[from] dcgan::Error),
    /// The checkpoint has no such tensor.
    #[error("{0} is missing: its networks are others than those of the new run")]
    Missing(String),
    /// The tensor of that name has another shape.
    #[error("{name} has the shape {found:?}, and the new run's networks {expected:?}")]
    Shape {
        /// The name of both.
        name: String,
        /// The shape in the checkpoint.
        found: Vec<usize>,
        /// The shape in the new run's networks.
        expected: Vec<usize>,
    },
}

/// Networks for a new run of `config` that begin with the weights and running statistics of
/// `checkpoint`. Adam begins anew, as does the count of steps. Where the new run has a moving
/// average of its generator and the old one had none, it begins with the generator itself. The
/// vectors of spectral normalisation begin anew where the old run had none.
///
/// # Errors
/// If the config describes no networks, or others: the first tensor that is missing or has another
/// shape, by name.
///
/// # Panics
/// Never: the tensors are those of the new run, by name and shape.
pub fn begin_with(config: &Config, checkpoint: &Checkpoint) -> Result<Gan, BeginError> {
    let mut gan = Gan::start(config)?;
    let mut tensors = gan.tensors();
    for (name, tensor) in tensors.iter_mut().filter(|(name, _)| !name.starts_with("adam_")) {
        let own_name = name.strip_prefix(AVERAGE).unwrap_or(name);
        let own = checkpoint.tensors.get(name).or_else(|| checkpoint.tensors.get(own_name));
        if own.is_none() && name.starts_with(SPECTRAL) {
            continue;
        }
        let own = own.ok_or_else(|| BeginError::Missing(name.clone()))?;
        if own.shape() != tensor.shape() {
            return Err(BeginError::Shape {
                name: name.clone(),
                found: own.shape().to_vec(),
                expected: tensor.shape().to_vec(),
            });
        }
        *tensor = own.clone();
    }
    gan.set_tensors(&tensors, 0, [0; 2]).expect("names and shapes are those of its own tensors");
    Ok(gan)
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
        "the run has no checkpoint yet; the first comes after an epoch, or sooner by `checkpoint_every`"
    } else {
        "there is no run in it; name the directory of one, or a checkpoint"
    };
    Err(Error::file(path, reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dcgan::config::Data;

    fn config(width: usize, seed: u64) -> Config {
        let data = Data { name: "toy".to_owned(), images: 10, sha256: String::new() };
        let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
        (config.model.width, config.training.seed, config.training.batch_size) = (width, seed, 2);
        config
    }

    #[test]
    fn a_new_run_begins_with_the_weights_of_another() {
        let old = config(4, 1);
        let mut gan = Gan::start(&old).unwrap();
        let images = data::Images::new(28, 28, 1, (0..10 * 784).map(|i| (i * 7 % 251) as u8).collect());
        dcgan::feed::Feed::new(&old.training, &images).step(&mut gan).unwrap();
        let saved = Checkpoint::of(&gan, &old);

        let mut new = config(4, 2);
        new.training.learning_rate = 1e-5;
        new.variations.average = Some(0.9);
        new.variations.spectral_norm = true;
        let begun = begin_with(&new, &saved).unwrap();
        assert_eq!((0, 0, 0), (begun.step, begun.generator_adam.step, begun.discriminator_adam.step));
        for (name, tensor) in begun.tensors() {
            if name.starts_with("adam_") {
                assert!(tensor.data().iter().all(|&x| x == 0.0), "{name} begins anew");
            } else if name.starts_with(SPECTRAL) {
                assert_eq!(Gan::start(&new).unwrap().tensors()[&name].data(), tensor.data(), "{name}");
            } else {
                let own = name.strip_prefix(AVERAGE).unwrap_or(&name);
                assert_eq!(saved.tensors[own].data(), tensor.data(), "{name}");
            }
        }
        let message = begin_with(&config(8, 1), &saved).err().unwrap().to_string();
        assert!(message.contains("has the shape"), "{message}");
    }

    #[test]
    fn a_new_run_begins_with_the_moving_average_of_another_that_has_one() {
        let mut config = config(4, 1);
        config.variations.average = Some(0.9);
        let mut gan = Gan::start(&config).unwrap();
        let images = data::Images::new(28, 28, 1, (0..10 * 784).map(|i| (i * 7 % 251) as u8).collect());
        let mut feed = dcgan::feed::Feed::new(&config.training, &images);
        for _ in 0..3 {
            feed.step(&mut gan).unwrap();
        }
        let saved = Checkpoint::of(&gan, &config);
        let begun = begin_with(&config, &saved).unwrap().tensors();
        let [kernel, average] = ["", AVERAGE].map(|prefix| format!("{prefix}generator/dense/kernel"));
        assert!(saved.tensors[&kernel].data() != saved.tensors[&average].data(), "the average lags behind");
        for name in [kernel, average] {
            assert_eq!(saved.tensors[&name].data(), begun[&name].data(), "{name}");
        }
    }
}

//! A saved generator.

use std::path::{Path, PathBuf};

use dcgan::gan::Gan;

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

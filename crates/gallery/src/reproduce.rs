//! A picture made again, from what its text chunks say and the checkpoint that they name.

use std::path::{Path, PathBuf};

use crate::provenance::{PictureKind, Provenance};
use crate::view::{View, ViewError};
use dcgan::sample;
use runs::Error;
use runs::checkpoint::{Checkpoint, CheckpointError};
use runs::directory::Run;
use runs::loaded::{self, checkpoint_in};

/// The checkpoint that `path` names, itself or in the run there: of a run's checkpoints, the one
/// that made the picture, if it is among them, and the newest otherwise.
///
/// # Errors
/// If there is none, or they cannot be listed.
pub fn checkpoint_for(origin: &Provenance, path: &Path) -> Result<PathBuf, Error> {
    let newest = checkpoint_in(path)?;
    if newest == path || Checkpoint::name_of(&newest).as_ref() == Some(&origin.checkpoint) {
        return Ok(newest);
    }
    let older = Run::look(path).and_then(|run| run.older_checkpoints()).unwrap_or_default();
    let made = older.into_iter().rfind(|(_, path)| Checkpoint::name_of(path).as_ref() == Some(&origin.checkpoint));
    Ok(made.map_or(newest, |(_, path)| path))
}

/// Why a checkpoint does not make a picture again.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReproduceError {
    /// The picture is put together of others.
    #[error("it is made of the pictures in samples; reproduce those")]
    Composed,
    /// The picture is none of a generator.
    #[error("it shows real images, which no checkpoint makes")]
    Reals,
    /// The picture is a chart.
    #[error("it is drawn from metrics.csv, which no checkpoint holds")]
    Losses,
    /// Another state made it.
    #[error("it was made by the state {made}… of step {made_step}, not by {found}… of step {found_step}")]
    OtherState {
        /// The beginning of the name of the state that made it.
        made: String,
        /// The step of that state.
        made_step: u64,
        /// The beginning of the name of the checkpoint's state.
        found: String,
        /// The step of the checkpoint.
        found_step: u64,
    },
    /// The checkpoint has no networks.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The picture has no view.
    #[error("it does not say what was asked for: there is no text chunk View")]
    NoView,
    /// There is no file of its view.
    #[error(transparent)]
    View(#[from] ViewError),
    /// A pixel is not finite.
    #[error("{}", loaded::NOT_FINITE)]
    NotFinite,
}

/// The file of the picture that `origin` describes, byte for byte what was written then.
///
/// The instruction set in use should be the one of that time; another one may round a pixel
/// differently.
///
/// # Errors
/// If the checkpoint is another one, or no checkpoint can make such a picture.
pub fn reproduce(origin: &Provenance, checkpoint: &Checkpoint) -> Result<Vec<u8>, ReproduceError> {
    match origin.shows {
        PictureKind::Samples | PictureKind::Generated => {}
        PictureKind::Progress | PictureKind::Film => {
            return Err(ReproduceError::Composed);
        }
        PictureKind::Reals => return Err(ReproduceError::Reals),
        PictureKind::Losses => return Err(ReproduceError::Losses),
    }
    let name = checkpoint.tensors_sha256();
    if name != origin.checkpoint {
        let made = origin.checkpoint.get(..12).unwrap_or(&origin.checkpoint);
        return Err(ReproduceError::OtherState {
            made: made.to_owned(),
            made_step: origin.step,
            found: name[..12].to_owned(),
            found_step: checkpoint.step,
        });
    }
    let gan = checkpoint.restore()?;
    if origin.shows == PictureKind::Generated {
        let view = origin.view.as_ref().ok_or(ReproduceError::NoView)?;
        return Ok(View::from_json(view)?.file(&gan, &name, sample::BATCH)?);
    }
    let row = sample::row(&gan, &checkpoint.config).map_err(|_| ReproduceError::NotFinite)?;
    Ok(origin.to_png(&row))
}

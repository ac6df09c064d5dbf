//! A picture made again, from what its text chunks say and the checkpoint that they name.

use std::path::{Path, PathBuf};

use crate::provenance::{PictureKind, Provenance};
use crate::view::View;
use dcgan::sample;
use runs::Error;
use runs::checkpoint::Checkpoint;
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

/// The file of the picture that `origin` describes, byte for byte what was written then.
///
/// The instruction set in use should be the one of that time; another one may round a pixel
/// differently.
///
/// # Errors
/// If the checkpoint is another one, or no checkpoint can make such a picture.
pub fn reproduce(origin: &Provenance, checkpoint: &Checkpoint) -> Result<Vec<u8>, String> {
    match origin.shows {
        PictureKind::Samples | PictureKind::Generated => {}
        PictureKind::Progress | PictureKind::Film => {
            return Err("it is made of the pictures in samples; reproduce those".to_owned());
        }
        PictureKind::Reals => return Err("it shows real images, which no checkpoint makes".to_owned()),
        PictureKind::Losses => return Err("it is drawn from metrics.csv, which no checkpoint holds".to_owned()),
    }
    let name = checkpoint.tensors_sha256();
    if name != origin.checkpoint {
        let made = origin.checkpoint.get(..12).unwrap_or(&origin.checkpoint);
        let found = &name[..12];
        return Err(format!(
            "it was made by the state {made}… of step {}, not by {found}… of step {}",
            origin.step, checkpoint.step
        ));
    }
    let gan = checkpoint.restore().map_err(|error| error.to_string())?;
    if origin.shows == PictureKind::Generated {
        let view = origin.view.as_ref().ok_or("it does not say what was asked for: there is no text chunk View")?;
        return View::from_json(view)?.file(&gan, &name, sample::BATCH);
    }
    let row = sample::row(&gan, &checkpoint.config).map_err(|_| loaded::NOT_FINITE)?;
    Ok(origin.to_png(&row))
}

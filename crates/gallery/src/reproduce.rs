//! A picture made again, from what its text chunks say and the checkpoint that they name.

use crate::provenance::{PictureKind, Provenance};
use dcgan::sample;
use runs::checkpoint::Checkpoint;
use runs::loaded;

/// The file of the picture that `origin` describes, byte for byte what was written then.
///
/// The instruction set in use should be the one of that time; another one may round a pixel differently.
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
        let (made, found) = (&origin.checkpoint, &name);
        let (made, found) = (made.get(..12).unwrap_or(made), &found[..12]);
        let steps = (origin.step, checkpoint.step);
        return Err(format!(
            "it was made by the state {made}… of step {}, not by {found}… of step {}",
            steps.0, steps.1
        ));
    }
    let gan = checkpoint.restore()?;
    if origin.shows == PictureKind::Generated {
        let view = origin.view.as_ref().ok_or("it does not say what was asked for: there is no text chunk View")?;
        return view.file(&gan, &name, sample::BATCH);
    }
    let row = sample::row(&gan, &checkpoint.config).map_err(|_| loaded::NOT_FINITE)?;
    Ok(origin.to_png(&row))
}

//! The rows of samples of a run: read one by one, and stacked into `progress.png`.

use std::path::Path;

use dcgan::picture::Picture;
use runs::directory::Run;
use runs::{Error, atomic};

use crate::provenance::{PictureKind, Provenance};

/// A row of samples, and what made it.
///
/// # Errors
/// If it cannot be read, or is no such row.
pub fn read_row(path: &Path) -> Result<(Picture, Provenance), Error> {
    let bytes = std::fs::read(path).map_err(|error| Error::file(path, error))?;
    let row = Picture::from_png(&bytes).map_err(|error| error.to_string());
    let row = row.and_then(|row| Ok((row, Provenance::read(&bytes)?)));
    row.map_err(|reason| Error::file(path, format!("{reason}; remove it to go on without this row")))
}

/// The rows of samples that `run` has, top to bottom, and what made the last; writes `progress.png`, or removes it where
/// there are none.
///
/// # Errors
/// If a row cannot be read or is none of this run, or the picture cannot be written.
pub fn restore(run: &Run) -> Result<Option<Picture>, Error> {
    let mut progress: Option<(Picture, Provenance)> = None;
    for (_, path) in run.sampled()? {
        let (row, origin) = read_row(&path)?;
        progress = Some(match progress {
            None => (row, origin),
            Some((above, _)) if !above.is_as_wide_as(&row) => {
                return Err(Error::file(&path, "it is no row of samples of this run; remove it"));
            }
            Some((mut above, _)) => {
                above.append(&row);
                (above, origin)
            }
        });
    }
    match &progress {
        Some((rows, last)) => write(run, rows, last)?,
        None => atomic::remove(&run.progress())?,
    }
    Ok(progress.map(|(rows, _)| rows))
}

/// Writes `progress.png`: the rows of samples up to that of `last`.
///
/// # Errors
/// If it cannot be written.
pub fn write(run: &Run, rows: &Picture, last: &Provenance) -> Result<(), Error> {
    let origin = Provenance { shows: PictureKind::Progress, ..last.clone() };
    atomic::write(&run.progress(), &origin.to_png(rows))
}

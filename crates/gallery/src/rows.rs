//! The rows of samples of a run: read one by one, and stacked into `progress.png`.
//!
//! `progress.png` shows at most [`MOST`] rows, evenly chosen, and always the last one. It is a
//! function of the files in `samples`: nothing is kept in memory, and a run that was interrupted
//! ends with the same bytes.
//!
//! Encoding the picture at every row would cost more with each row. It is therefore encoded when
//! the number of rows has grown by a third to a half since the last time, and at the end of the
//! run. `n ≤ 50` rows then cost at most about `3n` encoded rows in all, instead of `n²/2`.

use std::path::{Path, PathBuf};

use dcgan::picture::Picture;
use runs::directory::Run;
use runs::{Error, atomic, input};

use crate::provenance::{PictureKind, Provenance};

/// Rows of `progress.png` at most.
pub const MOST: usize = 50;

/// Reads a row of samples, and what made it.
///
/// # Errors
/// If it cannot be read, or is no such row.
pub fn read_row(path: &Path) -> Result<(Picture, Provenance), Error> {
    let bytes = input::read(path, input::MOST_PICTURE_BYTES)?;
    let blame =
        |reason: &dyn std::fmt::Display| Error::file(path, format!("{reason}; remove it to go on without this row"));
    let row = Picture::from_png(&bytes).map_err(|error| blame(&error))?;
    let origin = Provenance::read(&bytes).map_err(|error| blame(&error))?;
    Ok((row, origin))
}

/// Brings `progress.png` up to date with the rows of samples of `run`; removes it where there are
/// none.
///
/// # Errors
/// If a row cannot be read or is none of this run, or the picture cannot be written.
pub fn update(run: &Run) -> Result<(), Error> {
    match sheet(run, MOST)? {
        Some((rows, _)) => atomic::write(&run.progress(), &rows),
        None => atomic::remove(&run.progress()),
    }
}

/// As [`update`], once the run has a new row, if it is time to.
///
/// # Errors
/// As [`update`].
pub fn update_at_times(run: &Run) -> Result<(), Error> {
    if is_time(run.sampled()?.len()) { update(run) } else { Ok(()) }
}

/// Whether `progress.png` is written at that number of rows: 2ᵏ or 3·2ᵏ.
fn is_time(rows: usize) -> bool {
    matches!(rows >> rows.trailing_zeros(), 1 | 3)
}

/// The PNG file of at most `most` rows of samples of `run`, top to bottom, and how many there are;
/// nothing if there are none.
///
/// # Errors
/// If a row cannot be read, or is none of this run.
///
/// # Panics
/// If `most` is 0.
pub fn sheet(run: &Run, most: usize) -> Result<Option<(Vec<u8>, usize)>, Error> {
    let paths = evenly(run.sampled()?, most);
    let count = paths.len();
    let mut sheet: Option<(Picture, Provenance)> = None;
    for path in paths {
        let (row, origin) = read_row(&path)?;
        sheet = Some(match sheet {
            None => (row, origin),
            Some((above, _)) if !above.is_as_wide_as(&row) => return Err(no_row(&path)),
            Some((mut above, _)) => {
                above.append(&row);
                (above, origin)
            }
        });
    }
    Ok(sheet.map(|(rows, last)| (Provenance { shows: PictureKind::Progress, ..last }.to_png(&rows), count)))
}

/// At most `most` of the rows, evenly chosen; the last one is always among them.
///
/// # Panics
/// If `most` is 0.
pub(crate) fn evenly(rows: Vec<(u64, PathBuf)>, most: usize) -> Vec<PathBuf> {
    assert!(0 < most, "a choice of no rows");
    let (all, count) = (rows.len(), rows.len().min(most));
    let mut chosen = (1..=count).map(|i| i * all / count - 1).peekable();
    let rows = rows.into_iter().enumerate();
    rows.filter(|(i, _)| chosen.next_if_eq(i).is_some()).map(|(_, (_, path))| path).collect()
}

/// The error of a picture among the samples that is no row of its run.
pub(crate) fn no_row(path: &Path) -> Error {
    Error::file(path, "it is no row of samples of this run; remove it")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run with rows of those steps, two pixels of the step's grey level each.
    fn run(folder: &Path, steps: std::ops::RangeInclusive<u8>) -> Run {
        let samples = folder.join("samples");
        std::fs::create_dir_all(&samples).unwrap();
        std::fs::write(folder.join("config.toml"), "").unwrap();
        let run = Run::look(folder).unwrap();
        for step in steps {
            let origin = Provenance::here(PictureKind::Samples, 1, step.into(), "state".to_owned(), 2);
            std::fs::write(run.sample(step.into()), origin.to_png(&Picture::new([1, 2, 1], vec![step; 2]))).unwrap();
        }
        run
    }

    fn levels(run: &Run) -> Vec<u8> {
        let sheet = Picture::from_png(&std::fs::read(run.progress()).unwrap()).unwrap();
        sheet.pixels().iter().copied().step_by(2).collect()
    }

    #[test]
    fn a_sheet_has_every_row_up_to_the_most_and_then_an_even_choice() {
        let folder = tempfile::tempdir().unwrap();
        let few = run(folder.path(), 1..=50);
        update(&few).unwrap();
        assert_eq!((1..=50).collect::<Vec<u8>>(), levels(&few));
        let many = run(folder.path(), 1..=100);
        update(&many).unwrap();
        assert_eq!((1..=50).map(|i| 2 * i).collect::<Vec<u8>>(), levels(&many));
        let origin = Provenance::read(&std::fs::read(many.progress()).unwrap()).unwrap();
        assert_eq!((PictureKind::Progress, 100), (origin.shows, origin.step));
        let odd = evenly((0..53).map(|i| (i, i.to_string().into())).collect(), 50);
        assert_eq!((50, Some(Path::new("52"))), (odd.len(), odd.last().map(PathBuf::as_path)));
    }

    /// The mean cost of a row, in encoded rows, does not grow with the number of rows.
    #[test]
    fn the_cost_per_row_is_bounded() {
        for rows in [1, 10, 50, 100, 400, 10_000] {
            let encoded: usize = (1..=rows).filter(|&count| is_time(count)).map(|count| count.min(MOST)).sum();
            assert!(encoded <= 4 * rows, "{encoded} encoded rows for {rows}");
        }
        assert!(
            (1..10_000).all(|rows: usize| (rows..=rows + rows.div_ceil(2)).any(is_time)),
            "never half as many behind"
        );
    }

    #[test]
    fn a_sheet_is_of_one_run() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(folder.path(), 1..=3);
        let origin = Provenance::here(PictureKind::Samples, 1, 2, "state".to_owned(), 3);
        std::fs::write(run.sample(2), origin.to_png(&Picture::new([1, 3, 1], vec![0; 3]))).unwrap();
        let message = update(&run).unwrap_err().to_string();
        assert!(message.contains("step-000002.png: it is no row of samples"), "{message}");
        std::fs::remove_dir_all(folder.path().join("samples")).unwrap();
        std::fs::write(run.progress(), "old").unwrap();
        update(&run).unwrap();
        assert!(!run.progress().exists());
    }
}

//! The training as a film: the same points of latent space, step after step.
//!
//! It is made of the rows of samples that the run has saved, so it can be made at any time. A row
//! is rearranged into a rectangle, which fits a screen. The last frame stays for a while before the
//! film begins again.

use std::io::Cursor;
use std::path::Path;

use data::Images;

use crate::compose::{enlarged, images_of_row};
use crate::provenance::{PictureKind, Provenance};
use crate::rows::{evenly, no_row, read_row};
use dcgan::picture::Picture;
use runs::atomic;
use runs::directory::Run;
use runs::record;
use runs::{Error, input};

/// How long the last frame stays, in milliseconds.
const END_MS: u16 = 2000;
/// How long a film goes on before its last frame by default, and the shortest and longest frame.
const LENGTH_MS: usize = 10_000;
const SHORTEST_MS: usize = 40;
const LONGEST_MS: usize = 250;

/// Frames at most, by default.
pub const FRAMES: usize = 200;
/// The enlargement, by default.
pub const SCALE: u32 = 3;

/// How a film is made.
#[derive(Clone, Copy, Debug)]
pub struct Film {
    /// Frames at most: at least 1. Of more rows, some are left out evenly, and never the last.
    pub frames: usize,
    /// How long each is seen, in milliseconds; as the length of the film demands if not given.
    pub delay_ms: Option<u16>,
    /// Pixels a side that each pixel becomes: at least 1.
    pub scale: u32,
}

impl Default for Film {
    fn default() -> Self {
        Self { frames: FRAMES, delay_ms: None, scale: SCALE }
    }
}

impl Film {
    /// The file of the film of `run`, and how many frames it has; nothing if there are no samples
    /// yet.
    ///
    /// # Errors
    /// If a row of samples cannot be read, or is none of this run.
    ///
    /// # Panics
    /// If there are to be no frames.
    pub fn of(&self, run: &Run) -> Result<Option<(Vec<u8>, usize)>, Error> {
        assert!(0 < self.frames, "a film of no frames");
        let rows = run.sampled()?;
        let Some((_, last)) = rows.last() else { return Ok(None) };
        let origin = Provenance { shows: PictureKind::Film, ..read_row(last)?.1 };
        let paths = evenly(rows, self.frames);
        let count = paths.len();
        let delay = (LENGTH_MS / count).clamp(SHORTEST_MS, LONGEST_MS);
        let mut delays = vec![self.delay_ms.unwrap_or(delay as u16); count];
        delays[count - 1] = delays[count - 1].max(END_MS);
        let mut shape = None;
        let classes = record::read(&run.config()).map_or(0, |(config, _)| config.variations.extras().classes);
        let frames = paths.iter().map(|path| {
            let picture = enlarged(frame(path, classes)?, self.scale);
            if *shape.get_or_insert(picture.shape()) != picture.shape() {
                return Err(no_row(path));
            }
            Ok(picture)
        });
        Ok(Some((origin.to_animation(frames, &delays)?, count)))
    }
}

/// Brings the film in the directory of `run` up to date with its samples, if there are any.
///
/// # Errors
/// As [`Film::of`], or if it cannot be written.
pub fn update(run: &Run) -> Result<(), Error> {
    let rows = run.sampled()?;
    let wanted = rows.last().map(|(step, _)| (*step, rows.len().min(FRAMES)));
    let made = input::read(&run.film(), input::MOST_PICTURE_BYTES).ok();
    let made = made.and_then(|film| Some((Provenance::read(&film).ok()?.step, frames_of(&film)?)));
    // A row may be gone that nobody misses in the number of frames.
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let is_current = changed(&run.samples()) < changed(&run.film());
    if wanted == made && is_current {
        return Ok(());
    }
    match Film::default().of(run)? {
        Some((film, _)) => atomic::write(&run.film(), &film),
        None => atomic::remove(&run.film()),
    }
}

/// How many frames an animation has.
fn frames_of(film: &[u8]) -> Option<usize> {
    let reader = png::Decoder::new(Cursor::new(film)).read_info().ok()?;
    reader.info().animation_control.map(|control| control.num_frames as usize)
}

/// A row of samples as a rectangle. The samples of a generator that knows `classes` are of all of
/// them in turn, so each class has its column, if there are enough samples.
pub(crate) fn frame(path: &Path, classes: usize) -> Result<Picture, Error> {
    let (row, origin) = read_row(path)?;
    let images: Images = images_of_row(&row, origin.count).ok_or_else(|| no_row(path))?;
    let shape = [images.count(), images.height(), images.width(), images.channels()];
    let columns = if (1..=images.count()).contains(&classes) { classes } else { columns(images.count()) };
    Ok(Picture::grid_of_bytes(images.pixels(), shape, columns))
}

/// Columns of a rectangle of `count` images: without gaps if that is possible, and at most three
/// times as wide as high.
fn columns(count: usize) -> usize {
    let even = (1..=count).find(|&columns| count.is_multiple_of(columns) && count <= columns * columns);
    even.filter(|&columns| columns * columns <= 3 * count).unwrap_or(count.isqrt() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// There are as many frames as before.
    #[test]
    fn a_film_of_many_rows_is_made_again_when_one_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("samples")).unwrap();
        std::fs::write(folder.path().join("config.toml"), "").unwrap();
        let run = Run::look(folder.path()).unwrap();
        for step in 0..=FRAMES as u64 + 9 {
            let origin = Provenance::here(PictureKind::Samples, 1, step, "state".to_owned(), 1);
            let row = Picture::grid_of_bytes(&[step as u8], [1, 1, 1, 1], 1);
            std::fs::write(run.sample(step), origin.to_png(&row)).unwrap();
        }
        update(&run).unwrap();
        let whole = std::fs::read(run.film()).unwrap();
        std::fs::remove_file(run.sample(100)).unwrap();
        update(&run).unwrap();
        assert_ne!(whole, std::fs::read(run.film()).unwrap());
    }

    #[test]
    fn rectangles_have_no_gaps_unless_they_must() {
        let all = [(1, 1), (2, 2), (3, 3), (4, 2), (7, 3), (12, 4), (15, 5), (16, 4), (23, 5), (25, 5), (64, 8)];
        for (count, expected) in all {
            assert_eq!(expected, columns(count), "{count} images");
        }
    }
}

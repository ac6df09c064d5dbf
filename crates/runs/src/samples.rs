//! What is to be evaluated: the pictures of a checkpoint, or those in a folder.

use std::path::{Path, PathBuf};

use data::Images;

use crate::Error;
use crate::checkpoint::Checkpoint;
use dcgan::config::Data;
use dcgan::gan::Gan;
use dcgan::sample;
use dcgan::wish::Wish;
use judge::figures::{Reals, enough};

use crate::directory::{CHECKPOINT, is_run};
use crate::input::{self, MOST_PICTURE_BYTES};
use crate::loaded::{self, Loaded};
use dcgan::picture::Picture;
use judge::Domain;

/// Pictures that a checkpoint is asked for at a time; each depends on its seed alone.
const BATCH: usize = 500;

/// Samples, and where they come from.
#[derive(Debug)]
pub struct Samples {
    /// The checkpoint or folder.
    pub path: PathBuf,
    /// The step that the generator had reached.
    pub step: Option<u64>,
    /// What the generator has learnt.
    pub learnt: Option<Data>,
    /// The pictures.
    pub images: Images,
    /// What was asked for besides the seeds.
    pub wish: Wish,
    /// The class of each picture that was asked for; none if the generator knows none.
    pub asked: Vec<usize>,
    /// Who knows such images.
    pub subject: Domain,
}

/// A generator that has still to make the pictures of [`Samples`].
pub struct Maker {
    gan: Gan,
    seeds: Vec<u64>,
}

impl Maker {
    /// Makes the pictures.
    ///
    /// # Errors
    /// If they are not finite.
    pub fn make(&self, samples: &mut Samples) -> Result<(), Error> {
        let points = samples.wish.points(&self.seeds, self.gan.classes());
        let images = sample::images(&self.gan, &points, BATCH);
        samples.images = images.map_err(|_| Error::file(&samples.path, loaded::NOT_FINITE))?;
        Ok(())
    }
}

impl Samples {
    /// The pictures of `count` seeds, from `seed` on, of the checkpoint at `path` or in the run at
    /// `path`, and who has still to make them; or the first `count` PNG files, by name, in the
    /// folder at `path`, or all if they are fewer.
    ///
    /// # Errors
    /// If there is no such thing at `path`, it cannot be read, its pictures are too few, there is
    /// no judge of pictures of their size, or nobody can grant the wish.
    pub fn find(path: &Path, count: usize, seed: u64, wish: &Wish) -> Result<(Self, Option<Maker>), Error> {
        if path.is_dir() && !is_run(path) {
            let images = pictures(path, count)?;
            let subject = judge_of([images.height(), images.width(), images.channels()]);
            let subject = subject.map_err(|reason| Error::file(path, reason))?;
            if !wish.is_none() {
                return Err(Error::file(path, "its pictures are made already: nothing more can be asked of them"));
            }
            let (wish, asked) = (Wish::default(), vec![]);
            let path = path.to_owned();
            return Ok((Self { path, step: None, learnt: None, images, wish, asked, subject }, None));
        }
        let Loaded { path, checkpoint: Checkpoint { step, config, .. }, gan } = Loaded::read(path)?;
        let (size, channels) = (config.model.size, config.model.channels);
        let subject = judge_of([size, size, channels]).map_err(|reason| Error::file(&path, reason))?;
        let seeds: Vec<u64> = (0..count as u64).map(|i| seed.wrapping_add(i)).collect();
        wish.check(gan.classes())?;
        let asked = if gan.classes() == 0 { vec![] } else { wish.classes_of(&seeds, gan.classes()) };
        let images = Images::new(size, size, channels, vec![]);
        let (learnt, wish) = (Some(config.data), wish.clone());
        Ok((Self { path, step: Some(step), learnt, images, wish, asked, subject }, Some(Maker { gan, seeds })))
    }

    /// Whether the generator has learnt images of the subject itself, by the name of its data, and
    /// not others of the same size.
    #[must_use]
    pub fn are_of_their_subject(&self) -> bool {
        self.learnt.as_ref().is_some_and(|learnt| match self.subject {
            Domain::Mnist => learnt.name == self.subject.name(),
            Domain::Cifar10 => learnt.name.starts_with("cifar-"),
        })
    }

    /// Whether the generator has learnt the images that it is to be held against.
    ///
    /// # Errors
    /// If it has learnt others.
    pub fn check(&self, reals: &Reals) -> Result<(), Error> {
        match &self.learnt {
            Some(learnt) if learnt.sha256 != reals.training.sha256() => {
                let reason = format!(
                    "it has learnt other images ({}, {} of them) than the {} of {}; name its own by `data` or `class`",
                    learnt.name,
                    learnt.images,
                    reals.training.count(),
                    reals.name,
                );
                Err(Error::file(&self.path, reason))
            }
            _ => Ok(()),
        }
    }
}

/// The PNG files in a folder, in the order of their names.
fn pictures(folder: &Path, count: usize) -> Result<Images, Error> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::file(folder, error))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let paths: Result<Vec<PathBuf>, _> = paths.collect();
    let mut paths = paths.map_err(|error| Error::file(folder, error))?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")));
    paths.sort_unstable();
    paths.truncate(count);
    if paths.is_empty() {
        let reason =
            format!("there is neither a {CHECKPOINT} nor a PNG file in it; name a run, a checkpoint or a folder");
        return Err(Error::file(folder, reason));
    }
    enough(paths.len()).map_err(|reason| Error::file(folder, reason))?;

    let mut shape = None;
    let mut pixels = Vec::new();
    for path in &paths {
        let bytes = input::read(path, MOST_PICTURE_BYTES)?;
        let picture = Picture::from_png(&bytes).map_err(|reason| Error::file(path, reason))?;
        let (found, first) = (picture.shape(), *shape.get_or_insert(picture.shape()));
        if found != first {
            let [[height, width, channels], [h, w, c]] = [found, first];
            let reason = format!("{height}×{width}×{channels} pixels, but {h}×{w}×{c} in {}", paths[0].display());
            return Err(Error::file(path, format!("{reason}; all pictures must be of one size")));
        }
        pixels.extend_from_slice(picture.pixels());
    }
    let [height, width, channels] = shape.expect("there is a picture");
    Ok(Images::new(height, width, channels, pixels))
}

/// No judge knows images of this height, width and number of channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "its pictures are {}×{}×{}, and judges know digits, 28×28×1, and CIFAR-10, 32×32×3, alone; \
     evaluate the run that made them, which shows samples beside the nearest training pictures",
    .0[0], .0[1], .0[2]
)]
struct NoJudge([usize; 3]);

/// Who knows such images.
fn judge_of(shape: [usize; 3]) -> Result<Domain, NoJudge> {
    Domain::of(shape).ok_or(NoJudge(shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with as many PNG files, the i-th of them all of grey level i; their names have
    /// digits enough to be in order.
    fn folder(count: u8, side: u32) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for i in (0..count).rev() {
            let file = std::fs::File::create(folder.path().join(format!("{i:03}.PNG"))).unwrap();
            let mut encoder = png::Encoder::new(file, side, side);
            encoder.set_depth(png::BitDepth::Eight);
            encoder.set_color(png::ColorType::Grayscale);
            let pixels = vec![i; (side * side) as usize];
            encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        }
        std::fs::write(folder.path().join("notes.txt"), "no picture").unwrap();
        folder
    }

    #[test]
    fn a_folder_is_read_in_the_order_of_its_names() {
        let folder = folder(110, 28);
        for (count, expected) in [(100, 100), (1000, 110)] {
            let (samples, _) = Samples::find(folder.path(), count, 0, &Wish::default()).unwrap();
            assert_eq!((Domain::Mnist, None, expected), (samples.subject, samples.step, samples.images.count()));
            assert!((0..expected).all(|i| samples.images.image(i).iter().all(|&byte| usize::from(byte) == i)));
        }
    }

    #[test]
    fn a_folder_that_is_no_use_says_why() {
        let refused = |folder: tempfile::TempDir, part: &str| {
            let found = Samples::find(folder.path(), 1000, 0, &Wish::default());
            let message = found.map(drop).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        };
        refused(folder(0, 28), "there is neither a checkpoint.safetensors nor a PNG file in it");
        refused(folder(99, 28), "99 images are too few");
        refused(folder(100, 27), "its pictures are 27×27×1");
        let unfinished = folder(100, 28);
        std::fs::write(unfinished.path().join("config.toml"), "").unwrap();
        refused(unfinished, "no checkpoint yet");
    }
}

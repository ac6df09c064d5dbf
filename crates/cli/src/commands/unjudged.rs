//! `evaluate` of a generator of one's own pictures, which no judge has learnt, and of sets without
//! a half that is known to be held out: CIFAR-100, EMNIST, parts of others.
//!
//! Samples are drawn beside their nearest training pictures. If there are enough of these, there
//! are figures, too: by the judge whose images are most like them, to which all are fitted. A floor
//! needs real pictures that are held against others, so one half of the training pictures is held
//! against the second half, as the samples are.

use std::path::{Path, PathBuf};

use crate::datasets::{self, Dataset, reals, splits};
use dcgan::config::Config;
use dcgan::sample;
use dcgan::wish::Wish;
use gallery::neighbours;
use judge::Domain;
use judge::figures::Reals;
use judge::figures::nearest::{median, nearest_pictures};
use runs::checkpoint::Checkpoint;
use runs::loaded::{self, Loaded, checkpoint_in};
use runs::record::{self, Environment};
use runs::samples::Samples;
use runs::{Error, directory, overwrite};

/// Why there is nothing to say of one's own pictures without the pictures.
const NO_JUDGE: &str = "no judge knows such pictures: judges know MNIST's digits (28×28×1) and CIFAR-10 (32×32×3)";

/// Samples that are drawn beside training pictures.
const SAMPLES: usize = 200;
/// Samples that are made at a time.
const BATCH: usize = 20;

/// A run or checkpoint that no judge knows the pictures of.
#[derive(Debug)]
pub(super) struct Unjudged {
    path: PathBuf,
    config: Config,
    training: Result<(Dataset, Vec<String>), Error>,
}

/// What there is to say of it.
#[derive(Debug)]
pub(super) struct OwnPictures {
    /// Its samples.
    pub(super) samples: Samples,
    /// Two halves of the training pictures; or why there are too few for figures.
    pub(super) reals: Result<Reals, Error>,
    /// What was read.
    pub(super) read: Vec<String>,
    /// A line about the picture of neighbours.
    pub(super) nearest: String,
}

impl Unjudged {
    /// The run or checkpoint at `path`, if no judge knows its pictures, and the pictures that it
    /// has learnt: those that `data` names, or else where the run found them.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn find(path: &Path, data: Option<&Path>) -> Result<Option<Self>, Error> {
        let checkpoint = checkpoint_in(path)?;
        let config = Checkpoint::read(&checkpoint)?.config;
        // Older checkpoints lie in a folder of the run's.
        let configs = checkpoint.ancestors().skip(1).take(2).map(|folder| folder.join("config.toml"));
        let read = configs.filter_map(|config| record::read(&config).ok()).next();
        let environment = read.and_then(|(_, own)| own).unwrap_or_default();
        let model = &config.model;
        let domain = Domain::of([model.size, model.size, model.channels]);
        let is_known = match domain {
            None => false,
            Some(Domain::Cifar10) => config.data.name.starts_with("cifar-") || data.is_some(),
            Some(Domain::Mnist) => true,
        };
        let is_own = environment.command == "train-images";
        let class = config.data.name.trim_start_matches("cifar-");
        let has_held_out = data.zip(domain).is_none_or(|(place, domain)| splits::has_held_out(domain, class, place));
        if is_known && !is_own && has_held_out {
            return Ok(None);
        }
        let training = training(&config, &environment, data);
        match training {
            // Pictures of one's own may be those of a published set, unpacked: then --data says
            // where it is.
            Err(_) if is_known && has_held_out && data.is_some() => Ok(None),
            Err(error) if is_known && data.is_some() => Err(error),
            training => Ok(Some(Self { path: path.to_owned(), config, training })),
        }
    }

    /// Whose judge is to look at its pictures: the images that are most like them.
    pub(super) fn subject(&self) -> Domain {
        let model = &self.config.model;
        Domain::most_like([model.size, model.size, model.channels])
    }

    /// Makes samples, from `seed` on: `count`, or as many as there are training pictures, if these
    /// are fewer. Draws the first beside their nearest training pictures, to `out`.
    ///
    /// # Errors
    /// If there are no training pictures to compare with, or `out` cannot be written.
    pub(super) fn samples(self, count: usize, seed: u64, wish: &Wish, out: &Path) -> Result<OwnPictures, Error> {
        let subject = self.subject();
        let Self { path, config, training } = self;
        let model = &config.model;
        let (size, channels) = (model.size, model.channels);
        let (training, read) = training.map_err(|error| {
            let reason = format!("{NO_JUDGE}; its pictures are {size}×{size}×{channels}, of {}", config.data.name);
            let way_out = "to see samples beside the nearest training pictures, name those by --data";
            Error::file(&path, format!("{reason}; {way_out} ({error})"))
        })?;
        let reals = reals::halves(&training);
        let Loaded { path, checkpoint, gan } = Loaded::read(&path)?;
        wish.check(gan.classes())?;
        let wanted = if reals.is_ok() { training.images.count().max(SAMPLES) } else { SAMPLES };
        let seeds: Vec<u64> = (0..count.min(wanted) as u64).map(|i| seed.wrapping_add(i)).collect();
        let images = sample::images(&gan, &wish.points(&seeds, gan.classes()), BATCH);
        let images = images.map_err(|_| Error::file(&path, loaded::NOT_FINITE))?;
        let shown = images.count().min(SAMPLES);
        let first = images.pixels()[..shown * images.image_size()].to_vec();
        let first = data::Images::new(size, size, channels, first);
        let found = nearest_pictures(&first, &training.images);
        let title = format!(
            "step {}: {shown} samples and their nearest pictures, by pixels, among {} of {}",
            checkpoint.step,
            training.images.count(),
            training.name
        );
        let picture = neighbours::picture(&title, &first, &training.images, &found);
        out.parent().map_or(Ok(()), directory::create)?;
        overwrite::write(out, &picture.to_png(&[overwrite::mark()]))?;
        let nearest = format!(
            "{shown} samples beside their nearest training pictures, by pixels: {}; the median distance is {:.1} grey \
             levels; a sample that is its neighbour is a copy",
            out.display(),
            median(&found)
        );
        let (step, learnt) = (Some(checkpoint.step), Some(config.data));
        let samples = Samples { path, step, learnt, images, wish: wish.clone(), asked: vec![], subject };
        Ok(OwnPictures { samples, reals, read, nearest })
    }
}

/// What figures of one's own pictures are worth, in two lines.
pub(super) fn warning(subject: Domain) -> [String; 2] {
    let [height, width, channels] = subject.shape();
    [
        "the real pictures are halves of the training pictures, one held against the other: the generator has seen \
         both, so look for copies in nearest.png"
            .to_owned(),
        format!(
            "the judge has learnt the classes of {} at {height}×{width}×{channels}: it sees shapes, colours and textures \
             of that size, no finer detail, and what it was never taught may look alike to it; so these figures compare \
             with each other alone, and the pictures themselves have the last word",
            subject.name()
        ),
    ]
}

/// The pictures that the config names, and what there is to say of reading them.
fn training(config: &Config, environment: &Environment, data: Option<&Path>) -> Result<(Dataset, Vec<String>), Error> {
    let place = data.or(environment.data());
    let place = place.ok_or_else(|| Error::Usage("nothing says where they are".to_owned()))?;
    let (dataset, read) = match environment.command.as_str() {
        "train-mnist" => (datasets::mnist::read_training(Some(place), false)?, vec![]),
        "train-cifar" => {
            let class = config.data.name.trim_start_matches("cifar-");
            (datasets::cifar(Some(place), class, false)?, vec![])
        }
        _ => datasets::silent_image_folder(place, config.model.size, config.model.channels == 1)?,
    };
    dataset.check_is(&config.data)?;
    Ok((dataset, read))
}

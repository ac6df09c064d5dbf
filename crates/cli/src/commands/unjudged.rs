//! `evaluate` of a generator whose pictures no judge knows: there are no figures, but samples can
//! be seen beside their nearest training pictures.

use std::path::{Path, PathBuf};

use crate::datasets::{self, Dataset};
use crate::terminal;
use dcgan::config::Config;
use dcgan::sample;
use dcgan::wish::Wish;
use gallery::neighbours;
use judge::Domain;
use judge::figures::nearest::{median, nearest_pictures};
use runs::checkpoint::Checkpoint;
use runs::loaded::{self, Loaded, checkpoint_in};
use runs::record::{self, Environment};
use runs::{Error, overwrite};

/// Why one's own pictures have no figures.
pub(super) const NO_JUDGE: &str =
    "no judge knows such pictures: judges know MNIST's digits (28×28×1) and CIFAR-10 (32×32×3)";

/// Samples that are held against the training pictures.
const SAMPLES: usize = 200;
/// Samples that are made at a time.
const BATCH: usize = 20;

/// A run or checkpoint that no judge knows the pictures of.
#[derive(Debug)]
pub(super) struct Unjudged {
    path: PathBuf,
    config: Config,
    training: Result<Dataset, Error>,
}

impl Unjudged {
    /// The run or checkpoint at `path`, if no judge knows its pictures, and the pictures that it
    /// has learnt: those that `data` names, or else where the run found them.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn find(path: &Path, data: Option<&Path>) -> Result<Option<Self>, Error> {
        let config = Checkpoint::read(&checkpoint_in(path)?)?.config;
        let environment = record::read(&path.join("config.toml")).ok().and_then(|(_, environment)| environment);
        let environment = environment.unwrap_or_default();
        let model = &config.model;
        let is_known = match Domain::of([model.size, model.size, model.channels]) {
            None => false,
            Some(Domain::Cifar10) => config.data.name.starts_with("cifar-") || data.is_some(),
            Some(Domain::Mnist) => true,
        };
        let is_own = environment.command == "train-images";
        if is_known && !is_own {
            return Ok(None);
        }
        let training = training(&config, &environment, data);
        // The pictures may still be those of a published set, unpacked: then --data says where it
        // is.
        if is_known && data.is_some() && training.is_err() {
            return Ok(None);
        }
        Ok(Some(Self { path: path.to_owned(), config, training }))
    }

    /// Draws samples, from `seed` on, beside their nearest training pictures, and writes them to
    /// `out`.
    ///
    /// # Errors
    /// If there are no training pictures to compare with, or `out` cannot be written.
    pub(super) fn show(self, count: usize, seed: u64, wish: &Wish, out: &Path) -> Result<(), Error> {
        let Self { path, config, training } = self;
        let model = &config.model;
        let (size, channels) = (model.size, model.channels);
        let training = training.map_err(|error| {
            let reason = format!("{NO_JUDGE}; its pictures are {size}×{size}×{channels}, of {}", config.data.name);
            let way_out = "to see samples beside the nearest training pictures, name those by --data";
            Error::file(&path, format!("{reason}; {way_out} ({error})"))
        })?;
        let Loaded { path, checkpoint, gan } = Loaded::read(&path)?;
        let seeds: Vec<u64> = (0..count.min(SAMPLES) as u64).map(|i| seed.wrapping_add(i)).collect();
        let samples = sample::images(&gan, &wish.points(&seeds, gan.classes()), BATCH);
        let samples = samples.map_err(|_| Error::file(&path, loaded::NOT_FINITE))?;
        let found = nearest_pictures(&samples, &training.images);
        let title = format!(
            "step {}: {} samples and their nearest pictures, by pixels, among {} of {}",
            checkpoint.step,
            samples.count(),
            training.images.count(),
            training.name
        );
        let picture = neighbours::picture(&title, &samples, &training.images, &found);
        overwrite::write(out, &picture.to_png(&[overwrite::mark()]))?;
        terminal::print_line(&format!("there are no figures: {NO_JUDGE}"));
        terminal::print_line(&format!(
            "{} samples beside their nearest training pictures, by pixels: {}; the median distance is {:.1} grey \
             levels; a sample that is its neighbour is a copy",
            samples.count(),
            out.display(),
            median(&found)
        ));
        Ok(())
    }
}

/// The pictures that the config names.
fn training(config: &Config, environment: &Environment, data: Option<&Path>) -> Result<Dataset, Error> {
    let place = data.or(environment.data());
    let place = place.ok_or_else(|| Error::Usage("nothing says where they are".to_owned()))?;
    let dataset = match environment.command.as_str() {
        "train-mnist" => datasets::mnist::read_training(Some(place), true)?,
        _ => datasets::image_folder(place, config.model.size, config.model.channels == 1)?,
    };
    dataset.check_is(&config.data)?;
    Ok(dataset)
}

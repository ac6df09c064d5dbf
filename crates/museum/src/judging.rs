//! The judge's figures of a training, where no doctor sees anything.

use data::Images;
use data::scale::PixelNotFinite;
use dcgan::gan::Gan;
use dcgan::models::LATENT;
use dcgan::sample;
use dcgan::streams::{Purpose, noise, stream};
use judge::figures::coverage;
use judge::figures::frechet::{self, Gaussian};
use judge::{Domain, LoadedJudge};

/// Samples that are judged.
const SAMPLES: usize = 2_000;
/// Real images that they are compared with.
const REALS: usize = 10_000;
/// The share of the samples below which a class counts as missing.
const MISSING: f64 = 0.01;

/// A judge, and what it has seen of the real images.
pub struct Jury {
    judge: LoadedJudge,
    reals: Gaussian,
}

/// How good samples are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// The Fréchet distance from real images.
    pub distance: f64,
    /// Digits that are among the samples, of ten.
    pub classes: usize,
}

impl Jury {
    /// Looks at the first of the real images.
    #[must_use]
    pub fn new(images: &Images) -> Self {
        let judge = LoadedJudge::shipped(Domain::Mnist);
        let some = images.pixels()[..REALS.min(images.count()) * images.image_size()].to_vec();
        let some = Images::new(images.height(), images.width(), images.channels(), some);
        let reals = Gaussian::of(&judge.judge.judge(&some).features);
        Self { judge, reals }
    }

    /// Judges samples by the running statistics.
    ///
    /// # Errors
    /// If a sample is not finite.
    pub fn verdict(&self, gan: &Gan, seed: u64) -> Result<Verdict, PixelNotFinite> {
        let z = noise(&mut stream(seed, Purpose::Samples, 1), SAMPLES, LATENT);
        let images = sample::images(gan, &z, sample::BATCH)?;
        let prediction = self.judge.judge.judge(&images);
        let shares = coverage::shares(&prediction.classes(), self.judge.record.domain.classes().len());
        let classes = shares.into_iter().filter(|share| MISSING <= *share).count();
        let distance = frechet::distance(&Gaussian::of(&prediction.features), &self.reals);
        Ok(Verdict { distance, classes })
    }
}

//! How good are the samples? Figures that can be trusted, each beside the same figure for real images.
//!
//! The images are seen through a [judge](crate): its features say what is in them, its probabilities, which
//! class they are of. A figure alone means little, since it depends on the judge and on the number of images. So each is
//! also computed for *held-out* real images, as if they were samples: nobody does better than that honestly, and the
//! distance between the two columns is what the generator lacks. (Even of unlimited images this floor is not zero: others have
//! written those digits, and the judge, which has learnt the training images, sees them a little more clearly.)
//!
//! ```text
//! like the real ones?           frechet, kernel_distance           features, all training images
//! each a thing, all things?     inception_score, coverage          probabilities
//! real-looking? all of it?      precision_recall                   features, equally many images
//! made, or remembered?          nearest                            features and pixels
//! ```
//!
//! Samples are judged as the bytes that a PNG would hold, so a checkpoint and a folder of its pictures have the same
//! figures. The same images, judge and instruction set give the same figures on any number of threads.

pub mod coverage;
mod distances;
pub mod frechet;
pub mod inception_score;
mod jacobi;
pub mod kernel_distance;
pub mod nearest;
pub mod precision_recall;
mod reals;
#[cfg(test)]
mod tests;

use data::Images;
use serde::Serialize;
use tensor::Tensor;

use crate::{Error, LoadedJudge};
use distances::{select_rows, spread};
use frechet::Gaussian;
use kernel_distance::Estimate;
use nearest::Neighbour;
pub use reals::Reals;

/// The fewest images that can be evaluated: with fewer, the figures are noise.
pub const FEWEST: usize = 100;
/// Images whose nearest training images are looked for.
const NEIGHBOURS: usize = 1000;

/// Whether there are enough images.
///
/// # Errors
/// If there are not.
pub fn enough(count: usize) -> Result<(), Error> {
    if FEWEST <= count {
        return Ok(());
    }
    Err(Error::Images(format!("{count} images are too few to evaluate; {FEWEST} will do")))
}

/// What there is to say about a number of images.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// How many they are.
    pub images: usize,
    /// The Fréchet distance from all training images. Less is better.
    pub frechet_distance: f64,
    /// The kernel distance from the training images. Less is better; it may fall below 0.
    pub kernel_distance: Estimate,
    /// From 1 to the number of classes. More is better, unless all images are of one class.
    pub inception_score: f64,
    /// Classes that are there.
    pub classes_covered: usize,
    /// Classes that should be.
    pub classes_expected: usize,
    /// How evenly the images are spread over the classes, in bits.
    pub class_entropy_bits: f64,
    /// The share of each class.
    pub class_shares: Vec<f64>,
    /// The share of images that look real. More is better.
    pub precision: f64,
    /// The share of training images that these come near. More is better.
    pub recall: f64,
}

/// How near images come to single training images: were they made, or remembered?
#[derive(Clone, Debug, Serialize)]
pub struct Nearness {
    /// To the nearest training image, by pixels: the median of the root mean square difference, in grey levels.
    pub nearest_pixels: f64,
    /// To the nearest training image, by features: the median distance.
    pub nearest_features: f64,
    /// The share of images that lie suspiciously near to one training image, by pixels; of new images, 0.01.
    pub suspects: f64,
}

/// All that an evaluation says about a number of images: a column of its table.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// Of all of them.
    #[serde(flatten)]
    pub figures: Figures,
    /// Of as many of them as are looked at one by one.
    #[serde(flatten)]
    pub nearness: Nearness,
}

/// Images as a judge sees them.
#[derive(Debug)]
struct Features {
    features: Tensor,
    probabilities: Tensor,
    verdicts: Vec<usize>,
}

/// Nearest training images of a part of the images.
#[derive(Debug)]
pub struct Neighbours {
    /// Which images.
    pub of: Vec<usize>,
    /// By pixels, in grey levels.
    pub by_pixels: Vec<Neighbour>,
    /// By features.
    pub by_features: Vec<Neighbour>,
}

/// Whoever evaluates generators of one data set: a judge who has looked at the real images.
#[derive(Debug)]
pub struct Evaluator {
    judge: LoadedJudge,
    reals: Reals,
    training: Features,
    gaussian: Gaussian,
    shares: Vec<f64>,
    held_out: Features,
}

/// An evaluation: samples, and held-out real images in their place.
#[derive(Debug)]
pub struct Evaluation {
    /// Of all samples; then, if those are more than there are held-out images, of as many samples as of these.
    pub samples: Vec<Column>,
    /// Of held-out images, as many as there are samples or as there are.
    pub held_out: Column,
    /// The training images that are nearest to samples.
    pub neighbours: Neighbours,
}

impl Evaluator {
    /// Shows the real images to the judge.
    ///
    /// # Panics
    /// If the judge does not know such images.
    #[must_use]
    pub fn new(judge: LoadedJudge, reals: Reals) -> Self {
        assert_eq!(judge.record.subject, reals.subject, "the judge knows such images");
        let see = |images: &Images| Features::new(&judge, images);
        let (training, held_out) = (see(&reals.training), see(&reals.held_out));
        let gaussian = Gaussian::of(&training.features);
        let shares = coverage::shares(&training.verdicts, reals.subject.classes().len());
        Self { judge, reals, training, gaussian, shares, held_out }
    }

    /// The judge.
    #[must_use]
    pub fn judge(&self) -> &LoadedJudge {
        &self.judge
    }

    /// The real images.
    #[must_use]
    pub fn reals(&self) -> &Reals {
        &self.reals
    }

    /// The figures of samples alone, as a training asks for them again and again.
    ///
    /// # Panics
    /// If they are not [`enough`], or of another shape than the real images.
    #[must_use]
    pub fn figures(&self, images: &Images) -> Figures {
        self.figures_of(&Features::new(&self.judge, images))
    }

    /// All about samples, and about held-out images.
    ///
    /// # Panics
    /// As [`figures`](Evaluator::figures).
    #[must_use]
    pub fn evaluate(&self, images: &Images) -> Evaluation {
        let (training, held_out) = (&self.reals.training, &self.reals.held_out);
        let (count, most) = (images.count(), held_out.count());
        let seen = Features::new(&self.judge, images);
        let pixels = grey_levels(training, 0..training.count());
        let find = |seen: &Features, images: &Images| Neighbours::find(seen, images, &self.training.features, &pixels);
        let (neighbours, floor) = (find(&seen, images), find(&self.held_out, held_out));

        let column = |seen: &Features, neighbours: &Neighbours| Column {
            figures: self.figures_of(seen),
            nearness: neighbours.nearness(&floor),
        };
        let mut samples = vec![column(&seen, &neighbours)];
        if most < count {
            samples.push(column(&seen.part(most), &neighbours));
        }
        let held_out = column(&self.held_out.part(count.min(most)), &floor);
        Evaluation { samples, held_out, neighbours }
    }

    fn figures_of(&self, seen: &Features) -> Figures {
        let shares = coverage::shares(&seen.verdicts, self.shares.len());
        let (classes_covered, classes_expected) = coverage::covered(&shares, &self.shares);
        let precision_recall = precision_recall::of(&seen.features, &self.training.features);
        Figures {
            images: seen.verdicts.len(),
            frechet_distance: frechet::distance(&Gaussian::of(&seen.features), &self.gaussian),
            kernel_distance: kernel_distance::distance(&seen.features, &self.training.features),
            inception_score: inception_score::score(&seen.probabilities),
            classes_covered,
            classes_expected,
            class_entropy_bits: coverage::entropy_bits(&shares),
            class_shares: shares,
            precision: precision_recall.precision,
            recall: precision_recall.recall,
        }
    }
}

impl Features {
    fn new(judge: &LoadedJudge, images: &Images) -> Self {
        let opinion = judge.judge.judge(images);
        let verdicts = opinion.classes();
        Self { features: opinion.features, probabilities: opinion.probabilities, verdicts }
    }

    /// `count` of the images, evenly spread.
    fn part(&self, count: usize) -> Self {
        let numbers = spread(count, self.verdicts.len());
        Self {
            features: select_rows(&self.features, numbers.clone()),
            probabilities: select_rows(&self.probabilities, numbers.clone()),
            verdicts: numbers.map(|i| self.verdicts[i]).collect(),
        }
    }
}

impl Neighbours {
    /// Of as many of the images as are looked at, evenly spread, among training images with these features and pixels.
    fn find(seen: &Features, images: &Images, training_features: &Tensor, training_pixels: &Tensor) -> Self {
        let of: Vec<usize> = spread(images.count().min(NEIGHBOURS), images.count()).collect();
        let features = select_rows(&seen.features, of.iter().copied());
        let pixels = grey_levels(images, of.iter().copied());
        let mut by_pixels = nearest::nearest(&pixels, training_pixels);
        let root_of_pixels = (images.picture_size() as f64).sqrt();
        by_pixels.iter_mut().for_each(|neighbour| neighbour.distance /= root_of_pixels);
        Self { of, by_pixels, by_features: nearest::nearest(&features, training_features) }
    }

    /// Summed up, beside the neighbours of held-out images.
    fn nearness(&self, floor: &Self) -> Nearness {
        Nearness {
            nearest_pixels: nearest::median(&self.by_pixels),
            nearest_features: nearest::median(&self.by_features),
            suspects: nearest::suspects(&self.by_pixels, &floor.by_pixels),
        }
    }
}

/// Images as rows of bytes.
fn grey_levels(images: &Images, numbers: impl ExactSizeIterator<Item = usize>) -> Tensor {
    let shape = [numbers.len(), images.picture_size()];
    let mut pixels = tensor::Buffer::scratch(shape[0] * shape[1]);
    for (row, i) in pixels.chunks_exact_mut(shape[1]).zip(numbers) {
        row.iter_mut().zip(images.picture(i)).for_each(|(x, &byte)| *x = f32::from(byte));
    }
    Tensor::new(&shape, pixels)
}

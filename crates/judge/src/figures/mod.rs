//! Figures of quality: how good are the samples, and how good would real images be in their place?
//!
//! A [judge](crate) turns each image into features and into class probabilities. A figure alone
//! means little, because it depends on the judge and on the number of images. So each is also
//! computed for *held-out* real images, as if they were samples. That is the best honest value, and
//! the difference is what the generator lacks. (The floor stays above zero even with unlimited
//! images: other people wrote the held-out digits, and the judge was trained on the training set.)
//!
//! ```text
//! like the real ones?             frechet, kernel_distance     features, all training images
//! each of a class, all classes?   inception_score, coverage    probabilities
//! real-looking, complete?         precision_recall             features, equally many images
//! new, or copied?                 nearest                      features and pixels
//! ```
//!
//! Samples are judged as the bytes that a PNG would hold, so a checkpoint and a folder of its
//! pictures have the same figures. The same images, judge and instruction set give the same figures
//! on any number of threads.
//!
//! Images of another shape than the judge has learnt are fitted to it, samples and real ones alike.
//! Their pixels are compared as they are. Such figures compare with each other alone, and see what
//! a judge of small pictures of other things can see: [`Evaluator::judge_name`] says so.

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
use data::image_files::fitted;
use serde::Serialize;
use tensor::Tensor;

use crate::{Error, LoadedJudge};
use distances::{select_rows, spread};
use frechet::Gaussian;
use kernel_distance::Estimate;
use nearest::Neighbour;
pub use reals::Reals;

/// The fewest images that can be evaluated. The figures of fewer are noise.
pub const FEWEST: usize = 100;
/// Images whose nearest training images are searched.
const NEIGHBOURS: usize = 1000;

/// Refuses too few images.
///
/// # Errors
/// If there are fewer than [`FEWEST`].
pub fn enough(count: usize) -> Result<(), Error> {
    if FEWEST <= count { Ok(()) } else { Err(Error::TooFew { found: count, fewest: FEWEST }) }
}

/// The figures of a set of images.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// The number of images.
    pub images: usize,
    /// The Fréchet distance from all training images. Less is better.
    pub frechet_distance: f64,
    /// The kernel distance from the training images. Less is better; it may fall below 0.
    pub kernel_distance: Estimate,
    /// From 1 to the number of classes. More is better, unless all images are of one class.
    pub inception_score: f64,
    /// The number of expected classes that are there.
    pub classes_covered: usize,
    /// The number of classes that should be there.
    pub classes_expected: usize,
    /// The entropy of the class shares, in bits. More is more even.
    pub class_entropy_bits: f64,
    /// The share of each class.
    pub class_shares: Vec<f64>,
    /// The share of images that look real. More is better.
    pub precision: f64,
    /// The share of training images that these images cover. More is better.
    pub recall: f64,
}

/// How near images are to single training images: are they new, or copied?
#[derive(Clone, Debug, Serialize)]
pub struct Nearness {
    /// The median distance to the nearest training image, by pixels: the root mean square
    /// difference, in grey levels.
    pub nearest_pixels: f64,
    /// The median distance to the nearest training image, by features.
    pub nearest_features: f64,
    /// The share of images that are suspiciously near to one training image, by pixels; 0.01 for
    /// new images.
    pub suspects: f64,
}

/// All figures of a set of images: a column of an evaluation's table.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// The figures of all images.
    #[serde(flatten)]
    pub figures: Figures,
    /// The figures of those whose nearest training images are searched.
    #[serde(flatten)]
    pub nearness: Nearness,
}

/// A judge's predictions of a set of images.
#[derive(Debug)]
struct Features {
    features: Tensor,
    probabilities: Tensor,
    classes: Vec<usize>,
}

/// The nearest training images of a part of the images.
#[derive(Debug)]
pub struct Neighbours {
    /// The numbers of these images.
    pub of: Vec<usize>,
    /// The nearest by pixels, in grey levels.
    pub by_pixels: Vec<Neighbour>,
    /// The nearest by features.
    pub by_features: Vec<Neighbour>,
}

/// A judge with its predictions of the real images of one data set, to evaluate generators.
#[derive(Debug)]
pub struct Evaluator {
    judge: LoadedJudge,
    reals: Reals,
    training: Features,
    gaussian: Gaussian,
    shares: Vec<f64>,
    held_out: Features,
}

/// The figures of samples, and of held-out real images in their place.
#[derive(Debug)]
pub struct Evaluation {
    /// The figures of all samples. If there are fewer held-out images than samples, a second column
    /// has the figures of as many samples.
    pub samples: Vec<Column>,
    /// The figures of held-out images: as many as there are samples, or all.
    pub held_out: Column,
    /// The nearest training images of the samples.
    pub neighbours: Neighbours,
    /// What the judge calls each sample.
    pub called: Vec<usize>,
}

impl Evaluator {
    /// Predicts the real images by the judge.
    ///
    /// # Panics
    /// If the judge was trained on another data set.
    #[must_use]
    pub fn new(judge: LoadedJudge, reals: Reals) -> Self {
        assert_eq!(judge.record.domain, reals.domain, "the judge was trained on another data set");
        let training = Features::new(&judge, &reals.training);
        let held_out = Features::new(&judge, &reals.held_out);
        let gaussian = Gaussian::of(&training.features);
        let shares = coverage::shares(&training.classes, reals.domain.classes().len());
        Self { judge, reals, training, gaussian, shares, held_out }
    }

    /// The judge.
    #[must_use]
    pub fn judge(&self) -> &LoadedJudge {
        &self.judge
    }

    /// The judge's name, and how images are fitted to it if they have another shape.
    #[must_use]
    pub fn judge_name(&self) -> String {
        let training = &self.reals.training;
        let found = [training.height(), training.width(), training.channels()];
        let wanted = self.reals.domain.shape();
        let text = |shape: [usize; 3]| shape.map(|extent| extent.to_string()).join("×");
        let name = &self.judge.name;
        if found == wanted { name.clone() } else { format!("{name} ({} fitted to {})", text(found), text(wanted)) }
    }

    /// The real images.
    #[must_use]
    pub fn reals(&self) -> &Reals {
        &self.reals
    }

    /// Whether the judge has learnt these training images, so that its classes are theirs.
    #[must_use]
    pub fn knows_the_classes(&self) -> bool {
        self.judge.record.trained_on == self.reals.training.sha256()
    }

    /// The figures of samples alone, for repeated evaluation during a training.
    ///
    /// # Panics
    /// If they are not [`enough`], or of another shape than the real images.
    #[must_use]
    pub fn figures(&self, images: &Images) -> Figures {
        self.figures_of(&Features::new(&self.judge, images))
    }

    /// All figures of samples, and of held-out images.
    ///
    /// # Panics
    /// As [`figures`](Evaluator::figures).
    #[must_use]
    pub fn evaluate(&self, images: &Images) -> Evaluation {
        let Reals { training, held_out, .. } = &self.reals;
        let features = Features::new(&self.judge, images);
        let pixels = grey_levels(training, 0..training.count());
        let neighbours = Neighbours::find(&features, images, &self.training.features, &pixels);
        let floor = Neighbours::find(&self.held_out, held_out, &self.training.features, &pixels);

        let column = |features: &Features, neighbours: &Neighbours| Column {
            figures: self.figures_of(features),
            nearness: neighbours.nearness(&floor),
        };
        let mut samples = vec![column(&features, &neighbours)];
        if held_out.count() < images.count() {
            samples.push(column(&features.part(held_out.count()), &neighbours));
        }
        let held_out = column(&self.held_out.part(images.count().min(held_out.count())), &floor);
        Evaluation { samples, held_out, neighbours, called: features.classes }
    }

    fn figures_of(&self, of: &Features) -> Figures {
        let shares = coverage::shares(&of.classes, self.shares.len());
        let (classes_covered, classes_expected) = coverage::covered(&shares, &self.shares);
        let precision_recall = precision_recall::of(&of.features, &self.training.features);
        Figures {
            images: of.classes.len(),
            frechet_distance: frechet::distance(&Gaussian::of(&of.features), &self.gaussian),
            kernel_distance: kernel_distance::distance(&of.features, &self.training.features),
            inception_score: inception_score::score(&of.probabilities),
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
        let shape = judge.record.domain.shape();
        let [size, _, channels] = shape;
        let prediction = if shape == [images.height(), images.width(), images.channels()] {
            judge.judge.judge(images)
        } else {
            judge.judge.judge(&fitted(images, size, channels))
        };
        let classes = prediction.classes();
        Self { features: prediction.features, probabilities: prediction.probabilities, classes }
    }

    /// `count` of the images, evenly spread.
    fn part(&self, count: usize) -> Self {
        let numbers = spread(count, self.classes.len());
        Self {
            features: select_rows(&self.features, numbers.clone()),
            probabilities: select_rows(&self.probabilities, numbers.clone()),
            classes: numbers.map(|i| self.classes[i]).collect(),
        }
    }
}

impl Neighbours {
    /// The nearest training images of at most [`NEIGHBOURS`] of the images, evenly spread.
    fn find(features: &Features, images: &Images, training_features: &Tensor, training_pixels: &Tensor) -> Self {
        let of: Vec<usize> = spread(images.count().min(NEIGHBOURS), images.count()).collect();
        let features = select_rows(&features.features, of.iter().copied());
        let pixels = grey_levels(images, of.iter().copied());
        let mut by_pixels = nearest::nearest(&pixels, training_pixels);
        let root_of_pixels = (images.image_size() as f64).sqrt();
        by_pixels.iter_mut().for_each(|neighbour| neighbour.distance /= root_of_pixels);
        Self { of, by_pixels, by_features: nearest::nearest(&features, training_features) }
    }

    /// The figures of these neighbours, compared with those of held-out images.
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
    let shape = [numbers.len(), images.image_size()];
    let mut pixels = tensor::Buffer::scratch(shape[0] * shape[1]);
    for (row, i) in pixels.chunks_exact_mut(shape[1]).zip(numbers) {
        row.iter_mut().zip(images.image(i)).for_each(|(x, &byte)| *x = f32::from(byte));
    }
    Tensor::new(&shape, pixels)
}

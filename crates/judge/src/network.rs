//! The judge's network: 3×3 convolutions, then the mean over all pixels, then one dense layer.
//!
//! ```text
//! mnist     28×28×1 → 14×14·32 → 14×14·64 → 7×7·128 → 7×7·128 → 128 features → 10 logits
//! cifar10   32×32×3 → 32×32·32 → 16×16·64 → 16×16·64 → 8×8·96 → 8×8·96 → 4×4·128 → 128 features → 10 logits
//! ```
//!
//! Each convolution is followed by batch norm and leaky ReLU. A stride of 2 shrinks the picture;
//! there is no pooling but the mean at the end. That mean is the *penultimate layer*: the features
//! between which distances are measured.

use std::collections::BTreeMap;

use data::{Images, scale};
use nn::{BatchNorm, Bound, Conv2d, Dense, Dropout, Init, Mode, Parameters, state_dict};
use rand::rngs::ChaCha8Rng;
use tensor::functions::exp_f32;
use tensor::ops::leaky_dropout::LeakyDropout;
use tensor::{Axis, Buffer, Tape, Tensor, Var, Window};

use crate::{Domain, Error};

/// Leaky ReLU without dropout, behind each batch norm.
const LEAKY_RELU: LeakyDropout = LeakyDropout { slope: 0.1, keep: 1.0, key: 0 };
/// The term that batch norm adds to the variance, inside the root.
const EPSILON: f32 = 1e-3;
/// Images in a batch of [`Judge::judge`].
const BATCH: usize = 250;

/// The feature maps and the stride of each convolution of its judge.
fn convolutions(domain: Domain) -> &'static [(usize, usize)] {
    match domain {
        Domain::Mnist => &[(32, 2), (64, 1), (128, 2), (128, 1)],
        Domain::Cifar10 => &[(32, 1), (64, 2), (64, 1), (96, 2), (96, 1), (128, 2)],
    }
}

/// A classifier.
#[derive(Clone, Debug)]
pub struct Judge {
    domain: Domain,
    parameters: Parameters,
    layers: Vec<(Conv2d, BatchNorm)>,
    dense: Dense,
}

/// A judge's features and class probabilities of some images.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// The penultimate layer, `[n, features]`.
    pub features: Tensor,
    /// The probability of each class, `[n, classes]`; rows sum to 1.
    pub probabilities: Tensor,
}

impl Judge {
    /// An untrained judge, its weights drawn from `rng`.
    #[must_use]
    pub fn new(domain: Domain, rng: &mut ChaCha8Rng) -> Self {
        let mut parameters = Parameters::new();
        let [mut height, mut width, mut channels] = domain.shape();
        let mut layers = Vec::new();
        for (number, &(maps, stride)) in (1..).zip(convolutions(domain)) {
            let window = Window { down: Axis::same(height, 3, stride), across: Axis::same(width, 3, stride) };
            let name = format!("conv2d_{number}");
            let conv = Conv2d::new(&mut parameters, &name, window, channels, maps, Init::GlorotUniform, rng);
            let batch_norm = BatchNorm::new(&mut parameters, &format!("bn{number}"), maps, EPSILON);
            layers.push((conv, batch_norm));
            height = window.down.output;
            width = window.across.output;
            channels = maps;
        }
        let classes = domain.classes().len();
        let dense = Dense::new(&mut parameters, "dense", channels, classes, Init::GlorotUniform, rng);
        Self { domain, parameters, layers, dense }
    }

    /// The number of features of an image.
    #[must_use]
    pub fn features(&self) -> usize {
        self.dense.inputs()
    }

    /// The weights, which training changes.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// As [`parameters`](Judge::parameters), for an optimiser.
    pub fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.parameters
    }

    /// The logits of a training batch. Batch norm uses the statistics of the batch and moves its
    /// running ones; `dropout` drops the features that `key` selects.
    pub fn forward_training(&mut self, tape: &mut Tape, bound: &Bound, x: Var, dropout: Dropout, key: u64) -> Var {
        let mut x = x;
        for (conv, norm) in &mut self.layers {
            x = conv.forward(tape, bound, x);
            x = norm.forward_training_then(tape, bound, x, LEAKY_RELU);
        }
        let x = tape.global_average_pool(x);
        let x = dropout.forward(tape, x, key);
        self.dense.forward(tape, bound, x)
    }

    /// The features and probabilities of images. Those of one image do not depend on the others.
    ///
    /// # Panics
    /// If the images have another shape than those of its domain.
    #[must_use]
    pub fn judge(&self, images: &Images) -> Prediction {
        let shape = [images.height(), images.width(), images.channels()];
        assert_eq!(self.domain.shape(), shape, "a judge of {}", self.domain.name());
        let mut features = Vec::new();
        let mut logits = Vec::new();
        for bytes in images.pixels().chunks(BATCH * images.image_size()) {
            let mut x = Buffer::scratch(bytes.len());
            scale::from_bytes(bytes, &mut x);
            let [height, width, channels] = shape;
            let x = Tensor::new(&[bytes.len() / images.image_size(), height, width, channels], x);
            let (batch_features, batch_logits) = self.forward_inference(x);
            features.extend_from_slice(batch_features.data());
            logits.extend_from_slice(batch_logits.data());
        }
        let classes = self.domain.classes().len();
        logits.chunks_exact_mut(classes).for_each(softmax);
        Prediction {
            features: Tensor::new(&[images.count(), self.features()], features),
            probabilities: Tensor::new(&[images.count(), classes], logits),
        }
    }

    /// Features and logits; batch norm uses the running statistics.
    fn forward_inference(&self, x: Tensor) -> (Tensor, Tensor) {
        let mut tape = Tape::new();
        let bound = self.parameters.bind(&mut tape, Mode::Frozen);
        let mut x = tape.constant(x);
        for (conv, norm) in &self.layers {
            x = conv.forward(&mut tape, &bound, x);
            x = norm.forward_inference_then(&mut tape, &bound, x, LEAKY_RELU);
        }
        let features = tape.global_average_pool(x);
        let logits = self.dense.forward(&mut tape, &bound, features);
        (tape.value(features), tape.value(logits))
    }

    /// Every tensor by name: weights and running statistics.
    pub(crate) fn tensors(&self) -> BTreeMap<String, Tensor> {
        let statistics = self.layers.iter().flat_map(|(_, norm)| norm.running_statistics());
        let statistics = statistics.map(|(name, tensor)| (name, tensor.clone()));
        let weights = self.parameters.iter().map(|(name, tensor)| (name.to_owned(), tensor.clone()));
        weights.chain(statistics).collect()
    }

    /// Replaces every tensor by the one of the same name.
    ///
    /// # Errors
    /// If names or shapes differ from those of [`tensors`](Judge::tensors): the first that does.
    pub(crate) fn set_tensors(&mut self, tensors: &BTreeMap<String, Tensor>) -> Result<(), Error> {
        state_dict::compare(&self.tensors(), tensors)?;
        state_dict::set(&mut self.parameters, "", tensors);
        for (name, tensor) in self.layers.iter_mut().flat_map(|(_, norm)| norm.running_statistics_mut()) {
            *tensor = tensors[&name].clone();
        }
        Ok(())
    }
}

impl Prediction {
    /// The most probable class of each image.
    #[must_use]
    pub fn classes(&self) -> Vec<usize> {
        let [_, classes] = self.probabilities.dims();
        let best = |row: &[f32]| (0..classes).fold(0, |best, class| if row[best] < row[class] { class } else { best });
        self.probabilities.data().chunks_exact(classes).map(best).collect()
    }
}

/// Logits to probabilities, in place. The largest logit is subtracted from all, so that no
/// exponential overflows.
fn softmax(row: &mut [f32]) {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|x| *x = exp_f32(*x - largest));
    let sum: f32 = row.iter().sum();
    row.iter_mut().for_each(|x| *x /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::WEIGHTS;
    use data::streams::stream;
    use rand::Rng;

    fn noise(domain: Domain, count: usize) -> Images {
        let [height, width, channels] = domain.shape();
        let mut pixels = vec![0; count * height * width * channels];
        stream(1, b"noise   ", 0).fill_bytes(&mut pixels);
        Images::new(height, width, channels, pixels)
    }

    #[test]
    fn a_prediction_has_features_and_probabilities() {
        for domain in Domain::ALL {
            let judge = Judge::new(domain, &mut stream(1, WEIGHTS, 0));
            let prediction = judge.judge(&noise(domain, 3));
            assert_eq!((&[3, 128][..], &[3, 10][..]), (prediction.features.shape(), prediction.probabilities.shape()));
            for row in prediction.probabilities.data().chunks_exact(10) {
                assert!((row.iter().sum::<f32>() - 1.0).abs() <= 1e-6, "{row:?}");
            }
        }
    }

    /// The images pass in two batches, and the prediction of each is as if it were alone.
    #[test]
    fn neighbours_do_not_matter() {
        let judge = Judge::new(Domain::Mnist, &mut stream(1, WEIGHTS, 0));
        let images = noise(Domain::Mnist, BATCH + 2);
        let all = judge.judge(&images);
        for i in [0, BATCH - 1, BATCH, BATCH + 1] {
            let alone = judge.judge(&Images::new(28, 28, 1, images.image(i).to_vec()));
            assert_eq!(alone.features.data(), &all.features.data()[i * 128..][..128], "image {i}");
            assert_eq!(alone.classes(), all.classes()[i..=i]);
        }
    }

    #[test]
    fn probabilities_by_hand() {
        let mut row = [1000.0, 1000.0 + 3f32.ln()];
        softmax(&mut row);
        assert!((row[0] - 0.25).abs() <= 1e-5 && (row[1] - 0.75).abs() <= 1e-5, "{row:?}");
        let prediction = Prediction {
            features: Tensor::zeros(&[2, 1]),
            probabilities: Tensor::new(&[2, 3], vec![0.2, 0.5, 0.3, 0.4, 0.2, 0.4]),
        };
        assert_eq!([1, 0], prediction.classes()[..]);
    }
}

//! A training of an exhibit or of its twin, and all that there is to see of it.

use data::Batches;
use data::Images;
use dcgan::gan::Gan;
use dcgan::models::{DropoutKeys, LATENT};
use dcgan::step::StepMetrics;
use dcgan::streams::{Purpose, noise, stream};
use nn::{AdamForm, AdamOptions, Mode};
use runs::doctor::Doctor;
use runs::metrics::MetricsRow;
use tensor::{Buffer, Tape, Tensor};

use crate::networks::{SIZE, build};
use crate::parts::Parts;

/// Images in a row of samples.
pub const COLUMNS: usize = 8;

/// How long a training is, and of what.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed of all random numbers.
    pub seed: u64,
    /// Feature maps at 4×4.
    pub width: usize,
    /// Steps.
    pub steps: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self { seed: 1, width: 32, steps: 1000 }
    }
}

/// What a training left.
pub struct Trained {
    /// Both networks at the end.
    pub gan: Gan,
    /// What every step measured.
    pub metrics: Vec<MetricsRow>,
    /// What the doctor said: the step and the line.
    pub said: Vec<(u64, String)>,
    /// Rows of samples of the same noise, by their steps.
    pub rows: Vec<(u64, Tensor)>,
}

/// The steps after which there is a row of samples: a tenth, a third, and the end.
fn shown(steps: u64) -> [u64; 3] {
    [steps.div_ceil(10), steps.div_ceil(3), steps]
}

/// Untrained networks and their optimisers.
#[must_use]
pub fn start(parts: &'static dyn Parts, plan: &Plan) -> Gan {
    let pair = build(parts, plan.width, &mut stream(plan.seed, Purpose::Weights, 0));
    let adam = AdamOptions { beta1: parts.beta1(), beta2: 0.999, epsilon: 1e-8, form: AdamForm::TensorFlow };
    Gan::new(pair, adam, parts.learning_rates()[0], parts.real_label())
}

/// The images of a step, as the parts show them to the networks.
#[must_use]
pub fn batch(parts: &dyn Parts, batches: &mut Batches, images: &Images, step: u64) -> Tensor {
    let size = images.image_size();
    let indices = batches.indices(step);
    let mut x = Buffer::scratch(indices.len() * size);
    for (x, &index) in x.chunks_exact_mut(size).zip(indices) {
        x.iter_mut().zip(images.image(index as usize)).for_each(|(x, &byte)| *x = parts.pixel(byte));
    }
    Tensor::new(&[indices.len(), images.height(), images.width(), images.channels()], x)
}

/// Trains the networks of these parts on `images`, 28 × 28 and grey.
///
/// A training whose numbers are no longer finite ends there, and the last line says so.
///
/// # Panics
/// If the images have another shape, or are fewer than a batch.
#[must_use]
pub fn train(parts: &'static dyn Parts, plan: &Plan, images: &Images) -> Trained {
    assert_eq!([SIZE, SIZE, 1], [images.height(), images.width(), images.channels()], "the museum shows digits");
    let count = parts.batch_size();
    let mut batches = Batches::new(images.count(), count, plan.seed);
    let mut gan = start(parts, plan);
    let mut doctor = Doctor::default();
    let mut trained = (vec![], vec![], vec![]);
    let (metrics, said, rows) = (&mut trained.0, &mut trained.1, &mut trained.2);
    for step in 0..plan.steps {
        let x = batch(parts, &mut batches, images, step);
        let z = noise(&mut stream(plan.seed, Purpose::Noise, step), count, LATENT);
        let report = match parts.step(&mut gan, &x, &z) {
            Ok(report) => report,
            Err(error) => {
                said.push((gan.step, error.to_string()));
                break;
            }
        };
        let lines = doctor.observe(&mut gan, &report, || batch(parts, &mut batches, images, step + 1));
        said.extend(lines.into_iter().map(|line| (gan.step, line)));
        metrics.push(row_of(gan.step, report));
        if shown(plan.steps).contains(&gan.step) {
            rows.push((gan.step, samples(&gan, plan.seed, COLUMNS)));
        }
    }
    let (metrics, said, rows) = trained;
    Trained { gan, metrics, said, rows }
}

fn row_of(step: u64, report: StepMetrics) -> MetricsRow {
    MetricsRow { step, epoch: 1, report, images_per_second: 0.0 }
}

fn points(seed: u64, count: usize) -> Tensor {
    noise(&mut stream(seed, Purpose::Samples, 0), count, LATENT)
}

/// The first `count` images of the run's fixed noise, by the running statistics.
#[must_use]
pub fn samples(gan: &Gan, seed: u64, count: usize) -> Tensor {
    gan.sample(&points(seed, count), &mut DropoutKeys::none())
}

/// As [`samples`], but batch norm uses the statistics of the batch, which has 64 images.
///
/// # Panics
/// If `count` is more than 64.
#[must_use]
pub fn samples_by_batch(gan: &Gan, seed: u64, count: usize) -> Tensor {
    let mut generator = gan.generator.copy();
    let mut tape = Tape::new();
    let frozen = generator.parameters().bind(&mut tape, Mode::Frozen);
    let z = tape.constant(points(seed, 64));
    let made = generator.forward_training(&mut tape, &frozen, z, &mut DropoutKeys::none());
    let made = tape.value(made);
    Tensor::new(&[count, SIZE, SIZE, 1], Buffer::copy_of(&made.data()[..count * SIZE * SIZE]))
}

//! One step of the reader's operators and of the project's, from the same seed.
//!
//! Each operator is compared alone, so that the one that differs is known by name, and then all of
//! them together. What is compared are losses, gradients, updated weights and a sample. Weights are
//! updated from the project's gradients, since Adam makes a full step of the smallest of them, also
//! of one that is nothing but rounding.

use std::fmt::{self, Display, Formatter};
use std::panic::{AssertUnwindSafe, catch_unwind};

use dcgan::Error;
use dcgan::config::Config;
use dcgan::gan::Gan;
use dcgan::models::DropoutKeys;
use tensor::Tensor;

use super::kernels::Kernels;
use super::trainer::Trainer;

/// The largest difference, in units of the length of what is compared.
pub const TOLERANCE: f64 = 1e-5;

/// A step that is not the project's.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The exercise of the operator; nothing if each is right alone.
    pub exercise: Option<&'static str>,
    /// `G's gradient of generator/dense/kernel`.
    pub what: String,
    /// In units of the length; infinite if a number is NaN or there was a panic.
    pub distance: f64,
}

impl Display for Difference {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let Self { exercise, what, distance } = self;
        match exercise {
            Some(exercise) => write!(f, "{exercise} differs: with it alone, {what}")?,
            None => write!(f, "together they differ, though each is right alone: {what}")?,
        }
        if distance.is_finite() { write!(f, " is {distance:.1e} of its length away") } else { Ok(()) }
    }
}

/// Something that both have computed.
struct Finding {
    /// `G's gradient of generator/dense/kernel`.
    what: String,
    /// Findings of a kind are measured by the length of all of them.
    kind: Kind,
    numbers: Vec<f32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Loss,
    Gradient(Network),
    Weight,
    Statistic,
    Sample,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Network {
    G,
    D,
}

/// What a step computes before its updates, and after two of them.
struct Step {
    findings: Vec<Finding>,
    generator_gradients: Vec<Tensor>,
    discriminator_gradients: Vec<Tensor>,
}

/// Compares the first step of `config` on the images `x` and the noise `z`.
///
/// # Errors
/// The first operator that differs.
///
/// # Panics
/// If the project's own step fails.
pub fn compare_first_step(kernels: &Kernels, config: &Config, x: &Tensor, z: &Tensor) -> Result<(), Difference> {
    let right = step(Kernels::default(), config, x, z, None).expect("the project makes a first step");
    let compare = |exercise: Option<&'static str>, kernels: Kernels| {
        let away = |what: String, distance: f64| Difference { exercise, what, distance };
        let yours = catch_unwind(AssertUnwindSafe(|| step(kernels, config, x, z, Some(&right))));
        let yours = yours.map_err(|_| away("a step panics".to_owned(), f64::INFINITY))?;
        let yours = yours.map_err(|error| away(error.to_string(), f64::INFINITY))?;
        for (yours, ours) in yours.findings.iter().zip(&right.findings) {
            let alike = right.findings.iter().filter(|finding| finding.kind == ours.kind);
            let length = alike.map(|finding| squares(&finding.numbers)).sum::<f64>().sqrt();
            let distance = distance(&yours.numbers, &ours.numbers) / length;
            let is_near = distance <= TOLERANCE; // and not NaN
            if !is_near {
                return Err(away(ours.what.clone(), distance));
            }
        }
        Ok(())
    };
    for exercise in kernels.yours() {
        compare(Some(exercise), kernels.only(exercise))?;
    }
    compare(None, *kernels)
}

/// A step by the table; its updates are by the gradients of `right`, or by its own.
fn step(kernels: Kernels, config: &Config, x: &Tensor, z: &Tensor, right: Option<&Step>) -> Result<Step, Error> {
    let mut config = config.clone();
    config.variations.average = None; // a sample comes from G itself
    let mut trainer = Trainer::start(kernels, &config)?;
    let keys = &mut DropoutKeys::none();
    let g = trainer.generator_half(z, keys);
    let d = trainer.discriminator_half(x, z, keys);
    let mut findings = Vec::new();
    let mut find = |what: String, kind: Kind, numbers: Vec<f32>| findings.push(Finding { what, kind, numbers });
    find("G's loss".to_owned(), Kind::Loss, vec![g.loss]);
    find("D's loss".to_owned(), Kind::Loss, vec![d.loss]);
    for (network, half) in [(Network::G, &g), (Network::D, &d)] {
        let (parameters, whose) = match network {
            Network::G => (trainer.gan.generator.parameters(), "G's"),
            Network::D => (trainer.gan.discriminator.parameters(), "D's"),
        };
        for ((name, _), gradient) in parameters.iter().zip(&half.gradients) {
            find(format!("{whose} gradient of {name}"), Kind::Gradient(network), gradient.data().to_vec());
        }
    }
    for (name, tensor) in trainer.gan.generator.statistics() {
        find(name, Kind::Statistic, tensor.data().to_vec());
    }
    let by = right
        .map_or([&g.gradients, &d.gradients], |right| [&right.generator_gradients, &right.discriminator_gradients]);
    for _ in 0..2 {
        trainer.update_generator(by[0])?;
        trainer.update_discriminator(by[1])?;
    }
    let Gan { generator, discriminator, .. } = &trainer.gan;
    for (name, tensor) in generator.parameters().iter().chain(discriminator.parameters().iter()) {
        find(format!("{name} after two updates"), Kind::Weight, tensor.data().to_vec());
    }
    find("a sample".to_owned(), Kind::Sample, trainer.gan.sample(z, keys).data().to_vec());
    Ok(Step { findings, generator_gradients: g.gradients, discriminator_gradients: d.gradients })
}

fn squares(numbers: &[f32]) -> f64 {
    numbers.iter().map(|&x| f64::from(x).powi(2)).sum()
}

/// The length of the difference; infinite if there are more or fewer numbers.
fn distance(a: &[f32], b: &[f32]) -> f64 {
    if a.len() != b.len() {
        return f64::INFINITY;
    }
    a.iter().zip(b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum::<f64>().sqrt()
}

//! Exercise 13: running statistics, and pictures that do not depend on their neighbours.

use tensor::check::to_f64;
use tensor::ops::batch_norm::{BatchStatistics, reference};

use crate::{Draw, Exercise, Mistake, Part, Right, Value, list};

#[path = "../../wrong/13_one_picture.rs"]
mod wrong;

/// `update(momentum, running, batch)`.
pub type Update = fn(f64, &mut BatchStatistics, &BatchStatistics);

/// `normalise(is_training, momentum, epsilon, running, x)`.
pub type Normalise = fn(bool, f64, f32, &mut BatchStatistics, &[f32]) -> Vec<f32>;

/// The reader's functions.
pub struct Running {
    /// Moves the running statistics.
    pub update: Update,
    /// One pass.
    pub normalise: Normalise,
}

/// Pictures, and what the layer remembers of those before them.
pub struct Pass {
    momentum: f64,
    epsilon: f32,
    mean: Vec<f32>,
    variance: Vec<f32>,
    /// `[pictures, pixels, channels]`.
    x: Vec<f32>,
    pictures: usize,
}

/// Results are a few units in size, and a wrong formula is off by far more.
const TOLERANCE: f64 = 1e-5;

impl Pass {
    /// One channel and pictures of one pixel.
    fn of(momentum: f64, [mean, variance]: [f32; 2], x: &[f32]) -> Self {
        let (mean, variance) = (vec![mean], vec![variance]);
        Self { momentum, epsilon: 0.25, mean, variance, x: x.to_vec(), pictures: x.len() }
    }

    /// The first pictures of a stream: the same picture in a batch of any size.
    fn first(pictures: usize) -> Self {
        let mut draw = Draw::new(13);
        let mut pass = Self::with(&mut draw, [64, 2, 2]);
        pass.x.truncate(pictures * 2 * 2);
        Self { pictures, ..pass }
    }

    fn with(draw: &mut Draw, [pictures, pixels, channels]: [usize; 3]) -> Self {
        Self {
            momentum: draw.one_of(&[0.25, 0.9, 0.99]),
            epsilon: draw.one_of(&[0.001, 0.25]),
            mean: draw.noise(channels),
            variance: draw.noise(channels).iter().map(|x| 1.75 + x).collect(),
            x: draw.noise(pictures * pixels * channels).iter().map(|x| 1.0 + 2.0 * x).collect(),
            pictures,
        }
    }

    fn fixed() -> Vec<Self> {
        vec![
            Self::of(0.75, [0.0, 1.0], &[1.0, 5.0]),
            Self::of(0.75, [1.0, 4.0], &[2.0]),
            Self::of(0.99, [0.0, 1.0], &[-1.0, 2.0, 5.0]),
            Self::first(1),
            Self::first(7),
            Self::first(64),
        ]
    }

    fn drawn(draw: &mut Draw) -> Self {
        let extents = [draw.between(1, 5), draw.between(1, 4), draw.between(1, 3)];
        Self::with(draw, extents)
    }

    fn channels(&self) -> usize {
        self.mean.len()
    }

    fn show(&self) -> String {
        let [x, mean, variance] = [&self.x, &self.mean, &self.variance].map(|numbers| list(numbers));
        let shape = [self.pictures, self.x.len() / self.pictures / self.channels(), self.channels()];
        let what = format!("x {shape:?} = {x}  running mean = {mean}  variance = {variance}");
        format!("{what}  momentum = {}  ε = {}", self.momentum, self.epsilon)
    }

    fn running(&self) -> BatchStatistics {
        BatchStatistics { mean: self.mean.clone(), variance: self.variance.clone() }
    }

    /// The mean and the variance of each channel of `x`.
    fn batch(&self) -> [Vec<f64>; 2] {
        let (mean, variance) = reference::statistics(&to_f64(&self.x), self.channels());
        [mean, variance]
    }

    /// The running statistics after one update: the means, then the variances.
    fn moved(&self) -> Right {
        let old = to_f64(&[self.mean.as_slice(), &self.variance].concat());
        let average = |(old, new): (f64, f64)| self.momentum * old + (1.0 - self.momentum) * new;
        let moved: Vec<f64> = old.into_iter().zip(self.batch().concat()).map(average).collect();
        Right::within(TOLERANCE, moved).axes(&[("mean or variance", 2), ("c", self.channels())])
    }

    /// `x` with these statistics subtracted and divided by.
    fn by(&self, [mean, variance]: [Vec<f64>; 2]) -> Right {
        let normal = |(i, &x): (usize, &f32)| {
            let c = i % self.channels();
            (f64::from(x) - mean[c]) / (variance[c] + f64::from(self.epsilon)).sqrt()
        };
        let y: Vec<f64> = self.x.iter().enumerate().map(normal).collect();
        let pixels = self.x.len() / self.pictures / self.channels();
        Right::within(TOLERANCE, y).axes(&[("picture", self.pictures), ("pixel", pixels), ("c", self.channels())])
    }

    /// What an answer's pass gives, and what it leaves behind.
    fn pass(&self, yours: &Running, is_training: bool) -> (Vec<f32>, Value) {
        let mut running = self.running();
        let y = (yours.normalise)(is_training, self.momentum, self.epsilon, &mut running, &self.x);
        (y, both(&running))
    }
}

fn both(running: &BatchStatistics) -> Value {
    [running.mean.as_slice(), &running.variance].concat().into()
}

/// What is judged.
pub const EXERCISE: Exercise<Running, Pass> = Exercise {
    name: "13_one_picture",
    chapter: "chapter 7, \"Numbers of a known size\"",
    file: "crates/nn/src/batch_norm.rs, RunningStatistics::update",
    fixed: Pass::fixed,
    drawn: Pass::drawn,
    size: |case| case.x.len(),
    show: Pass::show,
    parts: &[
        Part {
            name: "what `update` leaves behind",
            yours: |yours, case| {
                let [mean, variance] = case.batch().map(|numbers| numbers.into_iter().map(|x| x as f32).collect());
                let mut running = case.running();
                (yours.update)(case.momentum, &mut running, &BatchStatistics { mean, variance });
                both(&running)
            },
            right: Pass::moved,
        },
        Part {
            name: "y in training",
            yours: |yours, case| case.pass(yours, true).0.into(),
            right: |case| case.by(case.batch()),
        },
        Part { name: "what training leaves behind", yours: |yours, case| case.pass(yours, true).1, right: Pass::moved },
        Part {
            name: "y in sampling",
            yours: |yours, case| case.pass(yours, false).0.into(),
            right: |case| case.by([to_f64(&case.mean), to_f64(&case.variance)]),
        },
        Part {
            name: "what sampling leaves behind",
            yours: |yours, case| case.pass(yours, false).1,
            right: |case| Right::exactly(both(&case.running())),
        },
    ],
    wrong: wrong::WRONG,
};

/// Judges the reader's running statistics and passes.
///
/// # Errors
/// The smallest failure.
pub fn check(update: Update, normalise: Normalise) -> Result<(), Mistake> {
    EXERCISE.check(&Running { update, normalise })
}

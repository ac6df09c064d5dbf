//! Exercise 12: the gradients of batch norm.

use tensor::check::{UNIT_ROUNDOFF, to_f64};
use tensor::ops::batch_norm::{BatchStatistics, reference};

use crate::{Draw, Exercise, Mistake, Part, Right, list};

#[path = "../../wrong/12_batch_norm_back.rs"]
mod wrong;

/// `dshift(channels, dy)`.
pub type ShiftGradient = fn(usize, &[f32]) -> Vec<f32>;

/// `dscale(epsilon, x, statistics, dy)`.
pub type ScaleGradient = fn(f32, &[f32], &BatchStatistics, &[f32]) -> Vec<f32>;

/// `dx(epsilon, x, statistics, scale, dy)`.
pub type InputGradient = fn(f32, &[f32], &BatchStatistics, &[f32], &[f32]) -> Vec<f32>;

/// The reader's functions.
pub struct Gradients {
    /// The gradient of the shift.
    pub dshift: ShiftGradient,
    /// The gradient of the scale.
    pub dscale: ScaleGradient,
    /// The gradient of the numbers.
    pub dx: InputGradient,
}

/// Rows of numbers, and the gradient of their batch norm.
pub struct Batch {
    epsilon: f32,
    x: Vec<f32>,
    scale: Vec<f32>,
    dy: Vec<f32>,
}

impl Batch {
    fn of(epsilon: f32, x: &[f32], scale: &[f32], dy: &[f32]) -> Self {
        Self { epsilon, x: x.to_vec(), scale: scale.to_vec(), dy: dy.to_vec() }
    }

    fn fixed() -> Vec<Self> {
        vec![
            Self::of(3.0, &[1.0, 3.0], &[1.0], &[1.0, 0.0]),
            Self::of(3.0, &[1.0, 3.0], &[10.0], &[1.0, 2.0]),
            Self::of(0.5, &[1.0, 2.0, 3.0, 10.0], &[1.0], &[1.0, 0.0, 0.0, 0.0]),
            Self::of(0.5, &[1.0, 2.0, 3.0, 10.0], &[10.0], &[3.0, 1.0, 4.0, -1.0]),
            Self::of(0.5, &[1.0, 5.0, 3.0, 8.0, 4.0, 0.0], &[10.0, 2.0], &[1.0, 0.0, -2.0, 1.0, 3.0, 5.0]),
            Self::of(0.25, &[4.0], &[10.0], &[1.0]),
            Self::of(0.25, &[4.0, 4.0, 4.0], &[10.0], &[1.0, 2.0, 6.0]),
            Self::of(0.001, &[101.0, 103.0, 104.0], &[2.0], &[1.0, 2.0, -2.0]),
        ]
    }

    fn drawn(draw: &mut Draw) -> Self {
        let channels = draw.between(1, 4);
        let rows = draw.between(2, 6);
        Self {
            epsilon: draw.one_of(&[0.001, 0.5, 3.0]),
            x: draw.noise(rows * channels).iter().map(|x| 2.0 * x).collect(),
            scale: draw.noise(channels),
            dy: draw.noise(rows * channels),
        }
    }

    fn channels(&self) -> usize {
        self.scale.len()
    }

    fn rows(&self) -> usize {
        self.x.len() / self.channels()
    }

    fn show(&self) -> String {
        let shape = if self.channels() == 1 { String::new() } else { format!(" {:?}", [self.rows(), self.channels()]) };
        let [x, scale, dy] = [&self.x, &self.scale, &self.dy].map(|numbers| list(numbers));
        format!("x{shape} = {x}  dy = {dy}  scale = {scale}  ε = {}", self.epsilon)
    }

    fn statistics(&self) -> BatchStatistics {
        let (mean, variance) = reference::statistics(&to_f64(&self.x), self.channels());
        let narrow = |numbers: Vec<f64>| numbers.into_iter().map(|x| x as f32).collect();
        BatchStatistics { mean: narrow(mean), variance: narrow(variance) }
    }

    /// `dx`, `dscale` and `dshift` in f64.
    fn right(&self) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        reference::backward(f64::from(self.epsilon), &to_f64(&self.x), &to_f64(&self.scale), &to_f64(&self.dy))
    }

    /// How large `dx`, `dscale` and `dshift` could be if nothing cancelled in them, not even in
    /// x − m. Rounding errors are a few units of this.
    fn gauges(&self) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let channels = self.channels();
        let BatchStatistics { mean, variance } = self.statistics();
        let s = |c: usize| 1.0 / f64::from(variance[c] + self.epsilon).sqrt();
        let reach = |i: usize| f64::from(self.x[i].abs() + mean[i % channels].abs()) * s(i % channels);
        let (mut dscale, mut dshift) = (vec![0.0; channels], vec![0.0; channels]);
        for (i, dy) in self.dy.iter().enumerate() {
            dshift[i % channels] += f64::from(dy.abs());
            dscale[i % channels] += f64::from(dy.abs()) * reach(i);
        }
        let n = self.rows() as f64;
        let dx = |i: usize| {
            let c = i % channels;
            let terms = f64::from(self.dy[i].abs()) + dshift[c] / n + reach(i) * dscale[c] / n;
            f64::from(self.scale[c].abs()) * s(c) * terms
        };
        ((0..self.x.len()).map(dx).collect(), dscale, dshift)
    }

    fn within(&self, gauge: &[f64], right: Vec<f64>) -> Right {
        let roundings = UNIT_ROUNDOFF * (16.0 + self.rows() as f64);
        Right::within_each(gauge.iter().map(|gauge| roundings * gauge).collect(), right)
    }
}

/// What is judged.
pub const EXERCISE: Exercise<Gradients, Batch> = Exercise {
    name: "12_batch_norm_back",
    chapter: "chapter 7, \"Numbers of a known size\"",
    file: "crates/tensor/src/ops/batch_norm.rs, reference::backward",
    fixed: Batch::fixed,
    drawn: Batch::drawn,
    size: |case| case.x.len(),
    show: Batch::show,
    parts: &[
        Part {
            name: "dshift",
            yours: |yours, case| (yours.dshift)(case.channels(), &case.dy).into(),
            right: |case| case.within(&case.gauges().2, case.right().2).axes(&[("c", case.channels())]),
        },
        Part {
            name: "dscale",
            yours: |yours, case| (yours.dscale)(case.epsilon, &case.x, &case.statistics(), &case.dy).into(),
            right: |case| case.within(&case.gauges().1, case.right().1).axes(&[("c", case.channels())]),
        },
        Part {
            name: "dx",
            yours: |yours, case| {
                let statistics = case.statistics();
                (yours.dx)(case.epsilon, &case.x, &statistics, &case.scale, &case.dy).into()
            },
            right: |case| {
                let axes = [("n", case.rows()), ("c", case.channels())];
                case.within(&case.gauges().0, case.right().0).axes(&axes)
            },
        },
    ],
    wrong: wrong::WRONG,
};

/// Judges the reader's gradients.
///
/// # Errors
/// The smallest failure.
pub fn check(dshift: ShiftGradient, dscale: ScaleGradient, dx: InputGradient) -> Result<(), Mistake> {
    EXERCISE.check(&Gradients { dshift, dscale, dx })
}

//! Exercise 11: the statistics of a batch, and batch norm itself.

use tensor::check::UNIT_ROUNDOFF;
use tensor::ops::batch_norm::reference;

use crate::{Draw, Exercise, Mistake, Part, Right, list};

#[path = "../../wrong/11_batch_norm.rs"]
mod wrong;

/// `statistics(x, channels)`: the means and the variances.
pub type Statistics = fn(&[f32], usize) -> (Vec<f32>, Vec<f32>);

/// `forward(epsilon, x, scale, shift)`.
pub type Forward = fn(f32, &[f32], &[f32], &[f32]) -> Vec<f32>;

/// The reader's functions.
pub struct BatchNorm {
    /// The means and the variances.
    pub statistics: Statistics,
    /// The result.
    pub forward: Forward,
}

/// Rows of numbers, and what batch norm does with them.
pub struct Batch {
    epsilon: f32,
    x: Vec<f32>,
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Batch {
    fn of<const C: usize>(epsilon: f32, x: &[f32], scale: [f32; C], shift: [f32; C]) -> Self {
        Self { epsilon, x: x.to_vec(), scale: scale.to_vec(), shift: shift.to_vec() }
    }

    fn fixed() -> Vec<Self> {
        let far: Vec<f32> = tensor::check::noise(3, 20).iter().map(|x| 4096.0 + x).collect();
        let near = tensor::check::noise(4, 20);
        let near_and_far: Vec<f32> = near.iter().zip(&far).flat_map(|(&near, &far)| [near, far]).collect();
        vec![
            Self::of(3.0, &[1.0, 3.0], [1.0], [0.0]),
            Self::of(3.0, &[1.0, 3.0], [10.0], [5.0]),
            Self::of(0.5, &[1.0, 2.0, 3.0, 10.0], [1.0], [0.0]),
            Self::of(3.0, &[1.0, 5.0, 3.0, 9.0], [10.0, 1.0], [0.0, 100.0]),
            Self::of(0.5, &[1.0, 5.0, 3.0, 9.0, 4.0, 10.0], [10.0, 2.0], [3.0, 100.0]),
            Self::of(0.25, &[4.0], [10.0], [5.0]),
            Self::of(0.25, &[4.0, 4.0, 4.0], [10.0], [5.0]),
            Self::of(0.25, &[1001.0, 1003.0], [10.0], [5.0]),
            Self::of(0.001, &far, [2.0], [1.0]),
            Self::of(0.001, &near_and_far, [2.0, 3.0], [1.0, 4.0]),
            Self::of(0.001, &[0.7; 7], [2.0], [1.0]),
            Self::of(0.001, &[0.1; 1000], [2.0], [1.0]),
        ]
    }

    fn drawn(draw: &mut Draw) -> Self {
        let channels = draw.between(1, 4);
        let rows = draw.between(1, 6);
        let near = draw.one_of(&[0.0, 0.0, 30.0, 4096.0]);
        Self {
            epsilon: draw.one_of(&[0.001, 0.5, 3.0]),
            x: draw.noise(rows * channels).iter().map(|x| near + 2.0 * x).collect(),
            scale: draw.noise(channels),
            shift: draw.noise(channels),
        }
    }

    fn channels(&self) -> usize {
        self.scale.len()
    }

    fn rows(&self) -> usize {
        self.x.len() / self.channels()
    }

    fn show(&self) -> String {
        let x = list(&self.x);
        let shape = if self.channels() == 1 { String::new() } else { format!(" {:?}", [self.rows(), self.channels()]) };
        format!("x{shape} = {x}  scale = {}  shift = {}  ε = {}", list(&self.scale), list(&self.shift), self.epsilon)
    }

    fn wide(&self) -> Vec<f64> {
        tensor::check::to_f64(&self.x)
    }

    /// The means, the variances, and how far each variance may be from its own: the distance of the
    /// farthest number counts, since an answer may subtract any of them first. A channel of equal
    /// numbers has no tolerance.
    fn statistics(&self) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let x = self.wide();
        let (mean, variance) = reference::statistics(&x, self.channels());
        let tolerance = |c: usize| {
            let numbers = x.iter().skip(c).step_by(self.channels());
            let farthest = numbers.map(|x| (x - mean[c]).powi(2)).fold(0.0, f64::max);
            let is_constant = variance[c] == 0.0;
            let of_the_mean = if is_constant { 0.0 } else { (4.0 * UNIT_ROUNDOFF * mean[c]).powi(2) };
            UNIT_ROUNDOFF * (8.0 + self.rows() as f64) * farthest + of_the_mean
        };
        let tolerances = (0..self.channels()).map(tolerance).collect();
        (mean, variance, tolerances)
    }

    fn right_mean(&self) -> Right {
        let (mean, ..) = self.statistics();
        let gauge = |c: usize| self.wide().iter().skip(c).step_by(self.channels()).fold(0.0, |max, x| x.abs().max(max));
        let tolerance = (0..self.channels()).map(|c| UNIT_ROUNDOFF * (8.0 + self.rows() as f64) * gauge(c)).collect();
        Right::within_each(tolerance, mean).axes(&[("c", self.channels())])
    }

    fn right_variance(&self) -> Right {
        let (_, variance, tolerance) = self.statistics();
        Right::within_each(tolerance, variance).axes(&[("c", self.channels())])
    }

    fn right_forward(&self) -> Right {
        let (mean, variance, of_variance) = self.statistics();
        let wide = |x: &[f32]| tensor::check::to_f64(x);
        let (scale, shift, epsilon) = (wide(&self.scale), wide(&self.shift), f64::from(self.epsilon));
        let y = reference::forward(epsilon, &self.wide(), &scale, &shift);
        let tolerance = |(i, x): (usize, f64)| {
            let c = i % self.channels();
            let factor = scale[c].abs() / (variance[c] + epsilon).sqrt();
            let of_root = of_variance[c] / (variance[c] + epsilon) * (x - mean[c]).abs() * factor;
            16.0 * UNIT_ROUNDOFF * ((x.abs() + mean[c].abs()) * factor + shift[c].abs()) + of_root
        };
        let tolerances = self.wide().into_iter().enumerate().map(tolerance).collect();
        Right::within_each(tolerances, y).axes(&[("n", self.rows()), ("c", self.channels())])
    }
}

/// What is judged.
pub const EXERCISE: Exercise<BatchNorm, Batch> = Exercise {
    name: "11_batch_norm",
    chapter: "chapter 7, \"Numbers of a known size\"",
    file: "crates/tensor/src/ops/batch_norm.rs, reference::forward",
    fixed: Batch::fixed,
    drawn: Batch::drawn,
    size: |case| case.x.len(),
    show: Batch::show,
    parts: &[
        Part {
            name: "mean",
            yours: |yours, case| (yours.statistics)(&case.x, case.channels()).0.into(),
            right: Batch::right_mean,
        },
        Part {
            name: "variance",
            yours: |yours, case| (yours.statistics)(&case.x, case.channels()).1.into(),
            right: Batch::right_variance,
        },
        Part {
            name: "y",
            yours: |yours, case| (yours.forward)(case.epsilon, &case.x, &case.scale, &case.shift).into(),
            right: Batch::right_forward,
        },
    ],
    wrong: wrong::WRONG,
};

/// Judges the reader's statistics and batch norm.
///
/// # Errors
/// The smallest failure.
pub fn check(statistics: Statistics, forward: Forward) -> Result<(), Mistake> {
    EXERCISE.check(&BatchNorm { statistics, forward })
}

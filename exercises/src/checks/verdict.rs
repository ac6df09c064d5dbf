//! Exercise 06: the cross entropy of logits and its gradient, in `f64` from the equation.

use tensor::check::UNIT_ROUNDOFF;

use crate::{Draw, Exercise, Mistake, Part, Right, list};

#[path = "../../wrong/06_verdict.rs"]
mod wrong;

/// The reader's functions.
pub struct Verdict {
    /// `loss(target, logits)`.
    pub loss: fn(f32, &[f32]) -> f32,
    /// `gradient(target, logits)`.
    pub gradient: fn(f32, &[f32]) -> Vec<f32>,
}

/// Logits and their target.
pub struct Logits {
    target: f32,
    x: Vec<f32>,
}

impl Logits {
    fn fixed() -> Vec<Self> {
        let case = |target, x: &[f32]| Self { target, x: x.to_vec() };
        vec![
            case(1.0, &[0.0]),
            case(1.0, &[2.0]),
            case(0.0, &[2.0]),
            case(0.0, &[-2.0]),
            case(0.75, &[2.0]),
            case(0.75, &[-1.0]),
            case(1.0, &[2.0, -1.0]),
            case(0.0, &[20.0]),
            case(1.0, &[20.0]),
            case(0.0, &[-20.0]),
            case(1.0, &[90.0]),
            case(0.0, &[90.0]),
            case(1.0, &[-90.0]),
            case(0.75, &[-90.0, 90.0]),
        ]
    }

    /// Logits of an unsure judge, and one in four of a sure one.
    fn drawn(draw: &mut Draw) -> Self {
        let n = draw.between(1, 6);
        let mut x: Vec<f32> = draw.noise(n).iter().map(|x| 4.0 * x).collect();
        if draw.between(1, 4) == 1 {
            x[draw.between(0, n - 1)] = draw.one_of(&[-90.0, -30.0, 30.0, 90.0]);
        }
        Self { target: draw.one_of(&[0.0, 0.125, 0.75, 0.9, 1.0]), x }
    }

    /// `of(t, x)` in `f64`, for each logit.
    fn each(&self, of: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        self.x.iter().map(|&x| of(f64::from(self.target), f64::from(x))).collect()
    }

    /// Right to one part in 100,000, so that a message shows the difference. If the target is
    /// between 0 and 1, `max(x, 0) − t·x + ln_1p(e^−|x|)` is a right answer too, and its terms are
    /// as large as the logit and not as the loss: as for any sum, its error is `u·G·(4 + √n)`.
    fn loss(&self) -> Right {
        let n = self.x.len() as f64;
        let is_soft = 0.0 < self.target && self.target < 1.0;
        let loss = self.each(|t, x| t * softplus(-x) + (1.0 - t) * softplus(x)).iter().sum::<f64>() / n;
        let gauge = self.each(|_, x| if is_soft { x.abs() } else { 0.0 }).iter().sum::<f64>() / n;
        let bound = 1e-5 * loss + UNIT_ROUNDOFF * gauge * (4.0 + n.sqrt()) + f64::from(f32::MIN_POSITIVE);
        Right::within(bound, loss)
    }

    /// The gradient of one logit lies between −1/n and 1/n. `f32` keeps seven digits of 1.
    fn gradient(&self) -> Right {
        let n = self.x.len() as f64;
        Right::within(1e-6 / n, self.each(|t, x| (sigmoid(x) - t) / n))
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// What is judged.
pub const EXERCISE: Exercise<Verdict, Logits> = Exercise {
    name: "06_verdict",
    chapter: "chapter 4, \"A judge of pictures\"",
    file: "crates/tensor/src/ops/sigmoid_cross_entropy.rs, forward",
    fixed: Logits::fixed,
    drawn: Logits::drawn,
    size: |case| case.x.len(),
    show: |case| format!("logits = {}  target {}", list(&case.x), case.target),
    parts: &[
        Part { name: "the loss", yours: |yours, case| (yours.loss)(case.target, &case.x).into(), right: Logits::loss },
        Part {
            name: "the gradient",
            yours: |yours, case| (yours.gradient)(case.target, &case.x).into(),
            right: Logits::gradient,
        },
    ],
    wrong: wrong::WRONG,
};

/// Judges the reader's functions.
///
/// # Errors
/// The smallest failure.
pub fn check(loss: fn(f32, &[f32]) -> f32, gradient: fn(f32, &[f32]) -> Vec<f32>) -> Result<(), Mistake> {
    EXERCISE.check(&Verdict { loss, gradient })
}

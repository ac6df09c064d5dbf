//! The cross entropy of logits against a constant target: the loss of a GAN.
//!
//! A discriminator reports how likely it considers an image to be real. Its output is a logit `x`
//! with the probability `p = σ(x)`. The loss is the mean of `−t·ln p − (1 − t)·ln(1 − p)`. The
//! target `t` is 1 for real, 0 for fake, and 0.9 for a smoothed label (Salimans et al. 2016). Both
//! logarithms are [softplus](super::softplus) functions, since `−ln σ(x) = softplus(−x)`:
//!
//! ```text
//! loss = (1/n)·Σ t·softplus(−x) + (1 − t)·softplus(x)
//! x = [ 0  ln 3  −ln 3 ]    t = 1    losses = [ ln 2  ln 4/3  ln 4 ]    dx = dy/6·[ −1/2  −1/4  −3/4 ]
//!     [ 0  ln 7  −ln 7 ]                      [ ln 2  ln 8/7  ln 8 ]              [ −1/2  −1/8  −7/8 ]
//! ```
//!
//! Computing the loss from `p` would fail where it matters most, for a discriminator that is
//! certain: `p` rounds to 1, `1 − p` to 0, and `ln 0` is −∞. Computed from the logit, with
//! `ℓ = ln_1p(e^−|x|)`, a term is `t·max(−x, 0) + (1 − t)·max(x, 0) + ℓ`. It cannot overflow,
//! and no term of it is negative, so no digit is lost.
//!
//! Backward: the derivative of softplus is σ, so `dx = dy/n·((1 − t)·σ(x) − t·σ(−x))`. This equals
//! `dy/n·(σ(x) − t)`, without the cancellation at `t` 0 and 1. There is only one logit per image,
//! so nothing here needs to be fast.
//!
//! In the book: `book/src/04-a-judge-of-pictures.md`.

use super::sigmoid::sigmoid;
use crate::fast::sweeps::elementwise::map;
use crate::fast::sweeps::total::total;
use crate::functions::{exp_f32, ln_1p_f32};
use crate::{Buffer, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// The mean loss, of length 1.
    pub fn forward<T: Real>(target: T, x: &[T]) -> Vec<T> {
        let softplus = |x: T| x.exp().ln_1p();
        let losses = x.iter().map(|&x| target * softplus(-x) + (T::of(1.0) - target) * softplus(x));
        vec![losses.sum::<T>() / T::of(x.len() as f64)]
    }
}

/// The mean loss of the logits `x`.
///
/// # Panics
/// If `target` is not in [0, 1].
#[must_use]
pub fn forward(target: f32, x: &[f32]) -> f32 {
    (sum(target, x) / x.len() as f64) as f32
}

/// The sum of the losses.
fn sum(target: f32, x: &[f32]) -> f64 {
    assert!((0.0..=1.0).contains(&target), "sigmoid_cross_entropy: the target is {target}, not in [0, 1]");
    let losses = map(x, move |x| {
        let weight = if 0.0 < x { 1.0 - target } else { target };
        let distance = if weight == 0.0 { 0.0 } else { weight * x.abs() }; // because 0·∞ is NaN
        distance + ln_1p_f32(exp_f32(-x.abs())) // a NaN in x stays NaN
    });
    total(&losses)
}

/// `dx` from the forward's `x` and the gradient `dy` of its result.
#[must_use]
pub fn backward(target: f32, x: &[f32], dy: f32) -> Buffer {
    weighted(target, x, dy / x.len() as f32)
}

/// `dx` of the sum of the losses times `weight`.
fn weighted(target: f32, x: &[f32], weight: f32) -> Buffer {
    map(x, move |x| weight * ((1.0 - target) * sigmoid(x) - target * sigmoid(-x)))
}

impl Tape {
    /// Records [`forward`] on `x` of any shape. The result is a scalar, the mean over all shards.
    /// The tape keeps `x` alive for [`backward`].
    ///
    /// # Panics
    /// If `target` is not in [0, 1].
    pub fn sigmoid_cross_entropy(&mut self, x: Var, target: f32) -> Var {
        let saved = self.value(x);
        let logits = self.shards().whole(saved.data().len());
        let loss = Tensor::scalar(self.shards().mean(saved.data(), |x| sum(target, x)) as f32);
        self.record("sigmoid_cross_entropy", &[x], loss, move |dy, grads| {
            grads.add_buffer(x, || weighted(target, saved.data(), dy.item() / logits as f32));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    const TARGETS: [f32; 4] = [0.0, 0.1, 0.9, 1.0];

    /// Logits of a certain and of an uncertain discriminator.
    fn logits(len: usize) -> Vec<f32> {
        check::noise(1, len).iter().map(|x| 85.0 * x * x * x).collect()
    }

    #[test]
    fn equals_the_reference() {
        for target in TARGETS {
            for len in 1..=67 {
                let x = logits(len);
                let truth = reference::forward(f64::from(target), &check::to_f64(&x));
                check::within_bound(&[forward(target, &x)], &truth, &truth, 1);
            }
        }
    }

    #[test]
    fn gradient() {
        for target in TARGETS {
            let x = logits(12);
            check::gradient(
                &x,
                |x| reference::forward(f64::from(target), x),
                |dy| check::vjp(&[(&[4, 3], &x)], dy, |tape, v| tape.sigmoid_cross_entropy(v[0], target)).remove(0),
            );
        }
    }

    #[test]
    fn a_sure_and_right_discriminator_still_learns() {
        assert_eq!(exp_f32(-30.0), forward(1.0, &[30.0]));
        assert_eq!([-exp_f32(-30.0)], backward(1.0, &[30.0], 1.0)[..]);
        assert_eq!(1000.0, forward(0.0, &[1000.0]));
    }

    #[test]
    fn an_infinite_logit_costs_nothing_on_the_right_side_and_everything_on_the_wrong_one() {
        let infinity = f32::INFINITY;
        assert_eq!([0.0, 0.0], [forward(1.0, &[infinity]), forward(0.0, &[-infinity])]);
        assert_eq!([infinity; 2], [forward(1.0, &[-infinity]), forward(0.0, &[infinity])]);
        assert_eq!([infinity; 2], [forward(0.9, &[infinity]), forward(0.9, &[-infinity])], "a smoothed label has none");
        assert_eq!([0.0, -1.0], [infinity, -infinity].map(|x| backward(1.0, &[x], 1.0)[0]));
        assert_eq!([1.0, 0.0], [infinity, -infinity].map(|x| backward(0.0, &[x], 1.0)[0]));
    }

    #[test]
    fn nan_stays_nan() {
        assert!(TARGETS.iter().all(|&target| forward(target, &[0.0, f32::NAN]).is_nan()));
        assert!(backward(0.9, &[f32::NAN], 1.0)[0].is_nan());
    }

    #[test]
    #[should_panic(expected = "the target is 1.5, not in [0, 1]")]
    fn a_target_is_a_probability() {
        let _ = forward(1.5, &[0.0]);
    }
}

//! Softplus: `y = ln(1 + eˣ)`, a ReLU without the corner (Dugas et al. 2001).
//!
//! It is also the cross entropy of a logit against the label 0, so GAN losses consist of it.
//!
//! ```text
//! x = [ 0     ln 3  −ln 3  ]    y = [ ln 2  ln 4   ln 4/3 ]    dx = dy · [ 1/2  3/4    1/4 ]
//!     [ 100  −100    ln 1/7 ]       [ 100   e⁻¹⁰⁰  ln 8/7 ]              [ 1    e⁻¹⁰⁰  1/8 ]
//! ```
//!
//! `eˣ` overflows at 89, and `1 + eˣ` loses a small `eˣ`. Extracting the larger of `x` and 0 leaves
//! an exponential of at most 1, and `ln_1p` does not form the sum: `y = max(x, 0) + ln_1p(e^−|x|)`.
//!
//! Backward: `dy/dx = eˣ/(1 + eˣ)`, the [sigmoid](super::sigmoid) of `x`. The operator computes an
//! exponential and a logarithm per element.
//!
//! NaN stays NaN: whatever the first term makes of it, the second is NaN.
//!
//! In the book: `book/src/04-a-judge-of-pictures.md`.

use super::sigmoid::sigmoid;
use crate::fast::sweeps::elementwise::{map, map2};
use crate::functions::{exp_f32, ln_1p_f32};
use crate::{Buffer, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// `y`, one for each `x`.
    pub fn forward<T: Real>(x: &[T]) -> Vec<T> {
        x.iter().map(|&x| x.exp().ln_1p()).collect()
    }
}

/// `y`, one for each `x`.
#[must_use]
pub fn forward(x: &[f32]) -> Buffer {
    map(x, |x| (if 0.0 < x { x } else { 0.0 }) + ln_1p_f32(exp_f32(-x.abs())))
}

/// `dx` from the forward's `x` and the gradient `dy` of its result.
///
/// # Panics
/// If `x` and `dy` differ in length.
#[must_use]
pub fn backward(x: &[f32], dy: &[f32]) -> Buffer {
    map2("softplus", x, dy, |x, dy| dy * sigmoid(x))
}

impl Tape {
    /// Records [`forward`] on any shape. The tape keeps `x` alive for [`backward`].
    pub fn softplus(&mut self, x: Var) -> Var {
        let saved = self.value(x);
        let y = Tensor::new(saved.shape(), forward(saved.data()));
        self.record("softplus", &[x], y, move |dy, grads| {
            grads.add_buffer(x, || backward(saved.data(), dy.data()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check, fast::parallel::CHUNK};

    #[test]
    fn equals_the_reference() {
        for len in (0..=67).chain([CHUNK + 1]) {
            let x: Vec<f32> = check::noise(1, len).iter().map(|x| 85.0 * x).collect();
            let truth = reference::forward(&check::to_f64(&x));
            check::within_bound(&forward(&x), &truth, &truth, 1);
        }
    }

    #[test]
    fn gradient() {
        let x: Vec<f32> = check::noise(1, 257).iter().map(|x| 4.0 * x).collect();
        check::gradient(&x, reference::forward, |dy| {
            check::vjp(&[(&[257], &x)], dy, |tape, v| tape.softplus(v[0])).remove(0)
        });
    }

    #[test]
    fn infinities_have_limits_and_nan_stays_nan() {
        assert_eq!([0.0, f32::INFINITY, 1000.0], forward(&[f32::NEG_INFINITY, f32::INFINITY, 1000.0])[..]);
        assert_eq!([0.0, 1.0], backward(&[f32::NEG_INFINITY, f32::INFINITY], &[1.0, 1.0])[..]);
        assert!(forward(&[f32::NAN])[0].is_nan());
        assert!(backward(&[f32::NAN], &[1.0])[0].is_nan());
    }
}

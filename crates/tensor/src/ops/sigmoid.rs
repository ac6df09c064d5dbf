//! The logistic sigmoid: `y = 1 / (1 + e⁻ˣ)`, from any number to a probability.
//!
//! ```text
//! x = [ 0    ln 3   −ln 3 ]    y = [ 1/2  3/4  1/4 ]    dx = dy · [ 1/4  3/16  3/16 ]
//!     [ 100  −100   ln 1/3 ]       [ 1    e⁻¹⁰⁰ 1/4 ]             [ e⁻¹⁰⁰ e⁻¹⁰⁰ 3/16 ]
//! ```
//!
//! Computed literally, `e⁻ˣ` overflows for `x < −88` in `f32`. With `e = e^−|x|`, which is at most
//! 1, both halves are safe: `y = 1/(1 + e)` for positive `x`, and `e/(1 + e)` for the rest.
//!
//! Backward: with `u = 1 + e⁻ˣ`, `dy/dx = e⁻ˣ/u² = y·(1 − y)`. Textbooks compute it from `y`, but
//! where `y` has rounded to 1, no digit is left in `1 − y`. The expression `e/(1 + e)²` is the same
//! number computed from `x`, and it is accurate to the last digits everywhere. The operator
//! computes an exponential and a division per element, so it waits for arithmetic, not for memory.
//! A loss should not use it, see [`sigmoid_cross_entropy`](super::sigmoid_cross_entropy).
//!
//! In the book: `book/src/04-a-judge-of-pictures.md`.

use crate::fast::sweeps::elementwise::{map, map2};
use crate::functions::exp_f32;
use crate::{Buffer, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// `y`, one for each `x`.
    pub fn forward<T: Real>(x: &[T]) -> Vec<T> {
        x.iter().map(|&x| T::of(1.0) / (T::of(1.0) + (-x).exp())).collect()
    }
}

/// The function itself, without overflow and with full relative precision on both sides.
pub(super) fn sigmoid(x: f32) -> f32 {
    let e = exp_f32(-x.abs());
    (if 0.0 < x { 1.0 } else { e }) / (1.0 + e)
}

/// `y`, one for each `x`.
#[must_use]
pub fn forward(x: &[f32]) -> Buffer {
    map(x, sigmoid)
}

/// `dx` from the forward's `x` and the gradient `dy` of its result.
///
/// # Panics
/// If `x` and `dy` differ in length.
#[must_use]
pub fn backward(x: &[f32], dy: &[f32]) -> Buffer {
    map2("sigmoid", x, dy, |x, dy| {
        let e = exp_f32(-x.abs());
        dy * (e / ((1.0 + e) * (1.0 + e)))
    })
}

impl Tape {
    /// Records [`forward`] on any shape. The tape keeps `x` alive for [`backward`].
    pub fn sigmoid(&mut self, x: Var) -> Var {
        let saved = self.value(x);
        let y = Tensor::new(saved.shape(), forward(saved.data()));
        self.record("sigmoid", &[x], y, move |dy, grads| {
            grads.add_buffer(x, || backward(saved.data(), dy.data()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check, fast::parallel::CHUNK};

    /// Numbers from deep saturation on one side to deep saturation on the other. Every result is
    /// still a normal number.
    fn wide(len: usize) -> Vec<f32> {
        check::noise(1, len).iter().map(|x| 85.0 * x).collect()
    }

    #[test]
    fn equals_the_reference() {
        for len in (0..=67).chain([CHUNK + 1]) {
            let x = wide(len);
            let truth = reference::forward(&check::to_f64(&x));
            check::within_bound(&forward(&x), &truth, &truth, 1);
        }
    }

    #[test]
    fn the_gradient_is_right_where_y_has_rounded_to_one() {
        let x = wide(1001);
        let truth: Vec<f64> = check::to_f64(&x).iter().map(|x| 0.25 / (x / 2.0).cosh().powi(2)).collect();
        check::within_bound(&backward(&x, &[1.0; 1001]), &truth, &truth, 1);
    }

    #[test]
    fn gradient() {
        let x: Vec<f32> = check::noise(1, 257).iter().map(|x| 4.0 * x).collect();
        check::gradient(&x, reference::forward, |dy| {
            check::vjp(&[(&[257], &x)], dy, |tape, v| tape.sigmoid(v[0])).remove(0)
        });
    }

    #[test]
    fn infinities_have_limits_and_nan_stays_nan() {
        assert_eq!([0.0, 1.0], forward(&[f32::NEG_INFINITY, f32::INFINITY])[..]);
        assert_eq!([0.0, 0.0], backward(&[f32::NEG_INFINITY, f32::INFINITY], &[1.0, 1.0])[..]);
        assert!(forward(&[f32::NAN])[0].is_nan());
        assert!(backward(&[f32::NAN], &[1.0])[0].is_nan());
    }
}

//! The hyperbolic tangent: `y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)`, from any number into (−1, 1).
//!
//! The last layer of a DCGAN's generator, because its images are scaled to [−1, 1].
//!
//! ```text
//! x = [ 0   ln 2   −ln 2 ]    y = [ 0  3/5  −3/5 ]    dx = dy · [ 1     16/25  16/25 ]
//!     [ 20  −20    ln 3  ]        [ 1  −1    4/5 ]              [ 4e⁻⁴⁰ 4e⁻⁴⁰  9/25 ]
//! ```
//!
//! Backward: the quotient rule gives `dy/dx = 1 − y²`. A pixel of the background has `y` near −1,
//! where that difference has no digits left; `4e/(1 + e)²` with `e = e^−2|x|` is the same number,
//! to the last digits everywhere, and cannot overflow. Forward is the standard library's `tanh`. An
//! exponential per element: arithmetic, not memory, is what it waits for, but a network has it only
//! on its last, small layer.

use super::elementwise::{map, map2};
use crate::{Buffer, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// `y`, one for each `x`.
    pub fn forward<T: Real>(x: &[T]) -> Vec<T> {
        x.iter().map(|&x| x.tanh()).collect()
    }
}

/// `y`, one for each `x`.
#[must_use]
pub fn forward(x: &[f32]) -> Buffer {
    map(x, f32::tanh)
}

/// `dx` from the forward's `x` and the gradient `dy` of its result.
///
/// # Panics
/// If `x` and `dy` differ in length.
#[must_use]
pub fn backward(x: &[f32], dy: &[f32]) -> Buffer {
    map2("tanh", x, dy, |x, dy| {
        let e = (-2.0 * x.abs()).exp();
        dy * (4.0 * e / ((1.0 + e) * (1.0 + e)))
    })
}

impl Tape {
    /// Records [`forward`] on any shape; keeps `x` alive for [`backward`].
    pub fn tanh(&mut self, x: Var) -> Var {
        let saved = self.value(x);
        let y = Tensor::new(saved.shape(), forward(saved.data()));
        self.record("tanh", &[x], y, move |dy, grads| {
            grads.add_buffer(x, || backward(saved.data(), dy.data()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check, ops::CHUNK};

    fn wide(len: usize) -> Vec<f32> {
        check::noise(1, len).iter().map(|x| 40.0 * x).collect()
    }

    #[test]
    fn equals_the_reference() {
        for len in (0..=67).chain([CHUNK + 1]) {
            let x = wide(len);
            let truth = reference::forward(&check::to_f64(&x));
            check::within_bound(&forward(&x), &truth, &check::magnitudes(&truth), 1);
        }
    }

    #[test]
    fn the_gradient_is_right_where_y_has_rounded_to_one() {
        let x = wide(1001);
        let truth: Vec<f64> = check::to_f64(&x).iter().map(|x| 1.0 / x.cosh().powi(2)).collect();
        check::within_bound(&backward(&x, &[1.0; 1001]), &truth, &truth, 1);
    }

    #[test]
    fn gradient() {
        let x: Vec<f32> = check::noise(1, 257).iter().map(|x| 3.0 * x).collect();
        check::gradient(&x, reference::forward, |dy| {
            check::pull(&[(&[257], &x)], dy, |tape, v| tape.tanh(v[0])).remove(0)
        });
    }

    #[test]
    fn infinities_have_limits_and_nan_stays_nan() {
        assert_eq!([-1.0, 1.0], forward(&[f32::NEG_INFINITY, f32::INFINITY])[..]);
        assert_eq!([0.0, 0.0], backward(&[f32::NEG_INFINITY, f32::INFINITY], &[1.0, 1.0])[..]);
        assert!(forward(&[f32::NAN])[0].is_nan());
        assert!(backward(&[f32::NAN], &[1.0])[0].is_nan());
    }
}

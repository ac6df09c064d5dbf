//! The mean of all elements: `y = (1/n)·Σᵢ xᵢ`.
//!
//! A loss is a mean over the batch, so that the learning rate need not know the batch size.
//!
//! ```text
//! x = [ 1  2  3 ]    y = 3.5    dx = [ dy/6  dy/6  dy/6 ]
//!     [ 4  5  6 ]                    [ dy/6  dy/6  dy/6 ]
//! ```
//!
//! Backward: `dy/dxᵢ = 1/n`, so every element receives `dy/n`. The [`sum`] is in `f64`,
//! for its reasons, and the division too: one rounding in all. 4 bytes read per element. The mean
//! of nothing is NaN.

use super::sum;
use crate::{Buffer, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// `y`, of length 1.
    pub fn forward<T: Real>(x: &[T]) -> Vec<T> {
        vec![x.iter().copied().sum::<T>() / T::of(x.len() as f64)]
    }
}

/// `y`, rounded once.
#[must_use]
pub fn forward(x: &[f32]) -> f32 {
    (sum::total(x) / x.len() as f64) as f32
}

/// `dx`, `len` times the gradient `dy` of the forward's result, divided by `len`.
#[must_use]
pub fn backward(len: usize, dy: f32) -> Buffer {
    sum::backward(len, dy / len as f32)
}

impl Tape {
    /// Records [`forward`] on any shape: a scalar. Saves nothing.
    pub fn mean(&mut self, x: Var) -> Var {
        let value = self.value(x);
        let len = value.data().len();
        self.record("mean", &[x], Tensor::scalar(forward(value.data())), move |dy, grads| {
            grads.add_buffer(x, || backward(len, dy.item()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check, ops::CHUNK};

    #[test]
    fn equals_the_reference() {
        for len in (1..=67).chain([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3]) {
            let x = check::integers(1, len);
            check::exact(&[forward(&x)], &reference::forward(&x));
            let x = check::noise(2, len);
            let [truth, gauge] =
                [check::to_f64(&x), check::magnitudes(&check::to_f64(&x))].map(|x| reference::forward(&x));
            check::within_bound(&[forward(&x)], &truth, &gauge, 1);
        }
    }

    #[test]
    fn gradient() {
        let x = check::noise(1, 257);
        check::gradient(&x, reference::forward, |dy| {
            check::pull(&[(&[257], &x)], dy, |tape, v| tape.mean(v[0])).remove(0)
        });
    }

    #[test]
    fn nan_stays_nan() {
        assert!(forward(&[1.0, f32::NAN]).is_nan());
        assert!(forward(&[]).is_nan());
    }
}

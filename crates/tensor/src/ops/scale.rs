//! A tensor times a number: `y = factor·x`.
//!
//! The operator weighs the parts of a loss.
//!
//! ```text
//! factor = 0.5    x = [ 2  −4  6 ]    y = [ 1  −2  3 ]    dx = 0.5·dy
//!                     [ 8   0  1 ]        [ 4   0  ½ ]
//! ```
//!
//! Backward: `dy/dx = factor`, so the gradient is scaled by the same number. The factor is a
//! constant, not a variable. The operator does one multiplication and moves 8 bytes per element.
//!
//! In the book: `book/src/10-the-step.md`.

use crate::fast::sweeps::elementwise::map;
use crate::{Buffer, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// `y`, one for each `x`.
    pub fn forward<T: Real>(factor: T, x: &[T]) -> Vec<T> {
        x.iter().map(|&x| factor * x).collect()
    }
}

/// `y`, one for each `x`.
#[must_use]
pub fn forward(factor: f32, x: &[f32]) -> Buffer {
    map(x, move |x| factor * x)
}

/// `dx` from the gradient `dy` of the forward's result.
#[must_use]
pub fn backward(factor: f32, dy: &[f32]) -> Buffer {
    forward(factor, dy)
}

impl Tape {
    /// Records [`forward`] on any shape. The tape saves nothing.
    pub fn scale(&mut self, x: Var, factor: f32) -> Var {
        let value = self.value(x);
        let y = Tensor::new(value.shape(), forward(factor, value.data()));
        self.record("scale", &[x], y, move |dy, grads| grads.add_buffer(x, || backward(factor, dy.data())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check, fast::parallel::CHUNK};

    #[test]
    fn equals_the_reference() {
        for len in (0..=67).chain([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3]) {
            let x = check::noise(1, len);
            check::exact(&forward(0.3, &x), &reference::forward(0.3, &x));
        }
    }

    #[test]
    fn gradient() {
        let x = check::noise(1, 257);
        check::gradient(
            &x,
            |x| reference::forward(f64::from(0.3f32), x),
            |dy| check::vjp(&[(&[257], &x)], dy, |tape, v| tape.scale(v[0], 0.3)).remove(0),
        );
    }

    #[test]
    fn nan_stays_nan_even_times_zero() {
        assert!(forward(0.0, &[f32::NAN])[0].is_nan());
        assert!(forward(f32::NAN, &[0.0])[0].is_nan());
    }
}

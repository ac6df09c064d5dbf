//! Leaky ReLU: `y = x` where `0 < x`, `slope·x` elsewhere (Maas, Hannun and Ng 2013).
//!
//! It is a ReLU with a small slope on its negative side. A unit that is never active still receives
//! a gradient and can recover. By hand, with slope 0.1:
//!
//! ```text
//! x = [ 2  −1  0 ]    y = [ 2  −0.1  0 ]    dx = [ dy  0.1·dy  0.1·dy ]
//! ```
//!
//! Backward: the function is linear on either side of 0, so `dx` is `dy` or `slope·dy`, depending
//! on the sign of `x`. At 0, where both are subgradients, we take `slope·dy`. The operator does one
//! multiplication and moves 8 bytes per element. It waits for memory, so it is best fused with its
//! neighbours: see [`leaky_dropout`](super::leaky_dropout) and [`norm_act`](super::norm_act).
//!
//! NaN stays NaN: `0 < NaN` is false, and `slope·NaN` is NaN.
//!
//! In the book: `book/src/04-a-judge-of-pictures.md`.

use crate::fast::sweeps::elementwise::{map, map2};
use crate::{Buffer, Op, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// `y`, one for each `x`.
    pub fn forward<T: Real>(slope: T, x: &[T]) -> Vec<T> {
        x.iter().map(|&x| if T::of(0.0) < x { x } else { slope * x }).collect()
    }
}

/// `y`, one for each `x`.
#[must_use]
pub fn forward(slope: f32, x: &[f32]) -> Buffer {
    map(x, move |x| if 0.0 < x { x } else { slope * x })
}

/// `dx` from the forward's `x` and the gradient `dy` of its result.
///
/// # Panics
/// If `x` and `dy` differ in length.
#[must_use]
pub fn backward(slope: f32, x: &[f32], dy: &[f32]) -> Buffer {
    map2("leaky_relu", x, dy, move |x, dy| if 0.0 < x { dy } else { slope * dy })
}

impl Tape {
    /// Records [`forward`] on any shape. The tape keeps `x` alive for [`backward`].
    pub fn leaky_relu(&mut self, slope: f32, x: Var) -> Var {
        let saved = self.value(x);
        let y = Tensor::new(saved.shape(), forward(slope, saved.data()));
        self.record(Op::new("leaky_relu").rectifying().memory_bound(), &[x], y, move |dy, grads| {
            grads.add_buffer(x, || backward(slope, saved.data(), dy.data()));
        })
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
            check::exact(&forward(0.2, &x), &reference::forward(0.2, &x));
        }
    }

    #[test]
    fn gradient() {
        let x = check::noise(1, 257);
        let vjp = |dy: &[f32]| check::vjp(&[(&[257], &x)], dy, |tape, v| tape.leaky_relu(0.2, v[0])).remove(0);
        check::gradient(&x, |x| reference::forward(f64::from(0.2f32), x), vjp);
    }

    #[test]
    fn nan_stays_nan_and_zero_takes_the_slope() {
        assert!(forward(0.2, &[f32::NAN])[0].is_nan());
        assert_eq!([0.5], backward(0.5, &[0.0], &[1.0])[..]);
    }
}

//! ReLU, the rectified linear unit: `y = x` where `0 < x`, 0 elsewhere (Nair and Hinton 2010).
//!
//! It is the cheapest function that is not linear, and enough to make a stack of linear layers more
//! than one linear layer. By hand:
//!
//! ```text
//! x = [ 2  −1  0 ]    y = [ 2  0  0 ]    dx = [ dy  0  0 ]
//!     [−3   5  1 ]        [ 0  5  1 ]         [ 0  dy  dy ]
//! ```
//!
//! Backward: the function is linear on either side of 0, with slopes 0 and 1. At 0, every slope
//! between them is a subgradient, and we take 0. The operator does one comparison and moves 8 bytes
//! per element.
//!
//! NaN stays NaN. `f32::max(x, 0.0)` would return 0 for NaN and hide that a run is lost. The code
//! compares `x ≤ 0` instead, which is false for NaN.
//!
//! In the book: `book/src/04-a-judge-of-pictures.md`.

use crate::fast::sweeps::elementwise::{map, map2};
use crate::{Buffer, Op, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// `y`, one for each `x`.
    pub fn forward<T: Real>(x: &[T]) -> Vec<T> {
        x.iter().map(|&x| if x <= T::of(0.0) { T::of(0.0) } else { x }).collect()
    }
}

/// `y`, one for each `x`.
#[must_use]
pub fn forward(x: &[f32]) -> Buffer {
    map(x, |x| if x <= 0.0 { 0.0 } else { x })
}

/// `dx` from the forward's `x` and the gradient `dy` of its result.
///
/// # Panics
/// If `x` and `dy` differ in length.
#[must_use]
pub fn backward(x: &[f32], dy: &[f32]) -> Buffer {
    map2("relu", x, dy, |x, dy| if x <= 0.0 { 0.0 } else { dy })
}

impl Tape {
    /// Records [`forward`] on any shape. The tape keeps `x` alive for [`backward`].
    pub fn relu(&mut self, x: Var) -> Var {
        let saved = self.value(x);
        let y = Tensor::new(saved.shape(), forward(saved.data()));
        self.record(Op::new("relu").rectifying().memory_bound(), &[x], y, move |dy, grads| {
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
        for len in (0..=67).chain([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3]) {
            let x = check::noise(1, len);
            check::exact(&forward(&x), &reference::forward(&x));
        }
    }

    #[test]
    fn gradient() {
        let x = check::noise(1, 257);
        check::gradient(&x, reference::forward, |dy| {
            check::vjp(&[(&[257], &x)], dy, |tape, v| tape.relu(v[0])).remove(0)
        });
    }

    #[test]
    fn nan_stays_nan_and_zero_has_no_slope() {
        assert!(forward(&[f32::NAN])[0].is_nan());
        assert!(backward(&[1.0], &[f32::NAN])[0].is_nan());
        assert_eq!([0.0], backward(&[0.0], &[1.0])[..]);
    }
}

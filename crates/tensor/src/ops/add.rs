//! The sum of two tensors of the same shape: `y = a + b`.
//!
//! A loss with two parts is such a sum, and so is a shortcut around a layer.
//!
//! ```text
//! a = [ 1  2  3 ]    b = [ 10  20  30 ]    y = [ 11  22  33 ]    da = db = dy
//!     [ 4  5  6 ]        [ 40  50  60 ]        [ 44  55  66 ]
//! ```
//!
//! Backward: `∂y/∂a = ∂y/∂b = 1`, so either side receives `dy` itself, by reference count. Nothing
//! is computed and nothing is copied. Forward does one addition and moves 12 bytes per element.
//!
//! In the book: `book/src/03-the-way-back.md`.

use crate::fast::sweeps::elementwise::map2;
use crate::{Buffer, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// `y`, one for each pair.
    pub fn forward<T: Real>(a: &[T], b: &[T]) -> Vec<T> {
        a.iter().zip(b).map(|(&a, &b)| a + b).collect()
    }
}

/// `y`, one for each pair.
///
/// # Panics
/// If `a` and `b` differ in length.
#[must_use]
pub fn forward(a: &[f32], b: &[f32]) -> Buffer {
    map2("add", a, b, |a, b| a + b)
}

impl Tape {
    /// Records [`forward`] on two tensors of the same shape. The tape saves nothing.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn add(&mut self, a: Var, b: Var) -> Var {
        let (left, right) = (self.value(a), self.value(b));
        assert_eq!(left.shape(), right.shape(), "add: the shapes differ");
        let y = Tensor::new(left.shape(), forward(left.data(), right.data()));
        self.record("add", &[a, b], y, move |dy, grads| {
            grads.add(a, || dy.clone());
            grads.add(b, || dy.clone());
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
            let (a, b) = (check::noise(1, len), check::noise(2, len));
            check::exact(&forward(&a, &b), &reference::forward(&a, &b));
        }
    }

    #[test]
    fn gradients() {
        let (a, b) = (check::noise(1, 6), check::noise(2, 6));
        let vjp = |dy: &[f32], i| {
            check::vjp(&[(&[2, 3], &a), (&[2, 3], &b)], dy, |tape, v| tape.add(v[0], v[1])).swap_remove(i)
        };
        check::gradient(&a, |a| reference::forward(a, &check::to_f64(&b)), |dy| vjp(dy, 0));
        check::gradient(&b, |b| reference::forward(&check::to_f64(&a), b), |dy| vjp(dy, 1));
    }

    #[test]
    fn a_tensor_added_to_itself_has_twice_the_gradient() {
        let dx = check::vjp(&[(&[2], &[1.0, 2.0])], &[3.0, 5.0], |tape, v| tape.add(v[0], v[0]));
        assert_eq!([6.0, 10.0], dx[0][..]);
    }

    #[test]
    fn nan_stays_nan() {
        assert!(forward(&[f32::NAN, 1.0], &[1.0, f32::NAN]).iter().all(|y| y.is_nan()));
    }

    #[test]
    #[should_panic(expected = "add: the shapes differ")]
    fn shapes_must_be_the_same() {
        let mut tape = Tape::new();
        let (a, b) = (tape.leaf(Tensor::zeros(&[2, 3])), tape.leaf(Tensor::zeros(&[3, 2])));
        tape.add(a, b);
    }
}

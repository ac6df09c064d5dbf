//! The same elements under another shape.
//!
//! A generator needs it between its dense layer and its first transposed convolution, where 8192
//! numbers become an image of 4×4 with 512 channels. Elements are contiguous with the last axis
//! fastest, so nothing moves:
//!
//! ```text
//! x [2, 3] = [ 1  2  3 ]    y [3, 2] = [ 1  2 ]    dx [2, 3] = dy [3, 2], read in order
//!            [ 4  5  6 ]               [ 3  4 ]
//!                                      [ 5  6 ]
//! ```
//!
//! Backward: `y` is `x`, element by element, so `dx` is `dy` under the old shape. The operator does
//! no arithmetic and moves no bytes.
//!
//! In the book: `book/src/02-numbers-with-a-shape.md`.

use crate::{Tape, Var};

/// The identity: only the shape changes.
pub mod reference {
    use crate::Real;

    /// `y`, the elements of `x` in order.
    pub fn forward<T: Real>(x: &[T]) -> Vec<T> {
        x.to_vec()
    }
}

impl Tape {
    /// Records [`Tensor::reshape`](crate::Tensor::reshape). The backward pass is a reshape too.
    ///
    /// # Panics
    /// If the number of elements differs.
    pub fn reshape(&mut self, x: Var, shape: &[usize]) -> Var {
        let value = self.value(x);
        let y = value.reshape(shape);
        let original = value.shape().to_vec();
        self.record("reshape", &[x], y, move |dy, grads| grads.add(x, || dy.reshape(&original)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Tensor, check};

    #[test]
    fn the_elements_stay_in_order() {
        let mut tape = Tape::new();
        let x = tape.leaf(Tensor::new(&[2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, f32::NAN]));
        let y = tape.reshape(x, &[3, 2, 1]);
        assert_eq!(tape.value(y).shape(), [3, 2, 1]);
        assert_eq!(tape.value(y).data()[..5], [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert!(tape.value(y).data()[5].is_nan());
    }

    #[test]
    fn gradient() {
        let x = check::noise(1, 30);
        check::gradient(&x, reference::forward, |dy| {
            check::vjp(&[(&[5, 6], &x)], dy, |tape, v| tape.reshape(v[0], &[2, 3, 5])).remove(0)
        });
    }

    #[test]
    #[should_panic(expected = "cannot reshape [2, 3] to [4]")]
    fn no_element_may_be_lost() {
        let mut tape = Tape::new();
        let x = tape.leaf(Tensor::zeros(&[2, 3]));
        tape.reshape(x, &[4]);
    }
}

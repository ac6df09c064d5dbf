//! The mean of all elements: `y = (1/n)·Σ x`.
//!
//! With the hinge loss, G does not ask for a margin: it minimises `−mean(D(G(z)))` (Lim and Ye
//! 2017).
//!
//! ```text
//! x = [ 1  −4  6 ]    y = 2    dx = dy/6·[ 1  1  1 ]
//!     [ 8   0  1 ]                       [ 1  1  1 ]
//! ```
//!
//! Backward: each element has a share of `1/n`. The sum is taken in `f64`.
//!
//! In the book: `book/src/10-the-step.md`.

use crate::fast::sweeps::total::total;
use crate::{Buffer, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// The mean, of length 1.
    pub fn forward<T: Real>(x: &[T]) -> Vec<T> {
        vec![x.iter().copied().sum::<T>() / T::of(x.len() as f64)]
    }
}

/// The mean of `x`.
#[must_use]
pub fn forward(x: &[f32]) -> f32 {
    (total(x) / x.len() as f64) as f32
}

/// `dx`, of `len` elements, from the gradient `dy` of the forward's result.
#[must_use]
pub fn backward(len: usize, dy: f32) -> Buffer {
    share(len, dy / len as f32)
}

fn share(len: usize, share: f32) -> Buffer {
    let mut dx = Buffer::scratch(len);
    dx.fill(share);
    dx
}

impl Tape {
    /// Records [`forward`] on `x` of any shape. The result is a scalar, the mean over all shards.
    /// The tape saves nothing.
    pub fn mean(&mut self, x: Var) -> Var {
        let value = self.value(x);
        let len = value.data().len();
        let whole = self.shards().whole(len);
        let y = Tensor::scalar(self.shards().mean(value.data(), total) as f32);
        self.record("mean", &[x], y, move |dy, grads| grads.add_buffer(x, || share(len, dy.item() / whole as f32)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn by_hand() {
        assert_eq!(2.0, forward(&[1.0, -4.0, 6.0, 8.0, 0.0, 1.0]));
        assert_eq!([0.5; 6], backward(6, 3.0)[..]);
        assert!(forward(&[1.0, f32::NAN]).is_nan());
    }

    #[test]
    fn gradient() {
        let x = check::noise(1, 257);
        check::gradient(&x, reference::forward, |dy| {
            check::vjp(&[(&[257], &x)], dy, |tape, v| tape.mean(v[0])).remove(0)
        });
    }

    #[test]
    fn equals_the_reference() {
        for len in 1..=67 {
            let x = check::noise(1, len);
            check::within_bound(&[forward(&x)], &reference::forward(&check::to_f64(&x)), &[1.0], len);
        }
    }
}

//! The hinge loss of logits: the mean of `max(0, 1 − side·x)` (Lim and Ye 2017, for GANs).
//!
//! A discriminator that minimises it wants real images (side 1) above 1 and fake ones (side −1)
//! below −1, and no more than that. An image beyond this margin teaches it nothing, so it spends
//! itself on those that are still in doubt. Cross entropy would go on for ever.
//!
//! ```text
//! side = 1    x = [ 3   ½  −1 ]    losses = [ 0  ½  2 ]    dx = dy/6·[ 0  −1  −1 ]
//!                 [ 1   0   2 ]             [ 0  1  0 ]              [ 0  −1   0 ]
//! ```
//!
//! Backward: the slope is `−side` inside the margin and 0 beyond it. At its edge we take 0. There
//! is one logit per image, so nothing here needs to be fast. NaN stays NaN, because the comparison
//! `1 ≤ side·x` is false for it.
//!
//! In the book: `book/src/10-the-step.md`.

use crate::fast::sweeps::elementwise::map;
use crate::fast::sweeps::total::total;
use crate::{Buffer, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// The mean loss, of length 1.
    pub fn forward<T: Real>(side: T, x: &[T]) -> Vec<T> {
        let loss = |x: T| if T::of(1.0) <= side * x { T::of(0.0) } else { T::of(1.0) - side * x };
        vec![x.iter().map(|&x| loss(x)).sum::<T>() / T::of(x.len() as f64)]
    }
}

/// The mean loss of the logits `x`.
#[must_use]
pub fn forward(side: f32, x: &[f32]) -> f32 {
    (sum(side, x) / x.len() as f64) as f32
}

fn sum(side: f32, x: &[f32]) -> f64 {
    total(&map(x, move |x| if 1.0 <= side * x { 0.0 } else { 1.0 - side * x }))
}

/// `dx` from the forward's `x` and the gradient `dy` of its result.
#[must_use]
pub fn backward(side: f32, x: &[f32], dy: f32) -> Buffer {
    weighted(side, x, dy / x.len() as f32)
}

/// The slopes of the losses, each times `weight`.
fn weighted(side: f32, x: &[f32], weight: f32) -> Buffer {
    let slope = -side * weight;
    map(x, move |x| if 1.0 <= side * x { 0.0 } else { slope })
}

impl Tape {
    /// Records [`forward`] on `x` of any shape. The result is a scalar, the mean over all shards.
    /// The tape keeps `x` alive for [`backward`].
    pub fn hinge(&mut self, x: Var, side: f32) -> Var {
        let saved = self.value(x);
        let logits = self.shards().whole(saved.data().len());
        let loss = Tensor::scalar(self.shards().mean(saved.data(), |x| sum(side, x)) as f32);
        self.record("hinge", &[x], loss, move |dy, grads| {
            grads.add_buffer(x, || weighted(side, saved.data(), dy.item() / logits as f32));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn by_hand() {
        let x = [3.0, 0.5, -1.0, 1.0, 0.0, 2.0];
        assert_eq!(3.5 / 6.0, forward(1.0, &x));
        assert_eq!([0.0, -1.0, -1.0, 0.0, -1.0, 0.0], backward(1.0, &x, 6.0)[..]);
        assert_eq!(11.5 / 6.0, forward(-1.0, &x), "4 + 1.5 + 0 + 2 + 1 + 3");
    }

    #[test]
    fn equals_the_reference() {
        for len in 1..=67 {
            let x: Vec<f32> = check::noise(1, len).iter().map(|x| 3.0 * x).collect();
            for side in [1.0, -1.0] {
                let truth = reference::forward(side, &check::to_f64(&x));
                check::within_bound(&[forward(side as f32, &x)], &truth, &[4.0], len);
            }
        }
    }

    #[test]
    fn gradient() {
        let x: Vec<f32> = check::noise(1, 257).iter().map(|x| 3.0 * x).collect();
        for side in [1.0, -1.0] {
            check::gradient(
                &x,
                |x| reference::forward(side, x),
                |dy| check::vjp(&[(&[257, 1], &x)], dy, |tape, v| tape.hinge(v[0], side as f32)).remove(0),
            );
        }
    }

    #[test]
    fn nan_stays_nan() {
        assert!(forward(1.0, &[f32::NAN, 2.0]).is_nan());
    }
}

//! The `k` largest elements: `y = x` at the places of the `k` largest, and nothing of the others.
//!
//! Top-k training of a GAN (Sinha et al. 2020) computes G's loss from the fake images that D takes
//! most for real. G then follows its good images, and the gradient of the worst, which point
//! nowhere, is left out.
//!
//! ```text
//! k = 2    x = [ 1 5 ]    y = [ 5 4 ]    dx = [ 0    dy₀ ]
//!              [ 4 0 ]                        [ dy₁  0   ]
//! ```
//!
//! The elements of `y` keep the order in which they stand in `x`. Of equal ones the first count.
//! Backward: an element that is there has the slope 1, all others 0. NaN counts as larger than
//! every number, so that it is not hidden.
//!
//! In the book: `book/src/10-the-step.md`.

use crate::{Buffer, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// The elements of `x` of which fewer than `k` others are larger, or equal and earlier.
    pub fn forward<T: Real>(k: usize, x: &[T]) -> Vec<T> {
        let before = |i: usize, j: usize| x[i] < x[j] || (x[i] == x[j] && j < i);
        let rank = |i: usize| (0..x.len()).filter(|&j| before(i, j)).count();
        (0..x.len()).filter(|&i| rank(i) < k).map(|i| x[i]).collect()
    }
}

/// The places of the `k` largest elements of `x`, ascending.
#[must_use]
pub fn places(k: usize, x: &[f32]) -> Vec<usize> {
    // NaN of either sign is above all numbers, and the zeros are equal.
    let key = |i: usize| (x[i].is_nan(), x[i] + 0.0);
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&a, &b| key(b).0.cmp(&key(a).0).then(key(b).1.total_cmp(&key(a).1)));
    order.truncate(k);
    order.sort_unstable();
    order
}

/// The elements of `x` at `places`.
#[must_use]
pub fn forward(places: &[usize], x: &[f32]) -> Buffer {
    let mut y = Buffer::scratch(places.len());
    y.iter_mut().zip(places).for_each(|(y, &i)| *y = x[i]);
    y
}

/// `dx`, of `len` elements, from the gradient `dy` of the forward's result.
#[must_use]
pub fn backward(len: usize, places: &[usize], dy: &[f32]) -> Buffer {
    let mut dx = Buffer::zeros(len);
    places.iter().zip(dy).for_each(|(&i, &dy)| dx[i] = dy);
    dx
}

impl Tape {
    /// Records the `k` largest elements of `x` of any shape. The result has the shape `[k]`.
    ///
    /// # Panics
    /// If there are not as many, `k` is 0, or other members of a group have parts of the batch.
    pub fn largest(&mut self, x: Var, k: usize) -> Var {
        assert_eq!(1, self.shards().group().size(), "largest: the whole batch must be here");
        let value = self.value(x);
        let len = value.data().len();
        assert!(0 < k && k <= len, "largest: {k} of {len} elements");
        let places = places(k, value.data());
        let y = Tensor::new(&[k], forward(&places, value.data()));
        self.record("largest", &[x], y, move |dy, grads| {
            grads.add_buffer(x, || backward(len, &places, dy.data()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn by_hand() {
        let x = [1.0, 5.0, 4.0, 0.0];
        assert_eq!([1, 2], places(2, &x)[..]);
        assert_eq!([5.0, 4.0], forward(&[1, 2], &x)[..]);
        assert_eq!([0.0, 7.0, 8.0, 0.0], backward(4, &[1, 2], &[7.0, 8.0])[..]);
        assert_eq!([0, 2], places(2, &[3.0, 1.0, 3.0, 3.0])[..], "the first of equals");
        assert_eq!([0], places(1, &[-0.0, 0.0])[..], "the zeros are equal");
        assert_eq!([1], places(1, &[f32::INFINITY, -f32::NAN])[..], "NaN is not hidden");
    }

    #[test]
    fn equals_the_reference() {
        for len in 1..=67 {
            for x in [check::noise(1, len), check::integers(2, len)] {
                for k in [1, len / 2, len].into_iter().filter(|&k| 0 < k) {
                    check::exact(&forward(&places(k, &x), &x), &reference::forward(k, &x));
                }
            }
        }
    }

    #[test]
    fn gradient() {
        let x = check::noise(1, 257);
        check::gradient(
            &x,
            |x| reference::forward(100, x),
            |dy| check::vjp(&[(&[257, 1], &x)], dy, |tape, v| tape.largest(v[0], 100)).remove(0),
        );
    }
}

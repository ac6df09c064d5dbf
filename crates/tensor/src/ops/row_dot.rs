//! The products of rows: `y[i] = Σ a[i, j]·b[i, j]`.
//!
//! A discriminator that knows the class of its images adds such a product to its logit: that of the
//! features of an image with a vector of its class, both learnt (Miyato and Koyama 2018, *cGANs
//! with projection discriminator*).
//!
//! ```text
//! a = [ 1 2 ]    b = [ 3 4 ]    y = [ 11 ]    da = [ 3dy₀ 4dy₀ ]    db = [ 1dy₀ 2dy₀ ]
//!     [ 0 5 ]        [ 6 1 ]        [  5 ]         [ 6dy₁ 1dy₁ ]         [ 0    5dy₁ ]
//! ```
//!
//! Backward: a product of two numbers has each of them as the slope of the other. The sums are
//! taken in `f64`, in the order of the elements.
//!
//! In the book: `book/src/10-the-step.md`.

use crate::{Buffer, Tape, Tensor, Var};

/// The equation as loops.
pub mod reference {
    use crate::Real;

    /// `y`, one for each row of `columns` elements.
    pub fn forward<T: Real>(columns: usize, a: &[T], b: &[T]) -> Vec<T> {
        let rows = a.chunks_exact(columns).zip(b.chunks_exact(columns));
        rows.map(|(a, b)| a.iter().zip(b).map(|(&a, &b)| a * b).sum()).collect()
    }
}

/// `y`, one for each row of `columns` elements.
///
/// # Panics
/// If `a` and `b` differ in length, or a row is not whole.
#[must_use]
pub fn forward(columns: usize, a: &[f32], b: &[f32]) -> Buffer {
    assert!(a.len() == b.len() && a.len().is_multiple_of(columns), "row_dot: rows of {columns} elements");
    let mut y = Buffer::scratch(a.len() / columns);
    for ((y, a), b) in y.iter_mut().zip(a.chunks_exact(columns)).zip(b.chunks_exact(columns)) {
        *y = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>() as f32;
    }
    y
}

/// The gradient of one side from the `other` and the gradient `dy` of the forward's result.
#[must_use]
pub fn backward(columns: usize, other: &[f32], dy: &[f32]) -> Buffer {
    let mut dx = Buffer::scratch(other.len());
    for ((dx, other), dy) in dx.chunks_exact_mut(columns).zip(other.chunks_exact(columns)).zip(dy) {
        dx.iter_mut().zip(other).for_each(|(dx, other)| *dx = dy * other);
    }
    dx
}

impl Tape {
    /// Records [`forward`] of `a` and `b`, both `[n, columns]`. The result is `[n, 1]`. The tape
    /// keeps both alive for the gradients.
    ///
    /// # Panics
    /// If they differ in shape.
    pub fn row_dot(&mut self, a: Var, b: Var) -> Var {
        let (a_value, b_value) = (self.value(a), self.value(b));
        assert_eq!(a_value.shape(), b_value.shape(), "row_dot: the shapes of a and b");
        let [n, columns] = a_value.dims();
        let y = Tensor::new(&[n, 1], forward(columns, a_value.data(), b_value.data()));
        self.record("row_dot", &[a, b], y, move |dy, grads| {
            grads.add_buffer(a, || backward(columns, b_value.data(), dy.data()));
            grads.add_buffer(b, || backward(columns, a_value.data(), dy.data()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn by_hand() {
        let (a, b) = ([1.0, 2.0, 0.0, 5.0], [3.0, 4.0, 6.0, 1.0]);
        assert_eq!([11.0, 5.0], forward(2, &a, &b)[..]);
        assert_eq!([30.0, 40.0, 12.0, 2.0], backward(2, &b, &[10.0, 2.0])[..]);
    }

    #[test]
    fn equals_the_reference() {
        for [n, columns] in [[1, 1], [3, 7], [5, 130]] {
            let (a, b) = (check::noise(1, n * columns), check::noise(2, n * columns));
            let truth = reference::forward(columns, &check::to_f64(&a), &check::to_f64(&b));
            let gauge = reference::forward(
                columns,
                &check::magnitudes(&check::to_f64(&a)),
                &check::magnitudes(&check::to_f64(&b)),
            );
            check::within_bound(&forward(columns, &a, &b), &truth, &gauge, 1);
        }
    }

    #[test]
    fn gradient() {
        let (a, b) = (check::noise(1, 35), check::noise(2, 35));
        let grads = |dy: &[f32]| check::vjp(&[(&[5, 7], &a), (&[5, 7], &b)], dy, |tape, v| tape.row_dot(v[0], v[1]));
        check::gradient(&a, |a| reference::forward(7, a, &check::to_f64(&b)), |dy| grads(dy).remove(0));
        check::gradient(&b, |b| reference::forward(7, &check::to_f64(&a), b), |dy| grads(dy).remove(1));
    }
}

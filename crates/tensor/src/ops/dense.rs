//! Dense layer: `y = x·W + b`, each row of a batch times the same matrix.
//!
//! ```text
//! y[n, o] = b[o] + Σᵢ x[n, i]·w[i, o]
//! ```
//!
//! By hand, a batch of two rows, two inputs and one output:
//!
//! ```text
//! x = [ 1 2 ]   w = [ 10 ]   b = [ 0.5 ]   y = [ 1·10 + 2·1 + 0.5 ] = [ 12.5 ]
//!     [ 3 4 ]       [  1 ]                     [ 3·10 + 4·1 + 0.5 ]   [ 34.5 ]
//! ```
//!
//! It is a [matrix product](super::matmul) whose result starts as the bias instead of as zero,
//! which saves a sweep. Backward: `dx = dy·Wᵀ` and `dW = xᵀ·dy`. The bias is added to every row, so
//! `db` is the sum of the rows of `dy`.
//!
//! In the book: `book/src/04-a-judge-of-pictures.md`.

use super::matmul::{self, EACH_ROW};
use crate::fast::gemm::{BatchReduceGemm, Weights};
use crate::{Buffer, Tape, Tensor, Var};

/// The equation as loops.
pub mod reference {
    use crate::Real;
    use crate::ops::matmul;

    /// `y [n, o]`, without a bias, from `x [n, i]` and `w [i, o]`; extents are `[n, o, i]`.
    pub fn forward<T: Real>(extents: [usize; 3], x: &[T], w: &[T]) -> Vec<T> {
        matmul::reference::forward(extents, [false, false], x, w)
    }
}

/// `y [n, o]` from `x [n, i]`, `w [i, o]` and an optional bias `b [o]`; extents are `[n, o, i]`.
///
/// # Panics
/// If a length does not fit the extents.
#[must_use]
pub fn forward<'a>([n, o, i]: [usize; 3], x: &[f32], w: impl Into<Weights<'a>>, b: Option<&[f32]>) -> Buffer {
    assert_eq!(n * i, x.len(), "dense: x is [{n}, {i}]");
    let mut y = Buffer::scratch(n * o);
    let rhs = w.into().packed(false, [1, i, o], n);
    BatchReduceGemm { images: n, terms: &EACH_ROW, a: x, rhs: &rhs, bias: b }.write(&mut y);
    y
}

impl Tape {
    /// Records [`forward`] of `x [n, i]` with `w [i, o]` and `b [o]`. The tape keeps `x` and `w`.
    ///
    /// # Panics
    /// If the inner extents differ.
    pub fn dense(&mut self, x: Var, w: Var, b: Option<Var>) -> Var {
        let (x_value, w_value, b_value) = (self.value(x), self.value(w), b.map(|b| self.value(b)));
        let ([n, i], [w_i, o]) = (x_value.dims(), w_value.dims());
        assert_eq!(i, w_i, "dense: inner extents of {:?} and {:?}", x_value.shape(), w_value.shape());
        let extents = [n, o, i];
        let y = forward(extents, x_value.data(), &w_value, b_value.as_ref().map(Tensor::data));
        let inputs: Vec<Var> = [x, w].into_iter().chain(b).collect();
        self.record("dense", &inputs, Tensor::new(&[n, o], y), move |dy, grads| {
            grads.add_buffer(x, || matmul::left_gradient(extents, [false; 2], w_value.data(), dy.data()));
            grads.add_sum(w, [&x_value, dy], |n, [x, dy]| matmul::right_gradient([n, o, i], [false; 2], x, dy));
            if let Some(b) = b {
                grads.add_row_sums("dense", b, dy);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn the_case_by_hand() {
        check::exact(&forward([2, 1, 2], &[1.0, 2.0, 3.0, 4.0], &[10.0, 1.0], Some(&[0.5])), &[12.5, 34.5]);
    }

    #[test]
    fn exact_on_integers_with_every_gradient() {
        for [n, o, i] in [[1, 1, 1], [3, 7, 5], [13, 70, 33], [2, 129, 300]] {
            let (x, w, b) = (check::integers(1, n * i), check::integers(2, i * o), check::integers(3, o));
            let dy = check::integers(4, n * o);
            let mut tape = Tape::new();
            let xv = tape.leaf(Tensor::new(&[n, i], x.clone()));
            let wv = tape.leaf(Tensor::new(&[i, o], w.clone()));
            let bv = tape.leaf(Tensor::new(&[o], b.clone()));
            let y = tape.dense(xv, wv, Some(bv));
            let without = reference::forward([n, o, i], &x, &w);
            let with: Vec<f32> = without.iter().zip(b.iter().cycle()).map(|(y, b)| y + b).collect();
            check::exact(tape.value(y).data(), &with);
            let mut grads = tape.backward(y, Tensor::new(&[n, o], dy.clone()));
            let product = matmul::reference::forward;
            check::exact(grads.take(xv).data(), &product([n, i, o], [false, true], &dy, &w));
            check::exact(grads.take(wv).data(), &product([i, o, n], [true, false], &x, &dy));
            check::exact(grads.take(bv).data(), &product([1, o, n], [false, false], &vec![1.0; n], &dy));
        }
    }
}

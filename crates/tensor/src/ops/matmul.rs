//! Matrix product: `C = op(A)·op(B)`, where `op` is the matrix or its transpose.
//!
//! `C[i, j] = Σₖ A[i, k]·B[k, j]`. By hand:
//!
//! ```text
//! A = [1 2 3]   B = [1 0]   C = [ 1·1+2·0+3·2  1·0+2·1+3·0 ] = [ 7 2 ]
//!     [4 5 6]       [0 1]       [ 4·1+5·0+6·2  4·0+5·1+6·0 ]   [16 5 ]
//!                   [2 0]
//! ```
//!
//! Backward: `C` is linear in each factor, so with the upstream gradient `dC`, `dA = dC·Bᵀ` and
//! `dB = Aᵀ·dC`. The gradient of a transposed factor is transposed. All of these are matrix
//! products again, so they use this operator.
//!
//! A product costs `m·n·k` multiply-adds. `fast::gemm` computes it, which knows only convolutions:
//! to it, each row of A is an image of one pixel. A is what is stored. It is read by rows for `A·B`
//! and `A·Bᵀ`, and by columns for `Aᵀ·B`. The fourth case, `Aᵀ·Bᵀ`, is rare, so the transpose of A
//! is simply written out first.
//!
//! In the book: `book/src/04-a-judge-of-pictures.md`.

use crate::fast::gemm::{self, BatchReduceGemm, OuterGemm, Weights};
use crate::{Buffer, Tape, Tensor, Var};

/// The equation as loops.
pub mod reference {
    use crate::Real;

    /// `C` of extents `[m, n]` from `op(A)` of `[m, k]` and `op(B)` of `[k, n]`.
    pub fn forward<T: Real>([m, n, k]: [usize; 3], transpose: [bool; 2], a: &[T], b: &[T]) -> Vec<T> {
        let a_at = |i: usize, p: usize| if transpose[0] { a[p * m + i] } else { a[i * k + p] };
        let b_at = |p: usize, j: usize| if transpose[1] { b[j * k + p] } else { b[p * n + j] };
        let c_at = |i: usize, j: usize| (0..k).map(|p| a_at(i, p) * b_at(p, j)).sum();
        (0..m).flat_map(|i| (0..n).map(move |j| c_at(i, j))).collect()
    }
}

/// The pairs of a matrix product: one tap, with the one pair (pixel 0, pixel 0). Each row of A is
/// an image of one pixel. The second pixel is C's in a `BatchReduceGemm` and B's in an `OuterGemm`.
pub(super) const EACH_ROW: [&gemm::Pairs; 1] = [&[(0, 0)]];

/// `C` of extents `[m, n]` from `op(A)` of `[m, k]` and `op(B)` of `[k, n]`. `transpose` says for
/// which of the stored A and B `op` is the transpose.
///
/// # Panics
/// If the lengths of `a` and `b` are not `m·k` and `k·n`.
#[must_use]
pub fn forward([m, n, k]: [usize; 3], transpose: [bool; 2], a: &[f32], b: &[f32]) -> Buffer {
    assert_eq!((m * k, k * n), (a.len(), b.len()), "matmul: [{m}, {k}]·[{k}, {n}] of that many elements");
    let mut c = Buffer::scratch(m * n);
    match transpose {
        [false, transpose] => {
            let rhs = Weights::from(b).packed(transpose, [1, k, n], m);
            BatchReduceGemm { images: m, terms: &EACH_ROW, a, rhs: &rhs, bias: None }.write(&mut c);
        }
        [true, false] => OuterGemm { images: k, terms: &EACH_ROW, a, height: m, b, columns: n }.write(&mut c),
        [true, true] => return forward([m, n, k], [false, true], &transposed(k, m, a), b),
    }
    c
}

/// The transpose of a `[rows, columns]` matrix.
fn transposed(rows: usize, columns: usize, x: &[f32]) -> Buffer {
    let mut y = Buffer::scratch(x.len());
    for (j, y) in y.chunks_exact_mut(rows.max(1)).enumerate() {
        y.iter_mut().enumerate().for_each(|(i, y)| *y = x[i * columns + j]);
    }
    y
}

/// `dA`, in the layout in which `a` is stored.
#[must_use]
pub fn left_gradient([m, n, k]: [usize; 3], [ta, tb]: [bool; 2], b: &[f32], dc: &[f32]) -> Buffer {
    if ta { forward([k, m, n], [tb, true], b, dc) } else { forward([m, k, n], [false, !tb], dc, b) }
}

/// `dB`, in the layout in which `b` is stored.
#[must_use]
pub fn right_gradient([m, n, k]: [usize; 3], [ta, tb]: [bool; 2], a: &[f32], dc: &[f32]) -> Buffer {
    if tb { forward([n, k, m], [true, ta], dc, a) } else { forward([k, n, m], [!ta, false], a, dc) }
}

impl Tape {
    /// Records [`forward`] of two matrices. The tape keeps both alive for the gradients.
    ///
    /// # Panics
    /// If the inner extents differ.
    pub fn matmul(&mut self, a: Var, transpose_a: bool, b: Var, transpose_b: bool) -> Var {
        let (a_value, b_value) = (self.value(a), self.value(b));
        let swapped = |[rows, columns]: [usize; 2], swap| if swap { [columns, rows] } else { [rows, columns] };
        let [m, k] = swapped(a_value.dims(), transpose_a);
        let [b_k, n] = swapped(b_value.dims(), transpose_b);
        assert_eq!(k, b_k, "matmul: inner extents of {:?} and {:?}", a_value.shape(), b_value.shape());
        let (extents, transpose) = ([m, n, k], [transpose_a, transpose_b]);
        let c = Tensor::new(&[m, n], forward(extents, transpose, a_value.data(), b_value.data()));
        self.record("matmul", &[a, b], c, move |dc, grads| {
            grads.add_buffer(a, || left_gradient(extents, transpose, b_value.data(), dc.data()));
            grads.add_buffer(b, || right_gradient(extents, transpose, a_value.data(), dc.data()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    const EXTENTS: [[usize; 3]; 9] = [
        [1, 1, 1],
        [2, 3, 4],
        [7, 17, 33],
        [6, 64, 128],
        [13, 65, 129],
        [33, 9, 300],
        [1, 100, 7],
        [64, 1, 257],
        [5, 130, 1],
    ];
    const TRANSPOSES: [[bool; 2]; 4] = [[false, false], [false, true], [true, false], [true, true]];

    #[test]
    fn exact_on_integers() {
        for [m, n, k] in EXTENTS {
            for transpose in TRANSPOSES {
                let (a, b) = (check::integers(1, m * k), check::integers(2, k * n));
                let reference = reference::forward([m, n, k], transpose, &a, &b);
                check::exact(&forward([m, n, k], transpose, &a, &b), &reference);
            }
        }
    }

    #[test]
    fn within_the_bound_of_its_sums() {
        for [m, n, k] in EXTENTS {
            for transpose in TRANSPOSES {
                let (a, b) = (check::noise(1, m * k), check::noise(2, k * n));
                let exactly = |a: &[f32], b: &[f32]| {
                    reference::forward([m, n, k], transpose, &check::to_f64(a), &check::to_f64(b))
                };
                let gauge = exactly(&check::magnitudes(&a), &check::magnitudes(&b));
                check::within_bound(&forward([m, n, k], transpose, &a, &b), &exactly(&a, &b), &gauge, k);
            }
        }
    }

    #[test]
    fn gradients() {
        let [m, n, k] = [5, 7, 9];
        for transpose in TRANSPOSES {
            let (a, b) = (check::noise(1, m * k), check::noise(2, k * n));
            let (a64, b64) = (check::to_f64(&a), check::to_f64(&b));
            let shape =
                |[rows, columns]: [usize; 2], turned: bool| if turned { [columns, rows] } else { [rows, columns] };
            let shapes = [shape([m, k], transpose[0]), shape([k, n], transpose[1])];
            let vjp = |dc: &[f32]| {
                let inputs: [(&[usize], &[f32]); 2] = [(&shapes[0], &a), (&shapes[1], &b)];
                check::vjp(&inputs, dc, |tape, v| tape.matmul(v[0], transpose[0], v[1], transpose[1]))
            };
            check::gradient(&a, |a| reference::forward([m, n, k], transpose, a, &b64), |dc| vjp(dc).remove(0));
            check::gradient(&b, |b| reference::forward([m, n, k], transpose, &a64, b), |dc| vjp(dc).remove(1));
        }
    }

    #[test]
    fn nan_reaches_its_row_and_no_other() {
        let mut a = check::noise(1, 6);
        a[4] = f32::NAN;
        let c = forward([2, 2, 3], [false, false], &a, &check::noise(2, 6));
        assert_eq!([false, false, true, true], [0, 1, 2, 3].map(|i| c[i].is_nan()));
    }
}

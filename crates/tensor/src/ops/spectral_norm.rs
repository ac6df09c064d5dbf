//! A matrix divided by its spectral norm, so that it stretches no vector: `y = w / σ(w)` (Miyato et
//! al. 2018).
//!
//! σ(w), the largest singular value, is the most by which `w` stretches a vector. A discriminator
//! whose layers all have σ = 1 changes slowly with its image, so its gradient for G stays useful
//! even when it is certain.
//!
//! The power method finds σ. Each round multiplies the component along the largest singular vector
//! by more than all others, and since weights move little in a step, one round a step is enough if
//! the vector `u` is kept from step to step:
//!
//! ```text
//! v = w·u / |w·u|        u' = wᵀ·v / |wᵀ·v|        σ = |wᵀ·v| = vᵀ·w·u'
//!
//! w = [ 3 0 0 ]   u = [ 0 1 0 ]   v = [ 0 1 ]   σ = 4   y = [ ¾ 0 0 ]   dw = ¼·[  a    b  c ]
//!     [ 0 4 0 ]                                             [ 0 1 0 ]           [  d  −¾a f ]
//! ```
//!
//! A kernel is a matrix of its last axis: `[kh·kw·ci, co]`. Backward, with `v` and `u'` as
//! constants (their derivative is 0 where the power method has converged): `dσ/dw = v·u'ᵀ`, so `dw
//! = (dy − ⟨dy, y⟩·v·u'ᵀ) / σ`. In the example, dy has the elements a to f. The operator does two
//! multiply-adds per weight for σ, which is nothing beside the convolution.
//!
//! A matrix of zeros has no direction, and its result is NaN.
//!
//! In the book: `book/src/10-the-step.md`.

use super::matmul;
use crate::fast::sweeps::elementwise::{map, map_indexed};
use crate::{Buffer, Tape, Tensor, Var};

/// The equations as loops.
pub mod reference {
    use crate::Real;

    /// `v` and `u'` of one round of the power method, from `u`.
    pub fn round<T: Real>(w: &[T], u: &[T]) -> (Vec<T>, Vec<T>) {
        let rows = w.chunks_exact(u.len());
        let v = unit(rows.clone().map(|row| row.iter().zip(u).map(|(&w, &u)| w * u).sum()).collect());
        let column = |j: usize| rows.clone().zip(&v).map(|(row, &v)| row[j] * v).sum();
        let u = unit((0..u.len()).map(column).collect());
        (v, u)
    }

    /// `w / (vᵀ·w·u)`.
    pub fn forward<T: Real>(w: &[T], v: &[T], u: &[T]) -> Vec<T> {
        let rows = w.chunks_exact(u.len()).zip(v);
        let sigma: T = rows.map(|(row, &v)| v * row.iter().zip(u).map(|(&w, &u)| w * u).sum::<T>()).sum();
        w.iter().map(|&w| w / sigma).collect()
    }

    fn unit<T: Real>(x: Vec<T>) -> Vec<T> {
        let norm = x.iter().map(|&x| x * x).sum::<T>().sqrt();
        x.into_iter().map(|x| x / norm).collect()
    }
}

/// What a round of the power method found.
#[derive(Debug)]
pub struct Round {
    /// The estimate of the spectral norm.
    pub sigma: f32,
    /// `v`, of length 1: one number for each row.
    pub left: Buffer,
    /// `u'`, of length 1: one number for each column. The next step begins with it.
    pub right: Buffer,
}

/// `w`, `[rows, u.len()]`, divided by σ, and the round of the power method from `u` that found it.
///
/// # Panics
/// If `w` is not made of whole rows.
#[must_use]
pub fn forward(w: &[f32], u: &[f32]) -> (Buffer, Round) {
    assert!(
        !u.is_empty() && w.len().is_multiple_of(u.len()),
        "spectral_norm: {} weights in rows of {}",
        w.len(),
        u.len()
    );
    let [rows, columns] = [w.len() / u.len(), u.len()];
    let (left, _) = unit(&matmul::forward([rows, 1, columns], [false, false], w, u));
    let (right, sigma) = unit(&matmul::forward([columns, 1, rows], [true, false], w, &left));
    (map(w, move |w| w / sigma), Round { sigma, left, right })
}

/// `x / |x|` and `|x|`.
fn unit(x: &[f32]) -> (Buffer, f32) {
    let norm = x.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt() as f32;
    (map(x, move |x| x / norm), norm)
}

/// `dw` from the forward's `y` and round and the gradient `dy` of its result.
///
/// # Panics
/// If `dy` and `y` differ in length.
#[must_use]
pub fn backward(y: &[f32], round: &Round, dy: &[f32]) -> Buffer {
    let Round { sigma, left, right } = round;
    assert_eq!(y.len(), dy.len(), "spectral_norm: elements of dy");
    let along = y.iter().zip(dy).map(|(&y, &dy)| f64::from(y) * f64::from(dy)).sum::<f64>() as f32;
    let (sigma, columns) = (*sigma, right.len());
    let (left, right): (&[f32], &[f32]) = (left, right);
    map_indexed(dy, move |dy, i| (dy - along * left[i as usize / columns] * right[i as usize % columns]) / sigma)
}

impl Tape {
    /// Records [`forward`] on `w` of any rank, as a matrix of its last axis. Also returns the `u`
    /// with which the next step begins.
    ///
    /// # Panics
    /// If `u` has another length than the last axis of `w`.
    pub fn spectral_norm(&mut self, w: Var, u: &Tensor) -> (Var, Tensor) {
        let value = self.value(w);
        assert_eq!(value.shape().last(), Some(&u.data().len()), "spectral_norm: columns of {:?}", value.shape());
        let (y, round) = forward(value.data(), u.data());
        let next = Tensor::new(u.shape(), Buffer::copy_of(&round.right));
        let y = Tensor::new(value.shape(), y);
        let saved = y.clone();
        let y = self.record("spectral_norm", &[w], y, move |dy, grads| {
            grads.add_buffer(w, || backward(saved.data(), &round, dy.data()));
        });
        (y, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    const EXTENTS: [[usize; 2]; 5] = [[1, 1], [2, 3], [9, 4], [36, 17], [130, 65]];

    #[test]
    fn by_hand() {
        let w = [3.0, 0.0, 0.0, 0.0, 4.0, 0.0];
        let (y, found) = forward(&w, &[0.0, 1.0, 0.0]);
        assert_eq!((4.0, [0.75, 0.0, 0.0, 0.0, 1.0, 0.0]), (found.sigma, y[..].try_into().unwrap()));
        assert_eq!(
            ([0.0, 1.0], [0.0, 1.0, 0.0]),
            (found.left[..].try_into().unwrap(), found.right[..].try_into().unwrap())
        );
        assert_eq!([2.0, 1.0, 1.0, 1.0, -1.5, 1.0], backward(&y, &found, &[8.0, 4.0, 4.0, 4.0, 5.0, 4.0])[..]);
    }

    #[test]
    fn equals_the_reference() {
        for [rows, columns] in EXTENTS {
            let (w, u) = (check::noise(1, rows * columns), check::noise(2, columns));
            let (w64, u64) = (check::to_f64(&w), check::to_f64(&u));
            let (normalised, found) = forward(&w, &u);
            let (left, right) = reference::round(&w64, &u64);
            let y = reference::forward(&w64, &left, &right);
            for (found, truth) in [(&normalised, y), (&found.left, left), (&found.right, right)] {
                for (&found, truth) in found.iter().zip(truth) {
                    assert!((f64::from(found) - truth).abs() <= 1e-5, "{rows}×{columns}: {found}, not {truth}");
                }
            }
        }
    }

    /// After enough rounds σ is the most by which the matrix stretches any vector, and the result
    /// stretches none.
    #[test]
    fn rounds_lead_to_the_largest_singular_value() {
        let (rows, columns) = (36, 17);
        let w = check::noise(3, rows * columns);
        let mut u = Buffer::copy_of(&check::noise(4, columns));
        for _ in 0..200 {
            u = forward(&w, &u).1.right;
        }
        let (y, round) = forward(&w, &u);
        let stretch = |m: &[f32], x: &[f32]| {
            let y = m.chunks_exact(columns).map(|row| check::dot(&check::to_f64(row), &check::to_f64(x)).powi(2));
            (y.sum::<f64>() / check::dot(&check::to_f64(x), &check::to_f64(x))).sqrt()
        };
        for seed in 0..50 {
            let x = check::noise(seed, columns);
            assert!(stretch(&w, &x) <= f64::from(round.sigma) * 1.00001);
        }
        let most = stretch(&y, &u);
        assert!((most - 1.0).abs() <= 1e-5, "{most}");
    }

    #[test]
    fn gradient() {
        for [rows, columns] in EXTENTS {
            let (w, u) = (check::noise(1, rows * columns), check::noise(2, columns));
            let (left, right) = reference::round(&check::to_f64(&w), &check::to_f64(&u));
            check::gradient(
                &w,
                |w| reference::forward(w, &left, &right),
                |dy| {
                    let u = Tensor::new(&[columns], u.clone());
                    check::vjp(&[(&[rows, columns], &w)], dy, |tape, v| tape.spectral_norm(v[0], &u).0).remove(0)
                },
            );
        }
    }

    #[test]
    fn nan_is_not_hidden() {
        assert!(forward(&[1.0, f32::NAN], &[1.0, 1.0]).1.sigma.is_nan());
        assert!(forward(&[0.0, 0.0], &[1.0, 1.0]).0[0].is_nan());
    }

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let (w, u) = (check::noise(1, 300 * 257), check::noise(2, 257));
        check::same_on_any_threads(|| {
            let (y, round) = forward(&w, &u);
            [&y[..], &round.right, &backward(&y, &round, &w)].concat()
        });
    }
}

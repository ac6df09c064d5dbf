//! The sum of all elements: `y = Σᵢ xᵢ`.
//!
//! ```text
//! x = [ 1  2  3 ]    y = 21    dx = [ dy  dy  dy ]
//!     [ 4  5  6 ]                   [ dy  dy  dy ]
//! ```
//!
//! Backward: `dy/dxᵢ = 1`, so every element receives `dy`.
//!
//! A running sum in `f32` of a million numbers near 1 is off in its third digit, because each small
//! term is rounded to the grain of the large sum. We add in `f64`, whose grain is half a billion
//! times finer, and round once at the end. Eight partial sums run side by side, since an addition
//! takes several cycles and a single sum would wait for each. Chunks are summed in parallel and
//! their sums added in order of the chunks, so that the number of threads cannot show. 4 bytes read
//! per element: it waits for memory.

use wide::f64x8;

use super::CHUNK;
use crate::{Buffer, Tape, Tensor, Var, parallel};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// `y`, of length 1.
    pub fn forward<T: Real>(x: &[T]) -> Vec<T> {
        vec![x.iter().copied().sum()]
    }
}

/// `y`, rounded once.
#[must_use]
pub fn forward(x: &[f32]) -> f32 {
    total(x) as f32
}

/// `dx`, `len` times the gradient `dy` of the forward's result.
#[must_use]
pub fn backward(len: usize, dy: f32) -> Buffer {
    let mut dx = Buffer::scratch(len);
    dx.fill(dy);
    dx
}

/// The sum in `f64`: the same bits for any number of threads.
pub(super) fn total(x: &[f32]) -> f64 {
    let mut totals = vec![0.0; x.len().div_ceil(CHUNK)];
    parallel::chunks_mut(&mut totals, 1, &|i, total| {
        total[0] = chunk_total(&x[i * CHUNK..x.len().min((i + 1) * CHUNK)])
    });
    totals.iter().sum()
}

fn chunk_total(x: &[f32]) -> f64 {
    let (eights, rest) = x.as_chunks::<8>();
    let sums: f64x8 = eights.iter().map(|eight| f64x8::from(eight.map(f64::from))).sum();
    sums.reduce_add() + rest.iter().map(|&x| f64::from(x)).sum::<f64>()
}

impl Tape {
    /// Records [`forward`] on any shape: a scalar. Saves nothing.
    pub fn sum(&mut self, x: Var) -> Var {
        let value = self.value(x);
        let len = value.data().len();
        self.record("sum", &[x], Tensor::scalar(forward(value.data())), move |dy, grads| {
            grads.add_buffer(x, || backward(len, dy.item()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn equals_the_reference() {
        for len in (0..=67).chain([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3]) {
            let x = check::integers(1, len);
            check::exact(&[forward(&x)], &reference::forward(&x));
            let x = check::noise(2, len);
            let [truth, gauge] =
                [check::to_f64(&x), check::magnitudes(&check::to_f64(&x))].map(|x| reference::forward(&x));
            check::within_bound(&[forward(&x)], &truth, &gauge, 1);
        }
    }

    #[test]
    fn small_terms_are_not_lost_in_a_large_sum() {
        let mut x = vec![1.0; 100_000];
        x[0] = 16_777_216.0; // 2²⁴: in f32 it does not change when 1 is added
        assert_eq!(16_877_216.0, forward(&x));
    }

    #[test]
    fn threads_do_not_show() {
        let x = check::noise(1, 5 * CHUNK + 77);
        check::same_on_any_threads(|| vec![forward(&x)]);
    }

    #[test]
    fn gradient() {
        let x = check::noise(1, 257);
        check::gradient(&x, reference::forward, |dy| {
            check::pull(&[(&[257], &x)], dy, |tape, v| tape.sum(v[0])).remove(0)
        });
    }

    #[test]
    fn nan_stays_nan_wherever_it_is() {
        for at in [0, 7, 63, 64, 66] {
            let mut x = vec![1.0; 67];
            x[at] = f32::NAN;
            assert!(forward(&x).is_nan(), "at {at}");
        }
    }
}

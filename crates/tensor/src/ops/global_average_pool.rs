//! The mean over all pixels of each channel: `y[n, c] = (1/p)·Σ x[n, pixel, c]` (Lin, Chen and Yan
//! 2014).
//!
//! At the end of a classifier's convolutions, a channel says *where* something was found. Its mean
//! says *how much* of it there is, wherever it is. The operator has no weights, and a picture that
//! is moved has the same features. By hand, one picture of three pixels and two channels:
//!
//! ```text
//! x = [ 1 10 ]    y = [ 2 20 ]    dx = [ dy₀/3 dy₁/3 ]
//!     [ 2 20 ]                         [ dy₀/3 dy₁/3 ]
//!     [ 3 30 ]                         [ dy₀/3 dy₁/3 ]
//! ```
//!
//! Backward: each pixel has a share of 1/p in the mean, so it receives `dy/p`. The operator does
//! one addition and reads 4 bytes per element. Pictures are independent of each other. Each is
//! summed in the order of its pixels, in `f32`, because it has only few.
//!
//! In the book: `book/src/13-how-good-is-it.md`.

use crate::fast::{self, parallel};
use crate::{Buffer, Tape, Tensor, Var};

/// The equation as loops.
pub mod reference {
    use crate::Real;

    /// `y`, `[n, channels]`, of `x`, `[n, pixels, channels]`.
    pub fn forward<T: Real>([n, pixels, channels]: [usize; 3], x: &[T]) -> Vec<T> {
        let mean = |i: usize, c: usize| {
            (0..pixels).map(|p| x[(i * pixels + p) * channels + c]).sum::<T>() / T::of(pixels as f64)
        };
        (0..n).flat_map(|i| (0..channels).map(move |c| mean(i, c))).collect()
    }
}

/// `y`, `[n, channels]`, of `x`, `[n, pixels, channels]`.
///
/// # Panics
/// If an extent is 0, or `x` has another number of elements.
#[must_use]
pub fn forward([n, pixels, channels]: [usize; 3], x: &[f32]) -> Buffer {
    assert!(0 < n * pixels * channels, "global_average_pool: {n} pictures of {pixels} pixels, {channels} channels");
    assert_eq!(n * pixels * channels, x.len(), "global_average_pool: elements of x");
    let mut y = Buffer::zeros(n * channels);
    parallel::chunks_mut(&mut y, channels, &|image, y| {
        let x = &x[image * pixels * channels..][..pixels * channels];
        fast::dispatch(
            #[inline(always)]
            || mean_of_rows(x, y),
        );
    });
    y
}

/// Writes the mean of the rows of `x` to `y`, which must be zeros.
#[inline(always)]
fn mean_of_rows(x: &[f32], y: &mut [f32]) {
    for row in x.chunks_exact(y.len()) {
        y.iter_mut().zip(row).for_each(|(y, x)| *y += x);
    }
    let pixels = (x.len() / y.len()) as f32;
    y.iter_mut().for_each(|y| *y /= pixels);
}

/// `dx`, `[n, pixels, channels]`, from the gradient `dy` of the forward's result.
///
/// # Panics
/// If an extent is 0, or `dy` has another number of elements.
#[must_use]
pub fn backward([n, pixels, channels]: [usize; 3], dy: &[f32]) -> Buffer {
    assert!(0 < n * pixels * channels, "global_average_pool: {n} pictures of {pixels} pixels, {channels} channels");
    assert_eq!(n * channels, dy.len(), "global_average_pool: elements of dy");
    let mut dx = Buffer::scratch(n * pixels * channels);
    parallel::chunks_mut(&mut dx, pixels * channels, &|image, dx| {
        let dy = &dy[image * channels..][..channels];
        let (first, rest) = dx.split_at_mut(channels);
        first.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = dy / pixels as f32);
        rest.chunks_exact_mut(channels).for_each(|row| row.copy_from_slice(first));
    });
    dx
}

impl Tape {
    /// Records [`forward`] on `x` of shape `[n, height, width, channels]`. The result is
    /// `[n, channels]`. The tape saves nothing.
    ///
    /// # Panics
    /// If `x` has another rank or an extent of 0.
    pub fn global_average_pool(&mut self, x: Var) -> Var {
        let value = self.value(x);
        let [n, height, width, channels] = value.dims();
        let extents = [n, height * width, channels];
        let y = Tensor::new(&[n, channels], forward(extents, value.data()));
        self.record("global_average_pool", &[x], y, move |dy, grads| {
            grads.add_buffer(x, || backward(extents, dy.data()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn by_hand() {
        let x = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        assert_eq!([2.0, 20.0], forward([1, 3, 2], &x)[..]);
        assert_eq!([1.0, 2.0, 1.0, 2.0, 1.0, 2.0], backward([1, 3, 2], &[3.0, 6.0])[..]);
    }

    #[test]
    fn equals_the_reference() {
        for extents in [[1, 1, 1], [1, 64, 3], [3, 6, 1], [2, 49, 128], [5, 15, 67]] {
            let x = check::noise(1, extents.iter().product());
            let [truth, gauge] =
                [check::to_f64(&x), check::magnitudes(&check::to_f64(&x))].map(|x| reference::forward(extents, &x));
            check::within_bound(&forward(extents, &x), &truth, &gauge, extents[1]);
        }
    }

    #[test]
    fn gradient() {
        let shape = [2, 3, 5, 7];
        let x = check::noise(1, shape.iter().product());
        check::gradient(
            &x,
            |x| reference::forward([2, 15, 7], x),
            |dy| check::vjp(&[(&shape, &x)], dy, |tape, v| tape.global_average_pool(v[0])).remove(0),
        );
    }

    #[test]
    fn nan_stays_in_its_channel() {
        let y = forward([1, 2, 2], &[1.0, f32::NAN, 3.0, 4.0]);
        assert!(y[0] == 2.0 && y[1].is_nan());
    }

    #[test]
    #[should_panic(expected = "1 pictures of 0 pixels")]
    fn a_mean_of_no_pixels_is_refused() {
        let _ = forward([1, 0, 2], &[]);
    }
}

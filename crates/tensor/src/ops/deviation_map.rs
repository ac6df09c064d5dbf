//! A channel that says how much the pictures of a batch differ (Karras et al. 2018, *Progressive
//! growing of GANs*, section 3).
//!
//! A G that has collapsed makes good pictures, all alike. A discriminator that sees one picture at
//! a time cannot object. This operator shows it the variety of the batch: the standard deviation
//! over the batch of each feature at each place, and their mean `s`, is one more channel with the
//! same number everywhere. G then has to make its batch as varied as a real one.
//!
//! ```text
//! deviation[j] = √(mean of (x[i, j] − mean[j])² over pictures i + 10⁻⁸)       s = mean of deviation[j] over features j
//!
//! x = [ 1 5 ]    deviation = [ 1 0 ]    s = ½    y = [ 1 5 ½ ]    dx = [ dy₀₀ − ds/4  dy₀₁ ]
//!     [ 3 5 ]                                        [ 3 5 ½ ]         [ dy₁₀ + ds/4  dy₁₁ ]
//! ```
//!
//! Backward: with n pictures and J features, the slope of `s` at `x[i, j]` is `(x[i, j] − mean[j])`
//! divided by `n·J·deviation[j]`; the other terms of the mean cancel. `ds` is the sum of the new
//! channel's gradients. Blocks of 16 rows are summed in `f32`, and all else in `f64`.
//!
//! In the book: `book/src/10-the-step.md`.

use crate::fast::sweeps::affine;
use crate::{Buffer, Shards, Tape, Tensor, Var};

/// What is added to the variance, inside the root.
pub const EPSILON: f64 = 1e-8;

/// The equations as loops.
pub mod reference {
    use super::EPSILON;
    use crate::Real;

    /// `y`, `[n, pixels, channels + 1]`, of `x`, `[n, pixels, channels]`.
    pub fn forward<T: Real>([n, pixels, channels]: [usize; 3], x: &[T]) -> Vec<T> {
        let features = pixels * channels;
        let deviation = |j: usize| {
            let mean = (0..n).map(|i| x[i * features + j]).sum::<T>() / T::of(n as f64);
            let squares = (0..n).map(|i| (x[i * features + j] - mean) * (x[i * features + j] - mean));
            (squares.sum::<T>() / T::of(n as f64) + T::of(EPSILON)).sqrt()
        };
        let s = (0..features).map(deviation).sum::<T>() / T::of(features as f64);
        x.chunks_exact(channels).flat_map(|pixel| pixel.iter().copied().chain([s])).collect()
    }
}

/// The means of the features over a batch, and their deviations.
#[derive(Debug)]
pub struct Moments([Vec<f64>; 2]);

/// `y`, `[n, pixels, channels + 1]`, of `x`, `[n, pixels, channels]`, and what the backward pass
/// needs.
///
/// # Panics
/// If an extent is 0, or `x` has another number of elements.
#[must_use]
pub fn forward(extents: [usize; 3], x: &[f32]) -> (Buffer, Moments) {
    forward_of(&Shards::default(), extents, x)
}

fn forward_of(shards: &Shards, [n, pixels, channels]: [usize; 3], x: &[f32]) -> (Buffer, Moments) {
    let features = pixels * channels;
    assert!(0 < n * features && n * features == x.len(), "deviation_map: {n}×{pixels}×{channels} elements");
    let [means, mut deviations] = shards.moments([x], |_, [x]| affine::moments(x, features));
    deviations.iter_mut().for_each(|variance| *variance = (*variance + EPSILON).sqrt());
    let s = (deviations.iter().sum::<f64>() / features as f64) as f32;
    let mut y = Buffer::scratch(n * pixels * (channels + 1));
    for (y, x) in y.chunks_exact_mut(channels + 1).zip(x.chunks_exact(channels)) {
        y[..channels].copy_from_slice(x);
        y[channels] = s;
    }
    (y, Moments([means, deviations]))
}

/// `dx` from the forward's `x` and moments and the gradient `dy` of its result.
///
/// # Panics
/// If `dy` has another number of elements than the result.
#[must_use]
pub fn backward(extents: [usize; 3], x: &[f32], moments: &Moments, dy: &[f32]) -> Buffer {
    backward_of(&Shards::default(), extents, x, moments, dy)
}

fn backward_of(
    shards: &Shards,
    [n, pixels, channels]: [usize; 3],
    x: &[f32],
    Moments([means, deviations]): &Moments,
    dy: &[f32],
) -> Buffer {
    assert_eq!(n * pixels * (channels + 1), dy.len(), "deviation_map: elements of dy");
    let features = pixels * channels;
    let of_map = |_, [dy]: [&[f32]; 1]| vec![dy.chunks_exact(channels + 1).map(|dy| f64::from(dy[channels])).sum()];
    let ds = shards.sums([dy], of_map)[0];
    let elements = shards.whole(n * features) as f64;
    let factors: Vec<[f64; 2]> =
        means.iter().zip(deviations).map(|(mean, deviation)| [*mean, ds / (elements * deviation)]).collect();
    let mut dx = Buffer::scratch(x.len());
    let images = dx.chunks_exact_mut(features).zip(x.chunks_exact(features));
    for ((dx, x), dy) in images.zip(dy.chunks_exact(pixels * (channels + 1))) {
        let dy = dy.chunks_exact(channels + 1).flat_map(|dy| &dy[..channels]);
        for (((dx, x), dy), [mean, factor]) in dx.iter_mut().zip(x).zip(dy).zip(&factors) {
            *dx = (f64::from(*dy) + factor * (f64::from(*x) - mean)) as f32;
        }
    }
    dx
}

impl Tape {
    /// Records [`forward`] of `x`, `[n, height, width, channels]`; the result has one channel more,
    /// which is about the images of all shards. The tape keeps `x` and the moments for
    /// [`backward`].
    ///
    /// # Panics
    /// If an extent is 0.
    pub fn deviation_map(&mut self, x: Var) -> Var {
        let saved = self.value(x);
        let shards = self.shards();
        let [n, height, width, channels] = saved.dims();
        let extents = [n, height * width, channels];
        let (y, moments) = forward_of(&shards, extents, saved.data());
        let y = Tensor::new(&[n, height, width, channels + 1], y);
        self.record("deviation_map", &[x], y, move |dy, grads| {
            grads.add_buffer(x, || backward_of(&shards, extents, saved.data(), &moments, dy.data()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn by_hand() {
        let x = [1.0, 5.0, 3.0, 5.0];
        let (y, moments) = forward([2, 1, 2], &x);
        for (found, expected) in y.iter().zip([1.0, 5.0, 0.5, 3.0, 5.0, 0.5]) {
            assert!((found - expected).abs() <= 1e-4, "{found}, not {expected}");
        }
        // ds is 4 + 8 = 12, of which a picture has ±12/4.
        let dx = backward([2, 1, 2], &x, &moments, &[10.0, 20.0, 4.0, 30.0, 40.0, 8.0]);
        for (found, expected) in dx.iter().zip([7.0, 20.0, 33.0, 40.0]) {
            assert!((found - expected).abs() <= 1e-4, "{found}, not {expected}");
        }
    }

    #[test]
    fn equals_the_reference() {
        for extents in [[1, 1, 1], [2, 6, 3], [5, 4, 7], [64, 16, 2]] {
            let x = check::noise(1, extents.iter().product());
            let truth = reference::forward(extents, &check::to_f64(&x));
            let gauge = vec![1.0; truth.len()];
            check::within_bound(&forward(extents, &x).0, &truth, &gauge, 1);
        }
    }

    #[test]
    fn gradient() {
        for [n, h, w, c] in [[2, 2, 3, 3], [5, 1, 4, 7], [16, 4, 4, 2]] {
            let x = check::noise(1, n * h * w * c);
            check::gradient(
                &x,
                |x| reference::forward([n, h * w, c], x),
                |dy| check::vjp(&[(&[n, h, w, c], &x)], dy, |tape, v| tape.deviation_map(v[0])).remove(0),
            );
        }
    }

    #[test]
    fn nan_is_not_hidden() {
        assert!(forward([2, 1, 1], &[f32::NAN, 0.0]).0[3].is_nan());
    }
}

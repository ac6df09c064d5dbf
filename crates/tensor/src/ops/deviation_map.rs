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
//! channel's gradients. All sums are in `f64`. The last feature maps of D are few, so nothing here
//! needs to be fast.
//!
//! In the book: `book/src/10-the-step.md`.

use crate::{Buffer, Shards, Tape, Tensor, Var};

/// What is added to the variance, inside the root.
const EPSILON: f64 = 1e-8;

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

/// The means of the features of `x`, `[n, features]`, and then their variances.
fn moments(features: usize, x: &[f32]) -> Vec<f64> {
    let n = (x.len() / features) as f64;
    let mut moments = vec![0.0; 2 * features];
    let (means, variances) = moments.split_at_mut(features);
    for row in x.chunks_exact(features) {
        means.iter_mut().zip(row).for_each(|(mean, &x)| *mean += f64::from(x) / n);
    }
    for row in x.chunks_exact(features) {
        let squares = means.iter().zip(row).map(|(mean, &x)| (f64::from(x) - mean).powi(2));
        variances.iter_mut().zip(squares).for_each(|(variance, square)| *variance += square);
    }
    variances.iter_mut().for_each(|variance| *variance /= n);
    moments
}

/// The mean and the deviation of each feature over the whole batch, of which `x` has the local
/// shards.
fn statistics(shards: &Shards, features: usize, x: &[f32]) -> Vec<[f64; 2]> {
    let [means, variances] = shards.moments([x], |_, [x]| moments(features, x));
    means.into_iter().zip(variances).map(|(mean, variance)| [mean, (variance + EPSILON).sqrt()]).collect()
}

/// `y`, `[n, pixels, channels + 1]`, of `x`, `[n, pixels, channels]`.
///
/// # Panics
/// If an extent is 0, or `x` has another number of elements.
#[must_use]
pub fn forward(extents: [usize; 3], x: &[f32]) -> Buffer {
    forward_of(&Shards::default(), extents, x)
}

/// As [`forward`], of the local shards of a batch.
fn forward_of(shards: &Shards, [n, pixels, channels]: [usize; 3], x: &[f32]) -> Buffer {
    let features = pixels * channels;
    assert!(0 < n * features && n * features == x.len(), "deviation_map: {n}×{pixels}×{channels} elements");
    let s = statistics(shards, features, x).iter().map(|[_, deviation]| deviation).sum::<f64>() / features as f64;
    let mut y = Buffer::scratch(n * pixels * (channels + 1));
    for (y, x) in y.chunks_exact_mut(channels + 1).zip(x.chunks_exact(channels)) {
        y[..channels].copy_from_slice(x);
        y[channels] = s as f32;
    }
    y
}

/// `dx` from the forward's `x` and the gradient `dy` of its result.
///
/// # Panics
/// If `dy` has another number of elements than the result.
#[must_use]
pub fn backward(extents: [usize; 3], x: &[f32], dy: &[f32]) -> Buffer {
    backward_of(&Shards::default(), extents, x, dy)
}

/// As [`backward`], of the local shards of a batch.
fn backward_of(shards: &Shards, [n, pixels, channels]: [usize; 3], x: &[f32], dy: &[f32]) -> Buffer {
    assert_eq!(n * pixels * (channels + 1), dy.len(), "deviation_map: elements of dy");
    let features = pixels * channels;
    let last = |dy: &[f32]| dy.chunks_exact(channels + 1).map(|dy| f64::from(dy[channels])).sum::<f64>();
    let ds = shards.sums([dy], |_, [dy]| vec![last(dy)])[0];
    let statistics = statistics(shards, features, x);
    let terms = (shards.whole(n) * features) as f64;
    let mut dx = Buffer::scratch(x.len());
    let rows = dy.chunks_exact(channels + 1).flat_map(|dy| &dy[..channels]);
    for (i, ((dx, &x), &dy)) in dx.iter_mut().zip(x).zip(rows).enumerate() {
        let [mean, deviation] = statistics[i % features];
        *dx = (f64::from(dy) + ds * (f64::from(x) - mean) / (terms * deviation)) as f32;
    }
    dx
}

impl Tape {
    /// Records [`forward`] of `x`, `[n, height, width, channels]`; the result has one channel more,
    /// which is of all shards. The tape keeps `x` alive for [`backward`].
    ///
    /// # Panics
    /// If an extent is 0.
    pub fn deviation_map(&mut self, x: Var) -> Var {
        let saved = self.value(x);
        let [n, height, width, channels] = saved.dims();
        let extents = [n, height * width, channels];
        let shards = self.shards();
        let y = Tensor::new(&[n, height, width, channels + 1], forward_of(&shards, extents, saved.data()));
        self.record("deviation_map", &[x], y, move |dy, grads| {
            grads.add_buffer(x, || backward_of(&shards, extents, saved.data(), dy.data()));
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
        let y = forward([2, 1, 2], &x);
        for (found, expected) in y.iter().zip([1.0, 5.0, 0.5, 3.0, 5.0, 0.5]) {
            assert!((found - expected).abs() <= 1e-4, "{found}, not {expected}");
        }
        // ds is 4 + 8 = 12, of which a picture has ±12/4.
        let dx = backward([2, 1, 2], &x, &[10.0, 20.0, 4.0, 30.0, 40.0, 8.0]);
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
            check::within_bound(&forward(extents, &x), &truth, &gauge, 1);
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
        assert!(forward([2, 1, 1], &[f32::NAN, 0.0])[3].is_nan());
    }
}

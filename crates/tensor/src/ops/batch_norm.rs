//! Batch norm: every channel of a batch gets mean 0 and variance 1, then a learned scale and shift
//! (Ioffe and Szegedy 2015, algorithm 1).
//!
//! ```text
//! m = Σx/n    v = Σ(x − m)²/n    x̂ = (x − m)/√(v + ε)    y = scale·x̂ + shift
//! ```
//!
//! The sums run over the `n` rows of a channel: every pixel of every image. Each layer then starts
//! from numbers of a known size, whatever the layers before it do. With batch norm a DCGAN
//! trains more reliably. By hand, two rows of three channels, with scale 1, shift 0 and ε almost 0:
//!
//! ```text
//! x = [ 1  2  3 ]    m = [ 2  2  5 ]    v = [ 1  0  4 ]    y = [ −1  0  −1 ]
//!     [ 3  2  7 ]                                              [  1  0   1 ]
//! ```
//!
//! The middle channel shows the purpose of `ε`: its variance is 0, and `ε` prevents a division by
//! 0. `ε` stands *inside* the root. The variance is that of the population, divided by `n` and not
//! by `n − 1`.
//!
//! **Backward.** Let `s = 1/√(v + ε)`. The gradients of the parameters are `dshift = Σdy` and
//! `dscale = Σdy·x̂`. An `xᵢ` changes its own `x̂ᵢ` directly, and all `x̂ⱼ` of its channel through
//! `m` and `v`. Since `∂m/∂xᵢ = 1/n`, `∂v/∂xᵢ = 2(xᵢ − m)/n` and `∂s/∂v = −s³/2`,
//!
//! ```text
//! ∂x̂ⱼ/∂xᵢ = s·(δᵢⱼ − 1/n − x̂ⱼ·x̂ᵢ/n)
//! dxᵢ     = Σⱼ scale·dyⱼ·∂x̂ⱼ/∂xᵢ = scale·s·(dyᵢ − dshift/n − x̂ᵢ·dscale/n)
//! ```
//!
//! This is `dy` without its component along a constant and without its component along `x̂`.
//!
//! **Precision.** Computing the variance as `Σx²/n − m²` cancels catastrophically in `f32` once the
//! mean is large. One sweep is enough nevertheless. It sums `d` and `d²`, where `d = x − pivot` and
//! the pivot is the mean of the channel's first 16 elements. The pivot is near `m`, so little
//! cancels in `v = Σd²/n − (Σd/n)²`, and a constant channel has a variance of exactly 0. (Chan,
//! Golub and LeVeque 1983 compare the ways to compute a variance and call this one "shifted data".)
//!
//! **Fast.** Forward takes two sweeps (8 bytes read and 4 written per element), backward takes two
//! (16 and 4). Each element needs only a few operations, so the sweeps wait for memory. The file
//! `fast/sweeps/channelwise.rs` explains how a sweep is made fast, and why its sums are accurate
//! and the same for any number of threads. The sweeps themselves are in `fast/sweeps/affine.rs`,
//! because [`norm_act`](super::norm_act) uses them too.
//!
//! A sweep takes its formula as a closure, which is compiled into the loop around it, once for each
//! instruction set ([`fast::dispatch`](crate::fast::dispatch)).
//!
//! In the book: `book/src/07-numbers-of-a-known-size.md`.

use crate::fast::sweeps::affine::{self, ChannelAffine};
use crate::{Buffer, Op, Shards, Tape, Tensor, Var};

/// The statistics of a batch: the mean and the population variance of each channel.
#[derive(Clone, Debug)]
pub struct BatchStatistics {
    /// `m`, one for each channel.
    pub mean: Vec<f32>,
    /// `v`, one for each channel, divided by the number of rows.
    pub variance: Vec<f32>,
}

/// The equations as loops over one channel at a time.
pub mod reference {
    use crate::Real;

    /// The elements of channel `c`.
    fn channel<T: Real>(x: &[T], c: usize, channels: usize) -> Vec<T> {
        x.iter().skip(c).step_by(channels).copied().collect()
    }

    fn mean<T: Real>(x: impl ExactSizeIterator<Item = T>) -> T {
        let n = T::of(x.len() as f64);
        x.sum::<T>() / n
    }

    /// The mean and the population variance of each channel.
    pub fn statistics<T: Real>(x: &[T], channels: usize) -> (Vec<T>, Vec<T>) {
        let mean_and_variance = |c| {
            let x = channel(x, c, channels);
            let m = mean(x.iter().copied());
            let v = mean(x.iter().map(|&x| (x - m) * (x - m)));
            (m, v)
        };
        (0..channels).map(mean_and_variance).unzip()
    }

    /// `y` of the shape of `x`. Each row of `x` is as long as `scale` and `shift`.
    pub fn forward<T: Real>(epsilon: T, x: &[T], scale: &[T], shift: &[T]) -> Vec<T> {
        let (mean, variance) = statistics(x, scale.len());
        let normalise = |(i, &x): (usize, &T)| {
            let c = i % scale.len();
            scale[c] * (x - mean[c]) / (variance[c] + epsilon).sqrt() + shift[c]
        };
        x.iter().enumerate().map(normalise).collect()
    }

    /// `(dx, dscale, dshift)` from the gradient `dy` of the forward's result.
    pub fn backward<T: Real>(epsilon: T, x: &[T], scale: &[T], dy: &[T]) -> (Vec<T>, Vec<T>, Vec<T>) {
        let channels = scale.len();
        let (mut dx, mut dscale, mut dshift) = (vec![T::of(0.0); x.len()], vec![], vec![]);
        for c in 0..channels {
            let (x, dy) = (channel(x, c, channels), channel(dy, c, channels));
            let n = T::of(x.len() as f64);
            let m = mean(x.iter().copied());
            let v = mean(x.iter().map(|&x| (x - m) * (x - m)));
            let s = T::of(1.0) / (v + epsilon).sqrt();
            let normal: Vec<T> = x.iter().map(|&x| (x - m) * s).collect();
            dshift.push(dy.iter().copied().sum());
            dscale.push(dy.iter().zip(&normal).map(|(&dy, &normal)| dy * normal).sum());
            for (r, (&dy, &normal)) in dy.iter().zip(&normal).enumerate() {
                dx[r * channels + c] = scale[c] * s * (dy - dshift[c] / n - normal * dscale[c] / n);
            }
        }
        (dx, dscale, dshift)
    }
}

/// The mean and the population variance of each channel, in one sweep.
///
/// # Panics
/// If `x` does not consist of at least one row of `channels`.
#[must_use]
pub fn statistics(x: &[f32], channels: usize) -> BatchStatistics {
    statistics_of(&Shards::default(), x, channels)
}

pub(super) fn statistics_of(shards: &Shards, x: &[f32], channels: usize) -> BatchStatistics {
    let [mean, variance] = shards.moments([x], |_, [x]| affine::moments(x, channels));
    // An infinite variance would give `y = shift` and hide the overflow, so NaN is returned.
    let finite = |&variance: &f64| if variance as f32 == f32::INFINITY { f32::NAN } else { variance as f32 };
    let variance = variance.iter().map(finite);
    BatchStatistics { mean: mean.iter().map(|&mean| mean as f32).collect(), variance: variance.collect() }
}

/// `y` of the shape of `x`, and the statistics of the batch. Each row of `x` is as long as `scale`
/// and `shift`.
///
/// # Panics
/// If `x` does not consist of whole rows, or has none.
#[must_use]
pub fn forward(epsilon: f32, x: &[f32], scale: &[f32], shift: &[f32]) -> (Buffer, BatchStatistics) {
    let statistics = statistics(x, scale.len());
    let affine = ChannelAffine::new(epsilon, scale, shift, &statistics.mean, &statistics.variance);
    (affine.affine_then(x, |z, _| z), statistics)
}

/// `(dx, dscale, dshift)` from the `x` and the statistics of the forward pass and the gradient `dy`
/// of its result.
///
/// # Panics
/// If the lengths do not fit each other.
#[must_use]
pub fn backward(
    epsilon: f32,
    x: &[f32],
    scale: &[f32],
    statistics: &BatchStatistics,
    dy: &[f32],
) -> (Buffer, Vec<f32>, Vec<f32>) {
    let shift = vec![0.0; scale.len()]; // no gradient depends on the shift
    let affine = ChannelAffine::new(epsilon, scale, &shift, &statistics.mean, &statistics.variance);
    Shards::default().norm_backward(&affine, [x, dy], |dy, _, _| dy)
}

impl Tape {
    /// Records [`forward`] on `x` of shape `[.., c]` and `scale` and `shift` of shape `[c]`.
    /// Returns the result and the statistics of the batch, with which a layer updates its running
    /// ones. The tape keeps `x` alive.
    ///
    /// # Panics
    /// If the shapes do not fit each other, or `x` has no row.
    pub fn batch_norm(&mut self, epsilon: f32, x: Var, scale: Var, shift: Var) -> (Var, BatchStatistics) {
        let x_value = self.value(x);
        let scale_value = self.value(scale);
        let shift_value = self.value(shift);
        assert_channels(&x_value, [&scale_value, &shift_value]);
        let shards = self.shards();
        let statistics = statistics_of(&shards, x_value.data(), scale_value.data().len());
        let saved = statistics.clone();
        let affine = ChannelAffine::new(epsilon, scale_value.data(), shift_value.data(), &saved.mean, &saved.variance);
        let y = Tensor::new(x_value.shape(), affine.affine_then(x_value.data(), |z, _| z));
        let y = self.record(Op::new("batch_norm").memory_bound(), &[x, scale, shift], y, move |dy, grads| {
            let affine =
                ChannelAffine::new(epsilon, scale_value.data(), shift_value.data(), &saved.mean, &saved.variance);
            let (dx, dscale, dshift) = shards.norm_backward(&affine, [x_value.data(), dy.data()], |dy, _, _| dy);
            grads.add_buffer(x, || dx);
            grads.add_buffer(scale, || dscale.into());
            grads.add_buffer(shift, || dshift.into());
        });
        (y, statistics)
    }
}

/// Asserts that the last axis of `x` has as many channels as `scale` and `shift`, which have no
/// other axis.
pub(super) fn assert_channels(x: &Tensor, parameters: [&Tensor; 2]) {
    let channels = [*x.shape().last().expect("batch_norm: x has no axis for its channels")];
    let shapes = parameters.map(Tensor::shape);
    assert_eq!([&channels[..]; 2], shapes, "batch_norm: scale and shift do not fit x of shape {:?}", x.shape());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{self, magnitudes, noise, to_f64, within_bound};
    use crate::fast::sweeps::channelwise;

    const EPSILON: f32 = 0.001;

    /// Channel counts that fill whole vectors and tiles and others that do not; row counts that
    /// fill whole chunks and others that do not.
    fn shapes() -> impl Iterator<Item = (usize, usize)> {
        let rows =
            |channels| [1, 2, 35, 2 * channelwise::chunk_len(channels) / channels + 1].map(|rows| (rows, channels));
        (1..=17).chain([33, 64, 130]).flat_map(rows)
    }

    #[test]
    fn equals_the_reference() {
        for (rows, channels) in shapes() {
            let (x, scale, shift) = (noise(1, rows * channels), noise(2, channels), noise(3, channels));
            let (x64, scale64, shift64) = (to_f64(&x), to_f64(&scale), to_f64(&shift));
            let (y, statistics) = forward(EPSILON, &x, &scale, &shift);
            let (mean, variance) = reference::statistics(&x64, channels);
            let gauge = |f: fn(f64) -> f64| {
                let squares: Vec<f64> = x64.iter().map(|&x| f(x)).collect();
                reference::statistics(&squares, channels).0
            };
            within_bound(&statistics.mean, &mean, &gauge(f64::abs), 1);
            within_bound(&statistics.variance, &variance, &gauge(|x| x * x), 1);
            let truth = reference::forward(f64::from(EPSILON), &x64, &scale64, &shift64);
            let gauge: Vec<f64> = (x64.iter().enumerate())
                .map(|(i, x)| {
                    let c = i % channels;
                    let factor = scale64[c].abs() / (variance[c] + f64::from(EPSILON)).sqrt();
                    (x.abs() + mean[c].abs()) * factor + shift64[c].abs()
                })
                .collect();
            within_bound(&y, &truth, &gauge, rows);
        }
    }

    #[test]
    fn a_variance_beyond_all_numbers_is_not_hidden() {
        let x: Vec<f32> = noise(1, 35 * 3).iter().map(|x| 1e20 * x).collect();
        let (y, _) = forward(EPSILON, &x, &[1.0; 3], &[0.0; 3]);
        assert!(y.iter().all(|y| y.is_nan()));
    }

    #[test]
    fn the_way_back_equals_the_reference() {
        for (rows, channels) in shapes() {
            let (x, scale, dy) = (noise(1, rows * channels), noise(2, channels), noise(4, rows * channels));
            let statistics = statistics(&x, channels);
            let (dx, dscale, dshift) = backward(EPSILON, &x, &scale, &statistics, &dy);
            let truth = reference::backward(f64::from(EPSILON), &to_f64(&x), &to_f64(&scale), &to_f64(&dy));

            let s: Vec<f64> = reference::statistics(&to_f64(&x), channels)
                .1
                .iter()
                .map(|v| 1.0 / (v + f64::from(EPSILON)).sqrt())
                .collect();
            let reach: Vec<f64> = (x.iter().enumerate())
                .map(|(i, x)| f64::from(x.abs() + statistics.mean[i % channels].abs()) * s[i % channels])
                .collect();
            let column = |terms: &[f64]| -> Vec<f64> {
                (0..channels).map(|c| terms.iter().skip(c).step_by(channels).sum()).collect()
            };
            let dy_size = magnitudes(&to_f64(&dy));
            let shift_gauge = column(&dy_size);
            let scale_gauge = column(&dy_size.iter().zip(&reach).map(|(dy, reach)| dy * reach).collect::<Vec<_>>());
            within_bound(&dshift, &truth.2, &shift_gauge, rows);
            within_bound(&dscale, &truth.1, &scale_gauge, rows);
            let gauge: Vec<f64> = (0..x.len())
                .map(|i| {
                    let (c, n) = (i % channels, rows as f64);
                    f64::from(scale[c].abs()) * s[c] * (dy_size[i] + shift_gauge[c] / n + reach[i] * scale_gauge[c] / n)
                })
                .collect();
            within_bound(&dx, &truth.0, &gauge, rows);
        }
    }

    #[test]
    fn gradients() {
        let (x, scale, shift) = (noise(1, 5 * 7 * 3), noise(2, 3), noise(3, 3));
        let (x64, scale64, shift64) = (to_f64(&x), to_f64(&scale), to_f64(&shift));
        let epsilon = f64::from(EPSILON);
        let vjp = |dy: &[f32], i| {
            let inputs: [(&[usize], &[f32]); 3] = [(&[5, 7, 3], &x), (&[3], &scale), (&[3], &shift)];
            check::vjp(&inputs, dy, |tape, v| tape.batch_norm(EPSILON, v[0], v[1], v[2]).0).swap_remove(i)
        };
        check::gradient(&x, |x| reference::forward(epsilon, x, &scale64, &shift64), |dy| vjp(dy, 0));
        check::gradient(&scale, |scale| reference::forward(epsilon, &x64, scale, &shift64), |dy| vjp(dy, 1));
        check::gradient(&shift, |shift| reference::forward(epsilon, &x64, &scale64, shift), |dy| vjp(dy, 2));
    }

    /// The gradient is checked at ε = 1/2, where an ε outside the root would be a different
    /// function.
    #[test]
    fn epsilon_stands_inside_the_root() {
        let (y, _) = forward(0.5, &[-1.0, 1.0, 2.0, -2.0], &[1.0], &[0.0]);
        let s = 1.0 / 3.0f32.sqrt(); // the variance is 5/2
        within_bound(&y, &[-1.0, 1.0, 2.0, -2.0].map(|x| x * f64::from(s)), &[2.0; 4], 1);
        let x = noise(1, 35);
        check::gradient(
            &x,
            |x| reference::forward(0.5, x, &[1.5], &[0.0]),
            |dy| {
                check::vjp(&[(&[35, 1], &x), (&[1], &[1.5]), (&[1], &[0.0])], dy, |tape, v| {
                    tape.batch_norm(0.5, v[0], v[1], v[2]).0
                })
                .remove(0)
            },
        );
    }

    #[test]
    fn the_case_by_hand() {
        let (y, statistics) = forward(1e-12, &[1.0, 2.0, 3.0, 3.0, 2.0, 7.0], &[1.0; 3], &[0.0; 3]);
        check::exact(&statistics.mean, &[2.0, 2.0, 5.0]);
        check::exact(&statistics.variance, &[1.0, 0.0, 4.0]);
        check::exact(&y, &[-1.0, 0.0, -1.0, 1.0, 0.0, 1.0]);
    }

    #[test]
    fn a_large_mean_does_not_swallow_the_variance() {
        let x: Vec<f32> = noise(1, 20_000).iter().map(|x| 4096.0 + x).collect();
        let truth = reference::statistics(&to_f64(&x), 1);
        let fast = statistics(&x, 1);
        within_bound(&fast.mean, &truth.0, &truth.0, 1);
        within_bound(&fast.variance, &truth.1, &truth.1, 1);
    }

    #[test]
    fn an_odd_first_row_does_not_spoil_the_pivot() {
        let mut x = noise(1, 20_000);
        x[0] = 1e4;
        let truth = reference::statistics(&to_f64(&x), 1);
        within_bound(&statistics(&x, 1).variance, &truth.1, &truth.1, x.len());
    }

    #[test]
    fn a_constant_channel_has_no_variance() {
        assert_eq!([0.0], statistics(&[0.1; 12_345], 1).variance[..]);
    }

    #[test]
    fn threads_do_not_show() {
        let (x, scale, dy) = (noise(1, 33 * 2000), noise(2, 33), noise(3, 33 * 2000));
        check::same_on_any_threads(|| {
            let (y, statistics) = forward(EPSILON, &x, &scale, &scale);
            let (dx, dscale, dshift) = backward(EPSILON, &x, &scale, &statistics, &dy);
            [&y[..], &statistics.mean, &statistics.variance, &dscale, &dshift, &dx].concat()
        });
    }

    #[test]
    fn nan_spoils_its_channel_and_no_other() {
        for row in 0..3 {
            let mut x = noise(1, 6);
            x[2 * row] = f32::NAN;
            let (y, statistics) = forward(EPSILON, &x, &[1.0; 2], &[0.0; 2]);
            assert!(statistics.mean[0].is_nan() && statistics.variance[0].is_nan());
            assert!(y.iter().step_by(2).all(|y| y.is_nan()) && y.iter().skip(1).step_by(2).all(|y| y.is_finite()));
        }
    }

    #[test]
    #[should_panic(expected = "batch_norm: a batch of no rows has no statistics")]
    fn a_batch_has_rows() {
        let _ = forward(EPSILON, &[], &[1.0], &[0.0]);
    }
}

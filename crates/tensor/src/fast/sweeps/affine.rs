//! The sweeps that every form of batch norm is made of.
//!
//! Once the mean and the variance of a channel are known, normalization is an affine map:
//! `z = (x − mean)·factor + shift`, where `factor = scale·s` and `s = 1/√(variance + ε)`. The
//! function that follows (an activation, a dropout) can be applied while `z` is still in a
//! register. Every sweep therefore takes a function that is applied to `z`, or that leads a
//! gradient back to `z`. [`batch_norm`](crate::ops::batch_norm) has the derivation.

use crate::Buffer;
use crate::fast::sweeps::channelwise::{self, ChannelSweep};

/// An affine map of each channel: `z = (x − mean)·factor + shift`.
pub(crate) struct ChannelAffine<'a> {
    mean: &'a [f32],
    shift: &'a [f32],
    /// `1/√(variance + ε)`.
    s: Vec<f32>,
    /// `scale·s`.
    factor: Vec<f32>,
}

impl<'a> ChannelAffine<'a> {
    /// # Panics
    /// If the slices differ in length.
    pub(crate) fn new(epsilon: f32, scale: &[f32], shift: &'a [f32], mean: &'a [f32], variance: &[f32]) -> Self {
        assert_eq!(
            [scale.len(); 3],
            [shift.len(), mean.len(), variance.len()],
            "batch_norm: scale, shift, mean and variance differ in length"
        );
        let inverse_root = |&v: &f32| (1.0 / (f64::from(v) + f64::from(epsilon)).sqrt()) as f32;
        let s: Vec<f32> = variance.iter().map(inverse_root).collect();
        let factor = scale.iter().zip(&s).map(|(scale, s)| scale * s).collect();
        Self { mean, shift, s, factor }
    }

    fn sweep<'b, const N: usize>(&'b self, operands: [&'b [f32]; N]) -> ChannelSweep<'b, N, 3> {
        let parameters = [self.mean, &self.factor, self.shift];
        ChannelSweep { op: "batch_norm", channels: self.mean.len(), operands, parameters }
    }

    /// Computes `then(z, index)` for each element.
    ///
    /// # Panics
    /// If `x` does not consist of whole rows.
    pub(crate) fn affine_then(&self, x: &[f32], then: impl Fn(f32, u32) -> f32 + Copy + Sync) -> Buffer {
        self.sweep([x]).map(move |[x], [mean, factor, shift], index| then((x - mean) * factor + shift, index))
    }

    /// The sums over the rows of a shard that its gradients depend on: `Σdz` of each channel, then
    /// `Σdz·(x − mean)`. The shard begins at element `first`.
    ///
    /// `back(dy, z, index)` computes the gradient of `z` from the gradient `dy` of
    /// `then(z, index)`.
    ///
    /// # Panics
    /// If `x` and `dy` differ in length, or do not consist of whole rows.
    pub(crate) fn backward_sums(
        &self,
        first: u32,
        operands: [&[f32]; 2],
        back: impl Fn(f32, f32, u32) -> f32 + Copy + Sync,
    ) -> Vec<f64> {
        let sums = self.sweep(operands).sums(move |[x, dy], [mean, factor, shift], index| {
            let d = x - mean;
            let dz = back(dy, d * factor + shift, index.wrapping_add(first));
            [dz, dz * d]
        });
        sums.concat()
    }

    /// Computes `(dx, dscale, dshift)` from the gradient `dy` of the result, and from the sums over
    /// all `rows` of the batch, to which the mean and the variance belong. `x` may be a part of it.
    ///
    /// # Panics
    /// As [`backward_sums`](Self::backward_sums).
    pub(crate) fn backward(
        &self,
        (rows, sums): (usize, &[f64]),
        [x, dy]: [&[f32]; 2],
        back: impl Fn(f32, f32, u32) -> f32 + Copy + Sync,
    ) -> (Buffer, Vec<f32>, Vec<f32>) {
        let (dshift, products) = sums.split_at(self.mean.len());
        let dscale: Vec<f32> = products.iter().zip(&self.s).map(|(sum, &s)| (sum * f64::from(s)) as f32).collect();
        let dshift: Vec<f32> = dshift.iter().map(|&sum| sum as f32).collect();
        (self.input_gradient(rows, x, dy, (&dscale, &dshift), back), dscale, dshift)
    }

    fn input_gradient(
        &self,
        rows: usize,
        x: &[f32],
        dy: &[f32],
        (dscale, dshift): (&[f32], &[f32]),
        back: impl Fn(f32, f32, u32) -> f32 + Copy + Sync,
    ) -> Buffer {
        let ChannelSweep { op, channels, operands, parameters: [mean, factor, shift] } = self.sweep([x, dy]);
        let n = rows as f32;
        let constant: Vec<f32> = dshift.iter().map(|dshift| dshift / n).collect();
        let along_x: Vec<f32> = dscale.iter().zip(&self.s).map(|(dscale, s)| dscale / n * s).collect();
        ChannelSweep { op, channels, operands, parameters: [mean, factor, shift, &constant, &along_x] }.map(
            move |[x, dy], [mean, factor, shift, constant, along_x], index| {
                let d = x - mean;
                let dz = back(dy, d * factor + shift, index);
                factor * (dz - constant - along_x * d)
            },
        )
    }
}

/// The means of the channels, and then their variances, in one sweep.
///
/// # Panics
/// If `x` does not consist of at least one row of `channels`.
pub(crate) fn moments(x: &[f32], channels: usize) -> Vec<f64> {
    let n = channelwise::row_count("batch_norm", x.len(), channels);
    assert!(0 < n, "batch_norm: a batch of no rows has no statistics");
    let pivot = pivot(x, channels);
    let [sum, squares] =
        ChannelSweep { op: "batch_norm", channels, operands: [x], parameters: [&pivot] }.sums(|[x], [pivot], _| {
            let d = x - pivot;
            [d, d * d]
        });
    let n = n as f64;
    let means = pivot.iter().zip(&sum).map(|(&pivot, sum)| f64::from(pivot) + sum / n);
    let variances = sum.iter().zip(&squares).map(|(sum, squares)| squares / n - (sum / n) * (sum / n));
    means.chain(variances).collect()
}

/// The means over the first rows, which are close enough to the means over all rows.
fn pivot(x: &[f32], channels: usize) -> Vec<f32> {
    let rows = (x.len() / channels).min(16);
    let mut sums = vec![0.0; channels];
    for row in x.chunks_exact(channels).take(rows) {
        for (sum, &x) in sums.iter_mut().zip(row) {
            *sum += f64::from(x);
        }
    }
    sums.iter().map(|sum| (sum / rows as f64) as f32).collect()
}

//! Batch norm, leaky ReLU and dropout as one operator: everything between two convolutions of a
//! DCGAN.
//!
//! ```text
//! z = scale·(x − m)/√(v + ε) + shift    y = leaky(z)·mask/keep
//! ```
//!
//! Here `m` and `v` are the mean and the variance of the batch. [`batch_norm`](super::batch_norm)
//! explains the first equation and [`leaky_dropout`](super::leaky_dropout) the second. By hand, two
//! rows of three channels with scale 1, shift 0, ε almost 0, slope 0.1, `keep` 0.5 and the given
//! mask:
//!
//! ```text
//! x = [ 1  2  3 ]    z = [ −1  0  −1 ]    mask = [ 1  1  0 ]    y = [ −0.2  0  0 ]
//!     [ 3  2  7 ]        [  1  0   1 ]           [ 1  0  1 ]        [  2    0  2 ]
//! ```
//!
//! Backward: the chain rule, from the end. `dz` comes from `dy` by mask and sign as in
//! `leaky_dropout`, and `dx`, `dscale` and `dshift` come from `dz` as in `batch_norm`. The sign
//! needs `z`, which is a subtraction, a multiplication and an addition away from `x`. The tape
//! therefore keeps only `x`: no `z` and no mask.
//!
//! The arithmetic is that of the other two files, and the results are the same, bit for bit. Only
//! the memory traffic differs. Forward takes two sweeps (statistics, result) and backward takes two
//! (parameters, `dx`). Each passes through memory once, 12 bytes per element forward and 20
//! backward, where the three operators move 28 and 40.
//!
//! In the book: `book/src/15-fast-another-sum.md`.

use super::batch_norm::{BatchStatistics, assert_channels, statistics_of};
use super::leaky_dropout::LeakyDropout;
use crate::fast::sweeps::affine::ChannelAffine;
use crate::{Buffer, Op, Shards, Tape, Tensor, Var};

/// The composition of the references.
pub mod reference {
    use crate::Real;
    use crate::ops::{batch_norm, leaky_dropout};

    /// `y` for a given mask. Each row of `x` is as long as `scale` and `shift`.
    pub fn forward<T: Real>(
        epsilon: T,
        (slope, keep): (T, T),
        mask: &[bool],
        x: &[T],
        scale: &[T],
        shift: &[T],
    ) -> Vec<T> {
        leaky_dropout::reference::forward(slope, keep, mask, &batch_norm::reference::forward(epsilon, x, scale, shift))
    }
}

/// `y` of the shape of `x`, and the statistics of the batch. Each row of `x` is as long as `scale`
/// and `shift`.
///
/// # Panics
/// If `x` does not consist of whole rows, or has none, or if `keep` is not in (0, 1].
#[must_use]
pub fn forward(epsilon: f32, then: LeakyDropout, x: &[f32], scale: &[f32], shift: &[f32]) -> (Buffer, BatchStatistics) {
    forward_of(&Shards::default(), epsilon, then, x, scale, shift)
}

fn forward_of(
    shards: &Shards,
    epsilon: f32,
    then: LeakyDropout,
    x: &[f32],
    scale: &[f32],
    shift: &[f32],
) -> (Buffer, BatchStatistics) {
    let gate = then.gate(shards.first(x.len()));
    let statistics = statistics_of(shards, x, scale.len());
    let affine = ChannelAffine::new(epsilon, scale, shift, &statistics.mean, &statistics.variance);
    let y = affine.affine_then(x, move |z, index| gate.forward(z, index));
    (y, statistics)
}

/// `(dx, dscale, dshift)` from the `x` and the statistics of the forward pass and the gradient `dy`
/// of its result.
///
/// # Panics
/// If the lengths do not fit each other, or if `keep` is not in (0, 1].
#[must_use]
pub fn backward(
    epsilon: f32,
    then: LeakyDropout,
    x: &[f32],
    scale: &[f32],
    shift: &[f32],
    statistics: &BatchStatistics,
    dy: &[f32],
) -> (Buffer, Vec<f32>, Vec<f32>) {
    backward_of(&Shards::default(), epsilon, then, x, scale, shift, statistics, dy)
}

#[allow(clippy::too_many_arguments, reason = "those of `backward`, and the shards")]
fn backward_of(
    shards: &Shards,
    epsilon: f32,
    then: LeakyDropout,
    x: &[f32],
    scale: &[f32],
    shift: &[f32],
    statistics: &BatchStatistics,
    dy: &[f32],
) -> (Buffer, Vec<f32>, Vec<f32>) {
    let gate = then.gate(shards.first(x.len()));
    let affine = ChannelAffine::new(epsilon, scale, shift, &statistics.mean, &statistics.variance);
    shards.norm_backward(&affine, [x, dy], move |dy, z, index| gate.backward(dy, z, index))
}

impl Tape {
    /// Records [`forward`] on `x` of shape `[.., c]` and `scale` and `shift` of shape `[c]`.
    /// Returns the result and the statistics of the batch, with which a layer updates its running
    /// ones. The tape keeps `x` alive.
    ///
    /// # Panics
    /// If the shapes do not fit each other, if `x` has no row, or if `keep` is not in (0, 1].
    pub fn norm_act(
        &mut self,
        epsilon: f32,
        then: LeakyDropout,
        x: Var,
        scale: Var,
        shift: Var,
    ) -> (Var, BatchStatistics) {
        let x_value = self.value(x);
        let scale_value = self.value(scale);
        let shift_value = self.value(shift);
        assert_channels(&x_value, [&scale_value, &shift_value]);
        let shards = self.shards();
        let (y, statistics) =
            forward_of(&shards, epsilon, then, x_value.data(), scale_value.data(), shift_value.data());
        let y = Tensor::new(x_value.shape(), y);
        let saved = statistics.clone();
        let y = self.record(
            Op::new("norm_act").rectifying().dropping().memory_bound(),
            &[x, scale, shift],
            y,
            move |dy, grads| {
                let [x_data, scale_data, shift_data] = [&x_value, &scale_value, &shift_value].map(Tensor::data);
                let (dx, dscale, dshift) =
                    backward_of(&shards, epsilon, then, x_data, scale_data, shift_data, &saved, dy.data());
                grads.add_buffer(x, || dx);
                grads.add_buffer(scale, || dscale.into());
                grads.add_buffer(shift, || dshift.into());
            },
        );
        (y, statistics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{self, noise, to_f64};
    use crate::fast::sweeps::channelwise;
    use crate::ops::{batch_norm, dropout, leaky_relu};

    const EPSILON: f32 = 0.001;
    const THEN: LeakyDropout = LeakyDropout { slope: 0.2, keep: 0.8, key: 7 };

    #[test]
    fn equals_the_three_operators_bit_for_bit() {
        for channels in (1..=17).chain([33, 64, 100, 128]) {
            for rows in [1, 2, 35, 2 * channelwise::chunk_len(channels) / channels + 1] {
                let (x, dy) = (noise(1, rows * channels), noise(2, rows * channels));
                let (scale, shift) = (noise(3, channels), noise(4, channels));
                let (y, statistics) = forward(EPSILON, THEN, &x, &scale, &shift);
                let (z, same) = batch_norm::forward(EPSILON, &x, &scale, &shift);
                check::exact(&y, &dropout::forward(0.8, 7, &leaky_relu::forward(0.2, &z)));
                check::exact(&statistics.mean, &same.mean);
                check::exact(&statistics.variance, &same.variance);

                let (dx, dscale, dshift) = backward(EPSILON, THEN, &x, &scale, &shift, &statistics, &dy);
                let dz = leaky_relu::backward(0.2, &z, &dropout::backward(0.8, 7, &dy));
                let composed = batch_norm::backward(EPSILON, &x, &scale, &same, &dz);
                check::exact(&dx, &composed.0);
                check::exact(&dscale, &composed.1);
                check::exact(&dshift, &composed.2);
            }
        }
    }

    #[test]
    fn gradients() {
        let (x, scale, shift) = (noise(1, 5 * 7 * 3), noise(2, 3), noise(3, 3));
        let (x64, scale64, shift64) = (to_f64(&x), to_f64(&scale), to_f64(&shift));
        let mask = dropout::mask(THEN.keep, THEN.key, x.len());
        let run = |x: &[f64], scale: &[f64], shift: &[f64]| {
            let settings = (f64::from(THEN.slope), f64::from(THEN.keep));
            reference::forward(f64::from(EPSILON), settings, &mask, x, scale, shift)
        };
        let vjp = |dy: &[f32], i| {
            let inputs: [(&[usize], &[f32]); 3] = [(&[5, 7, 3], &x), (&[3], &scale), (&[3], &shift)];
            check::vjp(&inputs, dy, |tape, v| tape.norm_act(EPSILON, THEN, v[0], v[1], v[2]).0).swap_remove(i)
        };
        check::gradient(&x, |x| run(x, &scale64, &shift64), |dy| vjp(dy, 0));
        check::gradient(&scale, |scale| run(&x64, scale, &shift64), |dy| vjp(dy, 1));
        check::gradient(&shift, |shift| run(&x64, &scale64, shift), |dy| vjp(dy, 2));
    }

    #[test]
    fn threads_do_not_show() {
        let (x, scale, dy) = (noise(1, 33 * 2000), noise(2, 33), noise(3, 33 * 2000));
        check::same_on_any_threads(|| {
            let (y, statistics) = forward(EPSILON, THEN, &x, &scale, &scale);
            let (dx, dscale, dshift) = backward(EPSILON, THEN, &x, &scale, &scale, &statistics, &dy);
            [&y[..], &dx, &dscale, &dshift].concat()
        });
    }

    #[test]
    fn nan_spoils_its_channel_and_no_other() {
        let mut x = noise(1, 64);
        x[10] = f32::NAN;
        let (y, _) = forward(EPSILON, THEN, &x, &[1.0; 2], &[0.0; 2]);
        assert!(y.iter().step_by(2).all(|y| y.is_nan()) && y.iter().skip(1).step_by(2).all(|y| y.is_finite()));
    }
}

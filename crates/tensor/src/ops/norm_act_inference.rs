//! Batch norm with given statistics and leaky ReLU as one operator: [`norm_act`](super::norm_act)
//! at inference, without dropout.
//!
//! ```text
//! z = scale·(x − mean)/√(variance + ε) + shift    y = leaky(z)
//! ```
//!
//! A sample must not depend on the other samples of its batch. A trained network therefore
//! normalises with the running mean and variance that it has collected in training (Ioffe and
//! Szegedy 2015, algorithm 2). They are constants here, so each channel has a fixed affine map. By
//! hand, with mean 1, variance 4, ε almost 0, scale 3 and shift 10 for every channel, and with
//! slope 1, which turns leaky ReLU into the identity:
//!
//! ```text
//! x = [ 1  3  5 ]    y = [ 10  13  16 ]
//!     [ 3  1  0 ]        [ 13  10  8½ ]
//! ```
//!
//! No trained network needs gradients, so the operator is recorded without a backward pass. Its
//! `dx` would be `scale·dz/√(variance + ε)`: the two subtractions of
//! [`batch_norm`](super::batch_norm) are absent, because mean and variance do not depend on `x`.
//! Forward is one sweep that moves 8 bytes per element.
//!
//! In the book: `book/src/15-fast-another-sum.md`.

use super::batch_norm::assert_channels;
use crate::fast::sweeps::affine::ChannelAffine;
use crate::{Buffer, Op, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;
    use crate::ops::leaky_relu;

    /// `y` of the shape of `x`. Each row of `x` is as long as the other slices.
    pub fn forward<T: Real>(
        (epsilon, slope): (T, T),
        x: &[T],
        scale: &[T],
        shift: &[T],
        mean: &[T],
        variance: &[T],
    ) -> Vec<T> {
        let normal = |(i, &x): (usize, &T)| {
            let c = i % scale.len();
            scale[c] * (x - mean[c]) / (variance[c] + epsilon).sqrt() + shift[c]
        };
        leaky_relu::reference::forward(slope, &x.iter().enumerate().map(normal).collect::<Vec<T>>())
    }
}

/// `y` of the shape of `x`. Each row of `x` is as long as the other slices. With a `slope` of 1
/// there is no leaky ReLU.
///
/// # Panics
/// If `x` does not consist of whole rows, or if the other slices differ in length.
#[must_use]
pub fn forward(
    (epsilon, slope): (f32, f32),
    x: &[f32],
    scale: &[f32],
    shift: &[f32],
    mean: &[f32],
    variance: &[f32],
) -> Buffer {
    ChannelAffine::new(epsilon, scale, shift, mean, variance)
        .affine_then(x, move |z, _| if 0.0 < z { z } else { slope * z })
}

impl Tape {
    /// Records [`forward`] on `x` of shape `[.., c]` and `scale` and `shift` of shape `[c]`, with
    /// the constants `mean` and `variance` of length `c`. It has no backward pass.
    ///
    /// # Panics
    /// If the shapes do not fit each other. The backward pass panics if it needs a gradient through
    /// this operator.
    pub fn norm_act_inference(
        &mut self,
        (epsilon, slope): (f32, f32),
        x: Var,
        scale: Var,
        shift: Var,
        mean: &[f32],
        variance: &[f32],
    ) -> Var {
        let x_value = self.value(x);
        let scale_value = self.value(scale);
        let shift_value = self.value(shift);
        assert_channels(&x_value, [&scale_value, &shift_value]);
        let y = Tensor::new(
            x_value.shape(),
            forward((epsilon, slope), x_value.data(), scale_value.data(), shift_value.data(), mean, variance),
        );
        self.record(Op::new("norm_act_inference").rectifying().memory_bound(), &[x, scale, shift], y, |_, _| {
            panic!("norm_act_inference has no gradient: training normalises by the statistics of its batch")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{self, magnitudes, noise, to_f64};
    use crate::fast::sweeps::channelwise;

    const EPSILON: f32 = 0.001;
    const SLOPE: f32 = 0.2;

    fn positive(seed: u64, len: usize) -> Vec<f32> {
        noise(seed, len).iter().map(|x| x + 1.0).collect()
    }

    #[test]
    fn equals_the_reference() {
        for channels in (1..=17).chain([33, 64, 130]) {
            for rows in [0, 1, 35, channelwise::chunk_len(channels) / channels + 1] {
                let [scale, shift, mean] = [2, 3, 4].map(|seed| noise(seed, channels));
                let (x, variance) = (noise(1, rows * channels), positive(5, channels));
                let run = |slope: f32, x: &[f64], [scale, shift, mean]: [&[f64]; 3]| {
                    let constants = (f64::from(EPSILON), f64::from(slope));
                    reference::forward(constants, x, scale, shift, mean, &to_f64(&variance))
                };
                let [x64, scale64, shift64, mean64] = [&x, &scale, &shift, &mean].map(|x| to_f64(x));
                let minus_mean: Vec<f64> = mean64.iter().map(|mean| -mean.abs()).collect();
                let gauge = run(1.0, &magnitudes(&x64), [&magnitudes(&scale64), &magnitudes(&shift64), &minus_mean]);
                for slope in [1.0, SLOPE] {
                    let truth = run(slope, &x64, [&scale64, &shift64, &mean64]);
                    let y = forward((EPSILON, slope), &x, &scale, &shift, &mean, &variance);
                    check::within_bound(&y, &truth, &gauge, 1);
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "norm_act_inference has no gradient")]
    fn a_gradient_is_refused() {
        let mut tape = Tape::new();
        let x = tape.leaf(Tensor::zeros(&[2, 1]));
        let [scale, shift] = [1.0, 0.0].map(|value| tape.constant(Tensor::new(&[1], vec![value])));
        let y = tape.norm_act_inference((EPSILON, SLOPE), x, scale, shift, &[0.0], &[1.0]);
        let _ = tape.backward(y, Tensor::zeros(&[2, 1]));
    }

    #[test]
    fn the_case_by_hand() {
        let y = forward((1e-12, 1.0), &[1.0, 3.0, 5.0, 3.0, 1.0, 0.0], &[3.0; 3], &[10.0; 3], &[1.0; 3], &[4.0; 3]);
        check::exact(&y, &[10.0, 13.0, 16.0, 13.0, 10.0, 8.5]);
    }

    #[test]
    fn nan_stays_nan() {
        assert!(forward((EPSILON, 1.0), &[f32::NAN], &[1.0], &[0.0], &[0.0], &[1.0])[0].is_nan());
        assert!(forward((EPSILON, 1.0), &[1.0], &[1.0], &[0.0], &[0.0], &[f32::NAN])[0].is_nan());
    }

    #[test]
    #[should_panic(expected = "scale, shift, mean and variance differ in length")]
    fn lengths_must_fit() {
        let _ = forward((EPSILON, 1.0), &[1.0; 4], &[1.0; 2], &[0.0; 2], &[0.0; 2], &[1.0; 3]);
    }
}

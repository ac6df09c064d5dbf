//! Batch normalisation: each channel is brought to mean 0 and variance 1, then to a learnt scale
//! and shift.
//!
//! ```text
//! y = γ·(x − μ)/√(σ² + ε) + β        μ, σ² of the channel, over the batch and all pixels
//!                                    γ, β its scale and shift, which are learnt
//! ```
//!
//! Without it, every update of a layer shifts and stretches the input of the next layer, and a deep
//! network trains on moving ground. With it, a layer's input keeps its mean and variance, whatever
//! happens in the layers before. A bias in front of batch norm has no effect, because subtracting
//! `μ` removes it. Its gradient is therefore zero.
//!
//! A generator that makes one picture has no batch. Training therefore keeps *running statistics*,
//! and inference normalises with them (TensorFlow calls them moving, and so do the tensors of a
//! checkpoint):
//!
//! ```text
//! running = momentum·running + (1 − momentum)·batch
//! ```
//!
//! By hand: from a running variance of 1 and a batch variance of 3, momentum 0.99 makes 1.02.
//!
//! Frameworks differ here. Momentum weighs the *old* value, as in TensorFlow; in PyTorch it weighs
//! the new one. `σ²` is the population variance, divided by `n`, in both equations; PyTorch divides
//! by `n − 1` for the running one. ε stands inside the root.
//!
//! The arithmetic and its gradients are in [`tensor::ops::batch_norm`]. This file decides who owns
//! the parameters and the statistics.
//!
//! Source: Ioffe and Szegedy, *Batch normalization: accelerating deep network training by reducing
//! internal covariate shift*, ICML 2015, algorithms 1 and 2. (For inference they average the
//! unbiased variance.)

use tensor::ops::batch_norm::BatchStatistics;
use tensor::ops::leaky_dropout::LeakyDropout;
use tensor::{Tape, Tensor, Var};

use crate::{Bound, Dropout, ParamId, Parameters};

/// The momentum of TensorFlow's layers: the share of the old running statistics that each update
/// keeps.
pub const MOMENTUM: f64 = 0.99;

/// Exponential averages of the statistics of batches.
#[derive(Clone, Debug)]
pub struct RunningStatistics {
    /// The average of the means, `[channels]`.
    pub mean: Tensor,
    /// The average of the population variances, `[channels]`.
    pub variance: Tensor,
}

impl RunningStatistics {
    /// Mean 0 and variance 1. Inference without training then applies only scale and shift.
    #[must_use]
    pub fn new(channels: usize) -> Self {
        Self { mean: Tensor::zeros(&[channels]), variance: Tensor::new(&[channels], vec![1.0; channels]) }
    }

    /// Sets each average to `momentum·old + (1 − momentum)·batch`, for `momentum` in [0, 1).
    ///
    /// # Panics
    /// If the batch has another number of channels.
    pub fn update(&mut self, momentum: f64, batch: &BatchStatistics) {
        let average = |running: &mut Tensor, batch: &[f32]| {
            assert_eq!(running.data().len(), batch.len(), "batch norm: the statistics are of other channels");
            for (running, &batch) in running.data_mut().iter_mut().zip(batch) {
                // In f64, because 1 − 0.99 in f32 is wrong in the seventh digit.
                *running = (momentum * f64::from(*running) + (1.0 - momentum) * f64::from(batch)) as f32;
            }
        };
        average(&mut self.mean, &batch.mean);
        average(&mut self.variance, &batch.variance);
    }
}

/// A batch norm layer: `[.., channels] → [.., channels]`.
#[derive(Clone, Debug)]
pub struct BatchNorm {
    name: String,
    epsilon: f32,
    scale: ParamId,
    shift: ParamId,
    running: Option<RunningStatistics>,
}

impl BatchNorm {
    /// Adds the scale `name/gamma [channels]`, all ones, and the shift `name/beta [channels]`, all
    /// zeros. The layer keeps running statistics.
    ///
    /// # Panics
    /// If the names are taken.
    pub fn new(parameters: &mut Parameters, name: &str, channels: usize, epsilon: f32) -> Self {
        let running = Some(RunningStatistics::new(channels));
        Self { running, ..Self::without_running_statistics(parameters, name, channels, epsilon) }
    }

    /// Like [`new`](Self::new), without running statistics. This suits a network that only ever
    /// sees batches, like a GAN's discriminator.
    ///
    /// # Panics
    /// If the names are taken.
    pub fn without_running_statistics(parameters: &mut Parameters, name: &str, channels: usize, epsilon: f32) -> Self {
        Self {
            name: name.to_owned(),
            epsilon,
            scale: parameters.add(format!("{name}/gamma"), Tensor::new(&[channels], vec![1.0; channels])),
            shift: parameters.add(format!("{name}/beta"), Tensor::zeros(&[channels])),
            running: None,
        }
    }

    /// Normalises `x [.., channels]` by its own statistics, then applies leaky ReLU and dropout.
    /// One operator does all three, [`tensor::ops::norm_act`]. The running statistics, if there are
    /// any, move towards those of the batch.
    ///
    /// # Panics
    /// If `x` has another number of channels, or `then` keeps nothing.
    pub fn forward_training_then(&mut self, tape: &mut Tape, bound: &Bound, x: Var, then: LeakyDropout) -> Var {
        tape.scope(&self.name);
        let (y, batch) = tape.norm_act(self.epsilon, then, x, bound[self.scale], bound[self.shift]);
        self.update_running(&batch);
        y
    }

    /// Updates the running statistics, if there are any, by those of a batch.
    fn update_running(&mut self, batch: &BatchStatistics) {
        if let Some(running) = &mut self.running {
            running.update(MOMENTUM, batch);
        }
    }

    /// Normalises `x [.., channels]` by the running statistics, then applies leaky ReLU and
    /// dropout, which is off (`keep` is 1) unless samples are asked to have it. The first two are
    /// one operator, [`tensor::ops::norm_act_inference`].
    ///
    /// # Panics
    /// If `x` has another number of channels, if there are no running statistics, or if `then`
    /// keeps nothing.
    pub fn forward_inference_then(&self, tape: &mut Tape, bound: &Bound, x: Var, then: LeakyDropout) -> Var {
        tape.scope(&self.name);
        let running = self.running.as_ref().unwrap_or_else(|| panic!("{} has no running statistics", self.name));
        let (mean, variance) = (running.mean.data(), running.variance.data());
        let constants = (self.epsilon, then.slope);
        let y = tape.norm_act_inference(constants, x, bound[self.scale], bound[self.shift], mean, variance);
        Dropout::new(then.keep).forward(tape, y, then.key)
    }

    /// The running statistics, if there are any, with the names that a checkpoint gives them:
    /// `name/moving_mean` and `name/moving_variance`.
    pub fn running_statistics(&self) -> impl Iterator<Item = (String, &Tensor)> {
        self.running.iter().flat_map(|running| {
            [("moving_mean", &running.mean), ("moving_variance", &running.variance)]
                .map(|(kind, tensor)| (format!("{}/{kind}", self.name), tensor))
        })
    }

    /// Like [`running_statistics`](Self::running_statistics), for replacing them by saved ones of
    /// the same shape.
    pub fn running_statistics_mut(&mut self) -> impl Iterator<Item = (String, &mut Tensor)> {
        self.running.iter_mut().flat_map(|running| {
            [("moving_mean", &mut running.mean), ("moving_variance", &mut running.variance)]
                .map(|(kind, tensor)| (format!("{}/{kind}", self.name), tensor))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mode;
    use tensor::check;

    const EPSILON: f32 = 0.25;

    /// Two rows of two channels: means 1 and 5, population variances 4 and 0.
    fn batch() -> Tensor {
        Tensor::new(&[2, 1, 1, 2], vec![-1.0, 5.0, 3.0, 5.0])
    }

    fn forward(norm: &mut BatchNorm, parameters: &Parameters, training: bool) -> Vec<f32> {
        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, Mode::Trained);
        let x = tape.constant(batch());
        let nothing = LeakyDropout { slope: 1.0, keep: 1.0, key: 0 };
        let y = match training {
            true => norm.forward_training_then(&mut tape, &bound, x, nothing),
            false => norm.forward_inference_then(&mut tape, &bound, x, nothing),
        };
        tape.value(y).data().to_vec()
    }

    fn assert_close(found: &[f32], expected: &[f64]) {
        assert_eq!(expected.len(), found.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() <= 1e-6, "{found}, not {expected}");
        }
    }

    fn assert_running(norm: &BatchNorm, expected: [(&str, [f64; 2]); 2]) {
        let found: Vec<_> = norm.running_statistics().collect();
        assert_eq!(2, found.len());
        for ((name, tensor), (expected_name, expected)) in found.iter().zip(expected) {
            assert_eq!(expected_name, name);
            assert_close(tensor.data(), &expected);
        }
    }

    #[test]
    fn starts_as_a_plain_normalisation() {
        let mut parameters = Parameters::new();
        let mut norm = BatchNorm::new(&mut parameters, "bn1", 2, EPSILON);
        let listed: Vec<_> = parameters.iter().map(|(name, tensor)| (name, tensor.data().to_vec())).collect();
        assert_eq!(listed, [("bn1/gamma", vec![1.0; 2]), ("bn1/beta", vec![0.0; 2])]);
        assert_running(&norm, [("bn1/moving_mean", [0.0; 2]), ("bn1/moving_variance", [1.0; 2])]);
        // √(4 + 0.25)
        let two = 2.0 / 4.25f64.sqrt();
        assert_close(&forward(&mut norm, &parameters, true), &[-two, 0.0, two, 0.0]);
    }

    /// Swapped weights would give means of 0.99 and 4.95. The unbiased variance would give 1.07.
    #[test]
    fn each_batch_moves_the_statistics_by_a_hundredth() {
        let mut parameters = Parameters::new();
        let mut norm = BatchNorm::new(&mut parameters, "bn1", 2, EPSILON);
        forward(&mut norm, &parameters, true);
        assert_running(&norm, [("bn1/moving_mean", [0.01, 0.05]), ("bn1/moving_variance", [1.03, 0.99])]);
        forward(&mut norm, &parameters, true);
        assert_running(&norm, [("bn1/moving_mean", [0.0199, 0.0995]), ("bn1/moving_variance", [1.0597, 0.9801])]);
    }

    #[test]
    fn inference_normalises_by_the_running_statistics_and_leaves_them() {
        let mut parameters = Parameters::new();
        let mut norm = BatchNorm::new(&mut parameters, "bn1", 2, EPSILON);
        parameters.set("bn1/gamma", Tensor::new(&[2], vec![3.0, 10.0]));
        parameters.set("bn1/beta", Tensor::new(&[2], vec![7.0, 9.0]));
        for ((_, statistic), x) in norm.running_statistics_mut().zip([vec![-1.0, 3.0], vec![0.75, 15.75]]) {
            *statistic = Tensor::new(&[2], x);
        }
        // Deviations of 1 and 4: 3·(−1 + 1)/1 + 7, 10·(5 − 3)/4 + 9, 3·(3 + 1)/1 + 7
        assert_close(&forward(&mut norm, &parameters, false), &[7.0, 14.0, 19.0, 14.0]);
        assert_running(&norm, [("bn1/moving_mean", [-1.0, 3.0]), ("bn1/moving_variance", [0.75, 15.75])]);
    }

    #[test]
    fn the_fused_tail_is_its_three_parts() {
        let mut parameters = Parameters::new();
        let mut fused = BatchNorm::new(&mut parameters, "bn1", 5, EPSILON);
        let mut plain = fused.clone();
        parameters.set("bn1/gamma", Tensor::new(&[5], check::noise(1, 5)));
        parameters.set("bn1/beta", Tensor::new(&[5], check::noise(2, 5)));
        let (slope, keep, key) = (0.01, 0.8, 3);

        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, Mode::Trained);
        let x = tape.constant(Tensor::new(&[4, 3, 2, 5], check::noise(4, 120)));
        let at_once = fused.forward_training_then(&mut tape, &bound, x, LeakyDropout { slope, keep, key });
        let (z, batch) = tape.batch_norm(EPSILON, x, bound[plain.scale], bound[plain.shift]);
        plain.update_running(&batch);
        let z = tape.leaky_relu(slope, z);
        let one_by_one = tape.dropout(keep, key, z);

        check::exact(tape.value(at_once).data(), tape.value(one_by_one).data());
        for ((_, fused), (_, plain)) in fused.running_statistics().zip(plain.running_statistics()) {
            assert_ne!([0.0; 5], fused.data());
            check::exact(fused.data(), plain.data());
        }
    }

    #[test]
    fn at_inference_too() {
        let mut parameters = Parameters::new();
        let norm = BatchNorm::new(&mut parameters, "bn1", 5, EPSILON);
        parameters.set("bn1/beta", Tensor::new(&[5], check::noise(2, 5)));
        let (slope, keep, key) = (0.01, 0.8, 3);
        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, Mode::Frozen);
        let x = tape.constant(Tensor::new(&[4, 3, 2, 5], check::noise(4, 120)));
        let at_once = norm.forward_inference_then(&mut tape, &bound, x, LeakyDropout { slope, keep, key });
        let z = norm.forward_inference_then(&mut tape, &bound, x, LeakyDropout { slope: 1.0, keep: 1.0, key });
        let one_by_one = tape.leaky_dropout(LeakyDropout { slope, keep, key }, z);
        check::exact(tape.value(at_once).data(), tape.value(one_by_one).data());
    }

    #[test]
    fn without_running_statistics_a_batch_leaves_no_trace() {
        let mut parameters = Parameters::new();
        let mut norm = BatchNorm::without_running_statistics(&mut parameters, "bn2", 2, EPSILON);
        let first = forward(&mut norm, &parameters, true);
        assert_eq!(first, forward(&mut norm, &parameters, true));
        assert_eq!(0, norm.running_statistics().count());
    }

    #[test]
    #[should_panic(expected = "bn2 has no running statistics")]
    fn inference_needs_running_statistics() {
        let mut parameters = Parameters::new();
        let mut norm = BatchNorm::without_running_statistics(&mut parameters, "bn2", 2, EPSILON);
        forward(&mut norm, &parameters, false);
    }
}

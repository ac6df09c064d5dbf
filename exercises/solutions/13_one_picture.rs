//! A generator that draws one picture has no batch, and a picture must not change with its
//! neighbours. So training keeps running statistics, which a finished generator normalises with:
//! running = momentum·running + (1 − momentum)·batch. Momentum is the share of the old.
//! By hand: the running variance 1, the batch's 4 and momentum 0.75 make 1.75.
//! 15 minutes. Chapter 7: book/src/07-numbers-of-a-known-size.md

use tensor::ops::batch_norm::{BatchStatistics, statistics};

/// Moves the running statistics of each channel towards those of a batch. The fields of both are
/// `mean: Vec<f32>` and `variance: Vec<f32>`, one for each channel.
pub fn update(momentum: f64, running: &mut BatchStatistics, batch: &BatchStatistics) {
    for c in 0..batch.mean.len() {
        running.mean[c] = average(momentum, running.mean[c], batch.mean[c]);
        running.variance[c] = average(momentum, running.variance[c], batch.variance[c]);
    }
}

/// `(x − m)/√(v + ε)` for pictures `x`, of shape `[n, channels]`. In training, m and v are those of
/// `x`, and the running statistics move; `tensor::ops::batch_norm::statistics(x, channels)` gives
/// those of `x`. Otherwise m and v are the running ones, which then stay as they are.
pub fn normalise(is_training: bool, momentum: f64, epsilon: f32, running: &mut BatchStatistics, x: &[f32]) -> Vec<f32> {
    let channels = running.mean.len();
    let used = if is_training {
        let batch = statistics(x, channels);
        update(momentum, running, &batch);
        batch
    } else {
        running.clone()
    };
    let mut y = Vec::new();
    for (i, x) in x.iter().enumerate() {
        let c = i % channels;
        y.push((x - used.mean[c]) / (used.variance[c] + epsilon).sqrt());
    }
    y
}

/// `momentum` parts of the old number and the rest of the new one.
fn average(momentum: f64, old: f32, new: f32) -> f32 {
    (momentum * f64::from(old) + (1.0 - momentum) * f64::from(new)) as f32
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::one_picture::check(super::update, super::normalise)
    }
}

//! A generator that draws one picture has no batch, and a picture must not change with its
//! neighbours. So training keeps running statistics, which a finished generator normalises with:
//! running = momentum·running + (1 − momentum)·batch. Momentum is the share of the old.
//! By hand: the running variance 1, the batch's 4 and momentum 0.75 make 1.75.
//! 15 minutes. Chapter 7: book/src/07-numbers-of-a-known-size.md

use exercises::unsolved;
use tensor::ops::batch_norm::BatchStatistics;

/// Moves the running statistics of each channel towards those of a batch. The fields of both are
/// `mean: Vec<f32>` and `variance: Vec<f32>`, one for each channel.
pub fn update(momentum: f64, running: &mut BatchStatistics, batch: &BatchStatistics) {
    // TODO
    unsolved!("write the running statistics"; momentum, running, batch)
}

/// `(x − m)/√(v + ε)` for pictures `x`, of shape `[n, channels]`. In training, m and v are those of
/// `x`, and the running statistics move; `tensor::ops::batch_norm::statistics(x, channels)` gives
/// those of `x`. Otherwise m and v are the running ones, which then stay as they are.
pub fn normalise(is_training: bool, momentum: f64, epsilon: f32, running: &mut BatchStatistics, x: &[f32]) -> Vec<f32> {
    // TODO
    unsolved!("write one pass in training and one in sampling"; is_training, momentum, epsilon, running, x)
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::one_picture::check(super::update, super::normalise)
    }
}

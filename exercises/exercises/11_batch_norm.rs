//! Batch norm gives each channel the mean 0 and the variance 1, then a learnt scale and shift.
//! `x` is [n, channels], a row for each pixel of each image: m = Σx/n, v = Σ(x − m)²/n.
//! By hand: x = [ 1 3 ] has m = 2 and v = 1, and with ε = 3 the result is y = [ −0.5 0.5 ].
//! A channel of equal numbers has the variance 0 exactly, however many they are: f32 sums round.
//! 25 minutes. Chapter 7: book/src/07-numbers-of-a-known-size.md

use exercises::unsolved;

/// The mean and the variance of each channel, over the rows of `x`. The variance is that of the
/// population.
pub fn statistics(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    // TODO
    unsolved!("write the mean and the variance of each channel"; x, channels)
}

/// `y = scale·(x − m)/√(v + ε) + shift`, with a scale and a shift for each channel.
pub fn forward(epsilon: f32, x: &[f32], scale: &[f32], shift: &[f32]) -> Vec<f32> {
    // TODO
    unsolved!("write y"; epsilon, x, scale, shift)
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::batch_norm::check(super::statistics, super::forward)
    }
}

//! A number x changes its own x̂ = (x − m)·s, and through m and s every other x̂ of its channel.
//! So dx has three terms: its own, one through the mean m and one through s = 1/√(v + ε).
//! By hand: x = [ 1 3 ], ε = 3, dy = [ 1 0 ] give s = 1/2, dshift = 1, dscale = −1/2, and so
//! dx = [ 3/16 −3/16 ]. In every channel dx sums to 0: a shift of all numbers changes no x̂.
//! 40 minutes. Chapter 7: book/src/07-numbers-of-a-known-size.md

use tensor::ops::batch_norm::BatchStatistics;

/// How the loss changes with each channel's shift, given `dy`, how it changes with each
/// `y = scale·x̂ + shift`. All matrices are `[n, channels]`.
pub fn dshift(channels: usize, dy: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0; channels];
    for (i, dy) in dy.iter().enumerate() {
        sums[i % channels] += dy;
    }
    sums
}

/// How the loss changes with each channel's scale. `statistics` are those of `x`, from the forward
/// pass: `statistics.mean: Vec<f32>` and `statistics.variance: Vec<f32>`, one for each channel.
pub fn dscale(epsilon: f32, x: &[f32], statistics: &BatchStatistics, dy: &[f32]) -> Vec<f32> {
    let channels = statistics.mean.len();
    let mut sums = vec![0.0; channels];
    for i in 0..x.len() {
        sums[i % channels] += dy[i] * normal(epsilon, x[i], statistics, i % channels);
    }
    sums
}

/// How the loss changes with each number of `x`.
pub fn dx(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    let channels = scale.len();
    let n = (x.len() / channels) as f32;
    let dshift = dshift(channels, dy);
    let dscale = dscale(epsilon, x, statistics, dy);
    let mut dx = Vec::new();
    for i in 0..x.len() {
        let c = i % channels;
        let s = 1.0 / (statistics.variance[c] + epsilon).sqrt();
        let through_mean = dshift[c] / n;
        let through_variance = normal(epsilon, x[i], statistics, c) * dscale[c] / n;
        dx.push(scale[c] * s * (dy[i] - through_mean - through_variance));
    }
    dx
}

/// x̂ of a number of channel `c`.
fn normal(epsilon: f32, x: f32, statistics: &BatchStatistics, c: usize) -> f32 {
    (x - statistics.mean[c]) / (statistics.variance[c] + epsilon).sqrt()
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::batch_norm_back::check(super::dshift, super::dscale, super::dx)
    }
}

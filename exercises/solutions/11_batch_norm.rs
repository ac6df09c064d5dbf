//! Batch norm gives each channel the mean 0 and the variance 1, then a learnt scale and shift.
//! `x` is [n, channels], a row for each pixel of each image: m = Σx/n, v = Σ(x − m)²/n.
//! By hand: x = [ 1 3 ] has m = 2 and v = 1, and with ε = 3 the result is y = [ −0.5 0.5 ].
//! A channel of equal numbers has the variance 0 exactly, however many they are: f32 sums round.
//! 25 minutes. Chapter 7: book/src/07-numbers-of-a-known-size.md

/// The mean and the variance of each channel, over the rows of `x`. The variance is that of the
/// population.
pub fn statistics(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let n = (x.len() / channels) as f64;
    let mut mean = Vec::new();
    let mut variance = Vec::new();
    for c in 0..channels {
        // The first row is near the mean, so little cancels below. In a constant channel all
        // differences are 0.
        let pivot = x[c];
        let mut sum = 0.0;
        let mut squares = 0.0;
        for row in x.chunks(channels) {
            let d = f64::from(row[c] - pivot);
            sum += d;
            squares += d * d;
        }
        mean.push((f64::from(pivot) + sum / n) as f32);
        variance.push((squares / n - (sum / n) * (sum / n)) as f32);
    }
    (mean, variance)
}

/// `y = scale·(x − m)/√(v + ε) + shift`, with a scale and a shift for each channel.
pub fn forward(epsilon: f32, x: &[f32], scale: &[f32], shift: &[f32]) -> Vec<f32> {
    let channels = scale.len();
    let (mean, variance) = statistics(x, channels);
    let mut y = Vec::new();
    for (i, x) in x.iter().enumerate() {
        let c = i % channels;
        let normal = (x - mean[c]) / (variance[c] + epsilon).sqrt();
        y.push(scale[c] * normal + shift[c]);
    }
    y
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::batch_norm::check(super::statistics, super::forward)
    }
}

//! Wrong answers to exercise 11.

use tensor::ops::batch_norm::reference;

use super::BatchNorm;
use crate::Wrong;

pub const WRONG: &[Wrong<BatchNorm>] = &[
    Wrong {
        name: "channels_in_blocks",
        answer: BatchNorm { statistics: channels_in_blocks, forward },
        words: "n numbers in a block",
        explanation: "This is what comes out when a channel is n numbers in a block: its numbers stand `channels` places apart.",
    },
    Wrong {
        name: "one_channel",
        answer: BatchNorm { statistics: one_channel, forward },
        words: "share one mean",
        explanation: "This is what comes out when all channels share one mean and one variance: each channel has its own.",
    },
    Wrong {
        name: "sample_variance",
        answer: BatchNorm { statistics: sample_variance, forward },
        words: "divided by n − 1",
        explanation: "This is what comes out when the variance is divided by n − 1: batch norm divides by n, as for a population.",
    },
    Wrong {
        name: "sum_of_squares",
        answer: BatchNorm { statistics: sum_of_squares, forward },
        words: "not divided by n",
        explanation: "This is what comes out when the squares are summed and not divided by n: the variance is their mean.",
    },
    Wrong {
        name: "standard_deviation",
        answer: BatchNorm { statistics: standard_deviation, forward },
        words: "already taken in the statistics",
        explanation: "This is what comes out when the root is already taken in the statistics: the variance is v, and √(v + ε) comes later.",
    },
    Wrong {
        name: "mean_of_squares",
        answer: BatchNorm { statistics: mean_of_squares, forward },
        words: "without the mean",
        explanation: "This is what comes out when x is squared without the mean being subtracted: the variance is the mean of (x − m)².",
    },
    Wrong {
        name: "squares_minus_square",
        answer: BatchNorm { statistics: squares_minus_square, forward },
        words: "cancels",
        explanation: "This is what comes out of Σx²/n − m² in f32, which cancels where m is large: square x − m, or x minus a number near m.",
    },
    Wrong {
        name: "around_the_first_row",
        answer: BatchNorm { statistics: around_the_first_row, forward },
        words: "around the first row",
        explanation: "This is what comes out when v is taken around the first row: subtract the square of the row's own distance from m.",
    },
    Wrong {
        name: "sums_in_f32",
        answer: BatchNorm { statistics: sums_in_f32, forward },
        words: "the sum itself is rounded",
        explanation: "This is what comes out when m is a sum in f32: the sum itself is rounded. Sum in f64, or sum x − x₀ with the first row x₀.",
    },
    Wrong {
        name: "epsilon_outside",
        answer: BatchNorm { statistics, forward: epsilon_outside },
        words: "outside the root",
        explanation: "This is what comes out when ε stands outside the root: it is √(v + ε), not √v + ε.",
    },
    Wrong {
        name: "no_epsilon",
        answer: BatchNorm { statistics, forward: no_epsilon },
        words: "ε is forgotten",
        explanation: "This is what comes out when ε is forgotten: the divisor is √(v + ε), so that a constant channel is not divided by 0.",
    },
    Wrong {
        name: "no_root",
        answer: BatchNorm { statistics, forward: no_root },
        words: "divided by the variance",
        explanation: "This is what comes out when x − m is divided by the variance: divide by its root, √(v + ε).",
    },
    Wrong {
        name: "no_mean",
        answer: BatchNorm { statistics, forward: no_mean },
        words: "x itself is divided",
        explanation: "This is what comes out when x itself is divided by √(v + ε): it is x − m, whose mean is 0.",
    },
    Wrong {
        name: "no_shift",
        answer: BatchNorm { statistics, forward: no_shift },
        words: "the shift is left out",
        explanation: "This is what comes out when the shift is left out: it is added at the end, to scale·x̂.",
    },
    Wrong {
        name: "no_scale",
        answer: BatchNorm { statistics, forward: no_scale },
        words: "the scale is left out",
        explanation: "This is what comes out when the scale is left out: it multiplies x̂ before the shift is added.",
    },
    Wrong {
        name: "scaled_shift",
        answer: BatchNorm { statistics, forward: scaled_shift },
        words: "the shift is scaled too",
        explanation: "This is what comes out when the shift is scaled too: scale·x̂ comes first, and then the shift is added.",
    },
    Wrong {
        name: "scale_and_shift_swapped",
        answer: BatchNorm { statistics, forward: scale_and_shift_swapped },
        words: "each other's place",
        explanation: "This is what comes out when scale and shift are in each other's place: the scale multiplies, the shift is added.",
    },
    Wrong {
        name: "scale_of_blocks",
        answer: BatchNorm { statistics, forward: scale_of_blocks },
        words: "as if the channels lay one after the other",
        explanation: "This is what comes out of y as if the channels lay one after the other: number i is of channel i % channels.",
    },
];

fn statistics(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    let (mean, variance) = reference::statistics(&x, channels);
    (to_f32(&mean), to_f32(&variance))
}

fn forward(epsilon: f32, x: &[f32], scale: &[f32], shift: &[f32]) -> Vec<f32> {
    with(x, scale, |x, m, v, c| scale[c] * (x - m) / (v + epsilon).sqrt() + shift[c])
}

fn to_f32(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&x| x as f32).collect()
}

/// `formula(x, m, v, channel)` for each number.
fn with(x: &[f32], scale: &[f32], formula: impl Fn(f32, f32, f32, usize) -> f32) -> Vec<f32> {
    let (mean, variance) = statistics(x, scale.len());
    let y = |(i, &x): (usize, &f32)| {
        let c = i % scale.len();
        formula(x, mean[c], variance[c], c)
    };
    x.iter().enumerate().map(y).collect()
}

/// The right means, and `formula(numbers, m, v)` of each channel as variances.
fn variances(x: &[f32], channels: usize, formula: impl Fn(&[f32], f32, f32) -> f32) -> (Vec<f32>, Vec<f32>) {
    let (mean, variance) = statistics(x, channels);
    let of_channel = |c| {
        let numbers: Vec<f32> = x.iter().skip(c).step_by(channels).copied().collect();
        formula(&numbers, mean[c], variance[c])
    };
    let formulas = (0..channels).map(of_channel).collect();
    (mean, formulas)
}

/// The numbers of a matrix, column after column.
fn transposed(x: &[f32], channels: usize) -> Vec<f32> {
    (0..channels).flat_map(|c| x.iter().skip(c).step_by(channels).copied()).collect()
}

fn channels_in_blocks(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let rows = x.len() / channels;
    statistics(&transposed(x, rows), channels)
}

fn one_channel(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let (mean, variance) = statistics(x, 1);
    (vec![mean[0]; channels], vec![variance[0]; channels])
}

fn sample_variance(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    variances(x, channels, |x, _, v| v * x.len() as f32 / (x.len() as f32 - 1.0))
}

fn sum_of_squares(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    variances(x, channels, |x, _, v| v * x.len() as f32)
}

fn standard_deviation(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    variances(x, channels, |_, _, v| v.sqrt())
}

fn mean_of_squares(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    variances(x, channels, |x, _, _| {
        let squares: f64 = x.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        (squares / x.len() as f64) as f32
    })
}

fn around_the_first_row(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    variances(x, channels, |x, _, _| {
        let squares: f64 = x.iter().map(|&number| f64::from(number - x[0]).powi(2)).sum();
        (squares / x.len() as f64) as f32
    })
}

fn squares_minus_square(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    variances(x, channels, |x, _, _| {
        let n = x.len() as f32;
        let mean = x.iter().sum::<f32>() / n;
        x.iter().map(|x| x * x).sum::<f32>() / n - mean * mean
    })
}

fn sums_in_f32(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let mut means = Vec::new();
    let (_, variances) = variances(x, channels, |x, _, _| {
        let n = x.len() as f32;
        let mean = x.iter().sum::<f32>() / n;
        x.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / n
    });
    for c in 0..channels {
        let sum: f32 = x.iter().skip(c).step_by(channels).sum();
        means.push(sum / (x.len() / channels) as f32);
    }
    (means, variances)
}

fn epsilon_outside(epsilon: f32, x: &[f32], scale: &[f32], shift: &[f32]) -> Vec<f32> {
    with(x, scale, |x, m, v, c| scale[c] * (x - m) / (v.sqrt() + epsilon) + shift[c])
}

fn no_epsilon(_: f32, x: &[f32], scale: &[f32], shift: &[f32]) -> Vec<f32> {
    with(x, scale, |x, m, v, c| scale[c] * (x - m) / v.sqrt() + shift[c])
}

fn no_root(epsilon: f32, x: &[f32], scale: &[f32], shift: &[f32]) -> Vec<f32> {
    with(x, scale, |x, m, v, c| scale[c] * (x - m) / (v + epsilon) + shift[c])
}

fn no_mean(epsilon: f32, x: &[f32], scale: &[f32], shift: &[f32]) -> Vec<f32> {
    with(x, scale, |x, _, v, c| scale[c] * x / (v + epsilon).sqrt() + shift[c])
}

fn no_shift(epsilon: f32, x: &[f32], scale: &[f32], _: &[f32]) -> Vec<f32> {
    with(x, scale, |x, m, v, c| scale[c] * (x - m) / (v + epsilon).sqrt())
}

fn no_scale(epsilon: f32, x: &[f32], scale: &[f32], shift: &[f32]) -> Vec<f32> {
    with(x, scale, |x, m, v, c| (x - m) / (v + epsilon).sqrt() + shift[c])
}

fn scaled_shift(epsilon: f32, x: &[f32], scale: &[f32], shift: &[f32]) -> Vec<f32> {
    with(x, scale, |x, m, v, c| scale[c] * ((x - m) / (v + epsilon).sqrt() + shift[c]))
}

fn scale_and_shift_swapped(epsilon: f32, x: &[f32], scale: &[f32], shift: &[f32]) -> Vec<f32> {
    forward(epsilon, x, shift, scale)
}

fn scale_of_blocks(epsilon: f32, x: &[f32], scale: &[f32], shift: &[f32]) -> Vec<f32> {
    let rows = x.len() / scale.len();
    let (mean, variance) = statistics(x, scale.len());
    let y = |(i, &x): (usize, &f32)| {
        let c = i / rows;
        scale[c] * (x - mean[c]) / (variance[c] + epsilon).sqrt() + shift[c]
    };
    x.iter().enumerate().map(y).collect()
}

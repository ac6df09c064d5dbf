//! Wrong answers to exercise 12.

use tensor::ops::batch_norm::{self, BatchStatistics};

use super::Gradients;
use crate::Wrong;

pub const WRONG: &[Wrong<Gradients>] = &[
    Wrong {
        name: "shift_mean",
        answer: Gradients { dshift: shift_mean, dscale, dx },
        words: "dshift is the mean",
        explanation: "This is what comes out when dshift is the mean of dy: the shift is in n numbers, and dshift is their sum.",
    },
    Wrong {
        name: "shift_blocks",
        answer: Gradients { dshift: shift_blocks, dscale, dx },
        words: "dy lay channel after channel",
        explanation: "This is what comes out when dshift is summed as if dy lay channel after channel: number i is of channel i % channels.",
    },
    Wrong {
        name: "shift_overwritten",
        answer: Gradients { dshift: shift_overwritten, dscale, dx },
        words: "one row alone",
        explanation: "This is what comes out when dshift is that of one row alone: it adds dy over all rows.",
    },
    Wrong {
        name: "scale_mean",
        answer: Gradients { dshift, dscale: scale_mean, dx },
        words: "the mean of dy·x̂",
        explanation: "This is what comes out when dscale is the mean of dy·x̂: the scale is in n numbers, and dscale is their sum.",
    },
    Wrong {
        name: "scale_of_x",
        answer: Gradients { dshift, dscale: scale_of_x, dx },
        words: "the sum of dy·x:",
        explanation: "This is what comes out when dscale is the sum of dy·x: in y = scale·x̂ + shift, the scale meets x̂.",
    },
    Wrong {
        name: "scale_of_difference",
        answer: Gradients { dshift, dscale: scale_of_difference, dx },
        words: "without the division",
        explanation: "This is what comes out when dscale is taken of x − m without the division by √(v + ε): it is the sum of dy·x̂.",
    },
    Wrong {
        name: "scale_without_mean",
        answer: Gradients { dshift, dscale: scale_without_mean, dx },
        words: "m is not subtracted",
        explanation: "This is what comes out when m is not subtracted in dscale: dy meets x̂ = (x − m)/√(v + ε).",
    },
    Wrong {
        name: "scale_negated",
        answer: Gradients { dshift, dscale: scale_negated, dx },
        words: "taken from m − x",
        explanation: "This is what comes out when dscale is taken from m − x: x̂ is positive where x is above the mean.",
    },
    Wrong {
        name: "scale_is_shift",
        answer: Gradients { dshift, dscale: scale_is_shift, dx },
        words: "x̂ does not multiply dy",
        explanation: "This is what comes out when x̂ does not multiply dy in dscale: the sum of dy alone is dshift.",
    },
    Wrong {
        name: "epsilon_outside",
        answer: Gradients { dshift, dscale: epsilon_outside, dx },
        words: "ε outside the root",
        explanation: "This is what comes out when dscale is computed with ε outside the root: s is 1/√(v + ε).",
    },
    Wrong {
        name: "no_root",
        answer: Gradients { dshift, dscale: no_root, dx },
        words: "divided by v + ε",
        explanation: "This is what comes out when x̂ in dscale is divided by v + ε: the root is missing, x̂ = (x − m)/√(v + ε).",
    },
    Wrong {
        name: "mean_constant",
        answer: Gradients { dshift, dscale, dx: mean_constant },
        words: "dx takes m for",
        explanation: "This is what comes out when dx takes m for a constant: x also moves m, by 1/n, so dshift/n is subtracted.",
    },
    Wrong {
        name: "variance_constant",
        answer: Gradients { dshift, dscale, dx: variance_constant },
        words: "dx takes v for",
        explanation: "This is what comes out when dx takes v for a constant: x also moves s, so x̂·dscale/n is subtracted.",
    },
    Wrong {
        name: "both_constant",
        answer: Gradients { dshift, dscale, dx: both_constant },
        words: "both m and v",
        explanation: "This is what comes out when dx takes both m and v for constants: x moves them, and dshift/n and x̂·dscale/n are subtracted.",
    },
    Wrong {
        name: "n_forgotten",
        answer: Gradients { dshift, dscale, dx: n_forgotten },
        words: "subtracts the sums",
        explanation: "This is what comes out when dx subtracts the sums: they are divided by n, since x is one of n numbers that m and v are means of.",
    },
    Wrong {
        name: "mean_by_n_twice",
        answer: Gradients { dshift, dscale, dx: mean_by_n_twice },
        words: "divides dshift by n twice",
        explanation: "This is what comes out when dx divides dshift by n twice: dshift is a sum, and ∂m/∂x is 1/n once.",
    },
    Wrong {
        name: "both_by_n_twice",
        answer: Gradients { dshift, dscale, dx: both_by_n_twice },
        words: "both sums by n twice",
        explanation: "This is what comes out when dx divides both sums by n twice: dshift and dscale are sums, and 1/n comes once from m and once from v.",
    },
    Wrong {
        name: "signs",
        answer: Gradients { dshift, dscale, dx: signs },
        words: "adds what flows through",
        explanation: "This is what comes out when dx adds what flows through m and v: a larger m makes every x̂ smaller, so both are subtracted.",
    },
    Wrong {
        name: "sign_of_variance",
        answer: Gradients { dshift, dscale, dx: sign_of_variance },
        words: "with a plus before x̂·dscale/n",
        explanation: "This is what comes out when dx is written with a plus before x̂·dscale/n: ∂s/∂v is −s³/2, and the minus stays.",
    },
    Wrong {
        name: "no_scale",
        answer: Gradients { dshift, dscale, dx: no_scale },
        words: "computed without the scale",
        explanation: "This is what comes out when dx is computed without the scale: y = scale·x̂ + shift, so dx̂ = scale·dy.",
    },
    Wrong {
        name: "no_s",
        answer: Gradients { dshift, dscale, dx: no_s },
        words: "computed without s",
        explanation: "This is what comes out when dx is computed without s: x̂ = (x − m)·s, so all three terms are multiplied by s.",
    },
    Wrong {
        name: "raw_in_last_term",
        answer: Gradients { dshift, dscale, dx: raw_in_last_term },
        words: "x − m for x̂",
        explanation: "This is what comes out when dx has x − m for x̂ in its last term: that one is x̂·dscale/n.",
    },
    Wrong {
        name: "variance_twice",
        answer: Gradients { dshift, dscale, dx: variance_twice },
        words: "takes the factor 2 of the square along",
        explanation: "This is what comes out when dx takes the factor 2 of the square along: −s³/2 has a half that cancels it.",
    },
    Wrong {
        name: "all_channels",
        answer: Gradients { dshift, dscale, dx: all_channels },
        words: "counts the numbers of all channels",
        explanation: "This is what comes out when dx counts the numbers of all channels as n: n is the number of rows.",
    },
    Wrong {
        name: "scale_twice",
        answer: Gradients { dshift, dscale, dx: scale_twice },
        words: "multiplies by the scale twice",
        explanation: "This is what comes out when dx multiplies by the scale twice: dscale and dshift are of y, and the scale stands once before all three terms.",
    },
];

fn right(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> [Vec<f32>; 3] {
    let (dx, dscale, dshift) = batch_norm::backward(epsilon, x, scale, statistics, dy);
    [dx.to_vec(), dscale, dshift]
}

fn dshift(channels: usize, dy: &[f32]) -> Vec<f32> {
    (0..channels).map(|c| dy.iter().skip(c).step_by(channels).sum()).collect()
}

fn dscale(epsilon: f32, x: &[f32], statistics: &BatchStatistics, dy: &[f32]) -> Vec<f32> {
    let [_, dscale, _] = right(epsilon, x, statistics, &vec![1.0; statistics.mean.len()], dy);
    dscale
}

fn dx(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    let [dx, ..] = right(epsilon, x, statistics, scale, dy);
    dx
}

/// The sums of `term(dy, x̂, s, x)` over the rows.
fn with(
    epsilon: f32,
    x: &[f32],
    statistics: &BatchStatistics,
    dy: &[f32],
    term: impl Fn(f32, f32, f32, f32) -> f32,
) -> Vec<f32> {
    let channels = statistics.mean.len();
    let mut sums = vec![0.0; channels];
    for (i, (&x, &dy)) in x.iter().zip(dy).enumerate() {
        let c = i % channels;
        let s = 1.0 / (statistics.variance[c] + epsilon).sqrt();
        sums[c] += term(dy, (x - statistics.mean[c]) * s, s, x);
    }
    sums
}

/// All that a number's dx depends on.
struct At {
    scale: f32,
    s: f32,
    n: f32,
    /// The rows times the channels.
    all: f32,
    dy: f32,
    normal: f32,
    dshift: f32,
    dscale: f32,
}

/// `formula` of each number.
fn each(
    epsilon: f32,
    x: &[f32],
    statistics: &BatchStatistics,
    scale: &[f32],
    dy: &[f32],
    formula: impl Fn(At) -> f32,
) -> Vec<f32> {
    let channels = scale.len();
    let dshift = dshift(channels, dy);
    let dscale = dscale(epsilon, x, statistics, dy);
    let all = x.len() as f32;
    let n = all / channels as f32;
    let at = |(i, (&x, &dy)): (usize, (&f32, &f32))| {
        let c = i % channels;
        let s = 1.0 / (statistics.variance[c] + epsilon).sqrt();
        let normal = (x - statistics.mean[c]) * s;
        formula(At { scale: scale[c], s, n, all, dy, normal, dshift: dshift[c], dscale: dscale[c] })
    };
    x.iter().zip(dy).enumerate().map(at).collect()
}

fn shift_mean(channels: usize, dy: &[f32]) -> Vec<f32> {
    let n = (dy.len() / channels) as f32;
    dshift(channels, dy).iter().map(|sum| sum / n).collect()
}

fn shift_blocks(channels: usize, dy: &[f32]) -> Vec<f32> {
    dy.chunks(dy.len() / channels).map(|block| block.iter().sum()).collect()
}

fn shift_overwritten(channels: usize, dy: &[f32]) -> Vec<f32> {
    dy[dy.len() - channels..].to_vec()
}

fn scale_mean(epsilon: f32, x: &[f32], statistics: &BatchStatistics, dy: &[f32]) -> Vec<f32> {
    let n = (x.len() / statistics.mean.len()) as f32;
    let sums = with(epsilon, x, statistics, dy, |dy, normal, _, _| dy * normal);
    sums.iter().map(|sum| sum / n).collect()
}

fn scale_of_x(epsilon: f32, x: &[f32], statistics: &BatchStatistics, dy: &[f32]) -> Vec<f32> {
    with(epsilon, x, statistics, dy, |dy, _, _, x| dy * x)
}

fn scale_of_difference(epsilon: f32, x: &[f32], statistics: &BatchStatistics, dy: &[f32]) -> Vec<f32> {
    with(epsilon, x, statistics, dy, |dy, normal, s, _| dy * normal / s)
}

fn scale_without_mean(epsilon: f32, x: &[f32], statistics: &BatchStatistics, dy: &[f32]) -> Vec<f32> {
    with(epsilon, x, statistics, dy, |dy, _, s, x| dy * x * s)
}

fn scale_negated(epsilon: f32, x: &[f32], statistics: &BatchStatistics, dy: &[f32]) -> Vec<f32> {
    with(epsilon, x, statistics, dy, |dy, normal, _, _| -dy * normal)
}

fn scale_is_shift(epsilon: f32, x: &[f32], statistics: &BatchStatistics, dy: &[f32]) -> Vec<f32> {
    with(epsilon, x, statistics, dy, |dy, _, _, _| dy)
}

fn epsilon_outside(epsilon: f32, x: &[f32], statistics: &BatchStatistics, dy: &[f32]) -> Vec<f32> {
    with(epsilon, x, statistics, dy, |dy, normal, s, _| {
        dy * normal / s / ((1.0 / (s * s) - epsilon).max(0.0).sqrt() + epsilon)
    })
}

fn no_root(epsilon: f32, x: &[f32], statistics: &BatchStatistics, dy: &[f32]) -> Vec<f32> {
    with(epsilon, x, statistics, dy, |dy, normal, s, _| dy * normal * s)
}

fn mean_constant(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    each(epsilon, x, statistics, scale, dy, |a| a.scale * a.s * (a.dy - a.normal * a.dscale / a.n))
}

fn variance_constant(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    each(epsilon, x, statistics, scale, dy, |a| a.scale * a.s * (a.dy - a.dshift / a.n))
}

fn both_constant(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    each(epsilon, x, statistics, scale, dy, |a| a.scale * a.s * a.dy)
}

fn n_forgotten(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    each(epsilon, x, statistics, scale, dy, |a| a.scale * a.s * (a.dy - a.dshift - a.normal * a.dscale))
}

fn mean_by_n_twice(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    each(epsilon, x, statistics, scale, dy, |a| {
        a.scale * a.s * (a.dy - a.dshift / a.n / a.n - a.normal * a.dscale / a.n)
    })
}

fn both_by_n_twice(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    each(epsilon, x, statistics, scale, dy, |a| {
        a.scale * a.s * (a.dy - a.dshift / a.n / a.n - a.normal * a.dscale / a.n / a.n)
    })
}

fn signs(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    each(epsilon, x, statistics, scale, dy, |a| a.scale * a.s * (a.dy + a.dshift / a.n + a.normal * a.dscale / a.n))
}

fn sign_of_variance(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    each(epsilon, x, statistics, scale, dy, |a| a.scale * a.s * (a.dy - a.dshift / a.n + a.normal * a.dscale / a.n))
}

fn no_scale(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    each(epsilon, x, statistics, scale, dy, |a| a.s * (a.dy - a.dshift / a.n - a.normal * a.dscale / a.n))
}

fn no_s(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    each(epsilon, x, statistics, scale, dy, |a| a.scale * (a.dy - a.dshift / a.n - a.normal * a.dscale / a.n))
}

fn raw_in_last_term(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    each(epsilon, x, statistics, scale, dy, |a| {
        a.scale * a.s * (a.dy - a.dshift / a.n - a.normal / a.s * a.dscale / a.n)
    })
}

fn variance_twice(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    each(epsilon, x, statistics, scale, dy, |a| {
        a.scale * a.s * (a.dy - a.dshift / a.n - 2.0 * a.normal * a.dscale / a.n)
    })
}

fn all_channels(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    each(epsilon, x, statistics, scale, dy, |a| a.scale * a.s * (a.dy - a.dshift / a.all - a.normal * a.dscale / a.all))
}

fn scale_twice(epsilon: f32, x: &[f32], statistics: &BatchStatistics, scale: &[f32], dy: &[f32]) -> Vec<f32> {
    each(epsilon, x, statistics, scale, dy, |a| {
        a.scale * a.s * (a.dy - a.scale * a.dshift / a.n - a.scale * a.normal * a.dscale / a.n)
    })
}

//! Wrong answers to exercise 13.

use tensor::ops::batch_norm::{BatchStatistics, statistics};

use super::Running;
use crate::Wrong;

pub const WRONG: &[Wrong<Running>] = &[
    Wrong {
        name: "momentum_swapped",
        answer: Running { update: momentum_swapped, normalise },
        words: "as the share of the new",
        explanation: "This is what comes out of momentum as the share of the new: here it weighs the old, and the batch gets 1 − momentum.",
    },
    Wrong {
        name: "overwritten",
        answer: Running { update: overwritten, normalise },
        words: "replaces the running",
        explanation: "This is what comes out when the batch replaces the running statistics: they keep a share `momentum` of what they were.",
    },
    Wrong {
        name: "only_added",
        answer: Running { update: only_added, normalise },
        words: "grow for ever",
        explanation: "This is what comes out of a sum that will grow for ever: the old number is multiplied by momentum before the new is added.",
    },
    Wrong {
        name: "full_batch_added",
        answer: Running { update: full_batch_added, normalise },
        words: "with its full weight",
        explanation: "This is what comes out when the batch is added with its full weight: its share is 1 − momentum.",
    },
    Wrong {
        name: "halves",
        answer: Running { update: halves, normalise },
        words: "half and half",
        explanation: "This is what comes out of half and half: the shares are momentum and 1 − momentum.",
    },
    Wrong {
        name: "mean_alone",
        answer: Running { update: mean_alone, normalise },
        words: "the mean alone moves",
        explanation: "This is what comes out when the mean alone moves: the running variance is an average of the same kind.",
    },
    Wrong {
        name: "variance_alone",
        answer: Running { update: variance_alone, normalise },
        words: "the variance alone moves",
        explanation: "This is what comes out when the variance alone moves: the running mean is an average of the same kind.",
    },
    Wrong {
        name: "average_of_roots",
        answer: Running { update: average_of_roots, normalise },
        words: "standard deviations are averaged",
        explanation: "This is what comes out when standard deviations are averaged: it is the variances of which the average is kept.",
    },
    Wrong {
        name: "trains_by_running",
        answer: Running { update, normalise: trains_by_running },
        words: "training normalises by the running",
        explanation: "This is what comes out when training normalises by the running statistics: it does so by the batch's own.",
    },
    Wrong {
        name: "trains_by_moved",
        answer: Running { update, normalise: trains_by_moved },
        words: "have just been moved",
        explanation: "This is what comes out in training of running statistics that have just been moved: a batch is normalised by its own.",
    },
    Wrong {
        name: "epsilon_outside",
        answer: Running { update, normalise: epsilon_outside },
        words: "ε stands outside",
        explanation: "This is what comes out when ε stands outside the root: it is √(v + ε).",
    },
    Wrong {
        name: "no_root",
        answer: Running { update, normalise: no_root },
        words: "the root is missing",
        explanation: "This is what comes out when the root is missing: x − m is divided by √(v + ε).",
    },
    Wrong {
        name: "never_updated",
        answer: Running { update, normalise: never_updated },
        words: "never move",
        explanation: "This is what comes out when the running statistics never move: each pass in training updates them once.",
    },
    Wrong {
        name: "updated_twice",
        answer: Running { update, normalise: updated_twice },
        words: "move twice",
        explanation: "This is what comes out when the running statistics move twice in one pass: each pass in training updates them once.",
    },
    Wrong {
        name: "samples_by_batch",
        answer: Running { update, normalise: samples_by_batch },
        words: "by its neighbours",
        explanation: "This is what comes out when a picture is normalised by its neighbours: outside of training, m and v are the running ones.",
    },
    Wrong {
        name: "updated_before_sampling",
        answer: Running { update, normalise: updated_before_sampling },
        words: "first take in the batch",
        explanation: "This is what comes out when the running statistics first take in the batch: outside of training they stay as they are.",
    },
    Wrong {
        name: "updated_after_sampling",
        answer: Running { update, normalise: updated_after_sampling },
        words: "a sample leaves a trace",
        explanation: "This is what comes out when a sample leaves a trace in the running statistics: only training moves them.",
    },
];

fn right(momentum: f64, old: f32, new: f32) -> f32 {
    (momentum * f64::from(old) + (1.0 - momentum) * f64::from(new)) as f32
}

fn both(running: &mut BatchStatistics, batch: &BatchStatistics, formula: impl Fn(f32, f32) -> f32) {
    for (old, &new) in running.mean.iter_mut().zip(&batch.mean) {
        *old = formula(*old, new);
    }
    for (old, &new) in running.variance.iter_mut().zip(&batch.variance) {
        *old = formula(*old, new);
    }
}

fn by(used: &BatchStatistics, x: &[f32], formula: impl Fn(f32, f32, f32) -> f32) -> Vec<f32> {
    let channels = used.mean.len();
    x.iter().enumerate().map(|(i, &x)| formula(x, used.mean[i % channels], used.variance[i % channels])).collect()
}

fn update(momentum: f64, running: &mut BatchStatistics, batch: &BatchStatistics) {
    both(running, batch, |old, new| right(momentum, old, new));
}

fn normalise(is_training: bool, momentum: f64, epsilon: f32, running: &mut BatchStatistics, x: &[f32]) -> Vec<f32> {
    let used = if is_training { statistics(x, running.mean.len()) } else { running.clone() };
    if is_training {
        update(momentum, running, &used);
    }
    by(&used, x, |x, m, v| (x - m) / (v + epsilon).sqrt())
}

fn momentum_swapped(momentum: f64, running: &mut BatchStatistics, batch: &BatchStatistics) {
    both(running, batch, |old, new| right(momentum, new, old));
}

fn overwritten(_: f64, running: &mut BatchStatistics, batch: &BatchStatistics) {
    both(running, batch, |_, new| new);
}

fn only_added(momentum: f64, running: &mut BatchStatistics, batch: &BatchStatistics) {
    both(running, batch, |old, new| old + right(momentum, 0.0, new));
}

fn full_batch_added(momentum: f64, running: &mut BatchStatistics, batch: &BatchStatistics) {
    both(running, batch, |old, new| right(momentum, old, 0.0) + new);
}

fn halves(_: f64, running: &mut BatchStatistics, batch: &BatchStatistics) {
    both(running, batch, |old, new| right(0.5, old, new));
}

fn mean_alone(momentum: f64, running: &mut BatchStatistics, batch: &BatchStatistics) {
    let variance = running.variance.clone();
    update(momentum, running, batch);
    running.variance = variance;
}

fn variance_alone(momentum: f64, running: &mut BatchStatistics, batch: &BatchStatistics) {
    let mean = running.mean.clone();
    update(momentum, running, batch);
    running.mean = mean;
}

fn average_of_roots(momentum: f64, running: &mut BatchStatistics, batch: &BatchStatistics) {
    let variance = running.variance.clone();
    update(momentum, running, batch);
    for (c, old) in variance.into_iter().enumerate() {
        running.variance[c] = right(momentum, old.sqrt(), batch.variance[c].sqrt()).powi(2);
    }
}

/// The right pass, and then other results in training.
fn in_training(
    pass: (bool, f64, f32),
    running: &mut BatchStatistics,
    x: &[f32],
    formula: impl Fn(&BatchStatistics) -> Vec<f32>,
) -> Vec<f32> {
    let (is_training, momentum, epsilon) = pass;
    let before = running.clone();
    let y = normalise(is_training, momentum, epsilon, running, x);
    if is_training { formula(&before) } else { y }
}

fn trains_by_running(
    is_training: bool,
    momentum: f64,
    epsilon: f32,
    running: &mut BatchStatistics,
    x: &[f32],
) -> Vec<f32> {
    in_training((is_training, momentum, epsilon), running, x, |before| {
        by(before, x, |x, m, v| (x - m) / (v + epsilon).sqrt())
    })
}

fn trains_by_moved(
    is_training: bool,
    momentum: f64,
    epsilon: f32,
    running: &mut BatchStatistics,
    x: &[f32],
) -> Vec<f32> {
    in_training((is_training, momentum, epsilon), running, x, |before| {
        let mut moved = before.clone();
        update(momentum, &mut moved, &statistics(x, before.mean.len()));
        by(&moved, x, |x, m, v| (x - m) / (v + epsilon).sqrt())
    })
}

fn epsilon_outside(
    is_training: bool,
    momentum: f64,
    epsilon: f32,
    running: &mut BatchStatistics,
    x: &[f32],
) -> Vec<f32> {
    in_training((is_training, momentum, epsilon), running, x, |before| {
        by(&statistics(x, before.mean.len()), x, |x, m, v| (x - m) / (v.sqrt() + epsilon))
    })
}

fn no_root(is_training: bool, momentum: f64, epsilon: f32, running: &mut BatchStatistics, x: &[f32]) -> Vec<f32> {
    in_training((is_training, momentum, epsilon), running, x, |before| {
        by(&statistics(x, before.mean.len()), x, |x, m, v| (x - m) / (v + epsilon))
    })
}

fn never_updated(is_training: bool, momentum: f64, epsilon: f32, running: &mut BatchStatistics, x: &[f32]) -> Vec<f32> {
    normalise(is_training, momentum, epsilon, &mut running.clone(), x)
}

fn updated_twice(is_training: bool, momentum: f64, epsilon: f32, running: &mut BatchStatistics, x: &[f32]) -> Vec<f32> {
    let y = normalise(is_training, momentum, epsilon, running, x);
    if is_training {
        update(momentum, running, &statistics(x, running.mean.len()));
    }
    y
}

fn samples_by_batch(
    is_training: bool,
    momentum: f64,
    epsilon: f32,
    running: &mut BatchStatistics,
    x: &[f32],
) -> Vec<f32> {
    if is_training {
        return normalise(is_training, momentum, epsilon, running, x);
    }
    normalise(true, momentum, epsilon, &mut running.clone(), x)
}

fn updated_before_sampling(
    is_training: bool,
    momentum: f64,
    epsilon: f32,
    running: &mut BatchStatistics,
    x: &[f32],
) -> Vec<f32> {
    let mut moved = running.clone();
    if !is_training {
        update(momentum, &mut moved, &statistics(x, running.mean.len()));
        return normalise(false, momentum, epsilon, &mut moved, x);
    }
    normalise(is_training, momentum, epsilon, running, x)
}

fn updated_after_sampling(
    is_training: bool,
    momentum: f64,
    epsilon: f32,
    running: &mut BatchStatistics,
    x: &[f32],
) -> Vec<f32> {
    let y = normalise(is_training, momentum, epsilon, running, x);
    if !is_training {
        update(momentum, running, &statistics(x, running.mean.len()));
    }
    y
}

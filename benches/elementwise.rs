//! What lies between the products: normalisation, activation, dropout and loss, on the article's own shapes.

#![allow(missing_docs, reason = "Criterion's macros write functions without")]

use benches::{BATCH, Sweep, call, sweeps};
use criterion::{Criterion, criterion_group, criterion_main};
use tensor::check::noise;
use tensor::ops::leaky_dropout::LeakyDropout;
use tensor::ops::{batch_norm, dropout, leaky_dropout, norm_act, norm_act_inference, sigmoid_cross_entropy, tanh};

const EPSILON: f32 = 0.001;
const THEN: LeakyDropout = LeakyDropout { slope: 0.01, keep: 0.8, key: 7 };

/// Pixels and channels behind the hidden layers of both MNIST networks.
const HIDDEN: [[usize; 2]; 3] = [[4 * 4, 512], [7 * 7, 256], [14 * 14, 128]];

/// Pixels and channels of the images.
const IMAGES: [[usize; 2]; 2] = [[28 * 28, 1], [32 * 32, 3]];

fn hidden(criterion: &mut Criterion) {
    let LeakyDropout { slope, keep, key } = THEN;
    for [pixels, channels] in HIDDEN {
        let n = BATCH * pixels * channels;
        let (x, dy, scale, shift) = (noise(1, n), noise(2, n), noise(3, channels), noise(4, channels));
        let (x, dy, scale, shift) = (&x[..], &dy[..], &scale[..], &shift[..]);
        let mask = dropout::mask(keep, key, n);
        let statistics = batch_norm::statistics(x, channels);
        let (mean, variance) = (&statistics.mean[..], &statistics.variance[..]);
        let table = [
            Sweep {
                name: "norm_act forward",
                numbers: 2 * n,
                fast: call(|| norm_act::forward(EPSILON, THEN, x, scale, shift)),
                reference: Some(call(|| norm_act::reference::forward(EPSILON, (slope, keep), &mask, x, scale, shift))),
            },
            Sweep {
                name: "norm_act backward",
                numbers: 3 * n,
                fast: call(|| norm_act::backward(EPSILON, THEN, x, scale, shift, &statistics, dy)),
                reference: None,
            },
            Sweep {
                name: "batch_norm statistics",
                numbers: n,
                fast: call(|| batch_norm::statistics(x, channels)),
                reference: Some(call(|| batch_norm::reference::statistics(x, channels))),
            },
            Sweep {
                name: "batch_norm forward",
                numbers: 2 * n,
                fast: call(|| batch_norm::forward(EPSILON, x, scale, shift)),
                reference: Some(call(|| batch_norm::reference::forward(EPSILON, x, scale, shift))),
            },
            Sweep {
                name: "batch_norm backward",
                numbers: 3 * n,
                fast: call(|| batch_norm::backward(EPSILON, x, scale, &statistics, dy)),
                reference: Some(call(|| batch_norm::reference::backward(EPSILON, x, scale, dy))),
            },
            Sweep {
                name: "norm_act_inference forward",
                numbers: 2 * n,
                fast: call(|| norm_act_inference::forward((EPSILON, slope), x, scale, shift, mean, variance)),
                reference: Some(call(|| {
                    norm_act_inference::reference::forward((EPSILON, slope), x, scale, shift, mean, variance)
                })),
            },
            Sweep {
                name: "leaky_dropout forward",
                numbers: 2 * n,
                fast: call(|| leaky_dropout::forward(THEN, x)),
                reference: Some(call(|| leaky_dropout::reference::forward(slope, keep, &mask, x))),
            },
            Sweep {
                name: "leaky_dropout backward",
                numbers: 3 * n,
                fast: call(|| leaky_dropout::backward(THEN, x, dy)),
                reference: None,
            },
            Sweep {
                name: "dropout forward",
                numbers: 2 * n,
                fast: call(|| dropout::forward(keep, key, x)),
                reference: Some(call(|| dropout::reference::forward(keep, &mask, x))),
            },
        ];
        sweeps(criterion, &format!("hidden {BATCH}x{pixels}x{channels}"), &table);
    }
}

fn images(criterion: &mut Criterion) {
    for [pixels, channels] in IMAGES {
        let n = BATCH * pixels * channels;
        let (x, dy) = (noise(1, n), noise(2, n));
        let table = [
            Sweep {
                name: "tanh forward",
                numbers: 2 * n,
                fast: call(|| tanh::forward(&x)),
                reference: Some(call(|| tanh::reference::forward(&x))),
            },
            Sweep { name: "tanh backward", numbers: 3 * n, fast: call(|| tanh::backward(&x, &dy)), reference: None },
        ];
        sweeps(criterion, &format!("images {BATCH}x{pixels}x{channels}"), &table);
    }
}

fn logits(criterion: &mut Criterion) {
    let x = noise(1, BATCH);
    let table = [
        Sweep {
            name: "sigmoid_cross_entropy forward",
            numbers: BATCH,
            fast: call(|| sigmoid_cross_entropy::forward(0.9, &x)),
            reference: Some(call(|| sigmoid_cross_entropy::reference::forward(0.9, &x))),
        },
        Sweep {
            name: "sigmoid_cross_entropy backward",
            numbers: 2 * BATCH,
            fast: call(|| sigmoid_cross_entropy::backward(0.9, &x, 1.0)),
            reference: None,
        },
    ];
    sweeps(criterion, &format!("logits {BATCH}"), &table);
}

criterion_group!(elementwise, hidden, images, logits);
criterion_main!(elementwise);

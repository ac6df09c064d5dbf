//! Wrong answers to exercise 14: Adam with another `m`, another `v` or another step.

use nn::AdamOptions;

use super::Update;
use crate::Wrong;

pub const WRONG: &[Wrong<Update>] = &[
    Wrong {
        name: "m_swapped",
        answer: m_swapped,
        words: "share 1 − β₁ of the old",
        explanation: "This is what comes out when m keeps the share 1 − β₁ of the old one: it keeps β₁, and the gradient gets 1 − β₁.",
    },
    Wrong {
        name: "m_added",
        answer: m_added,
        words: "without its weight",
        explanation: "This is what comes out when m takes g without its weight, as in momentum: g gets 1 − β₁, so that m is an average.",
    },
    Wrong {
        name: "m_forgotten",
        answer: m_forgotten,
        words: "forgets all gradients but the last",
        explanation: "This is what comes out when m forgets all gradients but the last: it keeps β₁ of what it was.",
    },
    Wrong {
        name: "m_corrected",
        answer: m_corrected,
        words: "m is stored after its correction",
        explanation: "This is what comes out when m is stored after its correction: the next update needs m as it is, and corrects it anew.",
    },
    Wrong {
        name: "betas_swapped",
        answer: betas_swapped,
        words: "each other's place",
        explanation: "This is what comes out when β₁ and β₂ are in each other's place: β₁ = 0.9 is for m, the average of g, and β₂ for that of g².",
    },
    Wrong {
        name: "v_swapped",
        answer: v_swapped,
        words: "share 1 − β₂ of the old",
        explanation: "This is what comes out when v keeps the share 1 − β₂ of the old one: it keeps β₂, and g² gets 1 − β₂.",
    },
    Wrong {
        name: "v_not_squared",
        answer: v_not_squared,
        words: "averages g itself",
        explanation: "This is what comes out when v averages g itself: it is the average of g², whose root is the size of g.",
    },
    Wrong {
        name: "v_of_magnitudes",
        answer: v_of_magnitudes,
        words: "averages |g|",
        explanation: "This is what comes out when v averages |g|: it is the average of g², and the root comes in the step.",
    },
    Wrong {
        name: "v_weight_squared",
        answer: v_weight_squared,
        words: "squares the weight too",
        explanation: "This is what comes out when v squares the weight too: it is (1 − β₂)·g², not ((1 − β₂)·g)².",
    },
    Wrong {
        name: "v_of_m",
        answer: v_of_m,
        words: "squares m",
        explanation: "This is what comes out when v squares m: it is the average of the squares of g.",
    },
    Wrong {
        name: "v_by_beta1",
        answer: v_by_beta1,
        words: "β₁ in v",
        explanation: "This is what comes out when there is β₁ in v: v is the slower average and has β₂.",
    },
    Wrong {
        name: "v_added",
        answer: v_added,
        words: "sums g²",
        explanation: "This is what comes out when v sums g² without a weight: it gets 1 − β₂, so that v is an average.",
    },
    Wrong {
        name: "v_corrected",
        answer: v_corrected,
        words: "v is stored after its correction",
        explanation: "This is what comes out when v is stored after its correction: the next update needs v as it is, and corrects it anew.",
    },
    Wrong {
        name: "constants_in_f32",
        answer: constants_in_f32,
        words: "1 − β₂ is computed in f32",
        explanation: "This is what comes out when 1 − β₂ is computed in f32: 1 − 0.999 is then wrong in the fifth digit, so subtract in f64.",
    },
    Wrong {
        name: "no_correction",
        answer: no_correction,
        words: "no bias correction",
        explanation: "This is what comes out when there is no bias correction: m and v start at 0, and the rate is lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ).",
    },
    Wrong {
        name: "t_from_0",
        answer: t_from_0,
        words: "t counts from 0",
        explanation: "This is what comes out when t counts from 0: the first update has t = 1, or 1 − β₁ᵗ would be 0.",
    },
    Wrong {
        name: "t_is_always_1",
        answer: t_is_always_1,
        words: "always that of the first update",
        explanation: "This is what comes out when the correction is always that of the first update: the power t grows with each.",
    },
    Wrong {
        name: "epsilon_in_the_root",
        answer: epsilon_in_the_root,
        words: "ε is in the root",
        explanation: "This is what comes out when ε is in the root: Adam divides by √v + ε, other than batch norm.",
    },
    Wrong {
        name: "no_epsilon",
        answer: no_epsilon,
        words: "ε is left out",
        explanation: "This is what comes out when ε is left out: it is added to √v.",
    },
    Wrong {
        name: "no_root",
        answer: no_root,
        words: "v is not rooted",
        explanation: "This is what comes out when v is not rooted: g² has the unit of g only after a root, √v + ε.",
    },
    Wrong {
        name: "pytorch",
        answer: pytorch,
        words: "the form of PyTorch",
        explanation: "This is what comes out when the step is in the form of PyTorch: here ε is added to the root of v as it is, not of the corrected v.",
    },
    Wrong {
        name: "only_m_corrected",
        answer: only_m_corrected,
        words: "m alone is corrected",
        explanation: "This is what comes out when m alone is corrected: v starts at 0 too, and gives the factor √(1 − β₂ᵗ).",
    },
    Wrong {
        name: "only_v_corrected",
        answer: only_v_corrected,
        words: "v alone is corrected",
        explanation: "This is what comes out when v alone is corrected: m starts at 0 too, and is divided by 1 − β₁ᵗ.",
    },
    Wrong {
        name: "no_root_in_the_rate",
        answer: no_root_in_the_rate,
        words: "correction of v has no root",
        explanation: "This is what comes out when the correction of v has no root: v is under a root, so the factor is √(1 − β₂ᵗ).",
    },
    Wrong {
        name: "correction_upside_down",
        answer: correction_upside_down,
        words: "upside down",
        explanation: "This is what comes out when the correction is upside down: m is divided by 1 − β₁ᵗ, and √v is so by √(1 − β₂ᵗ), which then stands above.",
    },
    Wrong {
        name: "uphill",
        answer: uphill,
        words: "uphill",
        explanation: "This is what comes out when p goes uphill: it moves against the gradient, p −= …",
    },
    Wrong {
        name: "gradient_for_m",
        answer: gradient_for_m,
        words: "moves by g",
        explanation: "This is what comes out when p moves by g where m belongs: m is the average that makes the step steady.",
    },
];

/// All that one number's update depends on. In a step, `m` and `v` are the new moments.
struct At {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    lr: f64,
    t: f64,
    /// The learning rate with both corrections.
    rate: f64,
    m: f64,
    v: f64,
    g: f64,
}

fn right_m(a: &At) -> f64 {
    a.beta1 * a.m + (1.0 - a.beta1) * a.g
}

fn right_v(a: &At) -> f64 {
    a.beta2 * a.v + (1.0 - a.beta2) * a.g * a.g
}

fn right_step(a: &At) -> f64 {
    a.rate * a.m / (a.v.sqrt() + a.epsilon)
}

/// The constants, the learning rate and the number of updates before.
type Constants<'a> = (&'a AdamOptions, f64, u64);

/// An update of p, m and v with these three formulas.
fn with(
    (options, lr, done): Constants,
    state: [&mut [f32]; 3],
    g: &[f32],
    new_m: impl Fn(&At) -> f64,
    new_v: impl Fn(&At) -> f64,
    step: impl Fn(&At) -> f64,
) {
    let AdamOptions { beta1, beta2, epsilon, .. } = *options;
    let t = done as f64 + 1.0;
    let rate = lr * (1.0 - beta2.powf(t)).sqrt() / (1.0 - beta1.powf(t));
    let [p, m, v] = state;
    for (((p, m), v), &g) in p.iter_mut().zip(m).zip(v).zip(g) {
        let before = At { beta1, beta2, epsilon, lr, t, rate, m: f64::from(*m), v: f64::from(*v), g: f64::from(g) };
        let new = (new_m(&before), new_v(&before));
        let after = At { m: new.0, v: new.1, ..before };
        *m = after.m as f32;
        *v = after.v as f32;
        *p -= step(&after) as f32;
    }
}

fn m_swapped(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, |a| (1.0 - a.beta1) * a.m + a.beta1 * a.g, right_v, right_step);
}

fn m_added(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, |a| a.beta1 * a.m + a.g, right_v, right_step);
}

fn m_forgotten(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, |a| (1.0 - a.beta1) * a.g, right_v, right_step);
}

fn m_corrected(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with(
        (options, lr, done),
        [p, m, v],
        g,
        |a| (a.beta1 * a.m + (1.0 - a.beta1) * a.g) / (1.0 - a.beta1.powf(a.t)),
        right_v,
        right_step,
    );
}

fn betas_swapped(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, |a| a.beta2 * a.m + (1.0 - a.beta2) * a.g, right_v, right_step);
}

fn v_swapped(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, |a| (1.0 - a.beta2) * a.v + a.beta2 * a.g * a.g, right_step);
}

fn v_not_squared(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, |a| a.beta2 * a.v + (1.0 - a.beta2) * a.g, right_step);
}

fn v_of_magnitudes(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, |a| a.beta2 * a.v + (1.0 - a.beta2) * a.g.abs(), right_step);
}

fn v_weight_squared(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, |a| a.beta2 * a.v + ((1.0 - a.beta2) * a.g).powi(2), right_step);
}

fn v_of_m(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with(
        (options, lr, done),
        [p, m, v],
        g,
        right_m,
        |a| a.beta2 * a.v + (1.0 - a.beta2) * right_m(a).powi(2),
        right_step,
    );
}

fn v_by_beta1(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, |a| a.beta1 * a.v + (1.0 - a.beta1) * a.g * a.g, right_step);
}

fn v_added(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, |a| a.beta2 * a.v + a.g * a.g, right_step);
}

fn v_corrected(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with(
        (options, lr, done),
        [p, m, v],
        g,
        right_m,
        |a| (a.beta2 * a.v + (1.0 - a.beta2) * a.g * a.g) / (1.0 - a.beta2.powf(a.t)),
        right_step,
    );
}

fn constants_in_f32(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with(
        (options, lr, done),
        [p, m, v],
        g,
        right_m,
        |a| a.beta2 * a.v + f64::from(1.0 - a.beta2 as f32) * a.g * a.g,
        right_step,
    );
}

fn no_correction(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, right_v, |a| a.lr * a.m / (a.v.sqrt() + a.epsilon));
}

fn t_from_0(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, right_v, |a| {
        a.lr * (1.0 - a.beta2.powf(a.t - 1.0)).sqrt() / (1.0 - a.beta1.powf(a.t - 1.0)) * a.m / (a.v.sqrt() + a.epsilon)
    });
}

fn t_is_always_1(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, right_v, |a| {
        a.lr * (1.0 - a.beta2).sqrt() / (1.0 - a.beta1) * a.m / (a.v.sqrt() + a.epsilon)
    });
}

fn epsilon_in_the_root(
    options: &AdamOptions,
    lr: f64,
    done: u64,
    p: &mut [f32],
    m: &mut [f32],
    v: &mut [f32],
    g: &[f32],
) {
    with((options, lr, done), [p, m, v], g, right_m, right_v, |a| a.rate * a.m / (a.v + a.epsilon).sqrt());
}

fn no_epsilon(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, right_v, |a| a.rate * a.m / a.v.sqrt());
}

fn no_root(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, right_v, |a| a.rate * a.m / (a.v + a.epsilon));
}

fn pytorch(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, right_v, |a| {
        a.lr * a.m / (1.0 - a.beta1.powf(a.t)) / ((a.v / (1.0 - a.beta2.powf(a.t))).sqrt() + a.epsilon)
    });
}

fn only_m_corrected(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, right_v, |a| {
        a.lr / (1.0 - a.beta1.powf(a.t)) * a.m / (a.v.sqrt() + a.epsilon)
    });
}

fn only_v_corrected(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, right_v, |a| {
        a.lr * (1.0 - a.beta2.powf(a.t)).sqrt() * a.m / (a.v.sqrt() + a.epsilon)
    });
}

fn no_root_in_the_rate(
    options: &AdamOptions,
    lr: f64,
    done: u64,
    p: &mut [f32],
    m: &mut [f32],
    v: &mut [f32],
    g: &[f32],
) {
    with((options, lr, done), [p, m, v], g, right_m, right_v, |a| {
        a.lr * (1.0 - a.beta2.powf(a.t)) / (1.0 - a.beta1.powf(a.t)) * a.m / (a.v.sqrt() + a.epsilon)
    });
}

fn correction_upside_down(
    options: &AdamOptions,
    lr: f64,
    done: u64,
    p: &mut [f32],
    m: &mut [f32],
    v: &mut [f32],
    g: &[f32],
) {
    with((options, lr, done), [p, m, v], g, right_m, right_v, |a| {
        a.lr * (1.0 - a.beta1.powf(a.t)) / (1.0 - a.beta2.powf(a.t)).sqrt() * a.m / (a.v.sqrt() + a.epsilon)
    });
}

fn uphill(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, right_v, |a| -right_step(a));
}

fn gradient_for_m(options: &AdamOptions, lr: f64, done: u64, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
    with((options, lr, done), [p, m, v], g, right_m, right_v, |a| a.rate * a.g / (a.v.sqrt() + a.epsilon));
}

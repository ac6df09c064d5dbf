//! Wrong answers to exercise 06.

use super::Verdict;
use crate::Wrong;

pub const WRONG: &[Wrong<Verdict>] = &[
    Wrong {
        name: "of_the_probability",
        answer: Verdict { loss: of_the_probability, gradient },
        words: "the ln of p",
        explanation: "This is what comes out of the ln of p: 1 − p is rounded to 0 for a sure judge. Take the ln of the equation first: softplus.",
    },
    Wrong {
        name: "clipped",
        answer: Verdict { loss: clipped, gradient },
        words: "p is clipped",
        explanation: "This is what comes out when p is clipped to keep it from 0 and 1: a loss of 90 is cut to 16, and one of e^−20 is too large.",
    },
    Wrong {
        name: "overflowing",
        answer: Verdict { loss: overflowing, gradient },
        words: "ln_1p(e^x) as it is",
        explanation: "This is what comes out of ln_1p(e^x) as it is: e^90 is too large for an f32. Take x itself out, and e^−|x| is left.",
    },
    Wrong {
        name: "ln_of_one_plus",
        answer: Verdict { loss: ln_of_one_plus, gradient },
        words: "ln(1 + …)",
        explanation: "This is what comes out of ln(1 + …) with the sum computed first: 1 + e^−20 is 1 in f32, and ln_1p does not form it.",
    },
    Wrong {
        name: "summed",
        answer: Verdict { loss: summed, gradient },
        words: "not divided by n",
        explanation: "This is what comes out when the loss is not divided by n: it is the mean over the logits, or the batch would set the step.",
    },
    Wrong {
        name: "target_turned",
        answer: Verdict { loss: target_turned, gradient },
        words: "t and 1 − t have changed places",
        explanation: "This is what comes out when t and 1 − t have changed places: a real picture, t = 1, costs −ln p = softplus(−x).",
    },
    Wrong {
        name: "real_half",
        answer: Verdict { loss: real_half, gradient },
        words: "(1 − t)·softplus(x) is missing",
        explanation: "This is what comes out when (1 − t)·softplus(x) is missing: it is what a made picture costs, and t = 0.9 has a tenth of it.",
    },
    Wrong {
        name: "fake_half",
        answer: Verdict { loss: fake_half, gradient },
        words: "t·softplus(−x) is missing",
        explanation: "This is what comes out when t·softplus(−x) is missing: it is what a real picture costs.",
    },
    Wrong {
        name: "negative",
        answer: Verdict { loss: negative, gradient },
        words: "minus sign of the cross entropy",
        explanation: "This is what comes out without the minus sign of the cross entropy: −ln p is positive, since p is below 1.",
    },
    Wrong {
        name: "hard_target",
        answer: Verdict { loss: hard_target, gradient },
        words: "made 0 or 1",
        explanation: "This is what comes out when the target is made 0 or 1: t = 0.9 is meant as it is, and both terms count.",
    },
    Wrong {
        name: "squared_error",
        answer: Verdict { loss: squared_error, gradient },
        words: "squared error",
        explanation: "This is what comes out of a squared error, (p − t)²: the cross entropy is −t·ln p − (1 − t)·ln(1 − p).",
    },
    Wrong {
        name: "without_mean",
        answer: Verdict { loss, gradient: without_mean },
        words: "without the 1/n",
        explanation: "This is what comes out without the 1/n of the mean: each logit has an n-th of the loss, so dx = (σ(x) − t)/n.",
    },
    Wrong {
        name: "wrong_sign",
        answer: Verdict { loss, gradient: wrong_sign },
        words: "t − σ(x)",
        explanation: "This is what comes out of t − σ(x): for a real picture the gradient is negative, since a larger logit makes the loss smaller.",
    },
    Wrong {
        name: "derivative_of_sigma",
        answer: Verdict { loss, gradient: derivative_of_sigma },
        words: "times σ·(1 − σ)",
        explanation: "This is what comes out when the gradient is taken times σ·(1 − σ): that factor cancels against the 1/p of the logarithm.",
    },
    Wrong {
        name: "logit_for_probability",
        answer: Verdict { loss, gradient: logit_for_probability },
        words: "without the σ",
        explanation: "This is what comes out of x − t, without the σ: it is the probability that is compared with the target, dx = (σ(x) − t)/n.",
    },
    Wrong {
        name: "by_probability",
        answer: Verdict { loss, gradient: by_probability },
        words: "by p, not by x",
        explanation: "This is what comes out of the derivative by p, not by x: the chain goes on with σ·(1 − σ), and what is left is σ(x) − t.",
    },
    Wrong {
        name: "infinity_by_infinity",
        answer: Verdict { loss, gradient: infinity_by_infinity },
        words: "e^x/(1 + e^x)",
        explanation: "This is what comes out of e^x/(1 + e^x): for x = 90 it is ∞/∞, NaN. 1/(1 + e^−x) is the same and at worst 1/∞.",
    },
    Wrong {
        name: "target_ignored",
        answer: Verdict { loss, gradient: target_ignored },
        words: "σ(x) whatever the target",
        explanation: "This is what comes out of σ(x) whatever the target: the target is subtracted, dx = (σ(x) − t)/n.",
    },
    Wrong {
        name: "gradient_turned",
        answer: Verdict { loss, gradient: gradient_turned },
        words: "as if t were 1 − t",
        explanation: "This is what comes out of the gradient as if t were 1 − t: it is σ(x) − t, which is 0 when p is the target.",
    },
    Wrong {
        name: "gradient_hard_target",
        answer: Verdict { loss, gradient: gradient_hard_target },
        words: "of a rounded target",
        explanation: "This is what comes out of a rounded target: t = 0.9 is meant as it is.",
    },
    Wrong {
        name: "sigma_turned",
        answer: Verdict { loss, gradient: sigma_turned },
        words: "σ(−x) for σ(x)",
        explanation: "This is what comes out of σ(−x) for σ(x): σ(x) = 1/(1 + e^−x) is near 1 for large x.",
    },
    Wrong {
        name: "magnitude_forgotten",
        answer: Verdict { loss: magnitude_forgotten, gradient },
        words: "e^−x in the place of e^−|x|",
        explanation: "This is what comes out of e^−x in the place of e^−|x|: for a negative x it is more than 1, and it overflows.",
    },
    Wrong {
        name: "product_added",
        answer: Verdict { loss: product_added, gradient },
        words: "t·x is added",
        explanation: "This is what comes out when t·x is added: the term is max(x, 0) − t·x + ln_1p(e^−|x|).",
    },
    Wrong {
        name: "product_forgotten",
        answer: Verdict { loss: product_forgotten, gradient },
        words: "every picture costs the same",
        explanation: "This is what comes out when every picture costs the same, softplus(x): a real one, t = 1, costs softplus(−x).",
    },
    Wrong {
        name: "gradient_real_half",
        answer: Verdict { loss, gradient: gradient_real_half },
        words: "of −t·ln p alone",
        explanation: "This is what comes out of the gradient of −t·ln p alone: the other term, −(1 − t)·ln(1 − p), has (1 − t)·σ(x).",
    },
    Wrong {
        name: "gradient_fake_half",
        answer: Verdict { loss, gradient: gradient_fake_half },
        words: "of −(1 − t)·ln(1 − p) alone",
        explanation: "This is what comes out of the gradient of −(1 − t)·ln(1 − p) alone: the other term has −t·σ(−x).",
    },
];

fn mean(logits: &[f32], loss: impl Fn(f32) -> f32) -> f32 {
    logits.iter().map(|&x| loss(x)).sum::<f32>() / logits.len() as f32
}

fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// [`softplus`] without `ln_1p`.
fn rounded(x: f32) -> f32 {
    x.max(0.0) + (1.0 + (-x.abs()).exp()).ln()
}

fn cross_entropy(t: f32, x: f32) -> f32 {
    t * softplus(-x) + (1.0 - t) * softplus(x)
}

fn loss(t: f32, logits: &[f32]) -> f32 {
    mean(logits, |x| cross_entropy(t, x))
}

fn of_the_probability(t: f32, logits: &[f32]) -> f32 {
    mean(logits, |x| {
        let p = 1.0 / (1.0 + (-x).exp());
        -(t * p.ln() + (1.0 - t) * (1.0 - p).ln())
    })
}

fn clipped(t: f32, logits: &[f32]) -> f32 {
    mean(logits, |x| {
        let p = (1.0 / (1.0 + (-x).exp())).clamp(1e-7, 1.0 - 1e-7);
        -(t * p.ln() + (1.0 - t) * (1.0 - p).ln())
    })
}

fn overflowing(t: f32, logits: &[f32]) -> f32 {
    mean(logits, |x| t * (-x).exp().ln_1p() + (1.0 - t) * x.exp().ln_1p())
}

fn ln_of_one_plus(t: f32, logits: &[f32]) -> f32 {
    mean(logits, |x| t * rounded(-x) + (1.0 - t) * rounded(x))
}

fn summed(t: f32, logits: &[f32]) -> f32 {
    mean(logits, |x| cross_entropy(t, x)) * logits.len() as f32
}

fn target_turned(t: f32, logits: &[f32]) -> f32 {
    mean(logits, |x| cross_entropy(1.0 - t, x))
}

fn real_half(t: f32, logits: &[f32]) -> f32 {
    mean(logits, |x| t * softplus(-x))
}

fn fake_half(t: f32, logits: &[f32]) -> f32 {
    mean(logits, |x| (1.0 - t) * softplus(x))
}

fn negative(t: f32, logits: &[f32]) -> f32 {
    mean(logits, |x| -cross_entropy(t, x))
}

fn hard_target(t: f32, logits: &[f32]) -> f32 {
    mean(logits, |x| cross_entropy(t.round(), x))
}

fn squared_error(t: f32, logits: &[f32]) -> f32 {
    mean(logits, |x| (sigmoid(x) - t) * (sigmoid(x) - t))
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn each(n: f32, logits: &[f32], dx: impl Fn(f32) -> f32) -> Vec<f32> {
    logits.iter().map(|&x| dx(x) / n).collect()
}

fn gradient(t: f32, logits: &[f32]) -> Vec<f32> {
    each(logits.len() as f32, logits, |x| sigmoid(x) - t)
}

fn without_mean(t: f32, logits: &[f32]) -> Vec<f32> {
    each(1.0, logits, |x| sigmoid(x) - t)
}

fn wrong_sign(t: f32, logits: &[f32]) -> Vec<f32> {
    each(logits.len() as f32, logits, |x| t - sigmoid(x))
}

fn derivative_of_sigma(t: f32, logits: &[f32]) -> Vec<f32> {
    each(logits.len() as f32, logits, |x| (sigmoid(x) - t) * sigmoid(x) * (1.0 - sigmoid(x)))
}

fn logit_for_probability(t: f32, logits: &[f32]) -> Vec<f32> {
    each(logits.len() as f32, logits, |x| x - t)
}

fn by_probability(t: f32, logits: &[f32]) -> Vec<f32> {
    each(logits.len() as f32, logits, |x| (1.0 - t) / (1.0 - sigmoid(x)) - t / sigmoid(x))
}

fn infinity_by_infinity(t: f32, logits: &[f32]) -> Vec<f32> {
    each(logits.len() as f32, logits, |x| x.exp() / (1.0 + x.exp()) - t)
}

fn target_ignored(_: f32, logits: &[f32]) -> Vec<f32> {
    each(logits.len() as f32, logits, sigmoid)
}

fn gradient_turned(t: f32, logits: &[f32]) -> Vec<f32> {
    each(logits.len() as f32, logits, |x| sigmoid(x) - (1.0 - t))
}

fn gradient_hard_target(t: f32, logits: &[f32]) -> Vec<f32> {
    each(logits.len() as f32, logits, |x| sigmoid(x) - t.round())
}

fn sigma_turned(t: f32, logits: &[f32]) -> Vec<f32> {
    each(logits.len() as f32, logits, |x| sigmoid(-x) - t)
}

fn magnitude_forgotten(t: f32, logits: &[f32]) -> f32 {
    let softplus = |x: f32| x.max(0.0) + (-x).exp().ln_1p();
    mean(logits, |x| t * softplus(-x) + (1.0 - t) * softplus(x))
}

fn product_added(t: f32, logits: &[f32]) -> f32 {
    mean(logits, |x| softplus(x) + t * x)
}

fn product_forgotten(_: f32, logits: &[f32]) -> f32 {
    mean(logits, softplus)
}

fn gradient_real_half(t: f32, logits: &[f32]) -> Vec<f32> {
    each(logits.len() as f32, logits, |x| -t * sigmoid(-x))
}

fn gradient_fake_half(t: f32, logits: &[f32]) -> Vec<f32> {
    each(logits.len() as f32, logits, |x| (1.0 - t) * sigmoid(x))
}

//! Signs that are there too often, or not when they should be.

use dcgan::step::StepMetrics;

use super::HasWon;
use crate::Wrong;

/// What is known to go wrong.
pub const WRONG: &[Wrong<HasWon>] = &[
    Wrong {
        name: "one_step",
        answer: |log| log.iter().any(is_sure),
        words: "a single step",
        explanation: "This is what comes out when a single step is enough: healthy trainings have such steps too.",
    },
    Wrong {
        name: "all_steps_together",
        answer: |log| 60 <= log.iter().filter(|step| is_sure(step)).count(),
        words: "counted together",
        explanation: "This is what comes out when steps are counted together: only those in a row are a sign, and the count begins at 0 after any other.",
    },
    Wrong {
        name: "wrong_side",
        answer: |log| in_a_row(log, |step| 0.7 < step.d_fake && step.d_real < 0.1),
        words: "on the wrong side",
        explanation: "This is what comes out when the sign is on the wrong side: D(x) is near 1 and D(G(z)) near 0.",
    },
    Wrong {
        name: "real_alone",
        answer: |log| in_a_row(log, |step| 0.7 < step.d_real),
        words: "D(x) alone",
        explanation: "This is what comes out when D(x) alone is looked at: a D that calls everything real has not won.",
    },
    Wrong {
        name: "fake_alone",
        answer: |log| in_a_row(log, |step| step.d_fake < 0.1),
        words: "D(G(z)) alone",
        explanation: "This is what comes out when D(G(z)) alone is looked at: a D that calls everything fake has not won.",
    },
    Wrong {
        name: "last_step",
        answer: |log| log.len().checked_sub(60).is_some_and(|start| log[start..].iter().all(is_sure)),
        words: "at the end of the log",
        explanation: "This is what comes out when only the steps at the end of the log count: a victory in its middle is one too.",
    },
    Wrong {
        name: "first_steps",
        answer: |log| 60 <= log.len() && log[..60].iter().all(is_sure),
        words: "at the beginning of the log",
        explanation: "This is what comes out when only the steps at the beginning of the log count: D wins later too.",
    },
    Wrong {
        name: "blocks",
        answer: |log| log.chunks_exact(60).any(|block| block.iter().all(is_sure)),
        words: "cut into blocks",
        explanation: "This is what comes out when the log is cut into blocks: a victory begins at any step, and may leave no block whole.",
    },
    Wrong {
        name: "mean",
        answer: |log| {
            let mean = |of: fn(&StepMetrics) -> f32| log.iter().map(of).sum::<f32>() / log.len() as f32;
            0.7 < mean(|step| step.d_real) && mean(|step| step.d_fake) < 0.1
        },
        words: "means over the whole log",
        explanation: "This is what comes out from means over the whole log: they hide a victory, and how long it lasts.",
    },
];

fn is_sure(step: &StepMetrics) -> bool {
    0.7 < step.d_real && step.d_fake < 0.1
}

fn in_a_row(log: &[StepMetrics], sign: fn(&StepMetrics) -> bool) -> bool {
    let mut count = 0;
    log.iter().any(|step| {
        count = if sign(step) { count + 1 } else { 0 };
        60 <= count
    })
}

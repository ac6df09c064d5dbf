//! Wrong answers to exercise 03.

use tensor::{Tape, Tensor, Var};

use super::UsedTwice;
use crate::Wrong;

pub const WRONG: &[Wrong<UsedTwice>] = &[
    Wrong {
        name: "overwritten",
        answer: UsedTwice { add: overwritten, mul },
        words: "= stands for +=",
        explanation: "This is what comes out when = stands for +=: the last contribution is left, and those before it are lost.",
    },
    Wrong {
        name: "first_only",
        answer: UsedTwice { add: first_only, mul },
        words: "only the first contribution is kept",
        explanation: "This is what comes out when only the first contribution is kept: if there is a gradient already, the next one is added to it.",
    },
    Wrong {
        name: "first_twice",
        answer: UsedTwice { add: first_twice, mul },
        words: "counts twice",
        explanation: "This is what comes out when the first contribution counts twice: it becomes the sum, and is then added to itself.",
    },
    Wrong {
        name: "mean",
        answer: UsedTwice { add: mean, mul },
        words: "the mean of",
        explanation: "This is what comes out of the mean of the sum and the new contribution: contributions are added, and nothing is divided.",
    },
    Wrong {
        name: "appended",
        answer: UsedTwice { add: appended, mul },
        words: "one behind the other",
        explanation: "This is what comes out when the contributions stand one behind the other: a gradient has the shape of its value.",
    },
    Wrong {
        name: "own_factor",
        answer: UsedTwice { add, mul: own_factor },
        words: "its own value",
        explanation: "This is what comes out when each factor gets dy times its own value: a gets dy·b and b gets dy·a, which only x·x hides.",
    },
    Wrong {
        name: "same_to_both",
        answer: UsedTwice { add, mul: same_to_both },
        words: "both get dy·b",
        explanation: "This is what comes out when both get dy·b, as if one line were the copy of the other: b gets dy·a.",
    },
    Wrong {
        name: "same_to_both_a",
        answer: UsedTwice { add, mul: same_to_both_a },
        words: "both get dy·a",
        explanation: "This is what comes out when both get dy·a, as if one line were the copy of the other: a gets dy·b.",
    },
    Wrong {
        name: "upstream_forgotten",
        answer: UsedTwice { add, mul: upstream_forgotten },
        words: "dy is left out",
        explanation: "This is what comes out when dy is left out: a gets dy·b, since what comes after the product may weigh it too.",
    },
    Wrong {
        name: "like_a_sum",
        answer: UsedTwice { add, mul: like_a_sum },
        words: "hands dy on as it is",
        explanation: "This is what comes out when the pullback hands dy on as it is: that is the pullback of a + b, and that of a·b weighs dy.",
    },
    Wrong {
        name: "left_only",
        answer: UsedTwice { add, mul: left_only },
        words: "only the left factor",
        explanation: "This is what comes out when only the left factor gets a contribution: b gets one too, dy·a.",
    },
    Wrong {
        name: "right_only",
        answer: UsedTwice { add, mul: right_only },
        words: "only the right factor",
        explanation: "This is what comes out when only the right factor gets a contribution: a gets one too, dy·b.",
    },
    Wrong {
        name: "both_to_the_left",
        answer: UsedTwice { add, mul: both_to_the_left },
        words: "both contributions go to a",
        explanation: "This is what comes out when both contributions go to a: the second one, dy·a, is for b.",
    },
    Wrong {
        name: "square_twice",
        answer: UsedTwice { add, mul: square_twice },
        words: "once more for a square",
        explanation: "This is what comes out when the factor 2 is put in once more for a square: both contributions to x are added anyhow.",
    },
    Wrong {
        name: "inputs_without_b",
        answer: UsedTwice { add, mul: inputs_without_b },
        words: "names a alone as its input",
        explanation: "This is what comes out when the product names a alone as its input: if a is a constant, the tape drops b's pullback too.",
    },
    Wrong {
        name: "constant",
        answer: UsedTwice { add, mul: constant },
        words: "without a pullback",
        explanation: "This is what comes out when the product is a value without a pullback: `record` puts it on the tape with one.",
    },
    Wrong {
        name: "sum_for_product",
        answer: UsedTwice { add, mul: sum_for_product },
        words: "is a + b",
        explanation: "This is what comes out when y is a + b: the value on the tape is the product, element by element.",
    },
    Wrong {
        name: "first_lost",
        answer: UsedTwice { add: first_lost, mul },
        words: "has become zeros",
        explanation: "This is what comes out when the first contribution has become zeros: it is the gradient until the next one comes.",
    },
    Wrong {
        name: "square_once",
        answer: UsedTwice { add, mul: square_once },
        words: "left out for a square",
        explanation: "This is what comes out when the second contribution is left out for a square: x is both factors, and gets both contributions.",
    },
    Wrong {
        name: "upstream_forgotten_a",
        answer: UsedTwice { add, mul: upstream_forgotten_a },
        words: "a gets b as it is",
        explanation: "This is what comes out when a gets b as it is: it gets dy·b, since what comes after the product may weigh it too.",
    },
    Wrong {
        name: "upstream_forgotten_b",
        answer: UsedTwice { add, mul: upstream_forgotten_b },
        words: "b gets a as it is",
        explanation: "This is what comes out when b gets a as it is: it gets dy·a, since what comes after the product may weigh it too.",
    },
];

fn add(sum: &mut Option<Vec<f32>>, contribution: &[f32]) {
    match sum {
        None => *sum = Some(contribution.to_vec()),
        Some(sum) => sum.iter_mut().zip(contribution).for_each(|(sum, x)| *sum += x),
    }
}

fn overwritten(sum: &mut Option<Vec<f32>>, contribution: &[f32]) {
    *sum = Some(contribution.to_vec());
}

fn first_only(sum: &mut Option<Vec<f32>>, contribution: &[f32]) {
    sum.get_or_insert_with(|| contribution.to_vec());
}

fn first_twice(sum: &mut Option<Vec<f32>>, contribution: &[f32]) {
    sum.get_or_insert_with(|| contribution.to_vec());
    add(sum, contribution);
}

fn mean(sum: &mut Option<Vec<f32>>, contribution: &[f32]) {
    match sum {
        None => *sum = Some(contribution.to_vec()),
        Some(sum) => sum.iter_mut().zip(contribution).for_each(|(sum, x)| *sum = (*sum + x) / 2.0),
    }
}

fn appended(sum: &mut Option<Vec<f32>>, contribution: &[f32]) {
    sum.get_or_insert_default().extend(contribution);
}

fn product(a: &Tensor, b: &Tensor) -> Tensor {
    let y: Vec<f32> = a.data().iter().zip(b.data()).map(|(a, b)| a * b).collect();
    Tensor::new(a.shape(), y)
}

/// What a pullback contributes to a and to b, from dy, a and b.
type Contributions = fn(&Tensor, &Tensor, &Tensor) -> [Option<Tensor>; 2];

fn mul_with(tape: &mut Tape, [a, b]: [Var; 2], contributions: Contributions) -> Var {
    let (a_value, b_value) = (tape.value(a), tape.value(b));
    let y = product(&a_value, &b_value);
    tape.record("mul", &[a, b], y, move |dy, grads| {
        let [da, db] = contributions(dy, &a_value, &b_value);
        if let Some(da) = da {
            grads.add(a, || da);
        }
        if let Some(db) = db {
            grads.add(b, || db);
        }
    })
}

fn mul(tape: &mut Tape, a: Var, b: Var) -> Var {
    mul_with(tape, [a, b], |dy, a, b| [Some(product(dy, b)), Some(product(dy, a))])
}

fn own_factor(tape: &mut Tape, a: Var, b: Var) -> Var {
    mul_with(tape, [a, b], |dy, a, b| [Some(product(dy, a)), Some(product(dy, b))])
}

fn same_to_both(tape: &mut Tape, a: Var, b: Var) -> Var {
    mul_with(tape, [a, b], |dy, _, b| [Some(product(dy, b)), Some(product(dy, b))])
}

fn same_to_both_a(tape: &mut Tape, a: Var, b: Var) -> Var {
    mul_with(tape, [a, b], |dy, a, _| [Some(product(dy, a)), Some(product(dy, a))])
}

fn upstream_forgotten(tape: &mut Tape, a: Var, b: Var) -> Var {
    mul_with(tape, [a, b], |_, a, b| [Some(b.clone()), Some(a.clone())])
}

fn like_a_sum(tape: &mut Tape, a: Var, b: Var) -> Var {
    mul_with(tape, [a, b], |dy, _, _| [Some(dy.clone()), Some(dy.clone())])
}

fn left_only(tape: &mut Tape, a: Var, b: Var) -> Var {
    mul_with(tape, [a, b], |dy, _, b| [Some(product(dy, b)), None])
}

fn right_only(tape: &mut Tape, a: Var, b: Var) -> Var {
    mul_with(tape, [a, b], |dy, a, _| [None, Some(product(dy, a))])
}

fn both_to_the_left(tape: &mut Tape, a: Var, b: Var) -> Var {
    let (a_value, b_value) = (tape.value(a), tape.value(b));
    let y = product(&a_value, &b_value);
    tape.record("mul", &[a, b], y, move |dy, grads| {
        grads.add(a, || product(dy, &b_value));
        grads.add(a, || product(dy, &a_value));
    })
}

fn square_twice(tape: &mut Tape, a: Var, b: Var) -> Var {
    if a != b {
        return mul(tape, a, b);
    }
    mul_with(tape, [a, b], |dy, a, b| [Some(double(&product(dy, b))), Some(double(&product(dy, a)))])
}

fn double(x: &Tensor) -> Tensor {
    Tensor::new(x.shape(), x.data().iter().map(|x| 2.0 * x).collect::<Vec<_>>())
}

fn inputs_without_b(tape: &mut Tape, a: Var, b: Var) -> Var {
    let (a_value, b_value) = (tape.value(a), tape.value(b));
    let y = product(&a_value, &b_value);
    tape.record("mul", &[a], y, move |dy, grads| {
        grads.add(a, || product(dy, &b_value));
        grads.add(b, || product(dy, &a_value));
    })
}

fn constant(tape: &mut Tape, a: Var, b: Var) -> Var {
    let y = product(&tape.value(a), &tape.value(b));
    tape.constant(y)
}

fn sum_for_product(tape: &mut Tape, a: Var, b: Var) -> Var {
    let (a_value, b_value) = (tape.value(a), tape.value(b));
    let y: Vec<f32> = a_value.data().iter().zip(b_value.data()).map(|(a, b)| a + b).collect();
    tape.record("mul", &[a, b], Tensor::new(a_value.shape(), y), move |dy, grads| {
        grads.add(a, || product(dy, &b_value));
        grads.add(b, || product(dy, &a_value));
    })
}

fn first_lost(sum: &mut Option<Vec<f32>>, contribution: &[f32]) {
    if sum.is_none() {
        *sum = Some(vec![0.0; contribution.len()]);
    } else {
        add(sum, contribution);
    }
}

fn square_once(tape: &mut Tape, a: Var, b: Var) -> Var {
    if a == b { left_only(tape, a, b) } else { mul(tape, a, b) }
}

fn upstream_forgotten_a(tape: &mut Tape, a: Var, b: Var) -> Var {
    mul_with(tape, [a, b], |dy, a, b| [Some(b.clone()), Some(product(dy, a))])
}

fn upstream_forgotten_b(tape: &mut Tape, a: Var, b: Var) -> Var {
    mul_with(tape, [a, b], |dy, a, b| [Some(product(dy, b)), Some(a.clone())])
}

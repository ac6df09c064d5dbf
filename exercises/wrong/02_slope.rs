//! Wrong answers to exercise 02.

use super::{Function, Slope};
use crate::Wrong;

pub const WRONG: &[Wrong<Slope>] = &[
    Wrong {
        name: "one_sided",
        answer: Slope { slope: one_sided, passes },
        words: "ahead and not behind",
        explanation: "This is what comes out of a step ahead and not behind: f(x + h·v) − f(x) has an error of the order of h, not h².",
    },
    Wrong {
        name: "backward_difference",
        answer: Slope { slope: backward_difference, passes },
        words: "behind and not ahead",
        explanation: "This is what comes out of a step behind and not ahead: f(x) − f(x − h·v) has an error of the order of h, not h².",
    },
    Wrong {
        name: "h_not_doubled",
        answer: Slope { slope: h_not_doubled, passes },
        words: "divided by h alone",
        explanation: "This is what comes out when the difference is divided by h alone: from x − h·v to x + h·v it is 2·h.",
    },
    Wrong {
        name: "half_steps",
        answer: Slope { slope: half_steps, passes },
        words: "a step of h/2",
        explanation: "This is what comes out of a step of h/2 to each side: the points are x + h·v and x − h·v, and their distance 2·h.",
    },
    Wrong {
        name: "not_divided",
        answer: Slope { slope: not_divided, passes },
        words: "the difference itself",
        explanation: "This is what comes out when the slope is the difference itself: a slope is a difference divided by the distance, 2·h.",
    },
    Wrong {
        name: "reversed",
        answer: Slope { slope: reversed, passes },
        words: "taken from the one behind",
        explanation: "This is what comes out when the value ahead is taken from the one behind: f(x + h·v) comes first, so the sign is wrong.",
    },
    Wrong {
        name: "direction_ignored",
        answer: Slope { slope: direction_ignored, passes },
        words: "every element moves by h",
        explanation: "This is what comes out when every element moves by h: element i moves by h·v[i].",
    },
    Wrong {
        name: "first_element",
        answer: Slope { slope: first_element, passes },
        words: "only the first element moves",
        explanation: "This is what comes out when only the first element moves: a direction moves all elements at the same time.",
    },
    Wrong {
        name: "unit_direction",
        answer: Slope { slope: unit_direction, passes },
        words: "made one long",
        explanation: "This is what comes out when v is made one long: ⟨dx, v⟩ is about v as it is, whatever its length.",
    },
    Wrong {
        name: "nan_passes",
        answer: Slope { slope, passes: nan_passes },
        words: "lets NaN through",
        explanation: "This is what comes out of a comparison that lets NaN through: `tolerance < error` is false for NaN, and so is its opposite.",
    },
    Wrong {
        name: "too_small_passes",
        answer: Slope { slope, passes: too_small_passes },
        words: "passes if it is too small",
        explanation: "This is what comes out when a claim passes if it is too small, by any amount: the difference has to lose its sign first.",
    },
    Wrong {
        name: "too_large_passes",
        answer: Slope { slope, passes: too_large_passes },
        words: "passes if it is too large",
        explanation: "This is what comes out when a claim passes if it is too large, by any amount: the difference has to lose its sign first.",
    },
    Wrong {
        name: "claim_without_direction",
        answer: Slope { slope, passes: claim_without_direction },
        words: "adds up dx without v",
        explanation: "This is what comes out when the claim adds up dx without v: it is ⟨dx, v⟩, the sum of dx[i]·v[i].",
    },
    Wrong {
        name: "strict",
        answer: Slope { slope, passes: strict },
        words: "has to be below the tolerance",
        explanation: "This is what comes out when the difference has to be below the tolerance: it may be the tolerance itself.",
    },
    Wrong {
        name: "multiplied_by_h",
        answer: Slope { slope: multiplied_by_h, passes },
        words: "divided by 2 and multiplied by h",
        explanation: "This is what comes out when the difference is divided by 2 and multiplied by h: `/ 2.0 * h` is read from the left.",
    },
    Wrong {
        name: "h_left_out",
        answer: Slope { slope: h_left_out, passes },
        words: "the step is all of v",
        explanation: "This is what comes out when the step is all of v: the points are x + h·v and x − h·v.",
    },
    Wrong {
        name: "divided_by_length",
        answer: Slope { slope: divided_by_length, passes },
        words: "divided by the length of v too",
        explanation: "This is what comes out when the slope is divided by the length of v too: ⟨dx, v⟩ grows with v, and so does this slope.",
    },
    Wrong {
        name: "relative",
        answer: Slope { slope, passes: relative },
        words: "times the slope",
        explanation: "This is what comes out of the tolerance times the slope: the tolerance is how far the claim may be from it, as it is.",
    },
    Wrong {
        name: "without_signs",
        answer: Slope { slope, passes: without_signs },
        words: "without their signs",
        explanation: "This is what comes out when claim and slope are compared without their signs: the opposite of the slope is no claim of it.",
    },
];

/// `f` at `x + step·v`.
fn at(f: Function, x: &[f64], v: &[f64], step: f64) -> f64 {
    f(&x.iter().zip(v).map(|(x, v)| x + step * v).collect::<Vec<_>>())
}

fn slope(f: Function, x: &[f64], v: &[f64], h: f64) -> f64 {
    (at(f, x, v, h) - at(f, x, v, -h)) / (2.0 * h)
}

fn one_sided(f: Function, x: &[f64], v: &[f64], h: f64) -> f64 {
    (at(f, x, v, h) - f(x)) / h
}

fn backward_difference(f: Function, x: &[f64], v: &[f64], h: f64) -> f64 {
    (f(x) - at(f, x, v, -h)) / h
}

fn h_not_doubled(f: Function, x: &[f64], v: &[f64], h: f64) -> f64 {
    (at(f, x, v, h) - at(f, x, v, -h)) / h
}

fn half_steps(f: Function, x: &[f64], v: &[f64], h: f64) -> f64 {
    slope(f, x, v, h / 2.0)
}

fn not_divided(f: Function, x: &[f64], v: &[f64], h: f64) -> f64 {
    at(f, x, v, h) - at(f, x, v, -h)
}

fn reversed(f: Function, x: &[f64], v: &[f64], h: f64) -> f64 {
    -slope(f, x, v, h)
}

fn direction_ignored(f: Function, x: &[f64], v: &[f64], h: f64) -> f64 {
    slope(f, x, &vec![1.0; v.len()], h)
}

fn first_element(f: Function, x: &[f64], v: &[f64], h: f64) -> f64 {
    let mut first = vec![0.0; v.len()];
    first[0] = v[0];
    slope(f, x, &first, h)
}

fn unit_direction(f: Function, x: &[f64], v: &[f64], h: f64) -> f64 {
    let length = v.iter().map(|v| v * v).sum::<f64>().sqrt();
    slope(f, x, &v.iter().map(|v| v / length).collect::<Vec<_>>(), h)
}

/// What the gradient claims too much.
fn excess(slope: f64, dx: &[f64], v: &[f64]) -> f64 {
    dx.iter().zip(v).map(|(dx, v)| dx * v).sum::<f64>() - slope
}

fn passes(slope: f64, dx: &[f64], v: &[f64], tolerance: f64) -> bool {
    excess(slope, dx, v).abs() <= tolerance
}

fn nan_passes(slope: f64, dx: &[f64], v: &[f64], tolerance: f64) -> bool {
    let fails = tolerance < excess(slope, dx, v).abs();
    !fails
}

fn too_small_passes(slope: f64, dx: &[f64], v: &[f64], tolerance: f64) -> bool {
    excess(slope, dx, v) <= tolerance
}

fn too_large_passes(slope: f64, dx: &[f64], v: &[f64], tolerance: f64) -> bool {
    -excess(slope, dx, v) <= tolerance
}

fn claim_without_direction(slope: f64, dx: &[f64], _: &[f64], tolerance: f64) -> bool {
    passes(slope, dx, &vec![1.0; dx.len()], tolerance)
}

fn strict(slope: f64, dx: &[f64], v: &[f64], tolerance: f64) -> bool {
    excess(slope, dx, v).abs() < tolerance
}

fn multiplied_by_h(f: Function, x: &[f64], v: &[f64], h: f64) -> f64 {
    not_divided(f, x, v, h) / 2.0 * h
}

fn h_left_out(f: Function, x: &[f64], v: &[f64], h: f64) -> f64 {
    not_divided(f, x, v, 1.0) / (2.0 * h)
}

fn divided_by_length(f: Function, x: &[f64], v: &[f64], h: f64) -> f64 {
    slope(f, x, v, h) / v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn relative(slope: f64, dx: &[f64], v: &[f64], tolerance: f64) -> bool {
    passes(slope, dx, v, tolerance * slope.abs())
}

fn without_signs(slope: f64, dx: &[f64], v: &[f64], tolerance: f64) -> bool {
    let claim = slope + excess(slope, dx, v);
    (claim.abs() - slope.abs()).abs() <= tolerance
}

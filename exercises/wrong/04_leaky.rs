//! Wrong answers to exercise 04. Each is a change to what happens to one number.

use super::Leaky;
use crate::Wrong;

pub const WRONG: &[Wrong<Leaky>] = &[
    Wrong {
        name: "slope_on_both_sides",
        answer: Leaky { forward: slope_on_both_sides, backward },
        words: "both sides are weakened",
        explanation: "This is what comes out when both sides are weakened: a positive x stays as it is.",
    },
    Wrong {
        name: "sides_swapped",
        answer: Leaky { forward: sides_swapped, backward },
        words: "the positive side is weakened",
        explanation: "This is what comes out when the positive side is weakened: x stays where 0 < x, and the other side becomes slope·x.",
    },
    Wrong {
        name: "relu",
        answer: Leaky { forward: relu, backward },
        words: "negative numbers become 0",
        explanation: "This is what comes out when negative numbers become 0: they become slope·x, and NaN stays NaN.",
    },
    Wrong {
        name: "bent_upwards",
        answer: Leaky { forward: bent_upwards, backward },
        words: "has lost its sign",
        explanation: "This is what comes out when the negative side has lost its sign: slope·x is negative there.",
    },
    Wrong {
        name: "not_weakened",
        answer: Leaky { forward: not_weakened, backward },
        words: "nothing is weakened",
        explanation: "This is what comes out when nothing is weakened: what is not positive becomes slope·x.",
    },
    Wrong {
        name: "nan_swallowed",
        answer: Leaky { forward: nan_swallowed, backward },
        words: "NaN has become 0",
        explanation: "This is what comes out when NaN has become 0: slope·NaN is NaN, but `max` and `min` of Rust return the other number.",
    },
    Wrong {
        name: "at_zero",
        answer: Leaky { forward, backward: at_zero },
        words: "0 counts as positive",
        explanation: "This is what comes out when 0 counts as positive: there dx is slope·dy, since 0 < 0 is false.",
    },
    Wrong {
        name: "nan_is_positive",
        answer: Leaky { forward, backward: nan_is_positive },
        words: "NaN counts as positive",
        explanation: "This is what comes out when NaN counts as positive: `x <= 0` is false for it, and so is `0 < x`, which should decide.",
    },
    Wrong {
        name: "sign_of_dy",
        answer: Leaky { forward, backward: sign_of_dy },
        words: "the sign of dy decides",
        explanation: "This is what comes out when the sign of dy decides: the side on which x was decides, whatever arrives.",
    },
    Wrong {
        name: "dy_forgotten",
        answer: Leaky { forward, backward: dy_forgotten },
        words: "dy is left out",
        explanation: "This is what comes out when dy is left out: 1 or slope is the derivative, and dx is that times dy.",
    },
    Wrong {
        name: "times_x",
        answer: Leaky { forward, backward: times_x },
        words: "dy is multiplied by y",
        explanation: "This is what comes out when dy is multiplied by y: it is multiplied by the slope of the side, 1 or slope, and not by x.",
    },
    Wrong {
        name: "dx_of_relu",
        answer: Leaky { forward, backward: dx_of_relu },
        words: "no gradient passes the negative side",
        explanation: "This is what comes out when no gradient passes the negative side: slope·dy does, and so the unit can recover.",
    },
    Wrong {
        name: "dx_weakened_twice",
        answer: Leaky { forward, backward: dx_weakened_twice },
        words: "weakened a second time",
        explanation: "This is what comes out when dy is weakened a second time: the way forward weakened x, and dy is only multiplied by slope.",
    },
    Wrong {
        name: "dx_sides_swapped",
        answer: Leaky { forward, backward: dx_sides_swapped },
        words: "dy is weakened where x is positive",
        explanation: "This is what comes out when dy is weakened where x is positive: it passes there, and is weakened elsewhere.",
    },
    Wrong {
        name: "dx_not_weakened",
        answer: Leaky { forward, backward: dx_not_weakened },
        words: "passes everywhere",
        explanation: "This is what comes out when dy passes everywhere: where x is not positive it is multiplied by slope.",
    },
    Wrong {
        name: "divided",
        answer: Leaky { forward: divided, backward },
        words: "x is divided by slope",
        explanation: "This is what comes out when x is divided by slope: it is weakened, so it is multiplied by it.",
    },
    Wrong {
        name: "dx_divided",
        answer: Leaky { forward, backward: dx_divided },
        words: "dy is divided by slope",
        explanation: "This is what comes out when dy is divided by slope: it is weakened, so it is multiplied by it.",
    },
    Wrong {
        name: "dx_zero_at_zero",
        answer: Leaky { forward, backward: dx_zero_at_zero },
        words: "no gradient passes at 0",
        explanation: "This is what comes out when no gradient passes at 0: there dx is slope·dy, as for all that is not positive.",
    },
];

fn each(x: &[f32], y: impl Fn(f32) -> f32) -> Vec<f32> {
    x.iter().map(|&x| y(x)).collect()
}

fn each2(x: &[f32], dy: &[f32], dx: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    x.iter().zip(dy).map(|(&x, &dy)| dx(x, dy)).collect()
}

fn forward(slope: f32, x: &[f32]) -> Vec<f32> {
    each(x, |x| if 0.0 < x { x } else { slope * x })
}

fn slope_on_both_sides(slope: f32, x: &[f32]) -> Vec<f32> {
    each(x, |x| slope * x)
}

fn sides_swapped(slope: f32, x: &[f32]) -> Vec<f32> {
    each(x, |x| if 0.0 < x { slope * x } else { x })
}

fn relu(_: f32, x: &[f32]) -> Vec<f32> {
    each(x, |x| x.max(0.0))
}

fn bent_upwards(slope: f32, x: &[f32]) -> Vec<f32> {
    each(x, |x| if 0.0 < x { x } else { -slope * x })
}

fn not_weakened(_: f32, x: &[f32]) -> Vec<f32> {
    each(x, |x| x)
}

fn nan_swallowed(slope: f32, x: &[f32]) -> Vec<f32> {
    each(x, |x| x.max(0.0) + slope * x.min(0.0))
}

fn backward(slope: f32, x: &[f32], dy: &[f32]) -> Vec<f32> {
    each2(x, dy, |x, dy| if 0.0 < x { dy } else { slope * dy })
}

fn at_zero(slope: f32, x: &[f32], dy: &[f32]) -> Vec<f32> {
    each2(x, dy, |x, dy| if 0.0 <= x { dy } else { slope * dy })
}

fn nan_is_positive(slope: f32, x: &[f32], dy: &[f32]) -> Vec<f32> {
    each2(x, dy, |x, dy| if x <= 0.0 { slope * dy } else { dy })
}

fn sign_of_dy(slope: f32, x: &[f32], dy: &[f32]) -> Vec<f32> {
    each2(x, dy, |_, dy| if 0.0 < dy { dy } else { slope * dy })
}

fn dy_forgotten(slope: f32, x: &[f32], dy: &[f32]) -> Vec<f32> {
    each2(x, dy, |x, _| if 0.0 < x { 1.0 } else { slope })
}

fn times_x(slope: f32, x: &[f32], dy: &[f32]) -> Vec<f32> {
    each2(x, dy, |x, dy| if 0.0 < x { x * dy } else { slope * x * dy })
}

fn dx_of_relu(_: f32, x: &[f32], dy: &[f32]) -> Vec<f32> {
    each2(x, dy, |x, dy| if 0.0 < x { dy } else { 0.0 })
}

fn dx_weakened_twice(slope: f32, x: &[f32], dy: &[f32]) -> Vec<f32> {
    each2(x, dy, |x, dy| if 0.0 < x { dy } else { slope * slope * dy })
}

fn dx_sides_swapped(slope: f32, x: &[f32], dy: &[f32]) -> Vec<f32> {
    each2(x, dy, |x, dy| if 0.0 < x { slope * dy } else { dy })
}

fn dx_not_weakened(_: f32, x: &[f32], dy: &[f32]) -> Vec<f32> {
    each2(x, dy, |_, dy| dy)
}

fn divided(slope: f32, x: &[f32]) -> Vec<f32> {
    each(x, |x| if 0.0 < x { x } else { x / slope })
}

fn dx_divided(slope: f32, x: &[f32], dy: &[f32]) -> Vec<f32> {
    each2(x, dy, |x, dy| if 0.0 < x { dy } else { dy / slope })
}

fn dx_zero_at_zero(slope: f32, x: &[f32], dy: &[f32]) -> Vec<f32> {
    each2(x, dy, |x, dy| match x {
        0.0 => 0.0,
        _ if 0.0 < x => dy,
        _ => slope * dy,
    })
}

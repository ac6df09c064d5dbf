//! A tape is a list of values, each with a pullback: what it does with the gradient dy that
//! reaches it. The product y = a·b hands each factor dy times the other one. A value that is used
//! twice, as in x·x, receives two contributions, and its gradient is their sum.
//! By hand: y = x·x at 3 with dy = 10 gives x 30 and once more 30, so dx = 60.
//! 20 minutes. Chapter 3: book/src/03-the-way-back.md

use tensor::{Tape, Tensor, Var};

/// Adds a contribution to a gradient, element by element. `sum` is `None` before the first one.
pub fn add(sum: &mut Option<Vec<f32>>, contribution: &[f32]) {
    match sum {
        None => *sum = Some(contribution.to_vec()),
        Some(sum) => {
            for i in 0..sum.len() {
                sum[i] += contribution[i];
            }
        }
    }
}

/// Puts the product of `a` and `b`, element by element, on the tape. Both have the same shape.
///
/// `tape.value(a).data()` are the numbers of a value, and `Tensor::new(shape, numbers)` makes one.
/// `tape.record("mul", &inputs, y, move |dy, grads| …)` records `y` with its pullback, in which
/// `grads.add(a, || …)` takes the contribution to `a` as a tensor. `value` returns a tensor of its
/// own (cheap): bind it first and let the closure own it; `dy` is a `&Tensor`.
pub fn mul(tape: &mut Tape, a: Var, b: Var) -> Var {
    // The pullback owns both factors. A tensor is cheap to hand over: its numbers are shared.
    let a_value = tape.value(a);
    let b_value = tape.value(b);
    let y = product(&a_value, &b_value);
    tape.record("mul", &[a, b], y, move |dy, grads| {
        grads.add(a, || product(dy, &b_value));
        grads.add(b, || product(dy, &a_value));
    })
}

fn product(a: &Tensor, b: &Tensor) -> Tensor {
    let mut y = Vec::new();
    for i in 0..a.data().len() {
        y.push(a.data()[i] * b.data()[i]);
    }
    Tensor::new(a.shape(), y)
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::used_twice::check(super::add, super::mul)
    }
}

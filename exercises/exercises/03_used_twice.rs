//! A tape is a list of values, each with a pullback: what it does with the gradient dy that
//! reaches it. The product y = a·b hands each factor dy times the other one. A value that is used
//! twice, as in x·x, receives two contributions, and its gradient is their sum.
//! By hand: y = x·x at 3 with dy = 10 gives x 30 and once more 30, so dx = 60.
//! 20 minutes. Chapter 3: book/src/03-the-way-back.md

use exercises::unsolved;
use tensor::{Tape, Tensor, Var};

/// Adds a contribution to a gradient, element by element. `sum` is `None` before the first one.
pub fn add(sum: &mut Option<Vec<f32>>, contribution: &[f32]) {
    // TODO
    unsolved!("add the contribution to the sum"; sum, contribution)
}

/// Puts the product of `a` and `b`, element by element, on the tape. Both have the same shape.
///
/// `tape.value(a).data()` are the numbers of a value, and `Tensor::new(shape, numbers)` makes one.
/// `tape.record("mul", &inputs, y, move |dy, grads| …)` records `y` with its pullback, in which
/// `grads.add(a, || …)` takes the contribution to `a` as a tensor. `value` returns a tensor of its
/// own (cheap): bind it first and let the closure own it; `dy` is a `&Tensor`.
pub fn mul(tape: &mut Tape, a: Var, b: Var) -> Var {
    // TODO
    unsolved!("record the product and its pullback"; tape, a, b, Tensor::scalar)
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::used_twice::check(super::add, super::mul)
    }
}

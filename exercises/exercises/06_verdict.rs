//! A judge says a logit x: its picture is real with probability p = σ(x) = 1/(1 + e^−x).
//! The loss is the mean of −t·ln p − (1 − t)·ln(1 − p), where the target t is 1 for real, 0 for
//! fake. A sure judge says ±90, and even then both functions have to give numbers.
//! By hand: x = [ 0 ] and t = 1 give a loss of ln 2 = 0.6931 and a gradient of −1/2.
//! 20 minutes. Chapter 4: book/src/04-a-judge-of-pictures.md

use exercises::unsolved;

/// The mean cross entropy of the `logits` against one `target` in [0, 1]. A small loss is as
/// precise as a large one.
pub fn loss(target: f32, logits: &[f32]) -> f32 {
    // TODO
    unsolved!("write the loss"; target, logits)
}

/// How the loss changes with each logit. Here a gradient below 10⁻⁶ may come out as 0; chapter 4
/// shows why the engine is more careful.
pub fn gradient(target: f32, logits: &[f32]) -> Vec<f32> {
    // TODO
    unsolved!("write the gradient"; target, logits)
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::verdict::check(super::loss, super::gradient)
    }
}

//! A gradient dx claims the slope of a function along any direction v: it is ⟨dx, v⟩.
//! A check needs no derivative. It takes a step h·v to both sides and divides by their distance.
//! Then it compares the claim with the slope, and whatever is not within the tolerance fails.
//! By hand: f(x) = x³ at 2 with h = 0.5 goes from 3.375 to 15.625, so the slope is 12.25.
//! 15 minutes. Chapter 3: book/src/03-the-way-back.md

use exercises::unsolved;

/// The central difference of `f` at `x` along `v`, with the step `h`. `x` and `v` have the same
/// length, and `v` need not have length 1.
pub fn slope(f: fn(&[f64]) -> f64, x: &[f64], v: &[f64], h: f64) -> f64 {
    // TODO
    unsolved!("step to both sides"; f, x, v, h)
}

/// Whether ⟨dx, v⟩ differs from `slope` by at most `tolerance`. A claim that is NaN does not pass.
pub fn passes(slope: f64, dx: &[f64], v: &[f64], tolerance: f64) -> bool {
    // TODO
    unsolved!("compare the claim with the slope"; slope, dx, v, tolerance)
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::slope::check(super::slope, super::passes)
    }
}

//! Between two layers stands a bend: without one, two layers could do no more than one.
//! Leaky ReLU hands on what is positive and weakens the rest to slope·x. So on the way back, the
//! gradient of a positive x passes and any other is weakened. What is NaN has to stay NaN.
//! By hand: slope 0.5, x = [ 2 -1 0 ] gives [ 2 -0.5 0 ], and dy = [ 1 1 1 ] gives [ 1 0.5 0.5 ].
//! 10 minutes. Chapter 4: book/src/04-a-judge-of-pictures.md

/// `x` where `0 < x`, and `slope·x` elsewhere. `slope` is between 0 and 1.
pub fn forward(slope: f32, x: &[f32]) -> Vec<f32> {
    let mut y = Vec::new();
    for &x in x {
        // `0 < NaN` is false, and slope·NaN is NaN.
        y.push(if 0.0 < x { x } else { slope * x });
    }
    y
}

/// `dy` where `0 < x`, and `slope·dy` elsewhere: also at 0, and where `x` is NaN.
pub fn backward(slope: f32, x: &[f32], dy: &[f32]) -> Vec<f32> {
    let mut dx = Vec::new();
    for i in 0..x.len() {
        dx.push(if 0.0 < x[i] { dy[i] } else { slope * dy[i] });
    }
    dx
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::leaky::check(super::forward, super::backward)
    }
}

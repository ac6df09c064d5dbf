//! A convolution is a sum over triples (pixel, weight, output), and so are both of its gradients.
//! The list of triples is that of exercise 07; only what is multiplied and what receives changes.
//! By hand: x = [ 1 2 3 ], w = [ 10 1 ] and dy = [ 1 2 ] give dx = [ 10 21 2 ] and dw = [ 5 8 ].
//! The layouts do not change: x and dx are [n, ih, iw, ci], w and dw are [kh, kw, ci, co].
//! 30 minutes. Chapter 5: book/src/05-one-sum-three-roles.md

use exercises::unsolved;
use tensor::Window;

/// How the loss changes with each pixel, given `dy`, how it changes with each output.
pub fn dx(window: Window, [n, ci, co]: [usize; 3], w: &[f32], dy: &[f32]) -> Vec<f32> {
    // TODO
    unsolved!("write dx"; window, n, ci, co, w, dy)
}

/// How the loss changes with each weight.
pub fn dw(window: Window, [n, ci, co]: [usize; 3], x: &[f32], dy: &[f32]) -> Vec<f32> {
    // TODO
    unsolved!("write dw"; window, n, ci, co, x, dy)
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::conv_gradients::check(super::dx, super::dw)
    }
}

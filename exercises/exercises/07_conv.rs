//! A convolution slides a small kernel over an image and sums products: seven loops in all.
//! `x` is [n, ih, iw, ci], `w` is [kh, kw, ci, co], and the result is [n, oh, ow, co].
//! Along each axis, output `o` meets tap `k` at pixel `o·stride + k − pad.0`.
//! A place outside the image lies in the padding and contributes nothing.
//! 30 minutes. Chapter 5: book/src/05-one-sum-three-roles.md

use exercises::unsolved;
use tensor::Window;

/// `y = x ∗ w`. The image and the kernel are `window.down.input` and `window.down.kernel` high,
/// `window.across.input` and `window.across.kernel` wide; an axis also knows `stride`, `pad.0` (the
/// padding before the image) and `output`.
pub fn conv(window: Window, [n, ci, co]: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    // TODO
    unsolved!("write the seven loops"; window, n, ci, co, x, w)
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::conv::check(super::conv)
    }
}

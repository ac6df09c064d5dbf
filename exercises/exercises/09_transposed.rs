//! A convolution makes a small image from a large one; its transpose goes the other way.
//! Each pixel of the small image paints the kernel, times its value, onto the large image,
//! where the convolution would have read it; painted values add up where kernels overlap.
//! By hand: x = [ 1 10 100 ], w = [ 1 2 3 ] and stride 2 give [ 1 2 13 20 130 200 300 ].
//! 20 minutes. Chapter 6: book/src/06-from-small-to-large.md

use exercises::unsolved;
use tensor::Window;

/// The large image `[n, ih, iw, ci]` from `x`, the small one, `[n, oh, ow, co]`, and the kernel
/// `[kh, kw, ci, co]`. The window is that of the convolution: its input is the large image.
pub fn enlarge(window: Window, [n, ci, co]: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    // TODO
    unsolved!("paint each pixel of x"; window, n, ci, co, x, w)
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::transposed::check(super::enlarge)
    }
}

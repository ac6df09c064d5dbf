//! A convolution makes a small image from a large one; its transpose goes the other way.
//! Each pixel of the small image paints the kernel, times its value, onto the large image,
//! where the convolution would have read it; painted values add up where kernels overlap.
//! By hand: x = [ 1 10 100 ], w = [ 1 2 3 ] and stride 2 give [ 1 2 13 20 130 200 300 ].
//! 20 minutes. Chapter 6: book/src/06-from-small-to-large.md

use tensor::Window;

/// The large image `[n, ih, iw, ci]` from `x`, the small one, `[n, oh, ow, co]`, and the kernel
/// `[kh, kw, ci, co]`. The window is that of the convolution: its input is the large image.
pub fn enlarge(window: Window, [n, ci, co]: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let Window { down, across } = window;
    let mut y = vec![0.0; n * down.input * across.input * ci];
    for image in 0..n {
        for oy in 0..down.output {
            for ox in 0..across.output {
                let small = (image * down.output + oy) * across.output + ox;
                for ky in 0..down.kernel {
                    for kx in 0..across.kernel {
                        // What is painted above or left of the large image has no place.
                        let Some(iy) = (oy * down.stride + ky).checked_sub(down.pad.0) else { continue };
                        let Some(ix) = (ox * across.stride + kx).checked_sub(across.pad.0) else { continue };
                        if down.input <= iy || across.input <= ix {
                            continue;
                        }
                        let large = (image * down.input + iy) * across.input + ix;
                        let tap = ky * across.kernel + kx;
                        for i in 0..ci {
                            for o in 0..co {
                                y[large * ci + i] += x[small * co + o] * w[(tap * ci + i) * co + o];
                            }
                        }
                    }
                }
            }
        }
    }
    y
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::transposed::check(super::enlarge)
    }
}

//! A convolution slides a small kernel over an image and sums products: seven loops in all.
//! `x` is [n, ih, iw, ci], `w` is [kh, kw, ci, co], and the result is [n, oh, ow, co].
//! Along each axis, output `o` meets tap `k` at pixel `o·stride + k − pad.0`.
//! A place outside the image lies in the padding and contributes nothing.
//! 30 minutes. Chapter 5: book/src/05-one-sum-three-roles.md

use tensor::Window;

/// `y = x ∗ w`. The image and the kernel are `window.down.input` and `window.down.kernel` high,
/// `window.across.input` and `window.across.kernel` wide; an axis also knows `stride`, `pad.0` (the
/// padding before the image) and `output`.
pub fn conv(window: Window, [n, ci, co]: [usize; 3], x: &[f32], w: &[f32]) -> Vec<f32> {
    let Window { down, across } = window;
    let mut y = vec![0.0; n * down.output * across.output * co];
    for image in 0..n {
        for oy in 0..down.output {
            for ox in 0..across.output {
                let output = (image * down.output + oy) * across.output + ox;
                for ky in 0..down.kernel {
                    for kx in 0..across.kernel {
                        // The place in the padded image; the image itself begins at the padding.
                        let (py, px) = (oy * down.stride + ky, ox * across.stride + kx);
                        if py < down.pad.0 || down.pad.0 + down.input <= py {
                            continue;
                        }
                        if px < across.pad.0 || across.pad.0 + across.input <= px {
                            continue;
                        }
                        let input = (image * down.input + py - down.pad.0) * across.input + px - across.pad.0;
                        let tap = ky * across.kernel + kx;
                        for i in 0..ci {
                            for o in 0..co {
                                y[output * co + o] += x[input * ci + i] * w[(tap * ci + i) * co + o];
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
        exercises::checks::conv::check(super::conv)
    }
}

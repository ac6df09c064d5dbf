//! A convolution is a sum over triples (pixel, weight, output), and so are both of its gradients.
//! The list of triples is that of exercise 07; only what is multiplied and what receives changes.
//! By hand: x = [ 1 2 3 ], w = [ 10 1 ] and dy = [ 1 2 ] give dx = [ 10 21 2 ] and dw = [ 5 8 ].
//! The layouts do not change: x and dx are [n, ih, iw, ci], w and dw are [kh, kw, ci, co].
//! 30 minutes. Chapter 5: book/src/05-one-sum-three-roles.md

use tensor::Window;

/// How the loss changes with each pixel, given `dy`, how it changes with each output.
pub fn dx(window: Window, extents: [usize; 3], w: &[f32], dy: &[f32]) -> Vec<f32> {
    let [n, ci, _] = extents;
    let mut dx = vec![0.0; n * window.down.input * window.across.input * ci];
    each_triple(window, extents, |i, k, o| dx[i] += w[k] * dy[o]);
    dx
}

/// How the loss changes with each weight.
pub fn dw(window: Window, extents: [usize; 3], x: &[f32], dy: &[f32]) -> Vec<f32> {
    let [_, ci, co] = extents;
    let mut dw = vec![0.0; window.down.kernel * window.across.kernel * ci * co];
    each_triple(window, extents, |i, k, o| dw[k] += x[i] * dy[o]);
    dw
}

/// Calls `visit` with each triple: the index in x, in w and in y.
fn each_triple(window: Window, [n, ci, co]: [usize; 3], mut visit: impl FnMut(usize, usize, usize)) {
    let Window { down, across } = window;
    for image in 0..n {
        for oy in 0..down.output {
            for ox in 0..across.output {
                for ky in 0..down.kernel {
                    for kx in 0..across.kernel {
                        // Above or left of the image the subtraction has no result.
                        let Some(iy) = (oy * down.stride + ky).checked_sub(down.pad.0) else { continue };
                        let Some(ix) = (ox * across.stride + kx).checked_sub(across.pad.0) else { continue };
                        if down.input <= iy || across.input <= ix {
                            continue;
                        }
                        let pixel = (image * down.input + iy) * across.input + ix;
                        let tap = ky * across.kernel + kx;
                        let output = (image * down.output + oy) * across.output + ox;
                        for i in 0..ci {
                            for o in 0..co {
                                visit(pixel * ci + i, (tap * ci + i) * co + o, output * co + o);
                            }
                        }
                    }
                }
            }
        }
    }
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::conv_gradients::check(super::dx, super::dw)
    }
}

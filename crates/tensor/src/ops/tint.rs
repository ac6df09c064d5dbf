//! Pictures in another light: brightness, saturation and contrast, each picture by its own numbers.
//!
//! One of the [three](super::translate) operators of differentiable augmentation. Its paper (Zhao
//! et al. 2020) adds `b` to all pixels, moves each pixel's channels away from their mean by the
//! factor `s`, and then all pixels away from the picture's mean by the factor `k`:
//!
//! ```text
//! x₁ = x + b      x₂ = p + s·(x₁ − p), p the mean of a pixel of x₁      y = m + k·(x₂ − m), m the mean of x₂
//! ```
//!
//! The means of a pixel and of the picture are not changed by what comes after them, so all three
//! are one sum, with p and m of `x` itself:
//!
//! ```text
//! y = k·s·x + k·(1 − s)·p + (1 − k)·m + b
//!
//! b = 1, s = 2, k = ½, a pixel of 2 channels and one more    x = [ 0 2 ]  p = 1  m = 2    y = [ 1½ 3½ ]
//!                                                                [ 3 3 ]  p = 3               [ 3½ 3½ ]
//! ```
//!
//! Backward: an element of `x` is in its own `y`, in those of its pixel by p, and in all by m, each
//! with the same weight. So `dx` is the same sum of `dy`, without b.
//!
//! A grey picture has one channel, which is its own mean: saturation does nothing to it.
//!
//! In the book: `book/src/10-the-step.md`.

use crate::fast::parallel;
use crate::{Buffer, Tape, Tensor, Var};

/// How a picture is changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tint {
    /// What is added to each pixel: `b`.
    pub brightness: f32,
    /// How far the channels of a pixel are from their mean, 1 for as they are: `s`.
    pub saturation: f32,
    /// How far all pixels are from the picture's mean, 1 for as they are: `k`.
    pub contrast: f32,
}

/// The equations as loops.
pub mod reference {
    use super::Tint;
    use crate::Real;

    /// `y` of pictures of `[pixels, channels]`, one for each tint, in the three steps of the paper.
    pub fn forward<T: Real>([pixels, channels]: [usize; 2], tints: &[Tint], x: &[T]) -> Vec<T> {
        let mean = |x: &[T]| x.iter().copied().sum::<T>() / T::of(x.len() as f64);
        let mut y = vec![];
        for (x, tint) in x.chunks_exact(pixels * channels).zip(tints) {
            let [b, s, k] = [tint.brightness, tint.saturation, tint.contrast].map(|x| T::of(f64::from(x)));
            let bright: Vec<T> = x.iter().map(|&x| x + b).collect();
            let pixel = |pixel: &[T]| pixel.iter().map(|&x| mean(pixel) + s * (x - mean(pixel))).collect::<Vec<T>>();
            let saturated: Vec<T> = bright.chunks_exact(channels).flat_map(pixel).collect();
            let m = mean(&saturated);
            y.extend(saturated.iter().map(|&x| m + k * (x - m)));
        }
        y
    }
}

/// `y` of pictures of `[pixels, channels]`, one for each tint.
///
/// # Panics
/// If `x` has another number of elements.
#[must_use]
pub fn forward([pixels, channels]: [usize; 2], tints: &[Tint], x: &[f32]) -> Buffer {
    let size = pixels * channels;
    assert_eq!(tints.len() * size, x.len(), "tint: {} tints of pictures of {pixels}×{channels}", tints.len());
    let mut y = Buffer::scratch(x.len());
    let mean = |x: &[f32]| (x.iter().map(|&x| f64::from(x)).sum::<f64>() / x.len() as f64) as f32;
    parallel::chunks_mut(&mut y, size.max(1), &|i, y| {
        let x = &x[i * size..][..size];
        let Tint { brightness, saturation, contrast } = tints[i];
        let base = (1.0 - contrast) * mean(x) + brightness;
        for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
            let base = contrast * (1.0 - saturation) * mean(x) + base;
            y.iter_mut().zip(x).for_each(|(y, x)| *y = contrast * saturation * x + base);
        }
    });
    y
}

/// `dx` from the gradient `dy` of the forward's result.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn backward(extents: [usize; 2], tints: &[Tint], dy: &[f32]) -> Buffer {
    let slopes: Vec<Tint> = tints.iter().map(|tint| Tint { brightness: 0.0, ..*tint }).collect();
    forward(extents, &slopes, dy)
}

impl Tape {
    /// Records [`forward`] of `x`, `[n, height, width, channels]`, with a tint for each picture.
    ///
    /// # Panics
    /// If there are more or fewer tints than pictures.
    pub fn tint(&mut self, x: Var, tints: Vec<Tint>) -> Var {
        let value = self.value(x);
        let [_, height, width, channels] = value.dims();
        let extents = [height * width, channels];
        let y = Tensor::new(value.shape(), forward(extents, &tints, value.data()));
        self.record("tint", &[x], y, move |dy, grads| {
            grads.add_buffer(x, || backward(extents, &tints, dy.data()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    fn tints() -> Vec<Tint> {
        let tint = |brightness, saturation, contrast| Tint { brightness, saturation, contrast };
        vec![tint(0.0, 1.0, 1.0), tint(0.4, 0.0, 1.0), tint(-0.3, 2.0, 0.5), tint(0.1, 0.7, 1.5)]
    }

    #[test]
    fn by_hand() {
        let tint = [Tint { brightness: 1.0, saturation: 2.0, contrast: 0.5 }];
        assert_eq!([1.5, 3.5, 3.5, 3.5], forward([2, 2], &tint, &[0.0, 2.0, 3.0, 3.0])[..]);
        assert_eq!([0.5, 2.5, 2.5, 2.5], backward([2, 2], &tint, &[0.0, 2.0, 3.0, 3.0])[..]);
    }

    #[test]
    fn equals_the_reference() {
        for extents in [[20, 3], [7, 1]] {
            let x = check::noise(1, 4 * extents[0] * extents[1]);
            let truth = reference::forward(extents, &tints(), &check::to_f64(&x));
            let gauge = vec![8.0; truth.len()];
            check::within_bound(&forward(extents, &tints(), &x), &truth, &gauge, 4);
        }
    }

    #[test]
    fn gradient() {
        for (shape, extents) in [([4, 4, 5, 3], [20, 3]), ([4, 7, 1, 1], [7, 1])] {
            let x = check::noise(1, 4 * extents[0] * extents[1]);
            check::gradient(
                &x,
                |x| reference::forward(extents, &tints(), x),
                |dy| check::vjp(&[(&shape, &x)], dy, |tape, v| tape.tint(v[0], tints())).remove(0),
            );
        }
    }

    #[test]
    fn nan_is_not_hidden() {
        assert!(
            forward([1, 2], &[Tint { brightness: 0.0, saturation: 0.0, contrast: 0.0 }], &[f32::NAN, 0.0])[1].is_nan()
        );
    }
}

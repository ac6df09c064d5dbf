//! Pictures moved by whole pixels, each by its own shift, with zeros where nothing moves in.
//!
//! A discriminator that has seen 300 pictures a thousand times knows them by heart, and G then
//! learns nothing from it. Real and fake pictures that are moved, cut and tinted before D sees them
//! (Zhao et al. 2020, *Differentiable augmentation for data-efficient GAN training*) are new every
//! time, and G does not learn to make moved pictures, because the fake ones are moved, too. G's
//! gradient must go through the move, so it is an operator.
//!
//! ```text
//! down 1, right −1    x = [ 1 2 3 ]    y = [ 0 0 0 ]    dy = [ a b c ]    dx = [ 0 d e ]
//!                         [ 4 5 6 ]        [ 2 3 0 ]         [ d e f ]         [ 0 0 0 ]
//! ```
//!
//! Backward: a pixel that has moved has the gradient of the place where it is now, so `dx` is `dy`
//! moved back. The operator moves 8 bytes per element, a row at a time.
//!
//! In the book: `book/src/10-the-step.md`.

use crate::fast::parallel;
use crate::{Buffer, Tape, Tensor, Var};

/// How far a picture is moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    /// Rows down, or up if negative.
    pub down: i32,
    /// Pixels to the right, or to the left if negative.
    pub right: i32,
}

impl Shift {
    /// The way back.
    fn back(self) -> Self {
        Self { down: -self.down, right: -self.right }
    }
}

/// The equation as loops.
pub mod reference {
    use super::Shift;
    use crate::Real;

    /// `y` of pictures of `[height, width, channels]`, one for each shift.
    pub fn forward<T: Real>([h, w, c]: [usize; 3], shifts: &[Shift], x: &[T]) -> Vec<T> {
        let at = |i: usize, iy: i32, ix: i32, channel: usize| {
            let is_inside = (0..h as i32).contains(&iy) && (0..w as i32).contains(&ix);
            if is_inside { x[((i * h + iy as usize) * w + ix as usize) * c + channel] } else { T::of(0.0) }
        };
        let mut y = vec![];
        for (i, shift) in shifts.iter().enumerate() {
            for oy in 0..h as i32 {
                for ox in 0..w as i32 {
                    y.extend((0..c).map(|channel| at(i, oy - shift.down, ox - shift.right, channel)));
                }
            }
        }
        y
    }
}

/// `y` of pictures of `[height, width, channels]`, one for each shift.
///
/// # Panics
/// If `x` has another number of elements.
#[must_use]
pub fn forward([h, w, c]: [usize; 3], shifts: &[Shift], x: &[f32]) -> Buffer {
    let size = h * w * c;
    assert_eq!(shifts.len() * size, x.len(), "translate: {} shifts of pictures of {h}×{w}×{c}", shifts.len());
    let mut y = Buffer::zeros(x.len());
    parallel::chunks_mut(&mut y, size.max(1), &|i, y| {
        let Shift { down, right } = shifts[i];
        let x = &x[i * size..][..size];
        let kept = w.saturating_sub(right.unsigned_abs() as usize) * c;
        let [from, to] = [-right, right].map(|start| start.max(0) as usize * c);
        for (oy, y) in y.chunks_exact_mut(w * c).enumerate() {
            let iy = oy as i64 - i64::from(down);
            if 0 < kept && (0..h as i64).contains(&iy) {
                y[to..to + kept].copy_from_slice(&x[iy as usize * w * c + from..][..kept]);
            }
        }
    });
    y
}

/// `dx` from the gradient `dy` of the forward's result.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn backward(extents: [usize; 3], shifts: &[Shift], dy: &[f32]) -> Buffer {
    let back: Vec<Shift> = shifts.iter().map(|shift| shift.back()).collect();
    forward(extents, &back, dy)
}

impl Tape {
    /// Records [`forward`] of `x`, `[n, height, width, channels]`, with a shift for each picture.
    ///
    /// # Panics
    /// If there are more or fewer shifts than pictures.
    pub fn translate(&mut self, x: Var, shifts: Vec<Shift>) -> Var {
        let value = self.value(x);
        let [_, height, width, channels] = value.dims();
        let extents = [height, width, channels];
        let y = Tensor::new(value.shape(), forward(extents, &shifts, value.data()));
        self.record("translate", &[x], y, move |dy, grads| {
            grads.add_buffer(x, || backward(extents, &shifts, dy.data()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    const EXTENTS: [usize; 3] = [4, 5, 3];

    /// By less than the picture, by exactly it, and by more.
    fn shifts() -> Vec<Shift> {
        let shift = |down, right| Shift { down, right };
        vec![shift(0, 0), shift(1, -2), shift(-3, 4), shift(4, 0), shift(0, -5), shift(-9, 9), shift(2, 3)]
    }

    #[test]
    fn by_hand() {
        let shift = [Shift { down: 1, right: -1 }];
        assert_eq!([0.0, 0.0, 0.0, 2.0, 3.0, 0.0], forward([2, 3, 1], &shift, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])[..]);
        assert_eq!([0.0, 4.0, 5.0, 0.0, 0.0, 0.0], backward([2, 3, 1], &shift, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])[..]);
    }

    #[test]
    fn equals_the_reference() {
        let x = check::noise(1, shifts().len() * 60);
        check::exact(&forward(EXTENTS, &shifts(), &x), &reference::forward(EXTENTS, &shifts(), &x));
    }

    #[test]
    fn gradient() {
        let count = shifts().len();
        let x = check::noise(1, count * 60);
        check::gradient(
            &x,
            |x| reference::forward(EXTENTS, &shifts(), x),
            |dy| check::vjp(&[(&[count, 4, 5, 3], &x)], dy, |tape, v| tape.translate(v[0], shifts())).remove(0),
        );
    }
}

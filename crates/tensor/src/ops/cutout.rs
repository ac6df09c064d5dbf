//! Pictures with a hole: zeros in a rectangle, and everything else as it is (DeVries and Taylor
//! 2017).
//!
//! A discriminator that looks for one tell-tale corner finds it cut out now and then, and has to
//! look at the rest. The operator is one of the [three](super::translate) of differentiable
//! augmentation.
//!
//! ```text
//! rows 0 to 1, columns 1 to 3    x = [ 1 2 3 ]    y = [ 1 0 0 ]    dx = [ a 0 0 ]
//!                                    [ 4 5 6 ]        [ 4 5 6 ]         [ d e f ]
//! ```
//!
//! Backward: the slope is 1 outside of the hole and 0 in it, so `dx` is `dy` with the same hole.
//!
//! In the book: `book/src/10-the-step.md`.

use std::ops::Range;

use crate::fast::parallel;
use crate::{Buffer, Tape, Tensor, Var};

/// The hole of a picture; both ranges end within it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The rows that it reaches.
    pub rows: Range<usize>,
    /// The pixels of each row.
    pub columns: Range<usize>,
}

/// The equation as loops.
pub mod reference {
    use super::Hole;
    use crate::Real;

    /// `y` of pictures of `[height, width, channels]`, one for each hole.
    pub fn forward<T: Real>([h, w, c]: [usize; 3], holes: &[Hole], x: &[T]) -> Vec<T> {
        let mut y = x.to_vec();
        for (i, hole) in holes.iter().enumerate() {
            for iy in hole.rows.clone() {
                for ix in hole.columns.clone() {
                    y[((i * h + iy) * w + ix) * c..][..c].fill(T::of(0.0));
                }
            }
        }
        y
    }
}

/// `y` of pictures of `[height, width, channels]`, one for each hole.
///
/// # Panics
/// If `x` has another number of elements, or a hole goes beyond its picture.
#[must_use]
pub fn forward([h, w, c]: [usize; 3], holes: &[Hole], x: &[f32]) -> Buffer {
    let size = h * w * c;
    assert_eq!(holes.len() * size, x.len(), "cutout: {} holes in pictures of {h}×{w}×{c}", holes.len());
    let mut y = Buffer::copy_of(x);
    parallel::chunks_mut(&mut y, size.max(1), &|i, y| {
        let Hole { rows, columns } = holes[i].clone();
        assert!(rows.end <= h && columns.end <= w, "cutout: a hole beyond its picture of {h}×{w}");
        for row in y.chunks_exact_mut(w * c).skip(rows.start).take(rows.len()) {
            row[columns.start * c..columns.end * c].fill(0.0);
        }
    });
    y
}

/// `dx` from the gradient `dy` of the forward's result.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn backward(extents: [usize; 3], holes: &[Hole], dy: &[f32]) -> Buffer {
    forward(extents, holes, dy)
}

impl Tape {
    /// Records [`forward`] of `x`, `[n, height, width, channels]`, with a hole for each picture.
    ///
    /// # Panics
    /// If there are more or fewer holes than pictures, or one goes beyond its picture.
    pub fn cutout(&mut self, x: Var, holes: Vec<Hole>) -> Var {
        let value = self.value(x);
        let [_, height, width, channels] = value.dims();
        let extents = [height, width, channels];
        let y = Tensor::new(value.shape(), forward(extents, &holes, value.data()));
        self.record("cutout", &[x], y, move |dy, grads| {
            grads.add_buffer(x, || backward(extents, &holes, dy.data()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    const EXTENTS: [usize; 3] = [4, 5, 3];

    fn holes() -> Vec<Hole> {
        [(0..0, 0..5), (0..4, 0..5), (1..3, 2..5), (3..4, 0..1)].map(|(rows, columns)| Hole { rows, columns }).to_vec()
    }

    #[test]
    fn by_hand() {
        let hole = [Hole { rows: 0..1, columns: 1..3 }];
        let y = [1.0, 0.0, 0.0, 4.0, 5.0, 6.0];
        assert_eq!(y, forward([2, 3, 1], &hole, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])[..]);
        assert_eq!(y, backward([2, 3, 1], &hole, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])[..]);
    }

    #[test]
    fn equals_the_reference() {
        let x = check::noise(1, 4 * 60);
        check::exact(&forward(EXTENTS, &holes(), &x), &reference::forward(EXTENTS, &holes(), &x));
    }

    #[test]
    fn gradient() {
        let x = check::noise(1, 4 * 60);
        check::gradient(
            &x,
            |x| reference::forward(EXTENTS, &holes(), x),
            |dy| check::vjp(&[(&[4, 4, 5, 3], &x)], dy, |tape, v| tape.cutout(v[0], holes())).remove(0),
        );
    }

    #[test]
    #[should_panic(expected = "a hole beyond its picture")]
    fn a_hole_ends_within_its_picture() {
        let _ = forward([2, 3, 1], &[Hole { rows: 0..1, columns: 1..4 }], &[0.0; 6]);
    }
}

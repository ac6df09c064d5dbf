//! A bias: `y[r, c] = x[r, c] + b[c]`, one number per channel added to every pixel.
//!
//! ```text
//! x = [ 1  2  3 ]    b = [ 10  20  30 ]    y = [ 11  22  33 ]    dx = dy
//!     [ 4  5  6 ]                              [ 14  25  36 ]    db[c] = dy[0, c] + dy[1, c]
//! ```
//!
//! Backward: `x` enters `y` with slope 1, so `dx` is `dy` itself, by reference count. `b[c]` enters
//! every row of column `c`, so its gradient is the sum of that column: over the whole batch and
//! every pixel, not over one image.
//!
//! Forward moves 8 bytes per element for one addition, backward reads 4. Dense layers and
//! convolutions add their bias while they write their result, which is cheaper still.

use super::rows::Sweep;
use crate::{Buffer, Tape, Tensor, Var};

/// The equation as loops.
pub mod reference {
    use crate::Real;

    /// `y` of the shape of `x`, whose rows have the length of `b`.
    pub fn forward<T: Real>(x: &[T], b: &[T]) -> Vec<T> {
        x.chunks(b.len()).flat_map(|row| row.iter().zip(b).map(|(&x, &b)| x + b)).collect()
    }
}

/// `y` of the shape of `x`, whose rows have the length of `b`.
///
/// # Panics
/// If `x` does not consist of such rows.
#[must_use]
pub fn forward(x: &[f32], b: &[f32]) -> Buffer {
    Sweep { op: "bias", channels: b.len(), operands: [x], parameters: [b] }.map(
        #[inline(always)]
        |[x], [b], _| x + b,
    )
}

/// `db` from the gradient `dy` of the forward's result.
///
/// # Panics
/// If `dy` does not consist of rows of `channels`.
#[must_use]
pub fn backward(channels: usize, dy: &[f32]) -> Buffer {
    let [db] = Sweep { op: "bias", channels, operands: [dy], parameters: [] }.sums(
        #[inline(always)]
        |[dy], [], _| [dy],
    );
    db.iter().map(|&sum| sum as f32).collect::<Vec<_>>().into()
}

impl Tape {
    /// Records [`forward`] on `x` of shape `[.., c]` and `b` of shape `[c]`; saves nothing.
    ///
    /// # Panics
    /// If the shapes are others.
    pub fn bias(&mut self, x: Var, b: Var) -> Var {
        let (input, bias) = (self.value(x), self.value(b));
        let [channels] = bias.dims();
        assert_eq!(Some(&channels), input.shape().last(), "bias: x {:?}, b {:?}", input.shape(), bias.shape());
        let y = Tensor::new(input.shape(), forward(input.data(), bias.data()));
        self.record("bias", &[x, b], y, move |dy, grads| {
            grads.add(x, || dy.clone());
            grads.add_buffer(b, || backward(channels, dy.data()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use crate::ops::rows;

    #[test]
    fn equals_the_reference() {
        for channels in (1..=17).chain([33, 64, 130]) {
            for rows in [0, 1, 3, 2 * rows::chunk(channels) / channels + 1] {
                let (x, b) = (check::noise(1, rows * channels), check::noise(2, channels));
                check::exact(&forward(&x, &b), &reference::forward(&x, &b));
            }
        }
    }

    #[test]
    fn db_sums_every_row() {
        for channels in (1..=17).chain([33, 64, 130]) {
            for rows in [0, 1, 3, 2 * rows::chunk(channels) / channels + 1] {
                let dy = check::integers(1, rows * channels);
                let sums: Vec<f32> = (0..channels).map(|c| dy.iter().skip(c).step_by(channels).sum()).collect();
                check::exact(&backward(channels, &dy), &sums);
            }
        }
    }

    #[test]
    fn gradients() {
        let (x, b) = (check::noise(1, 5 * 7 * 3), check::noise(2, 3));
        let pull = |dy: &[f32], i| {
            check::pull(&[(&[5, 7, 3], &x), (&[3], &b)], dy, |tape, v| tape.bias(v[0], v[1])).swap_remove(i)
        };
        check::gradient(&x, |x| reference::forward(x, &check::to_f64(&b)), |dy| pull(dy, 0));
        check::gradient(&b, |b| reference::forward(&check::to_f64(&x), b), |dy| pull(dy, 1));
    }

    #[test]
    fn threads_do_not_show() {
        let dy = check::noise(1, 33 * 2000);
        check::same_on_any_threads(|| backward(33, &dy).to_vec());
    }

    #[test]
    fn nan_stays_nan() {
        assert!(forward(&[f32::NAN, 1.0], &[1.0, f32::NAN]).iter().all(|y| y.is_nan()));
        assert!(backward(1, &[1.0, f32::NAN, 1.0])[0].is_nan());
    }

    #[test]
    #[should_panic(expected = "bias: 7 elements are no whole rows of 3 channels")]
    fn rows_must_be_whole() {
        let _ = forward(&[0.0; 7], &[0.0; 3]);
    }
}

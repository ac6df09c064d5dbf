//! The hyperbolic tangent: `y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)`, from any number into (−1, 1).
//!
//! It is the last layer of a DCGAN's generator, because the images are scaled to [−1, 1].
//!
//! ```text
//! x = [ 0   ln 2   −ln 2 ]    y = [ 0  3/5  −3/5 ]    dx = dy · [ 1     16/25  16/25 ]
//!     [ 20  −20    ln 3  ]        [ 1  −1    4/5 ]              [ 4·e⁻⁴⁰ 4·e⁻⁴⁰ 9/25 ]
//! ```
//!
//! Backward: the quotient rule gives `∂y/∂x = 1 − y²`. A background pixel has `y` near −1, where `1
//! − y²` has lost all its digits. With `u = e^−2|x|`, the expression `4u/(1 + u)²` is the same
//! number. It is accurate to the last digits everywhere and cannot overflow.
//!
//! Forward: the standard library's `tanh` takes one number at a time. The function here has no
//! branches, so the compiler turns the loop over it into vectors, and it contains nothing that
//! rounds differently on another machine. Near 0 it is an odd polynomial. Further out it is
//! `1 − 2/(e²ˣ + 1)`, which would lose its digits near 0. The polynomials and their ranges are
//! those of the Cephes library (Moshier 1984–1992), in single precision.
//!
//! In the book: `book/src/09-bytes-in.md`.

use crate::fast::sweeps::elementwise::{map, map2};
use crate::functions::exp_f32;
use crate::{Buffer, Op, Tape, Tensor, Var};

/// The equation as a loop.
pub mod reference {
    use crate::Real;

    /// `y`, one for each `x`.
    pub fn forward<T: Real>(x: &[T]) -> Vec<T> {
        x.iter().map(|&x| x.tanh()).collect()
    }
}

/// `y`, one for each `x`.
#[must_use]
pub fn forward(x: &[f32]) -> Buffer {
    map(x, tanh)
}

/// The hyperbolic tangent, to within three units of the last place.
#[inline(always)]
fn tanh(x: f32) -> f32 {
    let a = x.abs();
    let z = a * a;
    let series = [2.063_908_8e-2, -5.373_971_5e-2, 1.333_144_2e-1, -3.333_328e-1];
    let near = a + a * z * series.iter().fold(-5.704_988_7e-3, |sum, c| sum * z + c);
    let far = 1.0 - 2.0 / (exp(if 20.0 < a { 40.0 } else { 2.0 * a }) + 1.0); // beyond 20 it is 1
    let magnitude = if a < 0.625 { near } else { far };
    if x.is_nan() { x } else { magnitude.copysign(x) }
}

/// `eˣ = 2ⁿ·eʳ` for x up to 87, where n is an integer and |r| is at most half of ln 2.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding 1.5·2²³ rounds a number to an integer, which the last bits of the sum hold.
    const SHIFT: f32 = 12_582_912.0;
    // ln 2 in two parts. The product of n and the first part is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let shifted = x * std::f32::consts::LOG2_E + SHIFT;
    let n = shifted - SHIFT;
    let r = x - n * LN_2[0] - n * LN_2[1];
    let series = [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_6e-1, 0.5];
    let power = 1.0 + (r + r * r * series.iter().fold(1.987_569_2e-4, |sum, c| sum * r + c));
    f32::from_bits(power.to_bits().wrapping_add(shifted.to_bits() << 23)) // adds n to the exponent
}

/// `dx` from the forward's `x` and the gradient `dy` of its result.
///
/// # Panics
/// If `x` and `dy` differ in length.
#[must_use]
pub fn backward(x: &[f32], dy: &[f32]) -> Buffer {
    map2("tanh", x, dy, |x, dy| {
        let u = exp_f32(-2.0 * x.abs());
        dy * (4.0 * u / ((1.0 + u) * (1.0 + u)))
    })
}

impl Tape {
    /// Records [`forward`] on any shape. The tape keeps `x` alive for [`backward`].
    pub fn tanh(&mut self, x: Var) -> Var {
        let saved = self.value(x);
        let y = Tensor::new(saved.shape(), forward(saved.data()));
        self.record(Op::new("tanh").memory_bound(), &[x], y, move |dy, grads| {
            grads.add_buffer(x, || backward(saved.data(), dy.data()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check, fast::parallel::CHUNK};

    fn wide(len: usize) -> Vec<f32> {
        check::noise(1, len).iter().map(|x| 40.0 * x).collect()
    }

    #[test]
    fn equals_the_reference() {
        for len in (0..=67).chain([CHUNK + 1]) {
            let x = wide(len);
            let truth = reference::forward(&check::to_f64(&x));
            check::within_bound(&forward(&x), &truth, &check::magnitudes(&truth), 1);
        }
    }

    #[test]
    fn every_size_of_number_is_right_to_the_last_digits() {
        for exponent in -30..7 {
            let x: Vec<f32> = check::noise(2, 1000).iter().map(|x| x * 2_f32.powi(exponent)).collect();
            let truth = reference::forward(&check::to_f64(&x));
            check::within_bound(&forward(&x), &truth, &check::magnitudes(&truth), 1);
        }
        let small = [f32::MIN_POSITIVE, 1e-40, 0.0, -0.0];
        assert_eq!(small.map(f32::to_bits), [0, 1, 2, 3].map(|i| forward(&small)[i].to_bits()));
    }

    #[test]
    fn the_gradient_is_right_where_y_has_rounded_to_one() {
        let x = wide(1001);
        let truth: Vec<f64> = check::to_f64(&x).iter().map(|x| 1.0 / x.cosh().powi(2)).collect();
        check::within_bound(&backward(&x, &[1.0; 1001]), &truth, &truth, 1);
    }

    #[test]
    fn gradient() {
        let x: Vec<f32> = check::noise(1, 257).iter().map(|x| 3.0 * x).collect();
        check::gradient(&x, reference::forward, |dy| {
            check::vjp(&[(&[257], &x)], dy, |tape, v| tape.tanh(v[0])).remove(0)
        });
    }

    #[test]
    fn infinities_have_limits_and_nan_stays_nan() {
        assert_eq!([-1.0, 1.0], forward(&[f32::NEG_INFINITY, f32::INFINITY])[..]);
        assert_eq!([0.0, 0.0], backward(&[f32::NEG_INFINITY, f32::INFINITY], &[1.0, 1.0])[..]);
        assert!(forward(&[f32::NAN])[0].is_nan());
        assert!(backward(&[f32::NAN], &[1.0])[0].is_nan());
    }
}

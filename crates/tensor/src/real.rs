//! The numbers that a `reference` is generic over: `f32`, for comparing bit for bit, and `f64`, for
//! the true result.

use std::fmt::Debug;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use crate::functions;

/// A real number: `f32` or `f64`, with the few functions that the references need.
pub trait Real:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + Sum
{
    /// The number nearest to `value`.
    fn of(value: f64) -> Self;
    /// The same number as an `f64`, exactly.
    fn f64(self) -> f64;
    /// `eˣ`.
    fn exp(self) -> Self;
    /// `ln(1 + x)`, accurate for small `x` too.
    fn ln_1p(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// `|x|`.
    fn abs(self) -> Self;
}

macro_rules! real {
    ($($float:ty, $exp:path, $ln_1p:path, $ln:path;)*) => {$(
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_lossless,
            reason = "rounding to the nearest f32 is what `of` promises"
        )]
        impl Real for $float {
            fn of(value: f64) -> Self { value as $float }
            fn f64(self) -> f64 { self as f64 }
            fn exp(self) -> Self { $exp(self) }
            fn ln_1p(self) -> Self { $ln_1p(self) }
            fn ln(self) -> Self { $ln(self) }
            fn tanh(self) -> Self { <$float>::tanh(self) }
            fn sqrt(self) -> Self { <$float>::sqrt(self) }
            fn abs(self) -> Self { <$float>::abs(self) }
        }
    )*};
}

real! {
    f32, functions::exp_f32, functions::ln_1p_f32, functions::ln_f32;
    f64, functions::exp, functions::ln_1p, functions::ln;
}

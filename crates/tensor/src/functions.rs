//! The exponential and the logarithm, with the same bits on every machine.
//!
//! The standard library hands `exp`, `ln` and `ln_1p` to the C library of the system, and each of
//! those rounds a few arguments in its own way. A training feeds every rounding back into itself.
//! So a run would have other bits on another system, and in a browser, which has no C library. What
//! is here consists of additions, multiplications and divisions, which round the same everywhere.
//!
//! Both functions are computed in the same way. The argument is brought into a small range, where a
//! few terms of a series are enough, and the rest is exact:
//!
//! ```text
//! eˣ   = 2ⁿ · eʳ             n = x/ln 2, rounded, so |r| is at most ln 2 / 2
//! ln x = n·ln 2 + ln(1 + f)  x = 2ⁿ·(1 + f), and 1 + f is between √½ and √2
//! ```
//!
//! `eʳ` is its Taylor series up to `r¹³/13!`; the next term is 4·10⁻¹⁸. With `s = f/(2 + f)`, which
//! is at most 0.172, `ln(1 + f)` is `2s + 2s³/3 + 2s⁵/5 + …` up to `s²³`; the next term is 10⁻²⁰.
//! By hand: for `x = 3`, `f` is ½ and `s` is 1/5, so `ln 3 = ln 2 + 2/5 + 2/375 + …`, of which the
//! three terms make 1.0985; the truth is 1.0986.
//!
//! `n·ln 2` would lose digits. The constant is therefore kept in two parts, of which the first has
//! so few bits that its product with `n` is exact (Cody and Waite 1980).
//!
//! In `f64` a result is within one unit in the last place. A logarithm of an `f32` is computed in
//! the same way and rounded once, so it is the nearest `f32` unless the truth is within 10⁻⁸ of the
//! middle between two. The exponential of an `f32`, which every pixel's gradient needs, has a
//! shorter way, [`exp_f32`].

use std::f64::consts::{LOG2_E, SQRT_2};

/// ln 2: the first 32 bits, and the rest.
const LN_2: [f64; 2] = [f64::from_bits(0x3FE6_2E42_FEE0_0000), f64::from_bits(0x3DEA_39EF_3579_3C76)];

/// `eˣ`.
#[must_use]
pub fn exp(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if !(-746.0..710.0).contains(&x) {
        return if x < 0.0 { 0.0 } else { f64::INFINITY };
    }
    let n = (x * LOG2_E).round();
    let r = x - n * LN_2[0] - n * LN_2[1];
    // 1/k! from k = 13 to 2.
    let series = (2..13).rev().fold(1.0 / factorial(13), |sum, k| sum * r + 1.0 / factorial(k));
    let power = 1.0 + (r + r * r * series);
    // In two halves, because 2ⁿ alone would be too small for a result that is just above 0.
    let half = (n / 2.0).round();
    power * power_of_2(half as i64) * power_of_2((n - half) as i64)
}

/// `eˣ` of an `f32`, computed in `f64` and rounded once.
///
/// ```text
/// eˣ = 2^(n/32) · 2^(r/32)      n = 32·x/ln 2, rounded to an integer, so |r| is at most 1/2
/// ```
///
/// There are 32 roots of 2, and a cubic polynomial in `r` is enough for the rest. The result is
/// within 0.502 units in the last place. The method and the polynomial are those of ARM's optimized
/// routines, which GNU's C library has, too. So its systems give the same results, and recorded
/// trainings keep their bits.
#[must_use]
pub fn exp_f32(x: f32) -> f32 {
    // Adding 1.5·2⁵² rounds a number to an integer. A NaN stays one.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    let z = f64::from(x).clamp(-110.0, 90.0) * (32.0 * LOG2_E);
    let n = z + SHIFT - SHIFT;
    let r = z - n;
    let n = n as i64;
    let root = ROOTS[(n & 31) as usize];
    let power = f64::from_bits(root.to_bits().wrapping_add(((n >> 5) << 52) as u64));
    let [c3, c2, c1] = CUBIC;
    (((c3 * r + c2) * (r * r) + (c1 * r + 1.0)) * power) as f32
}

/// `2^(i/32)`, for i from 0 to 31.
const ROOTS: [f64; 32] = {
    let mut roots = [1.0; 32];
    let mut i = 0;
    while i < 32 {
        let x = (LN_2[0] + LN_2[1]) * (i as f64 / 32.0);
        // The Taylor series, from its last term to its first.
        let mut k = 20;
        while 0 < k {
            roots[i] = 1.0 + roots[i] * x / k as f64;
            k -= 1;
        }
        i += 1;
    }
    roots
};

/// `2^(r/32) = 1 + c₁·r + c₂·r² + c₃·r³` for |r| up to 1/2: c₃, c₂ and c₁.
const CUBIC: [f64; 3] = [
    f64::from_bits(0x3FAC_6AF8_4B91_2394) / 32_768.0,
    f64::from_bits(0x3FCE_BFCE_50FA_C4F3) / 1024.0,
    f64::from_bits(0x3FE6_2E42_FF0C_52D6) / 32.0,
];

/// The natural logarithm: −∞ of 0, and NaN of what is below.
#[must_use]
pub fn ln(x: f64) -> f64 {
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 || x == f64::INFINITY {
        return if x == 0.0 { f64::NEG_INFINITY } else { x };
    }
    // The smallest numbers have fewer bits, which a factor of 2⁵⁴ moves to where the others have
    // them.
    let (x, shift) = if x < f64::MIN_POSITIVE { (x * power_of_2(54), 54) } else { (x, 0) };
    let n = (x.to_bits() >> 52) as i64 - 1023 - shift;
    let m = f64::from_bits(x.to_bits() & ((1 << 52) - 1) | 1023 << 52); // from 1 to 2
    let (m, n) = if SQRT_2 < m { (m / 2.0, n + 1) } else { (m, n) };
    let f = m - 1.0;
    let n = n as f64;
    n * LN_2[0] + (f - (correction(f) - n * LN_2[1]))
}

/// The natural logarithm, rounded once.
#[must_use]
pub fn ln_f32(x: f32) -> f32 {
    ln(f64::from(x)) as f32
}

/// `ln(1 + x)`, which does not form the sum where `x` is small.
#[must_use]
pub fn ln_1p(x: f64) -> f64 {
    if (SQRT_2 / 2.0 - 1.0..SQRT_2 - 1.0).contains(&x) {
        return x - correction(x);
    }
    let sum = 1.0 + x;
    let lost = x - (sum - 1.0); // what the sum has rounded away
    let rest = if sum == 0.0 || !sum.is_finite() { 0.0 } else { lost / sum };
    ln(sum) + rest
}

/// `ln(1 + x)`, rounded once.
#[must_use]
pub fn ln_1p_f32(x: f32) -> f32 {
    ln_1p(f64::from(x)) as f32
}

/// `f − ln(1 + f)`, for `1 + f` between √½ and √2. With `2s = f − s·f`, the first term of the
/// series is mostly the exact `f`.
fn correction(f: f64) -> f64 {
    let s = f / (2.0 + f);
    let z = s * s;
    // 2z/3 + 2z²/5 + … + 2z¹¹/23
    let series = (1..12).rev().fold(0.0, |sum, k| z * (sum + 2.0 / f64::from(2 * k + 1)));
    s * (f - series)
}

/// `k!`, exactly.
const fn factorial(k: u64) -> f64 {
    let mut product = 1;
    let mut factor = 2;
    while factor <= k {
        product *= factor;
        factor += 1;
    }
    product as f64
}

/// `2ⁿ` for n from −1022 to 1023.
fn power_of_2(n: i64) -> f64 {
    f64::from_bits(((1023 + n) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::noise;

    /// How many numbers of `f64` lie between two, one of which may be infinite.
    fn units_apart(a: f64, b: f64) -> u64 {
        let ordered = |x: f64| if x.is_sign_negative() { -(x.abs().to_bits() as i64) } else { x.to_bits() as i64 };
        ordered(a).abs_diff(ordered(b))
    }

    /// Noise of about 48 bits, times each factor.
    fn arguments(factors: &[f64]) -> impl Iterator<Item = f64> {
        let pairs = noise(1, 40_000).into_iter().zip(noise(2, 40_000));
        let fine: Vec<f64> = pairs.map(|(a, b)| f64::from(a) + f64::from(b) / 16_777_216.0).collect();
        factors
            .iter()
            .flat_map(move |factor| fine.clone().into_iter().map(move |x| x * factor))
            .collect::<Vec<_>>()
            .into_iter()
    }

    #[track_caller]
    fn close(found: f64, expected: f64, at: f64) {
        assert!(units_apart(found, expected) <= 1, "at {at:e}: {found:e}, not {expected:e}");
    }

    /// The C library's own results are within one unit, too, so two of ours apart would be an
    /// error.
    #[test]
    fn they_are_within_a_unit_of_the_systems() {
        for x in arguments(&[1e-9, 1e-3, 0.4, 3.0, 80.0, 740.0]) {
            close(exp(x), x.exp(), x);
        }
        for x in arguments(&[1e-300, 1e-5, 0.9, 1.7, 100.0, 1e300]).map(f64::abs).filter(|x| *x != 0.0) {
            close(ln(x), x.ln(), x);
            close(ln(1.0 + x / 1e10), (1.0 + x / 1e10).ln(), x);
        }
        for x in arguments(&[1e-18, 1e-9, 1e-3, 0.3, 0.999, 5.0, 1e9, 1e300]).filter(|x| -1.0 < *x) {
            close(ln_1p(x), x.ln_1p(), x);
        }
    }

    /// Of an `f32` the C library's result is at most one unit away, and mostly the same. (GNU's
    /// exponential is the same in all 115 million numbers that were tried once.)
    #[test]
    fn an_f32_is_close_to_the_systems() {
        for (ours, systems, factors, most) in [
            (exp_f32 as fn(f32) -> f32, f32::exp as fn(f32) -> f32, [1e-4f32, 1.0, 20.0, 110.0], 4_000),
            (ln_1p_f32, f32::ln_1p, [1e-4, 0.1, 0.9, 1e6], 80_000),
        ] {
            let mut others = 0;
            for x in factors.iter().flat_map(|factor| noise(3, 100_000).into_iter().map(move |x| x * factor)) {
                let (found, expected) = (ours(x), systems(x));
                if x <= -1.0 && expected.is_nan() {
                    assert!(found.is_nan(), "at {x}");
                    continue;
                }
                assert!(found.to_bits().abs_diff(expected.to_bits()) <= 1, "at {x}: {found:e}, not {expected:e}");
                others += u32::from(found != expected);
            }
            assert!(others <= most, "{others} of 400,000 differ");
        }
    }

    /// The last bit of the table may be off by one or two.
    #[test]
    fn roots_of_2() {
        for (i, root) in ROOTS.into_iter().enumerate() {
            let truth = (i as f64 / 32.0).exp2();
            assert!(units_apart(root, truth) <= 2, "{i}: {root:e}, not {truth:e}");
        }
    }

    #[test]
    fn the_ends_of_an_f32() {
        assert_eq!([1.0, 0.0, f32::INFINITY], [exp_f32(0.0), exp_f32(f32::NEG_INFINITY), exp_f32(f32::INFINITY)]);
        assert_eq!([f32::INFINITY, 0.0, f32::from_bits(1)], [exp_f32(88.8), exp_f32(-104.0), exp_f32(-103.2)]);
        assert!(exp_f32(88.7).is_finite() && exp_f32(f32::NAN).is_nan());
    }

    #[test]
    fn the_ends_are_those_of_the_definition() {
        assert_eq!([1.0, 0.0, f64::INFINITY], [exp(0.0), exp(f64::NEG_INFINITY), exp(f64::INFINITY)]);
        assert_eq!([f64::INFINITY, 0.0], [exp(709.8), exp(-745.2)]);
        assert_eq!([f64::from_bits(1), f64::from_bits(1)], [exp(-744.5), exp(-745.1)]);
        assert!(exp(709.78).is_finite() && exp(f64::NAN).is_nan());
        assert_eq!([0.0, f64::NEG_INFINITY, f64::INFINITY], [ln(1.0), ln(0.0), ln(f64::INFINITY)]);
        assert!(ln(-1e-300).is_nan() && ln(f64::NAN).is_nan());
        assert_eq!((f64::from_bits(1)).ln(), ln(f64::from_bits(1)));
        assert_eq!([0.0, f64::NEG_INFINITY, f64::INFINITY], [ln_1p(0.0), ln_1p(-1.0), ln_1p(f64::INFINITY)]);
        assert!(ln_1p(-1.5).is_nan() && ln_1p(f64::NAN).is_nan());
        assert_eq!(1e-300, ln_1p(1e-300));
    }

    /// Bits of a few results. They are the same on every machine, which a browser's build of this
    /// crate is asked to prove with a whole training.
    #[test]
    fn these_bits_hold_everywhere() {
        let mut sum = 0u64;
        for x in arguments(&[0.9, 30.0]) {
            for y in [exp(x), ln(x.abs()), ln_1p(x.abs())] {
                sum = sum.rotate_left(7) ^ y.to_bits();
            }
        }
        assert_eq!(BITS, sum, "{sum:#x}");
    }

    const BITS: u64 = 0x5291_30b1_9088_861d;
}

//! Initialisers: the random numbers that a kernel starts from.
//!
//! If all weights were equal they would stay equal for ever, because units that compute the same
//! receive the same gradient. Weights therefore start random, and their size matters. A unit that
//! sums `fan_in` products of inputs and weights multiplies the variance of its inputs by
//! `fan_in·Var(w)`. On the way back, the variance of a gradient is multiplied by `fan_out·Var(w)`.
//! After ten layers a factor of 2 has become 1,000. The two factors can both be 1 only if the fans
//! are equal. Glorot and Bengio (2010, eq. 12) compromise and use the mean of the fans:
//!
//! ```text
//! Var(w) = 2 / (fan_in + fan_out)
//! ```
//!
//! A number uniform in ±L has the variance L²/3, so the uniform form (their eq. 16) has
//! `L = √(6 / (fan_in + fan_out))`. By hand: a dense kernel of 2 inputs and 4 outputs is uniform in
//! ±1.
//!
//! The output of a convolution is also a sum over the taps of the kernel. For a kernel stored as
//! `[kh, kw, ci, co]`, `fan_in = kh·kw·ci` and `fan_out = kh·kw·co`. A transposed convolution keeps
//! the kernel of the convolution that it transposes. We apply the rule to the kernel as stored, as
//! TensorFlow does. This exchanges the two fans, but only their sum counts, so the result is the
//! same.
//!
//! Sources: Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural
//! networks*, AISTATS 2010. The fixed deviation of 0.02: Radford, Metz and Chintala, *Unsupervised
//! representation learning with deep convolutional generative adversarial networks*, 2016, section
//! 4.

use rand::Rng;
use rand_distr::{Distribution, Normal, Uniform};
use tensor::Tensor;

/// How to draw the first values of a kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Uniform in ±√(6 / (fan_in + fan_out)). This is the default of `tf.layers`.
    GlorotUniform,
    /// Normal with mean 0 and a given standard deviation. The DCGAN paper uses 0.02.
    Normal {
        /// The standard deviation, finite and not negative.
        std: f32,
    },
}

impl Init {
    /// Draws a kernel of `shape`, either `[in, out]` or `[kh, kw, ci, co]`, from `rng`.
    ///
    /// The numbers are drawn in the order in which they are stored, and depend only on `rng`.
    ///
    /// # Panics
    /// If the fans are needed and `shape` has fewer than two axes, or if the standard deviation is
    /// negative or not finite.
    #[must_use]
    pub fn kernel(self, shape: &[usize], rng: &mut impl Rng) -> Tensor {
        match self {
            Self::GlorotUniform => {
                let (fan_in, fan_out) = fans(shape);
                let variance = 2.0 / (fan_in + fan_out) as f32;
                let limit = (3.0 * variance).sqrt();
                draw(shape, Uniform::new(-limit, limit).expect("a positive limit"), rng)
            }
            Self::Normal { std } => {
                assert!(std.is_finite() && 0.0 <= std, "a standard deviation of {std}");
                draw(shape, Normal::new(0.0, std).expect("finite and not negative"), rng)
            }
        }
    }
}

/// `(fan_in, fan_out)` of a kernel. The last two axes are in and out; the others are taps.
fn fans(shape: &[usize]) -> (usize, usize) {
    let [taps @ .., fan_in, fan_out] = shape else { panic!("a kernel of shape {shape:?} has no input and output") };
    let taps: usize = taps.iter().product();
    (taps * fan_in, taps * fan_out)
}

fn draw(shape: &[usize], distribution: impl Distribution<f32>, rng: &mut impl Rng) -> Tensor {
    let numbers: Vec<f32> = distribution.sample_iter(rng).take(shape.iter().product()).collect();
    Tensor::new(shape, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    /// A kernel of 20,000 numbers, whose mean has a standard error of 0.7 % of the deviation.
    const SHAPE: [usize; 4] = [5, 4, 20, 50];

    fn kernel(init: Init, seed: u64) -> Vec<f32> {
        let tensor = init.kernel(&SHAPE, &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(SHAPE, tensor.shape());
        tensor.data().to_vec()
    }

    /// The mean, the variance and the kurtosis E(x⁴)/E(x²)², which is 9/5 for a uniform and 3 for a
    /// normal distribution.
    fn moments(x: &[f32]) -> (f64, f64, f64) {
        let mean_of = |power: i32| x.iter().map(|&x| f64::from(x).powi(power)).sum::<f64>() / x.len() as f64;
        (mean_of(1), mean_of(2), mean_of(4) / mean_of(2).powi(2))
    }

    fn check(init: Init, variance: f64, kurtosis: f64) {
        let (mean, found, found_kurtosis) = moments(&kernel(init, 1));
        // The bound is four standard errors of each estimate.
        let error = |variance_of_one: f64| 4.0 * (variance_of_one / 20_000.0).sqrt();
        assert!(mean.abs() <= error(variance), "{init:?}: mean {mean}");
        assert!((found / variance - 1.0).abs() <= error(kurtosis - 1.0), "{init:?}: variance {found}, not {variance}");
        assert!((found_kurtosis - kurtosis).abs() <= error(24.0), "{init:?}: kurtosis {found_kurtosis}");
    }

    #[test]
    fn the_moments_are_those_of_the_distribution() {
        // fan_in = 5·4·20 = 400, fan_out = 5·4·50 = 1,000.
        check(Init::GlorotUniform, 2.0 / 1400.0, 1.8);
        check(Init::Normal { std: 0.02 }, 0.0004, 3.0);
    }

    #[test]
    fn glorot_uniform_fills_its_limits() {
        let limit = (6.0f32 / 1400.0).sqrt();
        let largest = kernel(Init::GlorotUniform, 2).into_iter().fold(0.0, |max: f32, w| max.max(w.abs()));
        assert!(0.999 * limit < largest && largest <= limit, "largest {largest}, limit {limit}");
    }

    #[test]
    fn every_tap_counts_for_both_fans() {
        assert_eq!((2, 4), fans(&[2, 4]));
        assert_eq!((3 * 5 * 16, 3 * 5 * 8), fans(&[3, 5, 16, 8]));
    }

    #[test]
    fn the_same_seed_draws_the_same_kernel() {
        for init in [Init::GlorotUniform, Init::Normal { std: 0.02 }] {
            assert_eq!(kernel(init, 7), kernel(init, 7));
            assert_ne!(kernel(init, 7), kernel(init, 8));
        }
    }

    #[test]
    #[should_panic(expected = "shape [3] has no input and output")]
    fn a_bias_is_no_kernel() {
        let _ = Init::GlorotUniform.kernel(&[3], &mut ChaCha8Rng::seed_from_u64(0));
    }

    #[test]
    #[should_panic(expected = "a standard deviation of NaN")]
    fn a_deviation_must_be_a_number() {
        let _ = Init::Normal { std: f32::NAN }.kernel(&[1, 1], &mut ChaCha8Rng::seed_from_u64(0));
    }
}

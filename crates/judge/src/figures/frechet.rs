//! The Fréchet distance of two sets of features, each approximated by a Gaussian (Heusel et al.
//! 2017).
//!
//! A Gaussian has a mean `m` and a covariance `C`. The least cost of moving one onto another is
//! (Fréchet 1957, Dowson and Landau 1982)
//!
//! ```text
//! d² = |m₁ − m₂|² + tr C₁ + tr C₂ − 2·tr √(C₁C₂)
//! ```
//!
//! By hand, in one dimension: `(m₁ − m₂)² + (s₁ − s₂)²`, with standard deviations `s`. As is usual,
//! `d²` is called the distance. The means differ if the samples look wrong on average, the
//! covariances if they lack variety.
//!
//! `C₁C₂` is not symmetric, and rounding may make its computed root complex. The root is not
//! needed. If `C₁ = F₁ᵀF₁` and `C₂ = F₂ᵀF₂`, then `C₁C₂` has, besides zeros, the eigenvalues of
//! `(F₁F₂ᵀ)(F₁F₂ᵀ)ᵀ`. These are the squares of the singular values of `F₁F₂ᵀ`, so
//!
//! ```text
//! tr √(C₁C₂) = the sum of the singular values of F₁F₂ᵀ
//! ```
//!
//! **It depends on the number of samples.** A covariance of few samples is noisy, and noise counts
//! as distance. For 128 features the distance of real images from real images falls like 1/N. So N
//! is always given, and figures of different N do not compare.

use rayon::prelude::*;
use tensor::Tensor;

use super::jacobi::{dot, rotate_until_orthogonal};

/// Rows of a covariance that one task sums, so that they stay in cache.
const ROWS: usize = 8;

/// Mean and covariance.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    /// The mean of each feature.
    pub mean: Vec<f64>,
    /// The unbiased covariance of each pair of features, in rows.
    pub covariance: Vec<Vec<f64>>,
}

impl Gaussian {
    /// The mean and the covariance of the rows of `x`.
    ///
    /// # Panics
    /// If there are fewer than two.
    #[must_use]
    pub fn of(x: &Tensor) -> Self {
        let [n, depth] = x.dims();
        assert!(2 <= n, "a covariance of {n} rows");
        let mut mean = vec![0.0; depth];
        for row in x.data().chunks_exact(depth) {
            mean.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        mean.iter_mut().for_each(|sum| *sum /= n as f64);

        let mut covariance = vec![vec![0.0; depth]; depth];
        covariance.par_chunks_mut(ROWS).enumerate().for_each(|(task, sums)| {
            let mut centred = vec![0.0; depth];
            for row in x.data().chunks_exact(depth) {
                centred.iter_mut().zip(row).zip(&mean).for_each(|((c, &x), mean)| *c = f64::from(x) - mean);
                for (sums, &a) in sums.iter_mut().zip(&centred[task * ROWS..]) {
                    sums.iter_mut().zip(&centred).for_each(|(sum, b)| *sum += a * b);
                }
            }
            sums.iter_mut().flatten().for_each(|sum| *sum /= (n - 1) as f64);
        });
        Self { mean, covariance }
    }

    /// `F` with `FᵀF = C`.
    ///
    /// `C = VΛVᵀ`, so the rows of `VᵀC = ΛVᵀ` are orthogonal, and their norms are `Λ`. Rotating the
    /// rows of `C` finds them. `F` is `√Λ·Vᵀ`.
    fn factor(&self) -> Vec<Vec<f64>> {
        let mut rows = self.covariance.clone();
        rotate_until_orthogonal(&mut rows);
        for row in &mut rows {
            let root = norm(row).sqrt();
            if 0.0 < root {
                row.iter_mut().for_each(|x| *x /= root);
            }
        }
        rows
    }

    fn variance(&self) -> f64 {
        self.covariance.iter().enumerate().map(|(i, row)| row[i]).sum()
    }
}

/// The Fréchet distance `d²` of two Gaussians with the same number of features.
#[must_use]
pub fn distance(a: &Gaussian, b: &Gaussian) -> f64 {
    let f = a.factor();
    let g = b.factor();
    let mut product: Vec<Vec<f64>> = f.iter().map(|f| g.iter().map(|g| dot(f, g)).collect()).collect();
    rotate_until_orthogonal(&mut product);
    let trace_of_root: f64 = product.iter().map(|row| norm(row)).sum();
    let means: f64 = a.mean.iter().zip(&b.mean).map(|(a, b)| (a - b).powi(2)).sum();
    let distance = means + a.variance() + b.variance() - 2.0 * trace_of_root;
    // Rounding may make the distance of two equal Gaussians negative. NaN stays NaN.
    if distance < 0.0 { 0.0 } else { distance }
}

fn norm(row: &[f64]) -> f64 {
    dot(row, row).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor::check;

    fn gaussian(mean: &[f64], covariance: &[f64]) -> Gaussian {
        let n = mean.len();
        Gaussian { mean: mean.to_vec(), covariance: covariance.chunks(n).map(<[f64]>::to_vec).collect() }
    }

    #[track_caller]
    fn check_distance(a: &Gaussian, b: &Gaussian, expected: f64) {
        for (a, b) in [(a, b), (b, a)] {
            let found = distance(a, b);
            assert!((found - expected).abs() <= 1e-9 * (1.0 + expected), "{found}, not {expected}");
        }
    }

    #[test]
    fn of_one_dimension() {
        // (1 − 4)² + (2 − 5)²
        check_distance(&gaussian(&[1.0], &[4.0]), &gaussian(&[4.0], &[25.0]), 18.0);
    }

    #[test]
    fn nan_is_not_hidden() {
        let broken = gaussian(&[f64::NAN, 0.0], &[1.0, 0.0, 0.0, 1.0]);
        assert!(distance(&broken, &gaussian(&[0.0; 2], &[1.0, 0.0, 0.0, 1.0])).is_nan());
    }

    #[test]
    fn of_covariances_that_share_their_axes() {
        let (a, b) = (gaussian(&[0.0, 0.0], &[1.0, 0.0, 0.0, 9.0]), gaussian(&[3.0, 4.0], &[4.0, 0.0, 0.0, 0.0]));
        // 25 + (1 − 2)² + (3 − 0)²
        check_distance(&a, &b, 35.0);
    }

    /// The root is of a product that is not symmetric: for 2×2, tr √M = √(tr M + 2·√det M).
    #[test]
    fn of_covariances_that_do_not_commute() {
        let (a, b) = (gaussian(&[0.0, 0.0], &[2.0, 1.0, 1.0, 2.0]), gaussian(&[0.0, 0.0], &[5.0, 0.0, 0.0, 1.0]));
        let (trace, determinant) = (12.0, 15.0f64);
        check_distance(&a, &b, 4.0 + 6.0 - 2.0 * (trace + 2.0 * determinant.sqrt()).sqrt());
    }

    #[test]
    fn to_itself_and_of_constants() {
        let x = Tensor::new(&[50, 5], check::noise(1, 250));
        let a = Gaussian::of(&x);
        check_distance(&a, &a, 0.0);
        let constants = Gaussian::of(&Tensor::new(&[3, 2], [1.0, 2.0].repeat(3)));
        assert_eq!(gaussian(&[1.0, 2.0], &[0.0; 4]), constants);
        check_distance(&constants, &gaussian(&[1.0, 5.0], &[1.0, 0.0, 0.0, 4.0]), 9.0 + 5.0);
    }

    #[test]
    fn the_covariance_is_unbiased() {
        let x = Tensor::new(&[3, 2], vec![1.0, 10.0, 2.0, 30.0, 3.0, 20.0]);
        // Deviations −1, 0, 1 and −10, 10, 0.
        let expected = gaussian(&[2.0, 20.0], &[1.0, 5.0, 5.0, 100.0]);
        assert_eq!(expected, Gaussian::of(&x));
    }

    #[test]
    fn covariances_of_many_features() {
        let (n, depth) = (9, 2 * ROWS + 3);
        let x = Tensor::new(&[n, depth], check::noise(1, n * depth));
        let Gaussian { mean, covariance } = Gaussian::of(&x);
        let centred = |i: usize, c: usize| f64::from(x.data()[i * depth + c]) - mean[c];
        for (a, row) in covariance.iter().enumerate() {
            for (b, found) in row.iter().enumerate() {
                let expected = (0..n).map(|i| centred(i, a) * centred(i, b)).sum::<f64>() / (n - 1) as f64;
                assert!((found - expected).abs() <= 1e-14, "{a}, {b}: {found}, not {expected}");
            }
        }
    }

    #[test]
    fn threads_do_not_show() {
        let x = Tensor::new(&[500, 40], check::noise(1, 500 * 40));
        check::same_on_any_threads(|| {
            let bits = Gaussian::of(&x).covariance.into_iter().flatten().map(f64::to_bits);
            bits.flat_map(|bits| [(bits >> 32) as u32, bits as u32]).map(f32::from_bits).collect()
        });
    }

    /// Fewer images than features: most eigenvalues are zero.
    #[test]
    fn of_covariances_without_full_rank() {
        let x = Tensor::new(&[20, 64], check::noise(1, 20 * 64));
        let a = Gaussian::of(&x);
        check_distance(&a, &a, 0.0);
        // A factor of 3 scales deviations by 3: (1 − 3)² of the variance.
        let tripled = Tensor::new(&[20, 64], x.data().iter().map(|x| 3.0 * x).collect::<Vec<f32>>());
        let b = Gaussian::of(&tripled);
        let means: f64 = a.mean.iter().zip(&b.mean).map(|(a, b)| (a - b).powi(2)).sum();
        check_distance(&a, &b, means + 4.0 * a.variance());
    }
}

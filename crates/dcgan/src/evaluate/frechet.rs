//! The Fréchet distance: how far apart two clouds of features are, each taken for a Gaussian (Heusel et al. 2017).
//!
//! A Gaussian is its mean `m` and its covariance `C`. The cheapest way to move one onto another costs (Fréchet 1957,
//! Dowson and Landau 1982)
//!
//! ```text
//! d² = |m₁ − m₂|² + tr C₁ + tr C₂ − 2·tr √(C₁C₂)
//! ```
//!
//! By hand, in one dimension: `(m₁ − m₂)² + (s₁ − s₂)²`, with standard deviations `s`. Like everybody, we quote `d²` and call
//! it the distance. The mean notices that the samples look wrong on average; the covariance, that they lack variety.
//!
//! `C₁C₂` is not symmetric, and its root may come out complex by rounding. But it has the eigenvalues of `√C₁·C₂·√C₁`, which
//! is symmetric; the trace of a root is the sum of the eigenvalues' roots, and rounding can at worst make a
//! zero slightly negative, which is then taken for zero. Both need only the eigenvalues of symmetric matrices.
//!
//! **It depends on the number of samples**: a covariance of few samples is noisy, and noise counts as distance. For 128
//! features real images are at a distance from real images that falls like 1/N. So N is always told, and figures of
//! different N do not compare.

use nalgebra::{DMatrix, DVector};
use tensor::Tensor;

/// Rows whose products are added up at a time, in `f64`.
const CHUNK: usize = 4096;

/// Mean and covariance.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    /// The mean of each feature.
    pub mean: DVector<f64>,
    /// The unbiased covariance of each pair of features.
    pub covariance: DMatrix<f64>,
}

impl Gaussian {
    /// Of the rows of `x`.
    ///
    /// # Panics
    /// If there are fewer than two.
    #[must_use]
    pub fn of(x: &Tensor) -> Self {
        let [n, depth] = x.dims();
        assert!(2 <= n, "a covariance of {n} rows");
        let mut sum = DVector::zeros(depth);
        for row in x.data().chunks_exact(depth) {
            sum.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        let mean = sum / n as f64;
        let mut covariance = DMatrix::zeros(depth, depth);
        for rows in x.data().chunks(CHUNK * depth) {
            // Column-major, so a row of features is a column here.
            let mut centred = DMatrix::from_iterator(depth, rows.len() / depth, rows.iter().map(|&x| f64::from(x)));
            centred.column_iter_mut().for_each(|mut column| column -= &mean);
            covariance.gemm(1.0 / (n - 1) as f64, &centred, &centred.transpose(), 1.0);
        }
        Self { mean, covariance }
    }
}

/// The Fréchet distance `d²` of two Gaussians of as many features.
#[must_use]
pub fn distance(a: &Gaussian, b: &Gaussian) -> f64 {
    let root = square_root(&a.covariance);
    let product = &root * &b.covariance * &root;
    let symmetric = (&product + product.transpose()) * 0.5;
    let trace_of_root: f64 = symmetric.symmetric_eigenvalues().iter().map(|x| x.max(0.0).sqrt()).sum();
    let means = (&a.mean - &b.mean).norm_squared();
    means + a.covariance.trace() + b.covariance.trace() - 2.0 * trace_of_root
}

/// The symmetric root of a symmetric matrix without negative eigenvalues.
fn square_root(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let eigen = matrix.clone().symmetric_eigen();
    let roots = DMatrix::from_diagonal(&eigen.eigenvalues.map(|x| x.max(0.0).sqrt()));
    &eigen.eigenvectors * roots * eigen.eigenvectors.transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor::check;

    fn gaussian(mean: &[f64], covariance: &[f64]) -> Gaussian {
        let n = mean.len();
        Gaussian { mean: DVector::from_row_slice(mean), covariance: DMatrix::from_row_slice(n, n, covariance) }
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
    fn many_chunks_are_one_sum() {
        let (n, depth) = (CHUNK + 3, 2);
        let x = Tensor::new(&[n, depth], check::noise(1, n * depth));
        let found = Gaussian::of(&x).covariance[(0, 1)];
        let column = |c: usize| x.data().iter().skip(c).step_by(depth).map(|&x| f64::from(x));
        let mean = |c: usize| column(c).sum::<f64>() / n as f64;
        let (a, b) = (mean(0), mean(1));
        let expected = column(0).zip(column(1)).map(|(x, y)| (x - a) * (y - b)).sum::<f64>() / (n - 1) as f64;
        assert!((found - expected).abs() <= 1e-12, "{found}, not {expected}");
    }
}

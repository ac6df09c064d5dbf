//! The kernel distance (KID) of two sets of features, with a polynomial kernel (Bińkowski et al.
//! 2018).
//!
//! With the kernel `k(x, y) = (x·y/d + 1)³` for `d` features, the squared maximum mean discrepancy
//! is
//!
//! ```text
//! MMD² = mean of k(x, x') + mean of k(y, y') − 2·mean of k(x, y)       over pairs, x ≠ x', y ≠ y'
//! ```
//!
//! It compares all moments up to the third. No sample is paired with itself, so the estimate is
//! **unbiased**: its mean over many draws is the true value for any number of samples. For equal
//! distributions that is 0, so an estimate may be negative. The Fréchet distance is biased, but
//! varies less.
//!
//! The samples are dealt into ten blocks, and each block gives an estimate. The figure is their
//! mean, with a 95 % interval by Student's t with nine degrees of freedom.

use tensor::{Tensor, ops::matmul};

use super::distances::{select_rows, spread};

/// The number of blocks, each with an estimate of its own.
pub const BLOCKS: usize = 10;
/// The most samples in a block; more cost much and add little.
const BLOCK_MOST: usize = 1000;
/// Student's t for 95 % within and nine degrees of freedom.
const STUDENT: f64 = 2.262;

/// A figure and its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Estimate {
    /// The mean of the blocks.
    pub value: f64,
    /// The true value is within `value ± interval`, with 95 % confidence.
    pub interval: f64,
}

/// The kernel distance of the rows of `a` from those of `b`.
///
/// # Panics
/// If either has fewer than two rows for each block, or their rows differ in length.
#[must_use]
pub fn distance(a: &Tensor, b: &Tensor) -> Estimate {
    let ([a_rows, _], [b_rows, _]) = (a.dims(), b.dims());
    let size = (a_rows.min(b_rows) / BLOCKS).min(BLOCK_MOST);
    let block = |x: &Tensor, of: usize, block: usize| {
        let numbers = spread(BLOCKS * size, of).skip(block).step_by(BLOCKS);
        select_rows(x, numbers)
    };
    estimate(&std::array::from_fn(|i| discrepancy(&block(a, a_rows, i), &block(b, b_rows, i))))
}

/// The mean of the blocks' estimates, and its confidence interval.
fn estimate(estimates: &[f64; BLOCKS]) -> Estimate {
    let value = estimates.iter().sum::<f64>() / BLOCKS as f64;
    let variance = estimates.iter().map(|x| (x - value).powi(2)).sum::<f64>() / (BLOCKS - 1) as f64;
    Estimate { value, interval: STUDENT * (variance / BLOCKS as f64).sqrt() }
}

/// The unbiased estimate of MMD² from the rows of `x` and those of `y`.
fn discrepancy(x: &Tensor, y: &Tensor) -> f64 {
    let ([n, depth], [m, _]) = (x.dims(), y.dims());
    assert!(2 <= n && 2 <= m, "a kernel distance of {n} rows from {m}");
    let pairs = (n * m) as f64;
    mean_of_others(x) + mean_of_others(y) - 2.0 * kernels(x, y, depth).iter().sum::<f64>() / pairs
}

/// The mean of `k` over all pairs of different rows.
fn mean_of_others(x: &Tensor) -> f64 {
    let [n, depth] = x.dims();
    let kernels = kernels(x, x, depth);
    let own: f64 = kernels.iter().step_by(n + 1).sum();
    (kernels.iter().sum::<f64>() - own) / (n * (n - 1)) as f64
}

/// `k` of every row of `x` with every row of `y`.
fn kernels(x: &Tensor, y: &Tensor, depth: usize) -> Vec<f64> {
    let ([n, _], [m, _]) = (x.dims::<2>(), y.dims::<2>());
    let products = matmul::forward([n, m, depth], [false, true], x.data(), y.data());
    products.iter().map(|&product| (f64::from(product) / depth as f64 + 1.0).powi(3)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor::check;

    /// k(x, x') = 0 for orthogonal rows is 1; the rest by hand.
    #[test]
    fn by_hand() {
        let x = Tensor::new(&[2, 2], vec![2.0, 0.0, 0.0, 2.0]); // x·x' = 0, k = 1
        let y = Tensor::new(&[2, 2], vec![2.0, 2.0, 2.0, -2.0]); // y·y' = 0, k = 1
        // x·y is 4 three times and −4 once: k = 3³ = 27 and (−1)³ = −1, on average 20.
        assert!((discrepancy(&x, &y) - (1.0 + 1.0 - 40.0)).abs() <= 1e-9);
        // The same rows: no row meets itself in the means, but each does across. (1 + 1 − 2·(1 +
        // 27)/2)
        assert!((discrepancy(&x, &x) - (2.0 - 28.0)).abs() <= 1e-9);
    }

    /// The squares around 5.5 sum to 82.5, so the variance is 82.5/9 and the interval
    /// 2.262·√(82.5/90).
    #[test]
    fn the_interval_of_ten_estimates_by_hand() {
        let Estimate { value, interval } = estimate(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
        assert!((value - 5.5).abs() <= 1e-12, "{value}");
        assert!((interval - 2.1657).abs() <= 1e-4, "{interval}");
    }

    #[test]
    fn equal_distributions_are_at_no_distance_and_others_are() {
        let cloud = |seed, shift: f32| {
            Tensor::new(&[400, 8], check::noise(seed, 3200).iter().map(|x| x + shift).collect::<Vec<_>>())
        };
        let same = distance(&cloud(1, 0.0), &cloud(2, 0.0));
        assert!(same.value.abs() <= 2.0 * same.interval, "{same:?}");
        let other = distance(&cloud(1, 0.0), &cloud(2, 0.5));
        assert!(4.0 * other.interval < other.value, "{other:?}");
    }

    /// By definition, the mean over many blocks is the same for blocks of any size.
    #[test]
    fn the_estimate_does_not_depend_on_the_number_of_samples() {
        let cloud = |seed, n: usize, shift: f32| {
            Tensor::new(&[n, 4], check::noise(seed, 4 * n).iter().map(|x| x + shift).collect::<Vec<_>>())
        };
        let few = distance(&cloud(1, 500, 0.0), &cloud(2, 500, 0.3));
        let many = distance(&cloud(3, 5000, 0.0), &cloud(4, 5000, 0.3));
        assert!((few.value - many.value).abs() <= few.interval + many.interval, "{few:?} {many:?}");
    }

    /// Rows of two kinds, sorted by kind: a block that took the first tenth would see one of them
    /// only.
    #[test]
    fn each_block_stands_for_the_whole() {
        let sorted = Tensor::new(&[200, 1], [vec![1.0; 100], vec![-1.0; 100]].concat());
        let found = distance(&sorted, &sorted);
        // k is 8 for equal rows and 0 for others; a block has ten of each kind.
        let expected = 2.0 * 8.0 * 9.0 / 19.0 - 2.0 * 4.0;
        assert!((found.value - expected).abs() <= 1e-9 && found.interval <= 1e-9, "{found:?}, not {expected}");
    }
}

//! The Inception score: is each image clearly of one class, and are all classes there (Salimans et
//! al. 2016)?
//!
//! `p(y|x)` is the probability that the judge gives to class `y` for image `x`, and `p(y)` is its
//! mean over all images.
//!
//! ```text
//! score = exp( mean over x of Σ_y p(y|x)·ln( p(y|x) / p(y) ) )
//! ```
//!
//! At best it is the number of classes: the judge is certain of every image and finds all classes
//! equally often. At worst it is 1: all images have the same probabilities. It never looks at real
//! images, so noise scores well if the judge is certain of it. Read it beside the distances, never
//! alone.

use tensor::Tensor;
use tensor::functions::{exp, ln};

/// The score of `probabilities`, `[n, classes]`.
#[must_use]
pub fn score(probabilities: &Tensor) -> f64 {
    let [n, classes] = probabilities.dims();
    let mut mean = vec![0.0; classes];
    for row in probabilities.data().chunks_exact(classes) {
        mean.iter_mut().zip(row).for_each(|(mean, &p)| *mean += f64::from(p) / n as f64);
    }
    let divergence = |row: &[f32]| -> f64 {
        let terms = row.iter().zip(&mean).filter(|&(&p, _)| 0.0 < p); // p·ln p → 0 where p → 0
        terms.map(|(&p, mean)| f64::from(p) * ln(f64::from(p) / mean)).sum()
    };
    exp(probabilities.data().chunks_exact(classes).map(divergence).sum::<f64>() / n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(n: usize, probabilities: &[f32], expected: f64) {
        let found = score(&Tensor::new(&[n, probabilities.len() / n], probabilities.to_vec()));
        assert!((found - expected).abs() <= 1e-6, "{found}, not {expected}");
    }

    #[test]
    fn by_hand() {
        check(2, &[1.0, 0.0, 0.0, 1.0], 2.0); // sure, and all classes
        check(3, &[1.0, 0.0, 1.0, 0.0, 1.0, 0.0], 1.0); // sure, but always of the same
        check(2, &[0.5, 0.5, 0.5, 0.5], 1.0); // never sure
        // p(y) = (3/4, 1/4): ½·ln(4/3) + ½·(½·ln(2/3) + ½·ln 2)
        check(2, &[1.0, 0.0, 0.5, 0.5], (0.5 * (4.0f64 / 3.0).ln() + 0.25 * (4.0f64 / 3.0).ln()).exp());
    }
}

//! Class coverage: which classes there are among the fake images, and how evenly?
//!
//! A generator that collapses makes a few things well and others never. Each image is counted for
//! the class that the judge finds most probable.
//!
//! The *entropy* of the shares is `−Σ p·log₂ p`: `log₂ 10 = 3.32` bits for ten equal classes, and 0
//! for a single one. A class is *covered* if its share is at least a tenth of its share among the
//! real images. Classes that are rare among the real images do not count.

use std::f64::consts::LN_2;

use tensor::functions::ln;

/// The share of real images below which a class is not expected.
const RARE: f64 = 0.02;
/// The fraction of the real share that covers a class.
const COVERED: f64 = 0.1;

/// The share of each of `classes` classes among the predicted ones.
#[must_use]
pub fn shares(predicted: &[usize], classes: usize) -> Vec<f64> {
    let mut shares = vec![0.0; classes];
    predicted.iter().for_each(|&class| shares[class] += 1.0 / predicted.len() as f64);
    shares
}

/// The entropy of shares that sum to 1, in bits.
#[must_use]
pub fn entropy_bits(shares: &[f64]) -> f64 {
    shares.iter().filter(|&&p| 0.0 < p).map(|p| -p * ln(*p) / LN_2).sum::<f64>().max(0.0) // not −0
}

/// The numbers of covered and of expected classes.
#[must_use]
pub fn covered(shares: &[f64], real: &[f64]) -> (usize, usize) {
    let expected = shares.iter().zip(real).filter(|&(_, &real)| RARE <= real);
    let covered = expected.clone().filter(|&(&share, &real)| COVERED * real <= share);
    (covered.count(), expected.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let found = shares(&[2, 0, 2, 2], 4);
        assert!(found.iter().zip([0.25, 0.0, 0.75, 0.0]).all(|(found, expected)| (found - expected).abs() <= 1e-12));
        assert!((entropy_bits(&[0.5, 0.25, 0.25, 0.0]) - 1.5).abs() <= 1e-12);
        assert!((entropy_bits(&[0.1; 10]) - 10f64.log2()).abs() <= 1e-12);
        assert!(entropy_bits(&[0.0, 1.0]).is_sign_positive());
    }

    #[test]
    fn a_tenth_of_the_real_share_covers_a_class() {
        let real = [0.5, 0.485, 0.015];
        assert_eq!((2, 2), covered(&[0.9, 0.1, 0.0], &real)); // the rare class is not expected
        assert_eq!((1, 2), covered(&[0.96, 0.04, 0.0], &real));
        assert_eq!((0, 2), covered(&[0.0, 0.0, 1.0], &real));
    }
}

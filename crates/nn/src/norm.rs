//! The norm of a gradient, over all of its tensors: `√Σ x²`.
//!
//! This one number shows whether a training is healthy. It falls towards 0 where a saturated loss
//! gives no gradient, and it explodes before the losses do.
//!
//! The sum of squares is taken in `f64`, where no square of an `f32` overflows. Each chunk has its
//! own sum, and these are added in the order of the chunks, so the result does not depend on the
//! number of threads.

use tensor::Tensor;

use crate::chunks::{self, CHUNK};

/// The Euclidean norm of all elements of all `tensors`. It is 0 without elements, and NaN if an
/// element is NaN.
#[must_use]
pub fn norm(tensors: &[Tensor]) -> f64 {
    let chunks: Vec<&[f32]> = tensors.iter().flat_map(|tensor| tensor.data().chunks(CHUNK)).collect();
    let sums = chunks::each(chunks, sum_of_squares);
    sums.iter().sum::<f64>().sqrt()
}

/// Σ x², in eight partial sums, because a single sum would have to wait for each addition.
#[inline(always)]
fn sum_of_squares(x: &[f32]) -> f64 {
    let mut sums = [0.0; 8];
    let (eights, rest) = x.as_chunks::<8>();
    for eight in eights {
        for (sum, &x) in sums.iter_mut().zip(eight) {
            *sum += f64::from(x) * f64::from(x);
        }
    }
    for (sum, &x) in sums.iter_mut().zip(rest) {
        *sum += f64::from(x) * f64::from(x);
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor::check;

    #[test]
    fn three_and_four_make_five() {
        assert_eq!(5.0, norm(&[Tensor::scalar(3.0), Tensor::new(&[1, 2], vec![0.0, -4.0])]));
        assert_eq!(0.0, norm(&[]));
        let huge = 2f32.powi(100);
        assert_eq!(f64::from(huge), norm(&[Tensor::scalar(huge)]), "squares must not overflow");
    }

    #[test]
    fn every_element_counts_once() {
        for len in (0..=67).chain([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3]) {
            let x = check::noise(1, len);
            let truth = x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
            let found = norm(&[Tensor::new(&[len], x)]);
            assert!((found - truth).abs() <= 1e-12 * truth, "{len}: {found}, not {truth}");
        }
    }

    #[test]
    fn nan_is_not_hidden() {
        assert!(norm(&[Tensor::scalar(1.0), Tensor::new(&[9], [vec![0.0; 8], vec![f32::NAN]].concat())]).is_nan());
    }

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let x = [Tensor::new(&[5 * CHUNK + 1], check::noise(1, 5 * CHUNK + 1))];
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| norm(&x)).to_bits()
        };
        assert_eq!(on(1), on(3));
    }
}

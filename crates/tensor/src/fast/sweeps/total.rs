//! The sum of all elements, in `f64`.
//!
//! A running sum in `f32` of a million numbers near 1 is wrong in its third digit, because each
//! small term is rounded to the spacing of floats near the large sum. The spacing of `f64` is half
//! a billion times finer. Eight partial sums run side by side, because an addition takes several
//! cycles and a single sum would wait for each. Chunks are summed in parallel, and their sums are
//! added in the order of the chunks, so the result does not depend on the number of threads.

use wide::f64x8;

use crate::fast::parallel::{self, CHUNK};

/// The sum of `x`, with the same bits for any number of threads.
pub(crate) fn total(x: &[f32]) -> f64 {
    let mut totals = vec![0.0; x.len().div_ceil(CHUNK)];
    parallel::chunks_mut(&mut totals, 1, &|i, total| {
        total[0] = chunk_total(&x[i * CHUNK..x.len().min((i + 1) * CHUNK)])
    });
    totals.iter().sum()
}

fn chunk_total(x: &[f32]) -> f64 {
    let (eights, rest) = x.as_chunks::<8>();
    let sums: f64x8 = eights.iter().map(|eight| f64x8::from(eight.map(f64::from))).sum();
    sums.reduce_add() + rest.iter().map(|&x| f64::from(x)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn every_element_counts_once() {
        for len in (0..=67).chain([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3]) {
            let x = check::integers(1, len);
            let truth: f64 = check::to_f64(&x).iter().sum();
            assert_eq!(truth, total(&x), "{len}");
        }
    }

    #[test]
    fn small_terms_are_not_lost_in_a_large_sum() {
        let mut x = vec![1.0; 100_000];
        x[0] = 16_777_216.0; // 2²⁴: in f32 it does not change when 1 is added
        assert_eq!(16_877_215.0, total(&x));
    }

    #[test]
    fn threads_do_not_show() {
        let x = check::noise(1, 5 * CHUNK + 77);
        check::same_on_any_threads(|| vec![total(&x) as f32]);
    }

    #[test]
    fn nan_stays_nan_wherever_it_is() {
        for at in [0, 7, 63, 64, 66] {
            let mut x = vec![1.0; 67];
            x[at] = f32::NAN;
            assert!(total(&x).is_nan(), "at {at}");
        }
    }
}

//! Precision and recall: do the samples look real, and do they cover the real images (Kynkäänniemi
//! et al. 2019)?
//!
//! A Fréchet distance mixes the two: blurred but varied samples may score like sharp but monotonous
//! ones. Here each set of features is covered by balls. The ball of an image reaches to its third
//! neighbour within the set.
//!
//! ```text
//! precision = share of samples inside a ball of the real images
//! recall    = share of real images inside a ball of the samples
//! ```
//!
//! Both depend on the number of images, because more images have smaller balls. So both sets have
//! the same number, and it is part of the figure. Real images against real images do not reach 1
//! either.

use tensor::Tensor;

use super::distances::{each_row, select_rows, spread};

/// The neighbour that a ball reaches to: the third.
const NEIGHBOUR: usize = 3;
/// The most images on either side.
const MOST: usize = 10_000;

/// Both figures, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrecisionRecall {
    /// The share of samples that look real.
    pub precision: f64,
    /// The share of real images that the samples cover.
    pub recall: f64,
}

/// Precision and recall of the features of samples, against those of real images. The larger set is
/// reduced to the number of the smaller one.
///
/// # Panics
/// If either has fewer than four rows, or their rows differ in length.
#[must_use]
pub fn of(samples: &Tensor, real: &Tensor) -> PrecisionRecall {
    let ([n, _], [m, _]) = (samples.dims::<2>(), real.dims::<2>());
    let count = n.min(m).min(MOST);
    let [samples, real] = [(samples, n), (real, m)].map(|(x, of)| select_rows(x, spread(count, of)));
    PrecisionRecall { precision: inside(&samples, &real), recall: inside(&real, &samples) }
}

/// The share of rows of `x` that lie in a ball around a row of `cloud`.
fn inside(x: &Tensor, cloud: &Tensor) -> f64 {
    let radii = squared_radii(cloud);
    let hits = each_row(x, cloud, |_, squares| squares.iter().zip(&radii).any(|(square, radius)| square <= radius));
    hits.iter().filter(|&&hit| hit).count() as f64 / hits.len() as f64
}

/// For each row the squared distance to its third neighbour. A row is no neighbour of itself.
fn squared_radii(cloud: &Tensor) -> Vec<f32> {
    let [n, _] = cloud.dims();
    assert!(NEIGHBOUR < n, "the {NEIGHBOUR}rd neighbour among {n} rows");
    each_row(cloud, cloud, |i, squares| {
        squares[i] = f32::INFINITY;
        let (_, radius, _) = squares.select_nth_unstable_by(NEIGHBOUR - 1, f32::total_cmp);
        *radius
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor::check;

    fn line(x: &[f32]) -> Tensor {
        Tensor::new(&[x.len(), 1], x.to_vec())
    }

    #[test]
    fn by_hand() {
        let real = line(&[0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!([9.0, 4.0, 4.0, 4.0, 9.0], squared_radii(&real)[..]);
        // The balls of the real images cover −3 to 7, those of the first three samples 1 to 9.
        let samples = line(&[5.0, 6.0, 7.0, 9.0, 20.0]);
        assert_eq!([16.0, 9.0, 4.0, 16.0, 196.0], squared_radii(&samples)[..]);
        let found = of(&samples, &real);
        assert!((found.precision - 0.6).abs() <= 1e-12 && (found.recall - 0.8).abs() <= 1e-12, "{found:?}");
    }

    #[test]
    fn one_sample_repeated_is_precise_and_recalls_nothing() {
        let real = Tensor::new(&[100, 2], check::noise(1, 200));
        let repeated = Tensor::new(&[100, 2], [0.1, 0.2].repeat(100));
        assert_eq!(PrecisionRecall { precision: 1.0, recall: 0.0 }, of(&repeated, &real));
        let elsewhere = Tensor::new(&[100, 2], check::noise(2, 200).iter().map(|x| x + 9.0).collect::<Vec<_>>());
        assert_eq!(PrecisionRecall { precision: 0.0, recall: 0.0 }, of(&elsewhere, &real));
    }

    /// All 60 rows have smaller balls than 20 of them, and another figure.
    #[test]
    fn the_larger_set_is_reduced_to_the_number_of_the_smaller_one() {
        let [few, many] = [(1, 20), (2, 60)].map(|(seed, n)| Tensor::new(&[n, 2], check::noise(seed, 2 * n)));
        let part = select_rows(&many, (0..20).map(|i| 3 * i));
        assert_ne!(inside(&few, &part), inside(&few, &many));
        assert_ne!(inside(&part, &few), inside(&many, &few));
        assert_eq!(of(&few, &part), of(&few, &many));
        assert_eq!(of(&part, &few), of(&many, &few));
    }

    #[test]
    fn a_part_of_the_real_images_is_precise_and_recalls_a_part() {
        let real = Tensor::new(&[400, 2], check::noise(1, 800));
        let half: Vec<f32> =
            check::noise(2, 1600).chunks_exact(2).filter(|p| p[0] < 0.0).take(400).flatten().copied().collect();
        let found = of(&Tensor::new(&[half.len() / 2, 2], half), &real);
        assert!(0.9 <= found.precision && (0.4..0.65).contains(&found.recall), "{found:?}");
    }
}

//! The nearest training image of each sample: is the sample new, or a copy?
//!
//! A generator that copies training images would have the best figures of all. Its nearest
//! neighbours reveal it. How near is too near depends on the image: any two vertical strokes are
//! alike, no two horses are. So the distance of the nearest training image is divided by that of
//! the *fifth* nearest, because a data set may hold an image several times. The ratio is near 1 for
//! a new image, and 0 for a copy. A sample is *suspect* if its ratio is smaller than that of 99 %
//! of held-out real images, or 0. Of new images, 1 % are suspect by chance.
//!
//! Pixels find exact copies. Features find copies that were moved or recoloured.

use data::Images;
use rayon::prelude::*;
use tensor::Tensor;

use super::distances::{between, each_row, row};

/// The nearest row of another matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Its number.
    pub index: usize,
    /// Its distance.
    pub distance: f64,
    /// Its distance divided by that of the fifth nearest: from 0, a copy, to 1.
    pub ratio: f64,
}

/// The neighbour that the nearest is compared with: the fifth.
const OTHER: usize = 5;

/// For each row of `x` the nearest row of `among`; the first, if several are equally near.
///
/// # Panics
/// If there are fewer than five, or rows differ in length.
#[must_use]
pub fn nearest(x: &Tensor, among: &Tensor) -> Vec<Neighbour> {
    each_row(x, among, |i, squares| {
        let index = (1..squares.len()).fold(0, |best, j| if squares[j] < squares[best] { j } else { best });
        let distance = between(row(x, i), row(among, index));
        let (_, fifth, _) = squares.select_nth_unstable_by(OTHER - 1, f32::total_cmp);
        let fifth = f64::from(*fifth).sqrt();
        // Five copies have the ratio 0/0, which counts as 0.
        Neighbour { index, distance, ratio: if distance < fifth { distance / fifth } else { f64::from(fifth != 0.0) } }
    })
}

/// For each of `images` the nearest of `among` by pixels; the first, if several are equally near. A
/// distance is the root mean square difference, in grey levels.
///
/// It compares bytes as they are. A folder of photographs as floats would take four times its
/// memory. Of fewer than five images, the last takes the place of the fifth.
///
/// # Panics
/// If there are none, or the images differ in size.
#[must_use]
pub fn nearest_pictures(images: &Images, among: &Images) -> Vec<Neighbour> {
    let (bytes, count) = (images.image_size(), among.count());
    assert!(bytes == among.image_size() && 0 < count, "{bytes} bytes against {count} of {}", among.image_size());
    let grey_levels = |square: u64| (square as f64 / bytes as f64).sqrt();
    let neighbour = |i: usize| {
        let mut squares: Vec<u64> = (0..count).map(|j| square(images.image(i), among.image(j))).collect();
        let index = (1..count).fold(0, |best, j| if squares[j] < squares[best] { j } else { best });
        let distance = grey_levels(squares[index]);
        let (_, other, _) = squares.select_nth_unstable(OTHER.min(count) - 1);
        let other = grey_levels(*other);
        Neighbour { index, distance, ratio: if distance < other { distance / other } else { f64::from(other != 0.0) } }
    };
    (0..images.count()).into_par_iter().map(neighbour).collect()
}

/// The sum of the squared differences of bytes.
fn square(a: &[u8], b: &[u8]) -> u64 {
    // A block of so many squares fits a `u32`.
    let blocks = a.chunks(1 << 16).zip(b.chunks(1 << 16));
    blocks.map(|(a, b)| u64::from(a.iter().zip(b).map(|(&a, &b)| u32::from(a.abs_diff(b)).pow(2)).sum::<u32>())).sum()
}

/// The median distance.
///
/// # Panics
/// If there are none.
#[must_use]
pub fn median(neighbours: &[Neighbour]) -> f64 {
    quantile(neighbours.iter().map(|neighbour| neighbour.distance), 0.5)
}

/// The share of `neighbours` whose ratio is smaller than that of 99 % of the held-out images, or 0.
///
/// # Panics
/// If there are no held-out images.
#[must_use]
pub fn suspects(neighbours: &[Neighbour], held_out: &[Neighbour]) -> f64 {
    let small = quantile(held_out.iter().map(|neighbour| neighbour.ratio), 0.01);
    let is_suspect = |neighbour: &&Neighbour| neighbour.ratio < small || neighbour.ratio == 0.0;
    neighbours.iter().filter(is_suspect).count() as f64 / neighbours.len() as f64
}

/// The number than which `part` of `numbers` are smaller.
fn quantile(numbers: impl Iterator<Item = f64>, part: f64) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers[((numbers.len() - 1) as f64 * part).round() as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor::check;

    #[test]
    fn by_hand() {
        let among = Tensor::new(&[6, 1], vec![4.0, 0.0, 10.0, 3.0, 1.0, 0.0]);
        let found = nearest(&Tensor::new(&[3, 1], vec![0.5, 10.0, 8.0]), &among);
        // From 0.5: to 0 and 1 and 0, then 3, then 4. From 10: to itself, then 6, 7, 9, 10. From 8:
        // to 10, 4, 3, 1, 0.
        for (found, (index, distance, ratio)) in found.iter().zip([(1, 0.5, 0.5 / 3.5), (2, 0.0, 0.0), (2, 2.0, 0.25)])
        {
            assert_eq!(index, found.index);
            assert!((found.distance - distance).abs() <= 1e-6 && (found.ratio - ratio).abs() <= 1e-6, "{found:?}");
        }
        assert!((median(&found) - 0.5).abs() <= 1e-6);
    }

    #[test]
    fn five_copies_are_as_suspect_as_one_and_five_equals_are_not() {
        let among = Tensor::new(&[6, 1], vec![1.0, 1.0, 1.0, 1.0, 1.0, 9.0]);
        let found = nearest(&Tensor::new(&[2, 1], vec![1.0, 3.0]), &among);
        assert_eq!([(0.0, 0.0), (2.0, 1.0)], [0, 1].map(|i| (found[i].distance, found[i].ratio)));
    }

    #[test]
    fn pictures_have_the_neighbours_of_their_pixels() {
        let images = |seed: u64, count: usize| {
            let noise = check::noise(seed, count * 3 * 5 * 3);
            Images::new(3, 5, 3, noise.iter().map(|x| (127.5 + 40.0 * x).clamp(0.0, 255.0) as u8).collect())
        };
        let floats = |images: &Images| {
            let pixels: Vec<f32> = images.pixels().iter().map(|&byte| f32::from(byte)).collect();
            Tensor::new(&[images.count(), images.image_size()], pixels)
        };
        let (samples, training) = (images(1, 20), images(2, 50));
        let expected = nearest(&floats(&samples), &floats(&training));
        for (found, expected) in nearest_pictures(&samples, &training).iter().zip(&expected) {
            assert_eq!(expected.index, found.index);
            assert!((found.distance - expected.distance / 45f64.sqrt()).abs() <= 1e-9, "{found:?} {expected:?}");
            assert!((found.ratio - expected.ratio).abs() <= 1e-5, "{found:?} {expected:?}");
        }
        let copy = nearest_pictures(&training, &training)[7];
        assert_eq!(Neighbour { index: 7, distance: 0.0, ratio: 0.0 }, copy);
        // The difference is the largest in every pixel of a large picture.
        let [black, white] = [0, 255].map(|byte| Images::new(256, 256, 3, vec![byte; 256 * 256 * 3]));
        assert_eq!(Neighbour { index: 0, distance: 255.0, ratio: 1.0 }, nearest_pictures(&black, &white)[0]);
    }

    #[test]
    fn a_picture_is_suspect_among_its_copies_and_not_among_equals_of_another() {
        let images = |byte: u8, count: usize| Images::new(2, 3, 1, vec![byte; count * 6]);
        let only = |x: &Images, among: &Images| nearest_pictures(x, among)[0];
        let picture = images(7, 1);
        assert_eq!(Neighbour { index: 0, distance: 0.0, ratio: 0.0 }, only(&picture, &images(7, 6)));
        assert_eq!(Neighbour { index: 0, distance: 2.0, ratio: 1.0 }, only(&picture, &images(9, 6)));
    }

    #[test]
    fn a_quantile_between_two_numbers_is_the_nearer_one() {
        assert_eq!(3.0, quantile([1.0, 2.0, 3.0, 4.0].into_iter(), 0.5)); // halfway, the larger
        assert_eq!(10.0, quantile((0..1000).map(f64::from), 0.01)); // the place is 9.99
    }

    #[test]
    fn quantiles_of_five() {
        assert_eq!([1.0, 3.0, 5.0], [0.0, 0.5, 1.0].map(|part| quantile([5.0, 1.0, 4.0, 2.0, 3.0].into_iter(), part)));
    }

    #[test]
    fn copies_are_suspect_and_new_images_are_not() {
        let [training, held_out, new] = [1, 2, 3].map(|seed| Tensor::new(&[1000, 5], check::noise(seed, 5000)));
        let floor = nearest(&held_out, &training);
        assert!(suspects(&nearest(&new, &training), &floor) <= 0.03);
        let copies: Vec<f32> = [&training.data()[..2500], &new.data()[..2500]].concat();
        let found = suspects(&nearest(&Tensor::new(&[1000, 5], copies), &training), &floor);
        assert!((0.5..0.53).contains(&found), "{found}");
        // Even where 2 % of the held-out images are copies themselves.
        let floor: Vec<Neighbour> =
            nearest(&training, &training).drain(..20).chain(floor.into_iter().skip(20)).collect();
        assert_eq!(1.0, suspects(&nearest(&training, &training), &floor));
        assert_eq!(0.02, suspects(&floor, &floor));
    }
}

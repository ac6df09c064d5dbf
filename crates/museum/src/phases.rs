//! How strong the pixels of an untrained generator are, by their place in a 2 × 2 square.
//!
//! A transposed convolution of stride 2 paints a pixel once for each tap of the kernel that lands on
//! it. Three taps in two places are two and one, so in two dimensions pixels are painted 4, 2, 2 and
//! 1 times. Four taps are two and two: each pixel is painted 4 times.

use dcgan::gan::Gan;

use crate::networks::SIZE;
use crate::training::samples_by_batch;

/// Pixels at each side that are left out, because the edge is painted less in any case.
const EDGE: usize = 4;
/// Images that are looked at.
const IMAGES: usize = 64;

/// The mean square of the pixels at (even, even), (even, odd), (odd, even) and (odd, odd) places, in
/// units of the least of the four.
#[must_use]
pub fn phases(gan: &Gan, seed: u64) -> [f64; 4] {
    let images = samples_by_batch(gan, seed, IMAGES);
    let mut sums = [0.0; 4];
    for image in images.data().chunks_exact(SIZE * SIZE) {
        for y in EDGE..SIZE - EDGE {
            for x in EDGE..SIZE - EDGE {
                sums[y % 2 * 2 + x % 2] += f64::from(image[y * SIZE + x]).powi(2);
            }
        }
    }
    let least = sums.iter().copied().fold(f64::INFINITY, f64::min);
    sums.map(|sum| sum / least)
}

/// The largest of the four.
#[must_use]
pub fn contrast(phases: [f64; 4]) -> f64 {
    phases.into_iter().fold(0.0, f64::max)
}

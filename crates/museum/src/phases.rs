//! How strong the pixels of an untrained generator are, by their place in a 2 × 2 square.
//!
//! A transposed convolution of stride 2 paints a pixel once for each tap of the kernel that lands
//! on it. Three taps in two places are two and one, so in two dimensions pixels are painted 4, 2, 2
//! and 1 times. Four taps are two and two: each pixel is painted 4 times.

//!
//! One draw of weights is noise, so many untrained generators are looked at.

use crate::networks::SIZE;
use crate::parts::Parts;
use crate::training::{Plan, samples_by_batch, start};

/// Pixels at each side that are left out, because the edge is painted less in any case.
const EDGE: usize = 4;
/// Generators that are looked at, and images of each.
const GENERATORS: u64 = 64;
const IMAGES: usize = 8;

/// The mean square of the pixels at (even, even), (even, odd), (odd, even) and (odd, odd) places,
/// in units of the least of the four.
#[must_use]
pub fn phases(parts: &'static dyn Parts, plan: &Plan) -> [f64; 4] {
    let mut sums = [0.0; 4];
    for seed in seeds(plan.seed) {
        let plan = Plan { seed, ..plan.clone() };
        let images = samples_by_batch(&start(parts, &plan), plan.seed, IMAGES);
        for image in images.data().chunks_exact(SIZE * SIZE) {
            for y in EDGE..SIZE - EDGE {
                for x in EDGE..SIZE - EDGE {
                    sums[y % 2 * 2 + x % 2] += f64::from(image[y * SIZE + x]).powi(2);
                }
            }
        }
    }
    let least = sums.iter().copied().fold(f64::INFINITY, f64::min);
    sums.map(|sum| sum / least)
}

/// The seeds of the generators that are looked at.
fn seeds(seed: u64) -> impl Iterator<Item = u64> {
    (0..GENERATORS).map(move |number| seed * GENERATORS + number)
}

/// The largest of the four.
#[must_use]
pub fn contrast(phases: [f64; 4]) -> f64 {
    phases.into_iter().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_seeds_share_a_generator() {
        let all: std::collections::BTreeSet<u64> = (1..=3).flat_map(seeds).collect();
        assert_eq!(3 * GENERATORS as usize, all.len());
    }
}

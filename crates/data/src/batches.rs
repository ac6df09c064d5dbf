//! Which images a step sees: shuffled batches, as a pure function of (seed, step).
//!
//! An epoch visits the images in a random order, each at most once, in batches of one size. What
//! is left at its end, less than a batch, is dropped. The order depends on the seed and the number
//! of the epoch and on nothing else ([`streams`]), so a resumed run needs only the number of its
//! step.
//!
//! The order is a Fisher-Yates shuffle. It is spelled out here instead of taken from `rand`, so
//! that a run keeps its order when `rand` changes its algorithms.
//!
//! Sources: D. Knuth, *The Art of Computer Programming*, volume 2, algorithm 3.4.2 P; D. Lemire,
//! *Fast random integer generation in an interval*, 2019.

use rand::Rng;
use rand::rngs::ChaCha8Rng;

use crate::{Images, scale, streams};

/// The order of the images, cut into batches. Steps and epochs count from 0.
#[derive(Debug, Clone)]
pub struct Batches {
    count: usize,
    size: usize,
    seed: u64,
    /// The order of `epoch`, the last epoch that was asked for.
    order: Vec<u32>,
    epoch: Option<u64>,
}

impl Batches {
    /// Batches of `size` images out of `count`, which
    /// [`fitness::trainable`](crate::fitness::trainable) has found enough.
    ///
    /// # Panics
    ///
    /// If `size` is zero or larger than `count`, or `count` does not fit in 32 bits.
    pub fn new(count: usize, size: usize, seed: u64) -> Batches {
        assert!(
            0 < size && size <= count && u32::try_from(count).is_ok(),
            "Batches::new: batches of {size} out of {count} images"
        );
        Batches { count, size, seed, order: Vec::new(), epoch: None }
    }

    /// How many whole batches an epoch has; at least one.
    pub fn steps_per_epoch(&self) -> u64 {
        (self.count / self.size) as u64
    }

    /// The epoch that `step` lies in.
    pub fn epoch(&self, step: u64) -> u64 {
        step / self.steps_per_epoch()
    }

    /// The images of `step`. Steps may be asked for in any order; ascending is fast.
    pub fn indices(&mut self, step: u64) -> &[u32] {
        let epoch = self.epoch(step);
        if self.epoch != Some(epoch) {
            self.order = order(self.seed, epoch, self.count as u32);
            self.epoch = Some(epoch);
        }
        let batch = (step % self.steps_per_epoch()) as usize;
        &self.order[batch * self.size..][..self.size]
    }

    /// Writes the images of `step` to `out`, NHWC, scaled to [-1, 1].
    ///
    /// With `flip`, each is mirrored left to right with probability one half. That too depends on
    /// nothing but seed and step.
    ///
    /// # Panics
    ///
    /// If the number of `images` is not that of [`Batches::new`], or `out` is not exactly a batch.
    pub fn fill(&mut self, images: &Images, step: u64, flip: bool, out: &mut [f32]) {
        assert_eq!(images.count(), self.count, "Batches::fill: {images:?}, {} announced", self.count);
        let image_size = images.image_size();
        assert_eq!(
            out.len(),
            self.size * image_size,
            "Batches::fill: {} floats for {} of {images:?}",
            out.len(),
            self.size
        );
        let mut coin = streams::stream(self.seed, b"mirrored", step);
        for (out, &index) in out.chunks_exact_mut(image_size).zip(self.indices(step)) {
            let image = images.image(index as usize);
            if flip && coin.next_u32() & 1 == 1 {
                let [width, channels] = [images.width(), images.channels()];
                mirror(image, width, channels, out);
            } else {
                scale::from_bytes(image, out);
            }
        }
    }
}

/// The order of `count` images in `epoch`.
pub fn order(seed: u64, epoch: u64, count: u32) -> Vec<u32> {
    let mut rng = streams::stream(seed, b"shuffled", epoch);
    let mut order: Vec<u32> = (0..count).collect();
    for last in (1..count).rev() {
        order.swap(last as usize, below(&mut rng, last + 1) as usize);
    }
    order
}

/// Writes one image, HWC, mirrored left to right and scaled.
fn mirror(image: &[u8], width: usize, channels: usize, out: &mut [f32]) {
    let row_size = width * channels;
    for (row, out) in image.chunks_exact(row_size).zip(out.chunks_exact_mut(row_size)) {
        for (pixel, out) in row.chunks_exact(channels).rev().zip(out.chunks_exact_mut(channels)) {
            scale::from_bytes(pixel, out);
        }
    }
}

/// A number below `n`, each with the same probability.
///
/// It is the upper half of the product of `n` and a random 32-bit number. There are `surplus` = 2³²
/// mod `n` products too many to give each result equally many. For each result, exactly `⌊2³²/n⌋`
/// products have a lower half of at least `surplus`. The others are drawn again (Lemire 2019).
fn below(rng: &mut ChaCha8Rng, n: u32) -> u32 {
    let surplus = n.wrapping_neg() % n;
    loop {
        let product = u64::from(rng.next_u32()) * u64::from(n);
        if surplus <= product as u32 {
            return (product >> 32) as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From an implementation of this module's description in Python, tests/order.py.
    #[test]
    fn the_order_is_the_one_described() {
        assert_eq!(order(1, 0, 10), [8, 0, 5, 6, 7, 9, 2, 3, 1, 4]);
        assert_eq!(order(u64::MAX, 3, 10), [1, 8, 3, 0, 4, 9, 7, 6, 5, 2]);
        let long = order(7, 1, 60_000);
        assert_eq!(long[..4], [10583, 56625, 26703, 2852]);
        assert_eq!(long[59_996..], [8032, 43701, 41037, 46187]);
    }

    #[test]
    fn an_epoch_visits_each_image_at_most_once_and_drops_the_rest() {
        let mut batches = Batches::new(23, 5, 9);
        assert_eq!(batches.steps_per_epoch(), 4);
        let mut seen: Vec<u32> = (4..8).flat_map(|step| batches.indices(step).to_vec()).collect();
        assert_eq!(seen.len(), 20);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 20);
        assert!(seen.iter().all(|&index| index < 23));
    }

    #[test]
    fn a_step_is_the_same_whatever_was_asked_before() {
        let mut forward = Batches::new(100, 7, 3);
        let steps: Vec<Vec<u32>> = (0..60).map(|step| forward.indices(step).to_vec()).collect();
        let mut backward = Batches::new(100, 7, 3);
        for (step, indices) in steps.iter().enumerate().rev() {
            assert_eq!(backward.indices(step as u64), indices, "step {step}");
        }
    }

    #[test]
    fn seeds_and_epochs_differ() {
        let first = order(1, 0, 1000);
        assert_ne!(first, order(2, 0, 1000));
        assert_ne!(first, order(1, 1, 1000));
        // Not the seed of one with the epoch of the other, either.
        assert_ne!(order(1, 2, 1000), order(2, 1, 1000));
    }

    /// All 24 orders of four, over 24,000 epochs. Chi-squared with 23 degrees of freedom is above
    /// 58.6 once in 15,000 tries, and the seed is fixed.
    #[test]
    fn every_order_is_equally_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for epoch in 0..24_000 {
            *counts.entry(order(5, epoch, 4)).or_insert(0.0) += 1.0;
        }
        assert_eq!(counts.len(), 24);
        let chi_squared: f64 = counts.values().map(|n: &f64| (n - 1000.0).powi(2) / 1000.0).sum();
        assert!(chi_squared <= 58.6, "{chi_squared}");
    }

    #[test]
    fn a_batch_is_scaled_and_in_order() {
        let images = Images::new(2, 3, 1, (0..60).collect());
        let mut batches = Batches::new(10, 4, 1);
        let mut out = vec![f32::NAN; 24];
        batches.fill(&images, 2, false, &mut out);
        let expected: Vec<u8> =
            batches.indices(2).iter().flat_map(|&index| images.image(index as usize).to_vec()).collect();
        assert_eq!(scale::to_bytes(&out), Ok(expected));
    }

    #[test]
    fn flipping_mirrors_half_of_the_images_left_to_right() {
        let images = Images::new(1, 3, 2, [1, 2, 3, 4, 5, 6].repeat(1000));
        let mut batches = Batches::new(1000, 500, 1);
        let mut out = vec![f32::NAN; 3000];
        batches.fill(&images, 0, true, &mut out);
        let bytes = scale::to_bytes(&out).unwrap();
        let (mut same, mut mirrored) = (0, 0);
        for image in bytes.chunks_exact(6) {
            match image {
                [1, 2, 3, 4, 5, 6] => same += 1,
                [5, 6, 3, 4, 1, 2] => mirrored += 1,
                other => panic!("{other:?}"),
            }
        }
        // Five standard deviations of a binomial of 500 are 56.
        assert!(194 < same && 194 < mirrored, "{same} {mirrored}");
        let mut again = vec![f32::NAN; 3000];
        batches.fill(&images, 1, true, &mut again);
        assert_ne!(out, again, "the coins of another step are others");
        batches.fill(&images, 0, true, &mut again);
        assert_eq!(out, again);
    }

    #[test]
    #[should_panic(expected = "batches of 5 out of 4 images")]
    fn a_batch_larger_than_the_data_is_refused() {
        Batches::new(4, 5, 0);
    }
}

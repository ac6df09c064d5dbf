//! Random cases: small extents and numbers from a seed that is new each day.

use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

use tensor::check;

/// A stream of random choices. The same seed gives the same choices.
pub struct Draw {
    seed: u64,
    drawn: u64,
}

impl Draw {
    /// The stream of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The seed of another stream, for functions that take one.
    pub fn seed(&mut self) -> u64 {
        self.drawn += 1;
        self.seed.wrapping_mul(0x9E37_79B9).wrapping_add(self.drawn)
    }

    /// A whole number from `least` to `most`, both included.
    pub fn between(&mut self, least: usize, most: usize) -> usize {
        let unit = f64::from(check::noise(self.seed(), 1)[0]) / 2.0 + 0.5; // in [0, 1)
        least + (unit * (most - least + 1) as f64) as usize
    }

    /// One of the items.
    ///
    /// # Panics
    /// If there are none.
    pub fn one_of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.between(0, items.len() - 1)].clone()
    }

    /// `len` whole numbers from −3 to 3. Sums of their products are exact in any order.
    pub fn integers(&mut self, len: usize) -> Vec<f32> {
        check::integers(self.seed(), len)
    }

    /// `len` numbers, uniform in [−1, 1).
    pub fn noise(&mut self, len: usize) -> Vec<f32> {
        check::noise(self.seed(), len)
    }
}

/// The variable that brings back the cases of another day.
pub(crate) const SEED: &str = "LEARN_SEED";

/// The number of today, or what the variable says.
///
/// # Panics
/// If the variable is set and no whole number.
pub(crate) fn todays_seed() -> u64 {
    match env::var(SEED) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{SEED} is a whole number, not `{text}`")),
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / (24 * 60 * 60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_drawn_and_nothing_else() {
        let mut draw = Draw::new(3);
        let mut seen = [0; 7];
        for _ in 0..1000 {
            seen[draw.between(2, 5)] += 1;
        }
        assert_eq!([true, true, false, false, false, false, true], seen.map(|count| count == 0));
    }

    #[test]
    fn a_seed_repeats_and_another_differs() {
        let numbers = |seed| Draw::new(seed).integers(50);
        assert_eq!(numbers(1), numbers(1));
        assert_ne!(numbers(1), numbers(2));
    }
}

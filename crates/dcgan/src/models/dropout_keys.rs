//! Dropout masks in the order in which a forward pass asks for them.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use tensor::ops::leaky_dropout::LeakyDropout;

/// Hands out dropout, each time with the next key of a stream; or none.
#[derive(Debug)]
pub struct DropoutKeys(Option<(f32, ChaCha8Rng)>);

impl DropoutKeys {
    /// DropoutKeys that keep a value with probability `keep`, their keys drawn from `keys`.
    #[must_use]
    pub fn new(keep: f32, keys: ChaCha8Rng) -> Self {
        Self(Some((keep, keys)))
    }

    /// No dropout.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// The masks that are still to come, once more: for a pass that is made again.
    #[must_use]
    pub fn again(&self) -> Self {
        Self(self.0.as_ref().map(|(keep, keys)| {
            let mut again = ChaCha8Rng::from_seed(keys.get_seed());
            again.set_stream(keys.get_stream());
            again.set_word_pos(keys.get_word_pos());
            (*keep, again)
        }))
    }

    /// Leaky ReLU of that slope behind the next mask.
    pub fn next(&mut self, slope: f32) -> LeakyDropout {
        match &mut self.0 {
            Some((keep, keys)) => LeakyDropout { slope, keep: *keep, key: keys.next_u64() },
            None => LeakyDropout { slope, keep: 1.0, key: 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_masks_to_come_are_the_same_again() {
        let mut keys = ChaCha8Rng::seed_from_u64(1);
        keys.set_stream(2);
        let mut masks = DropoutKeys::new(0.5, keys);
        for _ in 0..20 {
            let mut again = masks.again();
            let (a, b) = (masks.next(0.2), again.next(0.2));
            assert_eq!((a.keep, a.key), (b.keep, b.key));
        }
        assert_ne!(masks.next(0.2).key, masks.next(0.2).key);
    }
}

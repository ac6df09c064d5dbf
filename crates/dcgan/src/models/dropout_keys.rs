//! The keys of dropout, one for each layer of each pass: a key decides which values are dropped.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use tensor::ops::leaky_dropout::LeakyDropout;

/// Hands out the keys of a stream in the order in which layers ask for them, or drops nothing.
#[derive(Debug)]
pub struct DropoutKeys(Option<(f32, ChaCha8Rng)>);

impl DropoutKeys {
    /// Dropout that keeps a value with probability `keep`; its keys come from `stream`.
    #[must_use]
    pub fn new(keep: f32, stream: ChaCha8Rng) -> Self {
        Self(Some((keep, stream)))
    }

    /// No dropout.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// A copy that hands out the same keys as this one from now on: for a pass that is repeated.
    /// The stream is rebuilt from its position, since `rand` gives it no `Clone`.
    #[must_use]
    pub fn again(&self) -> Self {
        Self(self.0.as_ref().map(|(keep, stream)| {
            let mut again = ChaCha8Rng::from_seed(stream.get_seed());
            again.set_stream(stream.get_stream());
            again.set_word_pos(stream.get_word_pos());
            (*keep, again)
        }))
    }

    /// The settings of leaky ReLU with that slope and of dropout by the next key.
    pub fn next_leaky_dropout(&mut self, slope: f32) -> LeakyDropout {
        match &mut self.0 {
            Some((keep, stream)) => LeakyDropout { slope, keep: *keep, key: stream.next_u64() },
            None => LeakyDropout { slope, keep: 1.0, key: 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_to_come_are_the_same_again() {
        let mut stream = ChaCha8Rng::seed_from_u64(1);
        stream.set_stream(2);
        let mut keys = DropoutKeys::new(0.5, stream);
        for _ in 0..20 {
            let mut again = keys.again();
            let a = keys.next_leaky_dropout(0.2);
            let b = again.next_leaky_dropout(0.2);
            assert_eq!((a.keep, a.key), (b.keep, b.key));
        }
        assert_ne!(keys.next_leaky_dropout(0.2).key, keys.next_leaky_dropout(0.2).key);
    }
}

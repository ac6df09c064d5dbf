//! Dropout masks in the order in which a forward pass asks for them.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use tensor::ops::leaky_dropout::LeakyDropout;

/// Hands out dropout, each time with the next key of a stream; or none.
#[derive(Clone, Debug)]
pub struct Masks(Option<(f32, ChaCha8Rng)>);

impl Masks {
    /// Masks that keep a value with probability `keep`, their keys drawn from `keys`.
    #[must_use]
    pub fn new(keep: f32, keys: ChaCha8Rng) -> Self {
        Self(Some((keep, keys)))
    }

    /// No dropout.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Leaky ReLU of that slope behind the next mask.
    pub fn next(&mut self, slope: f32) -> LeakyDropout {
        match &mut self.0 {
            Some((keep, keys)) => LeakyDropout { slope, keep: *keep, key: keys.next_u64() },
            None => LeakyDropout { slope, keep: 1.0, key: 0 },
        }
    }
}

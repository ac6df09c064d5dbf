//! Dropout masks in the order in which a forward pass asks for them.

use nn::Dropout;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use tensor::{Tape, Var};

/// Applies dropout, each time with the next key of a stream; or does nothing.
#[derive(Clone, Debug)]
pub struct Masks(Option<(Dropout, ChaCha8Rng)>);

impl Masks {
    /// Masks that keep a value with probability `keep`, their keys drawn from `keys`. To keep all is to do nothing.
    #[must_use]
    pub fn new(keep: f32, keys: ChaCha8Rng) -> Self {
        Self((keep < 1.0).then(|| (Dropout::new(keep), keys)))
    }

    /// No dropout.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// `x` behind the next mask.
    pub fn apply(&mut self, tape: &mut Tape, x: Var) -> Var {
        match &mut self.0 {
            Some((dropout, keys)) => dropout.forward(tape, x, keys.next_u64()),
            None => x,
        }
    }
}

//! Leaky ReLU and dropout in one sweep: the operator after a hidden layer, or after its batch norm.
//!
//! It computes `y = leaky(z)·mask/keep`, with the same bits as [`leaky_relu`](super::leaky_relu)
//! followed by [`dropout`](super::dropout). Both of them wait for memory, and one after the other
//! they carry every element from memory and back twice. By hand, with slope 0.1, `keep` 0.8 and the
//! given mask:
//!
//! ```text
//! z = [ 4  −8  −4 ]    mask = [ 1  1  0 ]    y = [ 5  −1  0  ]    dz = [ 1.25·dy  0.125·dy    0     ]
//!     [ 0   2   8 ]           [ 1  0  1 ]        [ 0   0  10 ]         [ 0.125·dy   0       1.25·dy ]
//! ```
//!
//! Backward: both are linear on either side of 0, so `dz` is `dy` times the factor of the mask,
//! times 1 or the slope, depending on the sign of `z`. The mask is not stored but hashed again.
//!
//! The operator does two multiplications, a comparison and a hash per element. It moves 8 bytes
//! forward and 12 backward, instead of 16 and 20.
//!
//! In the book: `book/src/15-fast-another-sum.md`.

use super::dropout::Mask;
use crate::fast::sweeps::elementwise::{map_indexed, map2_indexed};
use crate::{Buffer, Op, Tape, Tensor, Var};

/// The settings of the operator after a hidden layer: leaky ReLU, then inverted dropout.
#[derive(Clone, Copy, Debug)]
pub struct LeakyDropout {
    /// The slope of the activation where its input is not positive.
    pub slope: f32,
    /// The probability that an element is kept, in (0, 1]. With 1 there is no dropout.
    pub keep: f32,
    /// The key that chooses the mask. The same key gives the same mask.
    pub key: u64,
}

impl LeakyDropout {
    /// For what begins at element `first` of the whole.
    ///
    /// # Panics
    /// If `keep` is not in (0, 1].
    pub(super) fn gate(self, first: u32) -> Gate {
        Gate { slope: self.slope, mask: Mask::new(self.keep, self.key, first) }
    }
}

/// [`LeakyDropout`] for a single element.
#[derive(Clone, Copy)]
pub(super) struct Gate {
    slope: f32,
    mask: Mask,
}

impl Gate {
    /// `y` from `z` and the index of the element.
    #[inline(always)]
    pub(super) fn forward(self, z: f32, index: u32) -> f32 {
        (if 0.0 < z { z } else { self.slope * z }) * self.mask.factor(index)
    }

    /// `dz` from `dy`.
    #[inline(always)]
    pub(super) fn backward(self, dy: f32, z: f32, index: u32) -> f32 {
        let dy = dy * self.mask.factor(index);
        if 0.0 < z { dy } else { self.slope * dy }
    }

    fn forward_all(self, z: &[f32]) -> Buffer {
        map_indexed(z, move |z, index| self.forward(z, index))
    }

    fn backward_all(self, z: &[f32], dy: &[f32]) -> Buffer {
        map2_indexed("leaky_dropout", z, dy, move |z, dy, index| self.backward(dy, z, index))
    }
}

/// The composition of the two references.
pub mod reference {
    use crate::Real;
    use crate::ops::{dropout, leaky_relu};

    /// `y`, one for each `z`, for a given mask.
    pub fn forward<T: Real>(slope: T, keep: T, mask: &[bool], z: &[T]) -> Vec<T> {
        dropout::reference::forward(keep, mask, &leaky_relu::reference::forward(slope, z))
    }
}

/// `y`, one for each `z`.
///
/// # Panics
/// If `keep` is not in (0, 1].
#[must_use]
pub fn forward(settings: LeakyDropout, z: &[f32]) -> Buffer {
    settings.gate(0).forward_all(z)
}

/// `dz` from the forward's `z` and the gradient `dy` of its result.
///
/// # Panics
/// If `keep` is not in (0, 1], or if `z` and `dy` differ in length.
#[must_use]
pub fn backward(settings: LeakyDropout, z: &[f32], dy: &[f32]) -> Buffer {
    settings.gate(0).backward_all(z, dy)
}

impl Tape {
    /// Records [`forward`] on any shape. The tape keeps `z` alive for [`backward`].
    ///
    /// # Panics
    /// If `keep` is not in (0, 1].
    pub fn leaky_dropout(&mut self, settings: LeakyDropout, z: Var) -> Var {
        let saved = self.value(z);
        let gate = settings.gate(self.shards().first(saved.data().len()));
        let y = Tensor::new(saved.shape(), gate.forward_all(saved.data()));
        self.record(Op::new("leaky_dropout").rectifying().dropping().memory_bound(), &[z], y, move |dy, grads| {
            grads.add_buffer(z, || gate.backward_all(saved.data(), dy.data()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use crate::fast::parallel::CHUNK;
    use crate::ops::{dropout, leaky_relu};

    const SETTINGS: LeakyDropout = LeakyDropout { slope: 0.2, keep: 0.8, key: 7 };

    #[test]
    fn equals_the_two_operators_bit_for_bit() {
        for len in (0..=67).chain([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3]) {
            let (z, dy) = (check::integers(1, len), check::noise(2, len)); // among them zeros
            check::exact(&forward(SETTINGS, &z), &dropout::forward(0.8, 7, &leaky_relu::forward(0.2, &z)));
            check::exact(&backward(SETTINGS, &z, &dy), &leaky_relu::backward(0.2, &z, &dropout::backward(0.8, 7, &dy)));
        }
    }

    #[test]
    fn equals_the_reference() {
        let (z, mask) = (check::integers(1, 1000), dropout::mask(0.25, 7, 1000));
        let settings = LeakyDropout { slope: 0.5, keep: 0.25, key: 7 };
        check::exact(&forward(settings, &z), &reference::forward(0.5, 0.25, &mask, &z));
    }

    #[test]
    fn gradient() {
        let (z, mask) = (check::noise(1, 257), dropout::mask(0.8, 7, 257));
        check::gradient(
            &z,
            |z| reference::forward(f64::from(0.2f32), f64::from(0.8f32), &mask, z),
            |dy| check::vjp(&[(&[257], &z)], dy, |tape, v| tape.leaky_dropout(SETTINGS, v[0])).remove(0),
        );
    }

    #[test]
    fn nan_stays_nan() {
        assert!(forward(SETTINGS, &[f32::NAN; 64]).iter().all(|y| y.is_nan()));
        assert!(backward(SETTINGS, &[1.0; 64], &[f32::NAN; 64]).iter().all(|dz| dz.is_nan()));
    }
}

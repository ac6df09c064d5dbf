//! Random numbers: one stream for each (seed, purpose, number).
//!
//! The seed is that of a run; a point of latent space has a *latent seed* of its own.
//!
//! No stream is carried from step to step; [`data::streams`] says why.

use rand::Rng;
use rand::rngs::ChaCha8Rng;
use tensor::{Buffer, Tensor};

/// The use of a stream of random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The weights before the first step. Number: 0.
    Weights,
    /// The noise of a training step. Number: the step.
    Noise,
    /// The dropout keys of a training step. Number: the step.
    Dropout,
    /// What D sees of its images, if they are augmented. Number: twice the step, and 1 more in D's
    /// half.
    Augment,
    /// The vectors with which spectral normalisation begins. Number: 0.
    Spectral,
    /// The fixed noise of a run's rows of samples. Number: 0.
    Samples,
    /// The dropout keys of a row of samples, if samples have dropout. Number: the step.
    SampleDropout,
    /// A point of latent space, whose latent seed takes the place of the run's. Number: 0. The
    /// stream's name is still `picture`, its old one: another would change the image of every seed.
    Latent,
    /// The offset from a point of latent space to a point close by, whose image the gallery shows
    /// beside it. The seed is 0. Number: which neighbour.
    Neighbour,
}

impl Purpose {
    fn name(self) -> &'static [u8; 8] {
        match self {
            Self::Weights => b"weights ",
            Self::Noise => b"noise   ",
            Self::Dropout => b"dropout ",
            Self::Augment => b"augment ",
            Self::Spectral => b"spectral",
            Self::Samples => b"samples ",
            Self::SampleDropout => b"smp drop",
            Self::Latent => b"picture ",
            Self::Neighbour => b"neighbor",
        }
    }
}

/// The stream that belongs to (`seed`, `purpose`, `number`).
#[must_use]
pub fn stream(seed: u64, purpose: Purpose, number: u64) -> ChaCha8Rng {
    data::streams::stream(seed, purpose.name(), number)
}

/// `count` points of latent space, `[count, size]`, uniform in [-1, 1).
///
/// A value is the upper 24 of 32 random bits: they fit an `f32` exactly. A library's sampling of a
/// range, which may change from version to version, is not used.
#[must_use]
pub fn noise(rng: &mut ChaCha8Rng, count: usize, size: usize) -> Tensor {
    let mut z = Buffer::scratch(count * size);
    z.fill_with(|| (rng.next_u32() >> 8) as f32 / 8_388_608.0 - 1.0);
    Tensor::new(&[count, size], z)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PURPOSES: [Purpose; 9] = [
        Purpose::Augment,
        Purpose::Spectral,
        Purpose::Weights,
        Purpose::Noise,
        Purpose::Dropout,
        Purpose::Samples,
        Purpose::SampleDropout,
        Purpose::Latent,
        Purpose::Neighbour,
    ];

    #[test]
    fn no_two_streams_are_alike() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..4 {
            for purpose in PURPOSES {
                for number in 0..4 {
                    assert!(seen.insert(stream(seed, purpose, number).next_u64()), "{seed} {purpose:?} {number}");
                }
            }
        }
    }

    #[test]
    fn a_stream_is_the_same_every_time() {
        // From an implementation of RFC 8439's block function with 8 rounds, in Python.
        assert_eq!(0x7FC7_3FF8_A9DE_90BE, stream(1, Purpose::Noise, 2).next_u64());
    }

    #[test]
    fn noise_fills_its_range() {
        let z = noise(&mut stream(3, Purpose::Noise, 0), 100, 100);
        let mean = z.data().iter().sum::<f32>() / 1e4;
        assert!(z.data().iter().all(|x| (-1.0..1.0).contains(x)) && mean.abs() < 0.03, "mean {mean}");
    }
}

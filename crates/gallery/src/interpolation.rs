//! A walk through latent space: from seed to seed, frame by frame.
//!
//! ```text
//! linear      z(t) = (1 − t)·a + t·b
//! spherical   z(t) = sin((1 − t)·ω)/sin ω · a + sin(t·ω)/sin ω · b        cos ω = a·b / (|a|·|b|)
//! ```
//!
//! Two random points of 100 dimensions are nearly at a right angle and equally far from the origin,
//! as all points are that the generator has seen. Halfway between them, the straight line comes √2
//! times nearer to the origin, where nothing has been learnt. The arc keeps its distance (White
//! 2016, *Sampling generative networks*, section 2.1). Here the points fill a cube, and both ways
//! look well. If a and b lie on one line through the origin there is no arc, and the way is
//! straight.

use serde::{Deserialize, Serialize};
use tensor::Tensor;

use crate::seeds::{MOST, Seeds};
use dcgan::models::LATENT;
use dcgan::wish::Wish;

/// How to go from one point to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InterpolationPath {
    /// Straight on.
    Linear,
    /// On an arc around the middle.
    Spherical,
}

/// Why a walk shows nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InterpolationError {
    /// There is one seed.
    #[error("a walk leads from one seed to another; give two or more")]
    OneSeed,
    /// There are no frames.
    #[error("a walk of 0 frames shows nothing; ask for one or more with `frames`")]
    NoFrames,
    /// There are more frames than [`MOST`].
    #[error("these are {0} frames; {MOST} are the most")]
    TooManyFrames(u64),
}

/// A walk from seed to seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interpolation {
    /// Where it passes: two or more.
    pub seeds: Seeds,
    /// Frames from one seed to the next: at least one.
    pub frames: u32,
    /// How it goes.
    pub way: InterpolationPath,
    /// Whether it comes back to where it began.
    pub closed: bool,
}

impl Interpolation {
    /// Refuses a walk that leads nowhere, or too far.
    ///
    /// # Errors
    /// If there is one seed, no frame, or more frames than [`MOST`].
    pub fn check(&self) -> Result<(), InterpolationError> {
        if self.seeds.all().len() < 2 {
            return Err(InterpolationError::OneSeed);
        }
        match self.legs() as u64 * u64::from(self.frames) {
            0 => Err(InterpolationError::NoFrames),
            frames if MOST < frames => Err(InterpolationError::TooManyFrames(frames)),
            _ => Ok(()),
        }
    }

    /// Ways from one seed to the next.
    #[must_use]
    pub fn legs(&self) -> usize {
        self.seeds.all().len() - usize::from(!self.closed)
    }

    /// The points for a generator of so many `classes`, one a row: point `i·frames` is that of seed
    /// `i`, bit for bit. A closed walk does not repeat the first.
    #[must_use]
    pub fn latent(&self, wish: &Wish, classes: usize) -> Tensor {
        let seeds = wish.points(self.seeds.all(), classes);
        let size = LATENT + classes;
        let seeds: Vec<&[f32]> = seeds.data().chunks_exact(size).collect();
        let mut z = vec![];
        for leg in 0..self.legs() {
            let (a, b) = (seeds[leg], seeds[(leg + 1) % seeds.len()]);
            z.extend_from_slice(a);
            for frame in 1..self.frames {
                let t = f64::from(frame) / f64::from(self.frames);
                z.extend(self.way.between(&a[..LATENT], &b[..LATENT], t));
                z.extend(InterpolationPath::Linear.between(&a[LATENT..], &b[LATENT..], t)); // from class to class
            }
        }
        if !self.closed {
            z.extend_from_slice(seeds[seeds.len() - 1]);
        }
        Tensor::new(&[z.len() / size, size], z)
    }
}

impl InterpolationPath {
    /// The point at `t` between `a` (0) and `b` (1).
    fn between(self, a: &[f32], b: &[f32], t: f64) -> Vec<f32> {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
        let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
        let angle = cosine.clamp(-1.0, 1.0).acos();
        // Written so that an angle that is no number, of a point in the middle, is none either.
        let (from, to) = if self == Self::Spherical && 1e-6 < angle.sin() {
            (((1.0 - t) * angle).sin() / angle.sin(), (t * angle).sin() / angle.sin())
        } else {
            (1.0 - t, t)
        };
        a.iter().zip(b).map(|(&a, &b)| (from * f64::from(a) + to * f64::from(b)) as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dcgan::sample::latent;

    /// Of one class all the way, or from one to the other in a straight line.
    #[test]
    fn a_walk_leads_from_class_to_class() {
        let ones = |classes: Vec<usize>| {
            let z = walk("5,1", 4, false).latent(&Wish { truncation: None, classes }, 2);
            z.data().chunks_exact(LATENT + 2).map(|point| [point[LATENT], point[LATENT + 1]]).collect::<Vec<_>>()
        };
        assert_eq!([[0.0, 1.0]; 5], ones(vec![1])[..]);
        assert_eq!([[1.0, 0.0], [0.75, 0.25], [0.5, 0.5], [0.25, 0.75], [0.0, 1.0]], ones(vec![0, 1])[..]);
    }

    fn walk(seeds: &str, frames: u32, closed: bool) -> Interpolation {
        Interpolation { seeds: seeds.parse().unwrap(), frames, way: InterpolationPath::Spherical, closed }
    }

    #[test]
    fn points_by_hand() {
        let (right, half) = ([[2.0, 0.0], [0.0, 2.0]], 2.0_f32.sqrt());
        assert_eq!([1.0, 1.0], InterpolationPath::Linear.between(&right[0], &right[1], 0.5)[..]);
        assert_eq!([1.5, 0.5], InterpolationPath::Linear.between(&right[0], &right[1], 0.25)[..]);
        let middle = InterpolationPath::Spherical.between(&right[0], &right[1], 0.5);
        assert!(middle.iter().all(|x| (x - half).abs() < 1e-6), "{middle:?}");
        let third = InterpolationPath::Spherical.between(&right[0], &right[1], 1.0 / 3.0);
        assert!((third[0] - 3.0_f32.sqrt()).abs() < 1e-6 && (third[1] - 1.0).abs() < 1e-6, "{third:?}");
        // No arc: the same direction, the opposite one, none at all.
        for (b, halfway) in [([4.0, 0.0], [3.0, 0.0]), ([-1.0, 0.0], [0.5, 0.0]), ([0.0, 0.0], [1.0, 0.0])] {
            assert_eq!(halfway, InterpolationPath::Spherical.between(&right[0], &b, 0.5)[..]);
        }
    }

    #[test]
    fn a_walk_passes_through_its_seeds_and_ends_where_it_should() {
        for (closed, count) in [(false, 2 * 4 + 1), (true, 3 * 4)] {
            let walk = walk("5,1,9", 4, closed);
            let z = walk.latent(&Wish::default(), 0);
            assert_eq!([count, LATENT], z.shape());
            for (i, seed) in [5, 1, 9].into_iter().enumerate() {
                assert_eq!(latent(&[seed]).data(), &z.data()[i * 4 * LATENT..][..LATENT], "seed {seed}");
            }
        }
        let back = walk("5,9", 2, true).latent(&Wish::default(), 0);
        assert_eq!(back.data()[LATENT..2 * LATENT], back.data()[3 * LATENT..], "halfway there and halfway back");
    }

    #[test]
    fn a_walk_that_leads_nowhere_is_refused() {
        for (seeds, frames, part) in [("1", 4, "two or more"), ("1,2", 0, "0 frames"), ("0-99", 4000, "the most")] {
            let reason = walk(seeds, frames, true).check().unwrap_err().to_string();
            assert!(reason.contains(part), "{reason}");
        }
        assert_eq!(Ok(()), walk("1,2", 1, false).check());
    }
}

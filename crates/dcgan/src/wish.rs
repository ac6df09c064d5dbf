//! What is asked of a generator besides seeds: points nearer to the middle, and a class.
//!
//! **Truncation.** Noise is uniform in [-1, 1). Drawn from [-t, t) only, it lies where G has learnt
//! most: fewer odd pictures, and less variety. Brock et al. (2018, *BigGAN*, section 3.1) draw
//! again what falls outside. Of uniform noise the result has the distribution of noise times `t`,
//! so that is how it is done: a seed keeps its direction, and its picture changes little by little
//! with `t`.
//!
//! **Class.** The point of a conditional generator is noise, and beside it one number for each
//! class: 1 for the class that is asked for, else 0. A point between two classes is between their
//! numbers.

use serde::{Deserialize, Serialize};
use tensor::Tensor;

use crate::Error;
use crate::config::Config;
use crate::sample::latent;

/// The golden ratio as a share of 2⁶⁴. Its multiples are spread evenly, and so are those of every
/// second, third or tenth seed. Remainders would not be: figures that look at every tenth picture
/// would see one class alone.
pub const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

impl Config {
    /// The names of the classes that can be asked for, in the order of their numbers; none if the
    /// generator knows none.
    #[must_use]
    pub fn class_names(&self) -> Vec<String> {
        data::class_names(&self.data.name, self.variations.extras().classes)
    }
}

/// Wishes beside the seeds; by default there are none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wish {
    /// The factor of the noise, in (0, 1].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncation: Option<f32>,
    /// The classes of the seeds, in turn; if there are none, each seed has a class of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<usize>,
}

impl Wish {
    /// Whether there is none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Refuses what a generator of so many `classes` cannot do; 0 if it knows none.
    ///
    /// # Errors
    /// The wish, and its range.
    pub fn check(&self, classes: usize) -> Result<(), Error> {
        if !self.truncation.is_none_or(|truncation| 0.0 < truncation && truncation <= 1.0) {
            return Err(Error::setting("truncation", "must be above 0 and at most 1"));
        }
        match self.classes.iter().find(|class| classes <= **class) {
            Some(_) if classes == 0 => Err(Error::setting(
                "class",
                "is for a generator that was trained with `conditional`; this one knows no classes",
            )),
            Some(class) => Err(Error::setting("class", format!("must be from 0 to {}, not {class}", classes - 1))),
            None => Ok(()),
        }
    }

    /// The class of each seed, of a generator of so many `classes`.
    #[must_use]
    pub fn classes_of(&self, seeds: &[u64], classes: usize) -> Vec<usize> {
        let class = |(i, seed): (usize, &u64)| match &self.classes[..] {
            [] => (((seed.wrapping_mul(GOLDEN) >> 32) * classes as u64) >> 32) as usize,
            asked => asked[i % asked.len()],
        };
        seeds.iter().enumerate().map(class).collect()
    }

    /// The points of these seeds for a generator of so many `classes`, `[seeds, LATENT + classes]`.
    #[must_use]
    pub fn points(&self, seeds: &[u64], classes: usize) -> Tensor {
        let mut z = latent(seeds);
        if let Some(truncation) = self.truncation {
            z.data_mut().iter_mut().for_each(|z| *z *= truncation);
        }
        if classes == 0 { z } else { beside(&z, &one_hot(&self.classes_of(seeds, classes), classes)) }
    }
}

/// A row for each class of `asked`: 1 at its place, else 0.
#[must_use]
pub fn one_hot(asked: &[usize], classes: usize) -> Tensor {
    let mut rows = Tensor::zeros(&[asked.len(), classes]);
    rows.data_mut().chunks_exact_mut(classes).zip(asked).for_each(|(row, &class)| row[class] = 1.0);
    rows
}

/// The rows of `a`, each with that of `b` behind it.
///
/// # Panics
/// If one of them has more rows.
#[must_use]
pub fn beside(a: &Tensor, b: &Tensor) -> Tensor {
    let [rows, left] = a.dims();
    let [others, right] = b.dims();
    assert_eq!(rows, others, "as many points as classes");
    let both = a.data().chunks_exact(left).zip(b.data().chunks_exact(right)).flat_map(|(a, b)| [a, b].concat());
    Tensor::new(&[rows, left + right], both.collect::<Vec<f32>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::LATENT;

    #[test]
    fn truncation_scales_noise_and_a_class_is_a_one() {
        let wish = Wish { truncation: Some(0.5), classes: vec![2, 0] };
        let (z, plain) = (wish.points(&[7, 8, 9], 3), latent(&[7, 8, 9]));
        assert_eq!([3, LATENT + 3], z.dims());
        for (i, one) in [2, 0, 2].into_iter().enumerate() {
            let point = &z.data()[i * (LATENT + 3)..][..LATENT + 3];
            assert!(point[..LATENT].iter().zip(&plain.data()[i * LATENT..]).all(|(z, plain)| *z == 0.5 * plain));
            assert_eq!((0..3).map(|class| f32::from(u8::from(class == one))).collect::<Vec<_>>(), point[LATENT..]);
        }
        assert_eq!([0, 2, 1], Wish::default().classes_of(&[7, 8, 9], 3)[..]);
        assert_eq!(plain.data(), Wish::default().points(&[7, 8, 9], 0).data());
    }

    /// Of all seeds, and of every tenth.
    #[test]
    fn each_class_is_as_frequent_as_the_others() {
        for stride in [1, 2, 3, 5, 10] {
            let seeds: Vec<u64> = (0..1000).map(|i| stride * i).collect();
            let mut counts = [0; 10];
            Wish::default().classes_of(&seeds, 10).iter().for_each(|&class| counts[class] += 1);
            assert!(counts.iter().all(|count| (90..=110).contains(count)), "every {stride}th: {counts:?}");
        }
    }

    #[test]
    fn wishes_that_cannot_be_granted_are_refused() {
        let refused = |wish: Wish, classes, part: &str| {
            let message = wish.check(classes).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        };
        let truncated = |truncation| Wish { truncation: Some(truncation), ..Wish::default() };
        for truncation in [0.0, -1.0, 1.5, f32::NAN] {
            refused(truncated(truncation), 0, "truncation must be above 0");
        }
        let of = |class| Wish { classes: vec![class], ..Wish::default() };
        refused(of(0), 0, "knows no classes");
        refused(of(10), 10, "from 0 to 9, not 10");
        assert_eq!(Ok(()), of(9).check(10));
        assert_eq!(Ok(()), truncated(1.0).check(0));
    }
}

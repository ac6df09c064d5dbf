//! Arithmetic in latent space: means of points, added and subtracted.
//!
//! The mean of three men with glasses, minus that of three men without, plus that of three women
//! without, makes women with glasses. The same sum of single points fails (Radford, Metz and
//! Chintala 2016, section 6.3.2 and figure 7), because only the mean of a few points keeps what
//! they share:
//!
//! ```text
//! z = ± mean(z of the first seeds) ± mean(z of the second seeds) ± …
//! ```
//!
//! As in their figure, the result is shown with neighbours: z with noise added, uniform in ±0.25.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tensor::Tensor;

use crate::seeds::{MOST, Seeds, SeedsError};
use dcgan::models::LATENT;
use dcgan::streams::{Purpose, noise, stream};
use dcgan::wish::Wish;

/// How far neighbours of the result are from it, in each direction.
const NEIGHBOURHOOD: f32 = 0.25;

/// A sum of means: `0-2 - 3-5 + 6,9`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LatentSum(Vec<Term>);

/// A mean that is added or subtracted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Whether it is subtracted.
    pub minus: bool,
    /// Whose mean it is.
    pub seeds: Seeds,
}

impl LatentSum {
    /// The terms; at least one.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.0
    }

    /// Seeds of the longest term.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.0.iter().map(|term| term.seeds.all().len()).max().unwrap_or(0)
    }

    /// The points for a generator of so many `classes`, one a row: of each term its seeds and then
    /// their mean; then as many neighbours of the result as there are
    /// [`columns`](LatentSum::columns); the result is last.
    #[must_use]
    pub fn latent(&self, wish: &Wish, classes: usize) -> Tensor {
        let size = LATENT + classes;
        let mut z = vec![];
        let mut result = vec![0.0; size];
        for Term { minus, seeds } in &self.0 {
            let points = wish.points(seeds.all(), classes);
            let mean = mean(points.data(), size);
            z.extend_from_slice(points.data());
            z.extend(mean.iter().map(|&x| x as f32));
            for (sum, x) in result.iter_mut().zip(mean) {
                *sum += if *minus { -x } else { x };
            }
        }
        for neighbour in 0..self.columns() {
            let noise = noise(&mut stream(0, Purpose::Neighbour, neighbour as u64), 1, LATENT);
            let noise = noise.data().iter().copied().chain(std::iter::repeat(0.0)); // of the same class
            z.extend(result.iter().zip(noise).map(|(&x, noise)| x as f32 + NEIGHBOURHOOD * noise));
        }
        z.extend(result.iter().map(|&x| x as f32));
        Tensor::new(&[z.len() / size, size], z)
    }
}

/// The mean of points of so many numbers.
fn mean(points: &[f32], size: usize) -> Vec<f64> {
    let mut mean = vec![0.0; size];
    let count = (points.len() / size) as f64;
    for point in points.chunks_exact(size) {
        for (mean, &x) in mean.iter_mut().zip(point) {
            *mean += f64::from(x) / count;
        }
    }
    mean
}

/// Why a text is no sum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SumError {
    /// A sign has no seeds before it.
    #[error("before {0:?} there are no seeds")]
    NoSeeds(String),
    /// Seeds have no sign before them.
    #[error("before {0:?} there is no + or -")]
    NoSign(String),
    /// The text ends with a sign, or is empty.
    #[error("a sum ends with seeds, as in 0-2 - 3-5 + 6-8")]
    Unfinished,
    /// The seeds of a term, or of all terms together, are none that can be shown.
    #[error(transparent)]
    Seeds(#[from] SeedsError),
}

impl FromStr for LatentSum {
    type Err = SumError;

    fn from_str(text: &str) -> Result<Self, SumError> {
        let (mut terms, mut minus, mut count) = (vec![], Some(false), 0);
        for word in text.split_whitespace() {
            match (word, minus) {
                ("+" | "-", None) => minus = Some(word == "-"),
                ("+" | "-", Some(_)) => return Err(SumError::NoSeeds(word.to_owned())),
                (_, None) => return Err(SumError::NoSign(word.to_owned())),
                (_, Some(sign)) => {
                    let seeds: Seeds = word.parse()?;
                    count += seeds.all().len() as u64;
                    terms.push(Term { minus: sign, seeds });
                    minus = None;
                }
            }
        }
        match minus {
            Some(_) => Err(SumError::Unfinished),
            None if MOST < count => Err(SeedsError::TooMany.into()),
            None => Ok(Self(terms)),
        }
    }
}

impl fmt::Display for LatentSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Term { minus, seeds }) in self.0.iter().enumerate() {
            let sign = if *minus { " - " } else { " + " };
            write!(f, "{}{seeds}", if i == 0 { "" } else { sign })?;
        }
        Ok(())
    }
}

impl TryFrom<String> for LatentSum {
    type Error = SumError;

    fn try_from(text: String) -> Result<Self, SumError> {
        text.parse()
    }
}

impl From<LatentSum> for String {
    fn from(sum: LatentSum) -> Self {
        sum.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dcgan::sample::latent;

    #[test]
    fn a_sum_is_the_means_added_and_subtracted() {
        let sum: LatentSum = "1,2 - 3 + 1,2".parse().unwrap();
        let z = sum.latent(&Wish::default(), 0);
        let at = |i: usize| &z.data()[i * LATENT..][..LATENT];
        assert_eq!([3 + 2 + 3 + 2 + 1, LATENT], z.shape());
        let [one, two, three] = [1, 2, 3].map(|seed| latent(&[seed]));
        assert_eq!([one.data(), two.data(), three.data(), three.data()], [at(0), at(1), at(3), at(4)]);
        for i in 0..LATENT {
            let [one, two, three] = [&one, &two, &three].map(|z| z.data()[i]);
            assert!((at(2)[i] - (one + two) / 2.0).abs() < 1e-6, "the mean");
            assert!((at(10)[i] - (one + two - three)).abs() < 1e-6, "the result");
            assert!((at(8)[i] - at(10)[i]).abs() <= 0.2501 && (at(9)[i] - at(10)[i]).abs() <= 0.2501, "a neighbour");
        }
        assert!(at(8) != at(9));
    }

    #[test]
    fn sums_are_read_and_written() {
        for text in ["0-2 - 3-5 + 6,9", "4", "1 - 1"] {
            assert_eq!(text, text.parse::<LatentSum>().unwrap().to_string());
        }
        for (text, part) in [
            ("", "ends with seeds"),
            ("1 -", "ends with seeds"),
            ("1 2", "no + or -"),
            ("- 1", "no seeds"),
            ("1 + - 2", "no seeds"),
            ("1 + tea", "\"tea\" is no seed"),
            ("0-99999 - 5", "more than"),
        ] {
            let reason = text.parse::<LatentSum>().unwrap_err().to_string();
            assert!(reason.contains(part), "{text}: {reason}");
        }
    }
}

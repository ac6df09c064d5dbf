//! Latent seeds, each of one generated image, as people write them: `0-99`, `1,5,9`, `3,10-12`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// More pictures than this are not asked for at once.
pub const MOST: u64 = 100_000;

/// Why a text, or a count, gives no seeds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeedsError {
    /// There are none.
    #[error("there are no seeds")]
    None,
    /// The last one is beyond 64 bits.
    #[error("a seed has at most 64 bits")]
    TooLarge,
    /// There are more than [`MOST`].
    #[error("there are more than {MOST} seeds")]
    TooMany,
    /// A part of the text is no number.
    #[error("{0:?} is no seed; seeds are whole numbers, as in 0-99 or 1,5,9")]
    NoSeed(String),
    /// A range begins with the larger seed.
    #[error("{0} goes down; write the smaller seed first")]
    Descending(String),
}

/// One seed or several, in the order in which they were written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seeds(Vec<u64>);

impl Seeds {
    /// `count` seeds from `first` on.
    ///
    /// # Errors
    /// If there are none, more than [`MOST`], or a seed is larger than 64 bits allow.
    pub fn from(first: u64, count: u64) -> Result<Self, SeedsError> {
        let last = count.checked_sub(1).ok_or(SeedsError::None)?;
        let last = first.checked_add(last).ok_or(SeedsError::TooLarge)?;
        let mut seeds = vec![];
        add(&mut seeds, first, last)?;
        Ok(Self(seeds))
    }

    /// The seeds; at least one.
    #[must_use]
    pub fn all(&self) -> &[u64] {
        &self.0
    }
}

fn add(seeds: &mut Vec<u64>, first: u64, last: u64) -> Result<(), SeedsError> {
    if MOST - seeds.len() as u64 <= last - first {
        return Err(SeedsError::TooMany);
    }
    seeds.extend(first..=last);
    Ok(())
}

impl FromStr for Seeds {
    type Err = SeedsError;

    fn from_str(text: &str) -> Result<Self, SeedsError> {
        let number = |part: &str| {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let number = if is_number { part.parse::<u64>().ok() } else { None };
            number.ok_or_else(|| SeedsError::NoSeed(part.to_owned()))
        };
        let mut seeds = vec![];
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return Err(SeedsError::Descending(part.to_owned()));
            }
            add(&mut seeds, first, last)?;
        }
        Ok(Self(seeds))
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, run) in self.0.chunk_by(|a, b| a.checked_add(1) == Some(*b)).enumerate() {
            f.write_str(if i == 0 { "" } else { "," })?;
            match run {
                [seed] => write!(f, "{seed}")?,
                [first, .., last] => write!(f, "{first}-{last}")?,
                [] => {}
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Seeds {
    type Error = SeedsError;

    fn try_from(text: String) -> Result<Self, SeedsError> {
        text.parse()
    }
}

impl From<Seeds> for String {
    fn from(seeds: Seeds) -> Self {
        seeds.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_read_in_order_and_written_shortly() {
        for (text, seeds, short) in [
            ("7", &[7][..], "7"),
            ("0-3", &[0, 1, 2, 3], "0-3"),
            ("9,5,1,2,4-6,5", &[9, 5, 1, 2, 4, 5, 6, 5], "9,5,1-2,4-6,5"),
            (
                "18446744073709551614-18446744073709551615",
                &[u64::MAX - 1, u64::MAX],
                "18446744073709551614-18446744073709551615",
            ),
        ] {
            let read: Seeds = text.parse().unwrap();
            assert_eq!((seeds, short), (read.all(), &*read.to_string()));
            assert_eq!(Ok(read), short.parse());
        }
        assert_eq!(Ok("4-6".parse().unwrap()), Seeds::from(4, 3));
        assert_eq!(MOST as usize, "0-99999".parse::<Seeds>().unwrap().all().len());
    }

    #[test]
    fn what_is_no_seed_is_refused_in_words() {
        for (text, part) in [
            ("", "is no seed"),
            ("x", "\"x\" is no seed"),
            ("1,,2", "is no seed"),
            ("-1", "is no seed"),
            ("+1", "is no seed"),
            ("1 ", "is no seed"),
            ("1-2-3", "\"2-3\" is no seed"),
            ("1.5", "is no seed"),
            ("18446744073709551616", "is no seed"),
            ("9-3", "goes down"),
            ("0-100000", "more than 100000"),
            ("0-18446744073709551615", "more than 100000"),
            ("0-99999,5", "more than 100000"),
        ] {
            let reason = text.parse::<Seeds>().unwrap_err().to_string();
            assert!(reason.contains(part), "{text}: {reason}");
        }
        assert!(Seeds::from(0, 0).is_err() && Seeds::from(u64::MAX, 2).is_err() && Seeds::from(0, MOST + 1).is_err());
    }
}

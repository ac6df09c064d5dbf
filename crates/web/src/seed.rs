//! The seed of a point or of a training, as a page names it.

use serde::{Deserialize, Deserializer};

/// A seed: a number, or its digits, because JavaScript rounds numbers above 2⁵³.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed(pub u64);

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(u64),
            Digits(String),
        }
        let reason = "a seed is a whole number from 0 to 18446744073709551615";
        match Either::deserialize(deserializer).map_err(|_| serde::de::Error::custom(reason))? {
            Either::Number(seed) => Ok(Self(seed)),
            Either::Digits(digits) => digits.parse().map(Self).map_err(|_| serde::de::Error::custom(reason)),
        }
    }
}

//! The differences of a run from the article's algorithm: each is one switch, off by default.
//!
//! | switch | what it does | source |
//! |---|---|---|
//! | `average` | samples come from a moving average of G | Yazıcı et al., *The unusual effectiveness of averaging in GAN training*, 2019 |
//! | `discriminator_first` | D is updated before G | the article's MLP |
//! | `real_weight` | multiplies the cross entropy against the label of real images | the article's MLP |
//!
//! A config lists only those that are on.

use serde::{Deserialize, Serialize};

use crate::Error;

/// The switches. By default all are off, and the algorithm is the article's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Variations {
    /// The decay of the moving average of G, in (0, 1); none if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<f64>,
    /// Whether D is updated before G.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub discriminator_first: bool,
    /// The factor of the cross entropy against the label of real images, above 0; 1 if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub real_weight: Option<f32>,
}

impl Variations {
    /// Whether there are none.
    #[must_use]
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// Refuses numbers that are out of their range.
    ///
    /// # Errors
    /// The first of them, and its range.
    pub fn check(&self) -> Result<(), Error> {
        if !self.average.is_none_or(|decay| 0.0 < decay && decay < 1.0) {
            return Err(Error::setting("average", "must be above 0 and below 1"));
        }
        if !self.real_weight.is_none_or(|weight| 0.0 < weight && weight.is_finite()) {
            return Err(Error::setting("real_weight", "must be a number above 0"));
        }
        Ok(())
    }
}

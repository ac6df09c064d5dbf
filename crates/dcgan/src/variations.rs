//! Where a run departs from the article's algorithm: every departure is one switch, off by default.
//!
//! | switch | what it does | source |
//! |---|---|---|
//! | `average` | samples come from a moving average of G | Yazıcı et al., *The unusual effectiveness of averaging in GAN training*, 2019 |
//! | `radford_init` | kernels start normal with deviation 0.02 | Radford, Metz, Chintala 2016 |
//! | `generator_keeps_all` | no dropout in G, in D as before | |
//! | `generator_label` | G aims at this label, D at `real_label` | one-sided smoothing: Salimans et al. 2016 |
//! | `discriminator_rate` | D has a learning rate of its own | Heusel et al. 2017 |
//! | `anneal` | both learning rates fall in a line, and are 0 after so many steps | |
//! | `discriminator_first` | D moves before G | the article's MLP |
//! | `real_weight` | weighs the losses that are about the label of real images | the article's MLP |
//!
//! They stand in `config.toml` under `[variations]`, and only those that are on.

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::config::LARGEST;

/// The switches; by default all are off, and the algorithm is the article's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Variations {
    /// How much of the old average each step keeps, in (0, 1); no average if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<f64>,
    /// Whether kernels start normal with deviation 0.02 instead of Glorot uniform.
    #[serde(skip_serializing_if = "is_off")]
    pub radford_init: bool,
    /// Whether G has no dropout.
    #[serde(skip_serializing_if = "is_off")]
    pub generator_keeps_all: bool,
    /// The label that G wants for its images, in [0, 1]; that of real images if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator_label: Option<f32>,
    /// Adam's learning rate for D; that of G if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discriminator_rate: Option<f64>,
    /// Steps after which the learning rates have fallen to 0; they stay if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anneal: Option<u64>,
    /// Whether D moves first in a step.
    #[serde(skip_serializing_if = "is_off")]
    pub discriminator_first: bool,
    /// The weight of cross entropy against the label of real images, above 0; 1 if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub real_weight: Option<f32>,
}

fn is_off(switch: &bool) -> bool {
    !switch
}

impl Variations {
    /// Whether there are none.
    #[must_use]
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// Refuses numbers that cannot work.
    ///
    /// # Errors
    /// The first of them.
    pub fn check(&self) -> Result<(), Error> {
        let positive = |x: f64| 0.0 < x && x.is_finite();
        for (holds, reason) in [
            (self.average.is_none_or(|decay| 0.0 < decay && decay < 1.0), "--average must be above 0 and below 1"),
            (self.generator_label.is_none_or(|x| (0.0..=1.0).contains(&x)), "--generator-label must be from 0 to 1"),
            (self.discriminator_rate.is_none_or(positive), "--discriminator-rate must be a number above 0"),
            (self.anneal.is_none_or(|steps| (1..=LARGEST).contains(&steps)), "--anneal: the run has too many steps"),
            (self.real_weight.is_none_or(|x| positive(x.into())), "real_weight must be above 0"),
        ] {
            if !holds {
                return Err(Error::Usage(reason.to_owned()));
            }
        }
        Ok(())
    }

    /// By what the learning rates are multiplied in the step after `step`.
    #[must_use]
    pub fn rate_factor(&self, step: u64) -> f64 {
        self.anneal.map_or(1.0, |steps| 1.0 - step.min(steps) as f64 / steps as f64)
    }
}

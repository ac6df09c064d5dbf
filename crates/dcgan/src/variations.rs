//! The differences of a run from the article's algorithm: each is one switch, off by default.
//!
//! | switch | what it does | source |
//! |---|---|---|
//! | `augment` | D sees its images moved, cut and tinted | Zhao et al., *Differentiable augmentation for data-efficient GAN training*, 2020 |
//! | `average` | samples come from a moving average of G | Yazıcı et al., *The unusual effectiveness of averaging in GAN training*, 2019 |
//! | `average_images` | the same; its horizon is in images, not in steps | Karras et al., *Progressive growing of GANs*, 2018 |
//! | `batch_deviation` | D sees how much its batch differs | the same |
//! | `conditional` | a class is asked of G, and D knows it | Miyato and Koyama, *cGANs with projection discriminator*, 2018 |
//! | `discriminator_first` | D is updated before G | the article's MLP |
//! | `discriminator_rate` | D has a learning rate of its own | Heusel et al., *GANs trained by a two time-scale update rule*, 2017 |
//! | `discriminator_slope` | D's leaky ReLU is steeper where its input is negative | Radford et al., *Unsupervised representation learning*, 2016 |
//! | `hinge` | the losses are hinges | Lim and Ye, *Geometric GAN*, 2017 |
//! | `real_weight` | multiplies the cross entropy against the label of real images | the article's MLP |
//! | `spectral_norm` | D's kernels are divided by their spectral norms, and it has no batch norm | Miyato et al., *Spectral normalization for GANs*, 2018 |
//! | `top_k` | G learns of the fake images that D takes most for real | Sinha et al., *Top-k training of GANs*, 2020 |
//!
//! In the code a switch is a *variation*. `tricks` has those that change a step. A config lists
//! only those that are on.

use nn::SpectralNorm;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::models::Extras;

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
    /// Whether all images that D sees are augmented.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub augment: bool,
    /// The horizon of the moving average of G in images, instead of `average`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average_images: Option<u64>,
    /// Whether D sees the deviation of its batch.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub batch_deviation: bool,
    /// The classes that can be asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditional: Option<Conditional>,
    /// D's learning rate; that of the training if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discriminator_rate: Option<f64>,
    /// The slope of D's leaky ReLU where its input is negative, from 0 to 1. If not given, it is
    /// the article's 0.01, or 0.1 with `spectral_norm` (which changes no slope of an MLP).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discriminator_slope: Option<f32>,
    /// Whether the losses are hinges, which know no label of real images.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hinge: bool,
    /// Whether D has spectral normalisation in the place of batch norm.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub spectral_norm: bool,
    /// The least share of a batch from which G learns, in (0, 1]: all of it at first, and one in a
    /// hundred less after each 10,000 images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<f64>,
}

/// The classes of the training images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditional {
    /// How many there are.
    pub classes: usize,
    /// The SHA-256 of the labels of all images.
    pub labels_sha256: String,
}

/// What a training with variations carries from step to step.
#[derive(Debug, Default)]
pub struct Carried {
    /// The vectors of D's spectral normalisation.
    pub spectral_norm: Option<SpectralNorm>,
    /// The seed of what is drawn within a step.
    pub seed: u64,
}

impl Variations {
    /// Whether there are none.
    #[must_use]
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// The decay of the moving average of G, if there is one, in steps of `batch_size` images.
    #[must_use]
    pub fn decay(&self, batch_size: usize) -> Option<f64> {
        let by_images = self.average_images.map(|images| (-(batch_size as f64) / images as f64).exp());
        self.average.or(by_images)
    }

    /// The parts of the networks that these ask for.
    #[must_use]
    pub fn extras(&self) -> Extras {
        let classes = self.conditional.as_ref().map_or(0, |conditional| conditional.classes);
        let &Self { spectral_norm, batch_deviation, discriminator_slope, .. } = self;
        Extras { classes, spectral_norm, batch_deviation, discriminator_slope }
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
        if self.average_images.is_some() && self.average.is_some() {
            return Err(Error::setting("average_images", "takes the place of `average`; name one of them"));
        }
        if !self.discriminator_rate.is_none_or(|rate| 0.0 < rate && rate.is_finite()) {
            return Err(Error::setting("discriminator_rate", "must be a number above 0"));
        }
        if !self.discriminator_slope.is_none_or(|slope| (0.0..=1.0).contains(&slope)) {
            return Err(Error::setting("discriminator_slope", "must be from 0 to 1"));
        }
        if !self.top_k.is_none_or(|share| 0.0 < share && share <= 1.0) {
            return Err(Error::setting("top_k", "must be above 0 and at most 1"));
        }
        if self.conditional.as_ref().is_some_and(|conditional| !(2..=256).contains(&conditional.classes)) {
            return Err(Error::setting("conditional", "must be of 2 to 256 classes"));
        }
        if self.hinge && self.real_weight.is_some() {
            return Err(Error::setting("hinge", "has no use for a weight of real images, as the MLP's losses have"));
        }
        Ok(())
    }

    /// Refuses what a batch in shards cannot have: the best images of all shards.
    ///
    /// # Errors
    /// If it is asked for.
    pub fn check_in_shards(&self) -> Result<(), Error> {
        if self.top_k.is_some() {
            return Err(Error::setting("shards", "must be 1 with `top_k`, which takes batches whole"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After 64 images the old weights count e times less, in one step of 64 or in two of 32.
    #[test]
    fn the_horizon_of_the_moving_average_is_in_images() {
        let variations = Variations { average_images: Some(64), ..Variations::default() };
        for (batch_size, logarithm) in [(32, -0.5_f64), (64, -1.0), (128, -2.0)] {
            let decay = variations.decay(batch_size).expect("there is an average");
            assert!((decay - logarithm.exp()).abs() <= 1e-12, "{decay} for a batch of {batch_size}");
        }
        assert_eq!(None, Variations::default().decay(64));
    }
}

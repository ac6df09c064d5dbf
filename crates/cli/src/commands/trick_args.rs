//! The flags of the training commands that change the algorithm, one switch each.
//!
//! `benches/record/recipes.md` has what each of them brings.

use clap::Args;
use dcgan::variations::Variations;

/// Heading of the help.
const TRICKS: &str = "Differences from the article's algorithm";

#[derive(Debug, Args)]
pub(crate) struct TrickArgs {
    /// Divide the discriminator's kernels by their spectral norms, without batch norm in it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = TRICKS)]
    spectral_norm: Option<bool>,
    /// Train with hinge losses instead of cross entropy
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = TRICKS)]
    hinge: Option<bool>,
    /// Move, cut and tint all that the discriminator sees; most useful for few pictures
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = TRICKS)]
    augment: Option<bool>,
    /// Show the discriminator how much the images of a batch differ
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = TRICKS)]
    batch_deviation: Option<bool>,
    /// The discriminator's learning rate [default: that of --lr]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true, help_heading = TRICKS)]
    discriminator_rate: Option<f64>,
    /// Let the generator learn from its best images alone: ever fewer of a batch, down to this share
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, help_heading = TRICKS)]
    top_k: Option<f64>,
    /// Sample from an average of the generator over about the last N images, whatever the batch size
    #[arg(long, value_name = "N", allow_negative_numbers = true, conflicts_with = "average", help_heading = TRICKS)]
    average_images: Option<u64>,
}

impl TrickArgs {
    /// Turns on or off what the flags name.
    pub(super) fn apply(&self, variations: &mut Variations) {
        let switch = |setting: &mut bool, flag: Option<bool>| *setting = flag.unwrap_or(*setting);
        switch(&mut variations.spectral_norm, self.spectral_norm);
        switch(&mut variations.hinge, self.hinge);
        switch(&mut variations.augment, self.augment);
        switch(&mut variations.batch_deviation, self.batch_deviation);
        variations.discriminator_rate = self.discriminator_rate.or(variations.discriminator_rate);
        variations.top_k = self.top_k.or(variations.top_k);
        if self.average_images.is_some() {
            (variations.average_images, variations.average) = (self.average_images, None);
        }
    }
}

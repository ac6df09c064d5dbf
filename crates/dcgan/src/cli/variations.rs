//! The flags that depart from the article's algorithm, one for each switch.

use clap::Args;

use crate::config::Config;
use crate::variations::Variations;

#[derive(Debug, Args)]
pub(super) struct VariationArgs {
    /// Sample from a moving average of the generator that keeps this share of itself in each step, such as 0.99
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    average: Option<f64>,
    /// Start kernels normal with deviation 0.02, as Radford et al. do
    #[arg(long)]
    radford_init: bool,
    /// Leave dropout out of the generator
    #[arg(long)]
    generator_keeps_all: bool,
    /// The label that the generator wants for its images [default: that of real images, 0.9]
    #[arg(long, value_name = "LABEL", allow_negative_numbers = true)]
    generator_label: Option<f32>,
    /// Adam's learning rate for the discriminator [default: that of the generator]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    discriminator_rate: Option<f64>,
    /// Let the learning rates fall in a line, to 0 at the end of the run
    #[arg(long)]
    anneal: bool,
}

impl VariationArgs {
    /// Puts what flags say into `variations`.
    pub(super) fn adjust(&self, variations: &mut Variations) {
        variations.average = self.average.or(variations.average);
        variations.radford_init |= self.radford_init;
        variations.generator_keeps_all |= self.generator_keeps_all;
        variations.generator_label = self.generator_label.or(variations.generator_label);
        variations.discriminator_rate = self.discriminator_rate.or(variations.discriminator_rate);
    }

    /// Fixes where the learning rates reach 0, now that the length of the run is known; where that is known already, it stays.
    pub(super) fn anneal(&self, config: &mut Config) {
        if self.anneal && config.variations.anneal.is_none() {
            config.variations.anneal = Some(config.total_steps());
        }
    }
}

//! A run's row of samples: what the generator makes of the same noise, again and again.

use data::scale::NotFinite;

use crate::config::Config;
use crate::models::{LATENT, Masks};
use crate::picture::Picture;
use crate::step::Gan;
use crate::streams::{Purpose, noise, stream};

/// The row of samples after the step that `gan` has reached.
///
/// # Errors
/// If a value is not finite.
pub fn row(gan: &Gan, config: &Config) -> Result<Picture, NotFinite> {
    let (training, columns) = (&config.training, config.schedule.sample_columns);
    let z = noise(&mut stream(training.seed, Purpose::Samples, 0), columns, LATENT);
    let mut masks = if training.sample_dropout {
        Masks::new(training.dropout_keep, stream(training.seed, Purpose::SampleDropout, gan.step))
    } else {
        Masks::none()
    };
    Picture::grid(&gan.sample(&z, &mut masks), columns)
}

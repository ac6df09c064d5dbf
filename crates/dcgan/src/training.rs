//! The loop: one step after the other, each on its own images, noise and dropout keys.

use data::Images;

use crate::config::Config;
use crate::feed::Feed;
use crate::gan::Gan;
use crate::step::StepMetrics;

/// The decision of the caller of [`train`] after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Train on.
    Go,
    /// End the training, although steps are left.
    Stop,
}

/// Trains `gan` on `images` from the step that it has reached to the last one of `config`.
///
/// After every step, `after_step` gets the networks, the step's metrics, and the feed.
///
/// # Errors
/// If a step meets a number that is not finite, or `after_step` fails.
///
/// # Panics
/// If there are fewer images than a batch has.
pub fn train<E: From<crate::Error>>(
    gan: &mut Gan,
    config: &Config,
    images: &Images,
    mut after_step: impl FnMut(&mut Gan, StepMetrics, &mut Feed<'_>) -> Result<Next, E>,
) -> Result<(), E> {
    let mut feed = Feed::new(&config.training, images);
    while gan.step < config.total_steps() {
        let metrics = feed.step(gan)?;
        if after_step(gan, metrics, &mut feed)? == Next::Stop {
            break;
        }
    }
    Ok(())
}

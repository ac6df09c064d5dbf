//! How long a step takes. All runs are measured by turns, so that whatever else the machine does
//! slows all of them alike.

use std::time::{Duration, Instant};

use data::Images;

use crate::numbers::median;
use dcgan::config::Config;
use dcgan::feed::Feed;
use dcgan::gan::Gan;
use runs::Error;

/// Rounds; the median counts.
const ROUNDS: usize = 7;
/// Short steps are repeated for as long as this.
const AT_LEAST: Duration = Duration::from_millis(100);

/// Seconds of a training step of each config, on images of nothing, of all its classes in turn.
pub(super) fn step_seconds(configs: &[&Config]) -> Result<Vec<f64>, Error> {
    let images = configs.iter().map(|config| {
        let (size, channels, count) = (config.model.size, config.model.channels, config.training.batch_size);
        let pixels = (0..count * size * size * channels).map(|i| (i * 31 % 256) as u8).collect();
        let classes = config.variations.extras().classes.max(1);
        Images::new(size, size, channels, pixels).with_labels((0..count).map(|i| (i % classes) as u8).collect())
    });
    let images: Vec<Images> = images.collect();
    let mut feeds: Vec<Feed<'_>> =
        configs.iter().zip(&images).map(|(config, images)| Feed::new(&config.training, images)).collect();
    let mut gans = configs.iter().map(|config| Gan::start(config)).collect::<Result<Vec<_>, _>>()?;
    let mut seconds = vec![vec![]; configs.len()];
    for round in 0..=ROUNDS {
        for ((gan, feed), seconds) in gans.iter_mut().zip(&mut feeds).zip(&mut seconds) {
            let (started, mut steps) = (Instant::now(), 0);
            while steps == 0 || started.elapsed() < AT_LEAST {
                feed.step(gan)?;
                steps += 1;
            }
            // The first round allocates.
            if 0 < round {
                seconds.push(started.elapsed().as_secs_f64() / f64::from(steps));
            }
        }
    }
    Ok(seconds.into_iter().map(median).collect())
}

//! A run's row of samples: what the generator makes of the same noise, again and again.

use data::scale::NotFinite;
use tensor::{Buffer, Tensor};

use crate::config::Config;
use crate::models::{LATENT, Masks};
use crate::picture::Picture;
use crate::step::Gan;
use crate::streams::{Purpose, noise, stream};

/// The row of samples after the step that `gan` has reached.
///
/// As many images are made as a batch has, and the first are shown: so no memory is needed that a step does not have.
///
/// # Errors
/// If a value is not finite.
pub fn row(gan: &Gan, config: &Config) -> Result<Picture, NotFinite> {
    let (training, columns) = (&config.training, config.schedule.sample_columns);
    let made = columns.max(training.batch_size);
    let z = noise(&mut stream(training.seed, Purpose::Samples, 0), made, LATENT);
    let mut masks = if training.sample_dropout {
        Masks::new(training.dropout_keep, stream(training.seed, Purpose::SampleDropout, gan.step))
    } else {
        Masks::none()
    };
    let images = gan.sample(&z, &mut masks);
    let [_, height, width, channels] = images.dims();
    let shown = &images.data()[..columns * height * width * channels];
    Picture::grid(&Tensor::new(&[columns, height, width, channels], Buffer::copy_of(shown)), columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Data;

    #[test]
    fn rows_show_the_same_noise_and_drop_nothing_unless_told() {
        let data = Data { name: "toy".to_owned(), images: 64, sha256: String::new() };
        let mut config = Config::article(data, 28, 1, "article").unwrap();
        config.model.width = 4;
        let mut gan = Gan::start(&config).unwrap();
        let mut at = |step, sample_dropout| {
            (gan.step, config.training.sample_dropout) = (step, sample_dropout);
            row(&gan, &config).unwrap()
        };
        assert!(at(1, false) == at(2, false), "the noise does not depend on the step");
        assert!(at(1, true) == at(1, true) && at(1, true) != at(2, true), "the masks do");
        assert!(at(1, true) != at(1, false));
    }
}

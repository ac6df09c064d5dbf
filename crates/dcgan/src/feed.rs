//! The input of each step: real images, noise, and dropout keys.
//!
//! All three are a function of (seed, step). So nothing is carried from step to step but the
//! networks, their optimisers and the number of steps.

use data::{Batches, Images};
use tensor::{Buffer, Tensor};

use crate::Error;
use crate::config::Training;
use crate::gan::Gan;
use crate::models::{DropoutKeys, LATENT};
use crate::step::StepMetrics;
use crate::streams::{Purpose, noise, stream};

/// The images of a run, dealt out in batches.
#[derive(Debug)]
pub struct Feed<'a> {
    training: &'a Training,
    images: &'a Images,
    batches: Batches,
}

impl<'a> Feed<'a> {
    /// Deals out `images` in the order that the training's seed gives.
    ///
    /// # Panics
    /// If there are fewer images than a batch has.
    #[must_use]
    pub fn new(training: &'a Training, images: &'a Images) -> Self {
        Self { training, images, batches: Batches::new(images.count(), training.batch_size, training.seed) }
    }

    /// The real images of a step, counted from 0: `[batch, height, width, channels]`.
    #[must_use]
    pub fn images(&mut self, step: u64) -> Tensor {
        let images = self.images;
        let batch_size = self.training.batch_size;
        let mut x = Buffer::scratch(batch_size * images.image_size());
        self.batches.fill(images, step, self.training.flip, &mut x);
        Tensor::new(&[batch_size, images.height(), images.width(), images.channels()], x)
    }

    /// The next step of `gan`, on the part of the batch that is this process's.
    ///
    /// # Errors
    /// As [`Gan::step`].
    pub fn step(&mut self, gan: &mut Gan) -> Result<StepMetrics, Error> {
        let step = gan.step;
        let training = self.training;
        let x = gan.shards.own(&self.images(step));
        let z = noise(&mut stream(training.seed, Purpose::Noise, step), training.batch_size, LATENT);
        let z = gan.shards.own(&z);
        let z = gan.ask(&self.images.classes_of(gan.shards.part(self.batches.indices(step))), z);
        let mut keys = DropoutKeys::new(training.dropout_keep, stream(training.seed, Purpose::Dropout, step));
        gan.step(&x, &z, &mut keys)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;
    use std::rc::Rc;

    use tensor::{Direction, Op, Tape};

    use super::*;
    use crate::config::{Config, Data};

    /// The forward operators of step number `step` of untrained networks, with their results.
    fn seen(step: u64) -> Vec<(Op, Tensor)> {
        let images = Images::new(28, 28, 1, (0..16 * 28 * 28).map(|i| (i * 31 % 256) as u8).collect());
        let data = Data { name: "toy".to_owned(), images: 16, sha256: String::new() };
        let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
        config.model.width = 8;
        config.training.batch_size = 8;
        let mut gan = Gan::start(&config).unwrap();
        gan.step = step;
        let results = Rc::new(RefCell::new(vec![]));
        let log = Rc::clone(&results);
        gan.tapes = Box::new(move || {
            let log = Rc::clone(&log);
            Tape::observed(move |seen| {
                if seen.direction == Direction::Forward {
                    log.borrow_mut().push((seen.op, seen.value.clone()));
                }
            })
        });
        Feed::new(&config.training, &images).step(&mut gan).unwrap();
        results.take()
    }

    /// The weights are the same, so the first result tells the noise, and the zeros behind an
    /// activation tell its dropout mask.
    #[test]
    fn every_step_has_its_noise_and_every_layer_of_every_pass_its_mask() {
        let steps = [0, 1].map(seen);
        assert_eq!(steps.each_ref().map(|step| step[0].0.name), ["dense"; 2]);
        assert!(steps[0][0].1.data() != steps[1][0].1.data(), "two steps have the same noise");

        let mut masks = BTreeSet::new();
        let mut zeros = 0;
        let mut elements = 0;
        for (op, y) in steps.iter().flatten().filter(|(op, _)| op.drops) {
            let mask: Vec<bool> = y.data().iter().map(|&y| y == 0.0).collect();
            zeros += mask.iter().filter(|&&zero| zero).count();
            elements += mask.len();
            assert!(masks.insert(mask[..256].to_vec()), "{} has the mask of another", op.name);
        }
        assert_eq!(2 * (2 * 3 + 3 * 3), masks.len(), "two passes of G and three of D, of three layers each");
        let share = zeros as f64 / elements as f64;
        assert!((share - 0.2).abs() < 0.01, "{share} of the values are dropped");
    }

    #[test]
    fn every_step_has_its_images() {
        let images = Images::new(28, 28, 1, (0..16 * 28 * 28).map(|i| (i * 31 % 256) as u8).collect());
        let mut training = Training::article();
        training.batch_size = 4;
        let mut feed = Feed::new(&training, &images);
        let steps: BTreeSet<Vec<u32>> =
            (0..8).map(|step| feed.images(step).data().iter().map(|x| x.to_bits()).collect()).collect();
        assert_eq!(8, steps.len());
    }
}

//! Recipes: sets of settings that go together, by name.
//!
//! | | `article` | `swift` | `modern` |
//! |---|---|---|---|
//! | feature maps at 4×4 | 512 | 128 | 128 |
//! | cost of a step on MNIST | 1 | about 1/9 | about 1/8 |
//! | passes over the data | 5 for digits, 50 for others | four times as many | as `swift` |
//! | CIFAR's images | as they are | half of them mirrored | as `swift` |
//! | images per step | 64 | 64 | 64; of CIFAR, 32 |
//! | learning rate | 0.001 | 0.002 | 0.002 |
//! | dropout | keeps 0.8 | none | none |
//! | samples come from | the generator | an exponential moving average of it, over about a thousand steps | as `swift`, over as many images |
//! | losses | cross entropies | cross entropies | hinges |
//! | D's leaky ReLU has a slope of | 0.01 | 0.01 | 0.2 |
//! | D sees the deviation of its batch | no | no | yes |
//! | classes that can be asked for | no | no | where images have labels |
//! | fewer than 1,000 pictures of one's own | as they are | as they are | augmented; losses and slope of `swift` |
//!
//! `article` is the article's training, number by number. `swift` is tuned for wall-clock time:
//!
//! - A quarter of the width makes a step nine times cheaper. A step then teaches less, but by far
//!   less than a factor of nine.
//! - A moving average of G smooths out the noise of single steps, and so allows a larger learning
//!   rate.
//! - There is no dropout: it makes G's fake images noisy, and a narrow D does not need it.
//!
//! `modern` is `swift` with what others found later. It makes the best digits of the three, and by
//! far the best of few pictures:
//!
//! - Labels help most. G no longer makes digits between two kinds.
//! - Hinges leave alone what D judges well by a margin. With Radford's slope, and with D seeing how
//!   much its batch differs, G learns more variety.
//! - A D that sees few pictures soon knows them by heart, unless they are augmented.
//!
//! Each of these is a setting of its own, in [`Architecture`], [`Training`] or [`Variations`].
//! `benches/record/recipes.md` has the gain of each one, and what gained nothing.

use crate::Error;
use crate::config::{Config, Data, Schedule, Training};
use crate::models::{Architecture, Kind};
use crate::variations::Variations;

/// The kind of images, as far as a recipe depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatasetKind {
    /// Data sets of MNIST's format: handwriting, and also the clothes of Fashion-MNIST.
    Digits,
    /// The objects of CIFAR.
    Things,
    /// A folder of pictures.
    Pictures,
}

/// Steps that a run on the user's own pictures makes at least, if no flag says otherwise: about as
/// many as the article's run on digits.
const LEAST_STEPS: u64 = 5000;
/// Fewer pictures than this are soon known by heart.
pub const FEW_PICTURES: usize = 1000;
/// Steps between the checkpoints of such a run, if an epoch has fewer.
const CHECKPOINT_EVERY: u64 = 250;

impl Training {
    /// The article's training.
    #[must_use]
    pub fn article() -> Self {
        Self {
            recipe: "article".to_owned(),
            seed: 1,
            batch_size: 64,
            shards: 1,
            learning_rate: 1e-3,
            beta1: 0.4,
            beta2: 0.999,
            epsilon: 1e-8,
            real_label: 0.9,
            dropout_keep: 0.8,
            sample_dropout: false,
            flip: false,
        }
    }
}

impl Config {
    /// The run on `data`, images of `size` pixels a side, by the recipe of that name: `article`,
    /// `swift` or `modern`.
    ///
    /// # Errors
    /// If there is no such recipe.
    pub fn from_recipe(data: Data, size: usize, channels: usize, name: &str) -> Result<Self, Error> {
        let is_grey = channels == 1;
        let mut config = Self {
            model: Architecture { kind: Kind::Dcgan, size, channels, width: 512 },
            data,
            training: Training::article(),
            variations: Variations::default(),
            schedule: Schedule {
                epochs: if is_grey { 5 } else { 50 },
                steps: None,
                sample_every: 100,
                sample_columns: if is_grey { 25 } else { 15 },
                checkpoint_every: None,
                evaluate_every: None,
                keep: 0,
            },
        };
        match name {
            "article" => {}
            "swift" | "modern" => {
                config.model.width = 128;
                config.training.learning_rate = 2e-3;
                config.training.dropout_keep = 1.0;
                config.variations.average = Some(0.999);
                config.schedule.epochs *= 4;
            }
            _ => return Err(Error::setting("recipe", format!("must be article, swift or modern, not {name}"))),
        }
        if name == "modern" {
            let own = &mut config.variations;
            (own.batch_deviation, own.hinge, own.discriminator_slope) = (true, true, Some(0.2));
        }
        name.clone_into(&mut config.training.recipe);
        Ok(config)
    }

    /// The same run with the article's earlier, fully connected pair, as the article trains it: D
    /// is updated first, Adam has its defaults, nothing is dropped, and a weight of 0.9 replaces
    /// the smoothed label.
    #[must_use]
    pub fn fully_connected(mut self) -> Self {
        self.model.kind = Kind::Mlp;
        self.model.width = 128;
        self.training.beta1 = 0.9;
        self.training.dropout_keep = 1.0;
        self.training.real_label = 1.0;
        let Variations { average, .. } = self.variations;
        self.variations =
            Variations { average, discriminator_first: true, real_weight: Some(0.9), ..Variations::default() };
        self
    }

    /// Whether a DCGAN is trained by `modern`, which wants the classes of images that have labels.
    #[must_use]
    pub fn is_modern(&self) -> bool {
        self.training.recipe == "modern" && self.model.kind == Kind::Dcgan
    }

    /// Changes the settings that depend on the kind of images.
    pub fn adapt_to(&mut self, images: DatasetKind) {
        match images {
            DatasetKind::Digits => {}
            // A mirrored horse is a horse. The article does not mirror.
            DatasetKind::Things => {
                self.training.flip = self.training.recipe != "article";
                if self.is_modern() {
                    self.training.batch_size = 32;
                    (self.variations.average, self.variations.average_images) = (None, Some(64_000));
                }
            }
            DatasetKind::Pictures => {
                // Grey pictures take as many epochs as coloured ones.
                self.schedule.epochs *= if self.model.channels == 1 { 10 } else { 1 };
                self.schedule.sample_columns = 15;
                self.adapt_to_few();
                if self.is_modern() && self.data.images < FEW_PICTURES {
                    let own = &mut self.variations;
                    (own.augment, own.hinge, own.discriminator_slope) = (true, false, None);
                }
            }
        }
    }

    /// A run has at least 5,000 steps, however few its epochs would give: an epoch of a small
    /// folder has a few steps only.
    fn adapt_to_few(&mut self) {
        let batches = (self.data.images / self.training.batch_size.max(1)).max(1) as u64;
        let of_epochs = self.schedule.epochs.saturating_mul(batches);
        self.schedule.steps = (of_epochs < LEAST_STEPS).then_some(LEAST_STEPS);
        self.schedule.checkpoint_every = (batches < CHECKPOINT_EVERY).then_some(CHECKPOINT_EVERY);
    }
}

#[cfg(test)]
mod tests {
    use nn::{AdamForm, AdamOptions};

    use super::*;
    use crate::config::tests::config;

    /// The article's numbers, as they are printed there. A change here is another recipe.
    #[test]
    fn the_articles_recipe() {
        let Config { model, training, schedule, .. } = config();
        let form = AdamForm::TensorFlow;
        let adam = AdamOptions { beta1: 0.4, beta2: 0.999, epsilon: 1e-8, form };
        assert_eq!((1e-3, adam), (training.learning_rate, training.adam()));
        assert_eq!((64, 0.9, 0.8), (training.batch_size, training.real_label, training.dropout_keep));
        assert!(!training.sample_dropout && !training.flip);
        assert_eq!((512, 5, 100, 25), (model.width, schedule.epochs, schedule.sample_every, schedule.sample_columns));
        let Config { schedule, .. } = Config::from_recipe(config().data, 32, 3, "article").unwrap();
        assert_eq!((50, 15), (schedule.epochs, schedule.sample_columns));
    }

    /// The settings of `swift`, and those that it leaves alone.
    #[test]
    fn the_swift_recipe() {
        let article = config();
        let mut swift = Config::from_recipe(article.data.clone(), 28, 1, "swift").unwrap();
        assert_eq!((128, 20), (swift.model.width, swift.schedule.epochs));
        assert_eq!((2e-3, 1.0), (swift.training.learning_rate, swift.training.dropout_keep));
        assert_eq!(Variations { average: Some(0.999), ..Variations::default() }, swift.variations);
        swift.check().unwrap();
        swift.model.width = 512;
        swift.schedule.epochs = 5;
        swift.variations = Variations::default();
        swift.training = article.training.clone();
        assert_eq!(article, swift);
        let message = Config::from_recipe(article.data, 28, 1, "soup").unwrap_err().to_string();
        assert!(message.contains("recipe must be article, swift or modern, not soup"), "{message}");

        let flips = |recipe| {
            [DatasetKind::Digits, DatasetKind::Things, DatasetKind::Pictures].map(|images| {
                let mut config = Config::from_recipe(config().data, 32, 3, recipe).unwrap();
                config.adapt_to(images);
                config.training.flip
            })
        };
        assert_eq!([[false; 3], [false, true, false]], ["article", "swift"].map(flips));
    }

    /// The third, which differs from the second in its variations, and on CIFAR in its batches.
    #[test]
    fn the_modern_recipe() {
        let of = |recipe, images, kind| {
            let mut config = Config::from_recipe(Data { images, ..config().data }, 32, 3, recipe).unwrap();
            config.adapt_to(kind);
            config.check().unwrap();
            config
        };
        let mut modern = of("modern", 5000, DatasetKind::Things);
        let Variations { average, average_images, batch_deviation, hinge, discriminator_slope, .. } = modern.variations;
        assert_eq!((None, Some(64_000)), (average, average_images));
        assert_eq!((true, true, Some(0.2)), (batch_deviation, hinge, discriminator_slope));
        assert_eq!(32, modern.training.batch_size);
        let swift = of("swift", 5000, DatasetKind::Things);
        "swift".clone_into(&mut modern.training.recipe);
        modern.training.batch_size = 64;
        modern.variations = swift.variations.clone();
        assert_eq!(swift, modern);
        let digits = of("modern", 60_000, DatasetKind::Digits);
        assert_eq!((64, Some(0.999)), (digits.training.batch_size, digits.variations.average));

        let few = |images, kind| {
            let Variations { augment, hinge, discriminator_slope, .. } = of("modern", images, kind).variations;
            (augment, hinge, discriminator_slope)
        };
        assert_eq!((true, false, None), few(999, DatasetKind::Pictures));
        assert_eq!([(false, true, Some(0.2)); 2], [few(1000, DatasetKind::Pictures), few(999, DatasetKind::Things)]);
        assert!(!of("swift", 999, DatasetKind::Pictures).variations.augment);
    }

    #[test]
    fn a_small_folder_counts_in_steps() {
        let schedule = |images: usize, recipe: &str| {
            let data = Data { images, ..config().data };
            let mut config = Config::from_recipe(data, 64, 3, recipe).unwrap();
            config.adapt_to(DatasetKind::Pictures);
            (config.total_steps(), config.schedule.checkpoint_every)
        };
        assert_eq!((5000, Some(250)), schedule(302, "article"));
        assert_eq!((5000, Some(250)), schedule(302, "swift"));
        assert_eq!((5000, Some(250)), schedule(10, "article"));
        assert_eq!((50 * 101, Some(250)), schedule(101 * 64, "article"));
        assert_eq!((50 * 250, None), schedule(250 * 64, "article"));
        let mut digits = config();
        digits.data.images = 302;
        digits.adapt_to(DatasetKind::Digits);
        assert_eq!((5 * 4, None), (digits.total_steps(), digits.schedule.checkpoint_every));
    }

    /// Its fully connected pair, as the article trains it.
    #[test]
    fn the_articles_earlier_run() {
        let Config { model, training, variations, .. } = config().fully_connected();
        let form = AdamForm::TensorFlow;
        let adam = AdamOptions { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, form };
        assert_eq!((Kind::Mlp, 128), (model.kind, model.width));
        assert_eq!((1e-3, adam), (training.learning_rate, training.adam()));
        assert_eq!((1.0, 1.0, Some(0.9)), (training.real_label, training.dropout_keep, variations.real_weight));
        assert_eq!(
            Variations { discriminator_first: true, real_weight: Some(0.9), ..Variations::default() },
            variations
        );
    }
}

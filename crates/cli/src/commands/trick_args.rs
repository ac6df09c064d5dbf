//! The flags of the training commands that change the algorithm, one switch each.
//!
//! `benches/record/recipes.md` has what each of them brings.

use clap::Args;
use dcgan::config::Config;
use dcgan::variations::{Conditional, Variations};
use runs::Error;

use crate::datasets::Dataset;
use crate::terminal;

/// Heading of the help.
const TRICKS: &str = "Differences from the article's algorithm";

#[derive(Debug, Args)]
pub(crate) struct TrickArgs {
    /// Learn the classes of the images, too, so that `generate --class 7` makes sevens; of CIFAR-10
    /// with `--class all` [default: off; recipe modern: where there are labels]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", conflicts_with = "resume", help_heading = TRICKS)]
    conditional: Option<bool>,
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
    /// Slope of the discriminator's leaky ReLU where its input is negative [default: 0.01; recipe
    /// modern: 0.2]
    #[arg(long, value_name = "SLOPE", allow_negative_numbers = true, help_heading = TRICKS)]
    discriminator_slope: Option<f32>,
    /// Let the generator learn from its best images alone: ever fewer of a batch, down to this
    /// share
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, help_heading = TRICKS)]
    top_k: Option<f64>,
    /// Sample from an average of the generator over about the last N images, whatever the batch
    /// size
    #[arg(long, value_name = "N", allow_negative_numbers = true, conflicts_with = "average", help_heading = TRICKS)]
    average_images: Option<u64>,
}

impl TrickArgs {
    /// Lets a run of `config` know the classes of its images, if that is asked for, and refuses
    /// other labels than those that the config names. If no flag says otherwise, a config that is
    /// `by_recipe` has classes if its recipe wants them and there are labels of two or more.
    pub(super) fn condition(&self, config: &mut Config, dataset: &Dataset, by_recipe: bool) -> Result<(), Error> {
        let images = &dataset.images;
        let has_classes = images.labels().is_some_and(|labels| labels.iter().any(|&label| label != 0));
        let by_recipe = by_recipe && config.is_modern() && has_classes;
        let wanted = self.conditional.unwrap_or(by_recipe);
        let own = &mut config.variations.conditional;
        if self.conditional == Some(false) {
            *own = None; // that of --config
        }
        if !wanted && own.is_none() {
            return Ok(());
        }
        let (Some(labels), Some(labels_sha256)) = (images.labels(), images.labels_sha256()) else {
            let way_out = "MNIST and its relatives have labels, and CIFAR with --class all";
            return Err(Error::file(&dataset.path, format!("--conditional: these images have no classes; {way_out}")));
        };
        let classes = labels.iter().max().map_or(0, |&most| usize::from(most) + 1);
        match own {
            Some(own) if own.labels_sha256 != labels_sha256 => {
                Err(Error::file(&dataset.path, "its labels are others than those that the config names"))
            }
            Some(own) if own.classes != classes => {
                let reason = format!("its labels are of {classes} classes, and the config names {}", own.classes);
                Err(Error::file(&dataset.path, reason))
            }
            Some(_) => Ok(()),
            None => {
                let nobody: Vec<usize> = (0..classes).filter(|&class| !labels.contains(&(class as u8))).collect();
                if !nobody.is_empty() {
                    let nobody = nobody.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                    terminal::say(&format!(
                        "no image has the label {nobody}: pictures of it will show nothing in particular"
                    ));
                }
                *own = Some(Conditional { classes, labels_sha256 });
                // Samples are of all classes in turn: as many of each.
                let columns = &mut config.schedule.sample_columns;
                if (1..=*columns).contains(&classes) {
                    *columns = columns.next_multiple_of(classes);
                }
                Ok(config.check()?)
            }
        }
    }

    /// Turns on or off what the flags name.
    pub(super) fn apply(&self, variations: &mut Variations) {
        let switch = |setting: &mut bool, flag: Option<bool>| *setting = flag.unwrap_or(*setting);
        switch(&mut variations.spectral_norm, self.spectral_norm);
        switch(&mut variations.hinge, self.hinge);
        switch(&mut variations.augment, self.augment);
        switch(&mut variations.batch_deviation, self.batch_deviation);
        variations.discriminator_rate = self.discriminator_rate.or(variations.discriminator_rate);
        variations.discriminator_slope = self.discriminator_slope.or(variations.discriminator_slope);
        variations.top_k = self.top_k.or(variations.top_k);
        if self.average_images.is_some() {
            (variations.average_images, variations.average) = (self.average_images, None);
        }
    }
}

//! `interpolate`: pictures between seeds, along a path through latent space, as a strip or as an
//! animation.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::generator_args::{GeneratorArgs, check_out, ends_with};
use gallery::interpolation::{Interpolation, InterpolationPath};
use gallery::seeds::Seeds;
use gallery::view::ViewContent;
use runs::Error;

/// The shape of the path from one seed to the next, by the name that a user types.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum PathName {
    /// A straight line; its middle lies nearer to 0 than noise does
    Linear,
    /// Along the arc of a great circle
    Spherical,
}

impl From<PathName> for InterpolationPath {
    fn from(name: PathName) -> Self {
        match name {
            PathName::Linear => Self::Linear,
            PathName::Spherical => Self::Spherical,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct InterpolateArgs {
    #[command(flatten)]
    generator: GeneratorArgs,
    /// The seeds that the path leads through, such as 0-3 or 1,5,9
    #[arg(long, default_value = "0-3", allow_hyphen_values = true)]
    seeds: Seeds,
    /// Frames from one seed to the next
    #[arg(long, value_name = "N", default_value_t = 16, allow_negative_numbers = true)]
    frames: u32,
    /// The shape of the path from one seed to the next
    #[arg(long, value_enum, default_value_t = PathName::Spherical)]
    path: PathName,
    /// Return to the first seed, so that an animation can repeat without a jump
    #[arg(long = "loop")]
    closed: bool,
    /// How long an animation shows each frame, in milliseconds [default: 60]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u16).range(10..=10_000), allow_negative_numbers = true)]
    delay: Option<u16>,
    /// The file to write: .png for a strip with a row from each seed to the next, .apng or .gif for
    /// an animation
    #[arg(long, value_name = "FILE", default_value = "interpolation.png")]
    out: PathBuf,
}

impl InterpolateArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let Self { frames, closed, .. } = *self;
        let way = InterpolationPath::from(self.path);
        let interpolation = Interpolation { seeds: self.seeds.clone(), frames, way, closed };
        interpolation.check().map_err(|reason| Error::Usage(format!("--seeds and --frames: {reason}")))?;
        check_out(&self.out, &["png", "apng", "gif"])?;
        let is_animation = ends_with(&self.out, "apng") || ends_with(&self.out, "gif");
        if self.delay.is_some() && !is_animation {
            let way_out = "leave it out, or give --out a name that ends in .apng or .gif";
            return Err(Error::Usage(format!("a strip has no use for --delay; {way_out}")));
        }
        let cells = (interpolation.legs() * (frames as usize + 1)) as u64;
        let generator = self.generator.load()?;
        generator.check_memory(cells)?;
        let subject = if is_animation {
            ViewContent::Animation { walk: interpolation, delay_ms: self.delay.unwrap_or(60) }
        } else {
            ViewContent::Strip(interpolation)
        };
        generator.write(subject, &self.out)?;
        generator.done(&format!("an interpolation along the seeds {}", self.seeds), &self.out);
        Ok(())
    }
}

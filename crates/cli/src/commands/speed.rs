//! `speed`: how fast this machine trains, and which share of its peak that is.

use clap::{Args, ValueEnum};

use super::compute_args::ComputeArgs;
use crate::speed::{self, Workload};
use crate::terminal;
use runs::Error;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Model {
    Mnist,
    Cifar,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Recipe {
    Article,
    Swift,
    Modern,
}

#[derive(Debug, Args)]
pub(crate) struct SpeedArgs {
    /// Which of the article's networks to measure
    #[arg(long, default_value = "mnist")]
    model: Model,
    /// The recipe whose step is measured; modern without classes
    #[arg(long, default_value = "article")]
    recipe: Recipe,
    /// Feature maps at 4×4, instead of the recipe's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(4..=4096))]
    width: Option<u16>,
    /// Images per step
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    batch_size: u32,
    /// Equal parts into which each batch is cut; with more than one, say what several machines
    /// would make of the step
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    shards: u32,
    /// Measured steps; the result is their median
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    steps: u32,
    /// Compute instead what up to N cores would make of a step, from its tasks on this machine
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=1024), allow_negative_numbers = true)]
    cores: Option<u16>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    compute: ComputeArgs,
}

impl SpeedArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        self.compute.set_up()?;
        let (model, size, channels) = match self.model {
            Model::Mnist => ("mnist", 28, 1),
            Model::Cifar => ("cifar", 32, 3),
        };
        let recipe = match self.recipe {
            Recipe::Article => "article",
            Recipe::Swift => "swift",
            Recipe::Modern => "modern",
        };
        let [batch_size, shards, steps] = [self.batch_size, self.shards, self.steps].map(|number| number as usize);
        if 1 < shards && batch_size < 4 {
            return Err(Error::Usage("--batch-size: shards are measured with at least 4 images".to_owned()));
        }
        let width = self.width.map(usize::from);
        let workload = Workload { model, size, channels, recipe, width, batch_size, shards, steps };
        let [json, table] = match self.cores {
            Some(cores) => {
                let report = speed::measure_cores(&workload, usize::from(cores))?;
                [report.json(), report.table()]
            }
            None => {
                let report = speed::measure(&workload)?;
                [report.json(), report.table()]
            }
        };
        terminal::print_text(if self.json { &json } else { &table });
        Ok(())
    }
}

//! `train-judge`: a classifier of real images that samples are measured by.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};

use super::compute_args::ComputeArgs;
use crate::datasets::splits;
use crate::terminal;
use gallery::numbers::duration;
use judge::{Domain, Record, train};
use runs::{Error, atomic, overwrite};

/// The images that a judge knows, by the names that a user types.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum DomainName {
    /// Handwritten digits, 28×28, grey
    Mnist,
    /// Ten classes of animals and vehicles, 32×32, in colour
    Cifar10,
}

impl From<DomainName> for Domain {
    fn from(name: DomainName) -> Self {
        match name {
            DomainName::Mnist => Self::Mnist,
            DomainName::Cifar10 => Self::Cifar10,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct TrainJudgeArgs {
    /// The data set that it judges
    subject: DomainName,
    /// Where the data set is: for mnist a folder of IDX files, for cifar10 the published archive or
    /// a folder with it or its batches [default: datasets/mnist, datasets/cifar10]
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Seed of all random numbers
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    seed: u64,
    /// Passes over the data [default: 12 for mnist, 20 for cifar10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1000), allow_negative_numbers = true)]
    epochs: Option<u64>,
    /// The file to write [default: judge-SUBJECT.safetensors]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    compute: ComputeArgs,
}

impl TrainJudgeArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        self.compute.set_up()?;
        let subject = Domain::from(self.subject);
        let out = self.out.clone().unwrap_or_else(|| format!("judge-{}.safetensors", subject.name()).into());
        // Before minutes of training.
        overwrite::may_replace(&out, |old| judge::LoadedJudge::from_bytes(old).is_ok())?;
        atomic::may_write(&out)?;
        let splits = match subject {
            Domain::Mnist => splits::mnist(self.data.as_deref())?,
            Domain::Cifar10 => splits::cifar10(self.data.as_deref())?,
        };
        let mut recipe = train::JudgeRecipe { seed: self.seed, ..train::JudgeRecipe::of(subject) };
        recipe.epochs = self.epochs.unwrap_or(recipe.epochs);
        train::check(subject, &recipe, &splits.training, &splits.held_out)
            .map_err(|reason| Error::file(&splits.path, reason))?;

        let started = Instant::now();
        let tested = splits.held_out.labels().len();
        let mut correct = 0;
        let judge = train::train(subject, &recipe, &splits.training, |epoch, loss, judge| {
            correct = train::correct(judge, &splits.held_out);
            let share = 100.0 * correct as f64 / tested as f64;
            let elapsed = duration(started.elapsed());
            let of = recipe.epochs;
            terminal::say(&format!("epoch {epoch}/{of}  loss {loss:.4}  {share:.2} % of {tested} right  {elapsed}"));
        })?;
        let command = command(subject, &recipe);
        let record = Record::new(subject, command, recipe, splits.training.images().sha256(), tested, correct);
        atomic::write(&out, &judge::to_bytes(&judge, &record))?;
        terminal::print_line(&format!("the judge is in {}", out.display()));
        Ok(())
    }
}

/// The command that trains a judge of `domain` by `recipe`.
fn command(domain: Domain, recipe: &train::JudgeRecipe) -> String {
    format!("dcgan train-judge {} --seed {} --epochs {}", domain.name(), recipe.seed, recipe.epochs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_judges_name_the_command_that_trains_them_again() {
        for domain in Domain::ALL {
            let record = judge::LoadedJudge::shipped(domain).record;
            assert_eq!(command(domain, &train::JudgeRecipe::of(domain)), record.command);
        }
    }
}

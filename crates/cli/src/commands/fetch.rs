//! `fetch`: downloads a published data set and verifies it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::datasets::fetch::{self, Set};
use crate::invocation;
use crate::terminal;
use runs::Error;

/// The data sets, by the names that a user types.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    Mnist,
    FashionMnist,
    Cifar10,
}

#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// The data set
    name: Name,
    /// The folder to put it in [default: datasets/NAME]
    #[arg(long, value_name = "DIR", visible_alias = "data")]
    out: Option<PathBuf>,
    /// Copy from a file or folder that is already here, instead of downloading
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

impl FetchArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let (set, command): (&Set, _) = match self.name {
            Name::Mnist => (&fetch::MNIST, &["train-mnist"][..]),
            Name::FashionMnist => (&fetch::FASHION_MNIST, &["train-mnist"]),
            Name::Cifar10 => (&fetch::CIFAR10, &["train-cifar", "--class", "all"]),
        };
        let folder = self.out.clone().unwrap_or_else(|| set.folder());
        match &self.from {
            Some(source) => set.take(source, &folder)?,
            None => set.fetch(&folder)?,
        }
        let folder = invocation::path(&folder);
        let words = [command, &["--data", &folder]].concat();
        terminal::print_line(&format!("now: {}", invocation::command(&words)));
        Ok(())
    }
}

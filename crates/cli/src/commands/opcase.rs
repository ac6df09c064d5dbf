//! `opcase`: operator cases from files.

use std::path::PathBuf;

use clap::Args;

use super::compute_args::ComputeArgs;
use crate::opcase;
use crate::terminal;
use runs::Error;

#[derive(Debug, Args)]
pub(crate) struct OpcaseArgs {
    /// The folder with cases.json
    cases: PathBuf,
    /// The folder to write the results to
    results: PathBuf,
    #[command(flatten)]
    compute: ComputeArgs,
}

impl OpcaseArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        self.compute.set_up()?;
        terminal::print_line(&opcase::run(&self.cases, &self.results)?);
        Ok(())
    }
}

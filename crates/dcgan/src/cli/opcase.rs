//! `opcase`: operator cases from files.

use std::path::PathBuf;

use clap::Args;

use super::machine::MachineArgs;
use crate::{Error, opcase, progress};

#[derive(Debug, Args)]
pub(super) struct OpcaseArgs {
    /// The folder with cases.json
    cases: PathBuf,
    /// The folder to write the results to
    results: PathBuf,
    #[command(flatten)]
    machine: MachineArgs,
}

impl OpcaseArgs {
    pub(super) fn run(&self) -> Result<(), Error> {
        self.machine.set_up()?;
        progress::print(&opcase::run(&self.cases, &self.results)?);
        Ok(())
    }
}

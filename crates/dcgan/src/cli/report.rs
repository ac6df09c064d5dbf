//! `report`: a run on one page.

use std::path::PathBuf;

use clap::Args;

use crate::run::Run;
use crate::{Error, progress, report};

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// The directory of a run; its report.html and its film are brought up to date
    run: PathBuf,
}

impl ReportArgs {
    pub(super) fn run(&self) -> Result<(), Error> {
        let run = Run::look(&self.run)?;
        report::finish(&run)?;
        progress::print(&format!("the report is in {}", run.report().display()));
        Ok(())
    }
}

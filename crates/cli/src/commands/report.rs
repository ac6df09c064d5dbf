//! `report`: a run on one page.

use std::path::PathBuf;

use clap::Args;

use crate::progress;
use gallery::report;
use runs::Error;
use runs::directory::Run;
use runs::metrics;

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The directory of a run; its report.html and its film are brought up to date
    run: PathBuf,
}

impl ReportArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let run = Run::look(&self.run)?;
        report::finish(&run)?;
        if let (_, Some(damage)) = metrics::read(&run.metrics())? {
            progress::print(&damage);
        }
        progress::print(&format!("the report is in {}", run.report().display()));
        Ok(())
    }
}

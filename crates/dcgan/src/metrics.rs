//! `metrics.csv`: one line per logged step.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::step::Report;

const HEADER: &str = "step,epoch,d_loss,g_loss,d_real,d_fake,d_grad_norm,g_grad_norm,images_per_second";

/// One line of the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Steps done, counted from 1.
    pub step: u64,
    /// The epoch that the step belongs to, counted from 1.
    pub epoch: u64,
    /// What the step found.
    pub report: Report,
    /// Images per second since the line before: the only column that a clock decides.
    pub images_per_second: f64,
}

impl Line {
    /// Every number in the shortest form that reads back as the same.
    fn to_csv(self) -> String {
        let Self { step, epoch, report, images_per_second } = self;
        let Report { d_loss, g_loss, d_real, d_fake, d_grad_norm, g_grad_norm } = report;
        format!("{step},{epoch},{d_loss},{g_loss},{d_real},{d_fake},{d_grad_norm},{g_grad_norm},{images_per_second:.1}")
    }
}

/// The open file and the lines in it.
#[derive(Debug)]
pub struct Metrics {
    path: PathBuf,
    file: File,
    lines: Vec<Line>,
}

impl Metrics {
    /// Starts the file anew.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn create(path: &Path) -> Result<Self, Error> {
        crate::atomic::write(path, format!("{HEADER}\n").as_bytes())?;
        let file = OpenOptions::new().append(true).open(path).map_err(|error| Error::file(path, error))?;
        Ok(Self { path: path.to_owned(), file, lines: Vec::new() })
    }

    /// Adds a line, in one write, so that a run that dies leaves whole lines.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&mut self, line: Line) -> Result<(), Error> {
        let written = self.file.write_all(format!("{}\n", line.to_csv()).as_bytes());
        written.map_err(|error| Error::file(&self.path, format!("cannot be written: {error}")))?;
        self.lines.push(line);
        Ok(())
    }

    /// What has been logged, in order.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}

//! `evaluation.csv`: what a judge said of a run's samples, again and again while it went on.
//!
//! A line for every [`evaluate_every`](dcgan::config::Schedule::evaluate_every) steps: figures of
//! [`SAMPLES`] samples, of the same seeds each time, as [`evaluate`](judge::figures) computes them.
//! Fewer samples than the 10,000 of `dcgan evaluate` make a Fréchet distance larger, by the same
//! amount for everybody: lines compare with lines.
//!
//! An evaluation reads the generator and changes nothing, so a training has the same bits with and
//! without it. A run without evaluations has no such file. A resumed run drops the lines after its
//! checkpoint, and computes the same ones again.

use std::path::{Path, PathBuf};

use data::scale::PixelNotFinite;
use serde::Serialize;

use crate::Error;
use crate::atomic;
use crate::table::{self, Found, Row, Table};
use dcgan::gan::Gan;
use dcgan::sample;
use dcgan::wish::Wish;
use judge::figures::Evaluator;

/// How many samples are looked at.
pub const SAMPLES: usize = 2000;
/// No figure is as large.
const LARGEST: f64 = 1e12;
/// Pictures that pass through the generator at a time.
const BATCH: usize = 500;

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvaluationRow {
    /// Steps done.
    pub step: u64,
    /// The epoch that the step belongs to, counted from 1.
    pub epoch: u64,
    /// How many samples were looked at.
    pub samples: usize,
    /// Who looked.
    pub judge: String,
    /// The Fréchet distance from all training images.
    pub frechet_distance: f64,
    /// The kernel distance from the training images.
    pub kernel_distance: f64,
    /// Half the width of its interval.
    pub kernel_distance_interval: f64,
    /// The Inception score.
    pub inception_score: f64,
    /// Classes that are there.
    pub classes_covered: usize,
    /// How evenly samples are spread over classes, in bits.
    pub class_entropy_bits: f64,
    /// The share of samples that look real.
    pub precision: f64,
    /// The share of training images that samples come near.
    pub recall: f64,
}

impl EvaluationRow {
    /// What `evaluator` says of `gan`, whose last step was part of `epoch`.
    ///
    /// # Errors
    /// If a sample is not finite.
    pub fn of(gan: &Gan, epoch: u64, evaluator: &Evaluator) -> Result<Self, PixelNotFinite> {
        let seeds: Vec<u64> = (0..SAMPLES as u64).collect();
        let figures = evaluator.figures(&sample::images(gan, &Wish::default().points(&seeds, gan.classes()), BATCH)?);
        Ok(Self {
            step: gan.step,
            epoch,
            samples: figures.images,
            judge: evaluator.judge_name(),
            frechet_distance: figures.frechet_distance,
            kernel_distance: figures.kernel_distance.value,
            kernel_distance_interval: figures.kernel_distance.interval,
            inception_score: figures.inception_score,
            classes_covered: figures.classes_covered,
            class_entropy_bits: figures.class_entropy_bits,
            precision: figures.precision,
            recall: figures.recall,
        })
    }
}

impl Row for EvaluationRow {
    const HEADER: &'static str = "step,epoch,samples,judge,frechet_distance,kernel_distance,kernel_distance_interval,\
    inception_score,classes_covered,class_entropy_bits,precision,recall";

    fn step(&self) -> u64 {
        self.step
    }

    fn to_csv(&self) -> String {
        let Self { step, epoch, samples, judge, frechet_distance, kernel_distance, .. } = self;
        let Self { kernel_distance_interval, inception_score, classes_covered, .. } = self;
        let Self { class_entropy_bits, precision, recall, .. } = self;
        format!(
            "{step},{epoch},{samples},{judge},{frechet_distance},{kernel_distance},{kernel_distance_interval},\
             {inception_score},{classes_covered},{class_entropy_bits},{precision},{recall}"
        )
    }

    fn from_csv(line: &str) -> Option<Self> {
        let [step, epoch, samples, judge, frechet, kernel, interval, inception, covered, entropy, precision, recall] =
            line.split(',').collect::<Vec<_>>().try_into().ok()?;
        let number = |text: &str| text.parse().ok().filter(|x: &f64| x.abs() <= LARGEST); // and so no NaN
        Some(Self {
            step: step.parse().ok()?,
            epoch: epoch.parse().ok()?,
            samples: samples.parse().ok()?,
            judge: judge.to_owned(),
            frechet_distance: number(frechet)?,
            kernel_distance: number(kernel)?,
            kernel_distance_interval: number(interval)?,
            inception_score: number(inception)?,
            classes_covered: covered.parse().ok()?,
            class_entropy_bits: number(entropy)?,
            precision: number(precision)?,
            recall: number(recall)?,
        })
    }
}

/// The lines of the file at `path`, in the order of their steps; none if there is no file.
///
/// # Errors
/// If it cannot be read, or is no such file.
pub fn read(path: &Path) -> Result<Vec<EvaluationRow>, Error> {
    match table::find(path)? {
        None => Ok(vec![]),
        Some(Found { rows, is_damaged: false }) => Ok(rows),
        Some(_) => Err(Error::file(path, "it is no evaluation.csv, or a damaged one; move it elsewhere")),
    }
}

/// The file and the rows in it. There is no file before the first row.
#[derive(Debug)]
pub struct Evaluations {
    path: PathBuf,
    table: Option<Table<EvaluationRow>>,
}

impl Evaluations {
    /// Goes back to `step` in the file at `path`, if there is one.
    ///
    /// # Errors
    /// If it cannot be read or written, or is no such file.
    pub fn resume(path: &Path, step: u64) -> Result<Self, Error> {
        let mut rows = read(path)?;
        rows.retain(|row| row.step <= step);
        let table = if rows.is_empty() {
            atomic::remove(path)?;
            None
        } else {
            Some(Table::create(path, rows)?)
        };
        Ok(Self { path: path.to_owned(), table })
    }

    /// Adds a row, and waits until it is on the disk; but while another program holds the file,
    /// such as a spreadsheet, the row waits in memory: see [`trouble`](Evaluations::trouble).
    ///
    /// # Errors
    /// If the file cannot be written for another reason.
    pub fn add(&mut self, row: EvaluationRow) -> Result<(), Error> {
        match &mut self.table {
            Some(table) => {
                table.add(row)?;
                table.sync()
            }
            None => {
                self.table = Some(Table::create(&self.path, vec![row])?);
                Ok(())
            }
        }
    }

    /// Writes the rows that wait, if there are any.
    ///
    /// # Errors
    /// As [`add`](Evaluations::add).
    pub fn sync(&mut self) -> Result<(), Error> {
        self.table.as_mut().map_or(Ok(()), Table::sync)
    }

    /// Why the last rows are not in the file, if they are not.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        self.table.as_ref().and_then(Table::trouble)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(step: u64) -> EvaluationRow {
        let x = 1.0 / step as f64;
        EvaluationRow {
            step,
            epoch: 1,
            samples: SAMPLES,
            judge: "mnist-1".to_owned(),
            frechet_distance: 100.0 * x,
            kernel_distance: -x,
            kernel_distance_interval: 1e-300,
            inception_score: 9.0,
            classes_covered: 10,
            class_entropy_bits: x,
            precision: 0.5,
            recall: 0.1 + x,
        }
    }

    #[test]
    fn a_resumed_file_goes_back_and_on_without_gap_or_repeat() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("evaluation.csv");
        assert_eq!(Vec::<EvaluationRow>::new(), read(path).unwrap());
        let steps = [10, 20, 30];
        let whole = || {
            let mut evaluations = Evaluations::resume(path, 0).unwrap();
            steps.iter().for_each(|&step| evaluations.add(line(step)).unwrap());
            std::fs::read(path).unwrap()
        };
        let bytes = whole();
        assert_eq!(steps.map(line)[..], read(path).unwrap());
        for (step, kept) in [(0, 0), (9, 0), (10, 1), (29, 2), (30, 3), (99, 3)] {
            whole();
            let mut evaluations = Evaluations::resume(path, step).unwrap();
            assert_eq!(steps[..kept].iter().map(|&step| line(step)).collect::<Vec<_>>(), read(path).unwrap());
            steps[kept..].iter().for_each(|&step| evaluations.add(line(step)).unwrap());
            assert!(bytes == std::fs::read(path).unwrap(), "from step {step}");
        }
    }

    #[test]
    fn what_is_damaged_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("evaluation.csv");
        let mut evaluations = Evaluations::resume(path, 0).unwrap();
        [10, 20].iter().for_each(|&step| evaluations.add(line(step)).unwrap());
        let good = std::fs::read_to_string(path).unwrap();
        for bad in [
            good.replace("20,", "5,"),
            good.replace(",0.5,", ",half,"),
            good.replace(",0.5,", ",inf,"),
            good.replace("step", "steps"),
            String::new(),
        ] {
            std::fs::write(path, &bad).unwrap();
            assert!(Evaluations::resume(path, 30).unwrap_err().to_string().contains("move it elsewhere"), "{bad}");
        }
    }
}

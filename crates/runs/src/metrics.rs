//! `metrics.csv`: one line per logged step.
//!
//! All lines before the step of a checkpoint must be there: the file is synced before a checkpoint
//! is written.

use std::path::Path;

use crate::Error;
use crate::table::{self, Found, Row, Table};
use dcgan::step::StepMetrics;

/// Steps from one line to the next. The first step has a line too, and so has each step after which
/// samples are made.
const EVERY: u64 = 10;

/// Whether a step has a line in any case.
#[must_use]
pub fn logged(step: u64) -> bool {
    step == 1 || step.is_multiple_of(EVERY)
}

/// One line of the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricsRow {
    /// Steps done, counted from 1.
    pub step: u64,
    /// The epoch that the step belongs to, counted from 1.
    pub epoch: u64,
    /// What the step found.
    pub report: StepMetrics,
    /// Images per second since the line before: the only column that a clock decides.
    pub images_per_second: f64,
}

impl Row for MetricsRow {
    const HEADER: &'static str = "step,epoch,d_loss,g_loss,d_real,d_fake,d_grad_norm,g_grad_norm,images_per_second";

    fn step(&self) -> u64 {
        self.step
    }

    fn to_csv(&self) -> String {
        let Self { step, epoch, report, images_per_second } = self;
        let StepMetrics { d_loss, g_loss, d_real, d_fake, d_grad_norm, g_grad_norm } = report;
        format!("{step},{epoch},{d_loss},{g_loss},{d_real},{d_fake},{d_grad_norm},{g_grad_norm},{images_per_second:.1}")
    }

    fn from_csv(line: &str) -> Option<Self> {
        let mut fields = line.split(',');
        let (step, epoch) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        let mut number = || fields.next()?.parse::<f32>().ok();
        let report = StepMetrics {
            d_loss: number()?,
            g_loss: number()?,
            d_real: number()?,
            d_fake: number()?,
            d_grad_norm: number()?,
            g_grad_norm: number()?,
        };
        let images_per_second = fields.next()?.parse().ok()?;
        fields.next().is_none().then_some(Self { step, epoch, report, images_per_second })
    }
}

/// The rows of the file at `path`, up to the first damaged line, and a sentence about that line if
/// there is one; no rows if there is no file.
///
/// # Errors
/// If it cannot be read.
pub fn read(path: &Path) -> Result<(Vec<MetricsRow>, Option<String>), Error> {
    let Some(Found { rows, is_damaged }) = table::find::<MetricsRow>(path)? else { return Ok((vec![], None)) };
    let last = rows.last().map_or(0, |row| row.step);
    let damage = format!("metrics.csv has a damaged line behind step {last}, where its curves end");
    Ok((rows, is_damaged.then_some(damage)))
}

/// The open file and the rows in it.
pub type Metrics = Table<MetricsRow>;

/// Opens the file again and goes back to `step`; starts it anew where there is none. A log that
/// began anew has the lines from some step on.
///
/// # Errors
/// If it cannot be read or written, or a line between its first one and `step` is missing.
pub fn resume(path: &Path, step: u64) -> Result<Metrics, Error> {
    let Some(Found { mut rows, is_damaged }) = table::find::<MetricsRow>(path)? else {
        return Table::create(path, vec![]);
    };
    let first = rows.first().map_or(if is_damaged { 1 } else { step + 1 }, |row| row.step);
    rows.retain(|row| row.step <= step);
    let has = |step| rows.binary_search_by_key(&step, |row| row.step).is_ok();
    match (first..=step).find(|&step| logged(step) && !has(step)) {
        Some(step) => {
            let way_out = "move the file elsewhere, and the log begins anew";
            Err(Error::file(path, format!("the line of step {step} is missing or damaged; {way_out}")))
        }
        None => Table::create(path, rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(step: u64) -> MetricsRow {
        let x = 1.0 / step as f32;
        let report =
            StepMetrics { d_loss: x, g_loss: 1e-40, d_real: 0.1, d_fake: 3e38, d_grad_norm: 0.0, g_grad_norm: -x };
        MetricsRow { step, epoch: 1 + step / 7, report, images_per_second: 12.5 }
    }

    /// A log of the steps 1, 10, 20 and 25.
    fn log(path: &Path) -> Metrics {
        let mut metrics = Metrics::create(path, vec![]).unwrap();
        for step in [1, 10, 20, 25] {
            metrics.add(line(step)).unwrap();
        }
        metrics
    }

    #[test]
    fn a_resumed_log_goes_back_and_on_without_gap_or_repeat() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("metrics.csv");
        let whole = |metrics: Metrics| (metrics.rows().to_vec(), std::fs::read_to_string(path).unwrap());
        let (lines, text) = whole(log(path));
        for cut in ["", "30,2,0.1", "30,5,1,1,1,1,1,1,5"] {
            std::fs::write(path, format!("{text}{cut}")).unwrap();
            assert_eq!((lines.clone(), None), read(path).unwrap(), "a last line that is {cut:?}");
        }
        std::fs::write(path, [text.as_bytes(), b"\xff\n"].concat()).unwrap();
        let (found, damage) = read(path).unwrap();
        assert_eq!((&lines, true), (&found, damage.unwrap().contains("a damaged line behind step 25")));
        for (step, kept) in [(0, 0), (1, 1), (9, 1), (10, 2), (24, 3), (25, 4), (29, 4)] {
            log(path);
            std::fs::write(path, format!("{}30,2,0.1", std::fs::read_to_string(path).unwrap())).unwrap();
            let mut metrics = resume(path, step).unwrap();
            assert_eq!(lines[..kept], *metrics.rows(), "step {step}");
            for &line in &lines[kept..] {
                metrics.add(line).unwrap();
            }
            assert_eq!((lines.clone(), text.clone()), whole(metrics), "step {step}");
        }
        std::fs::remove_file(path).unwrap();
        let mut anew = resume(path, 25).unwrap();
        anew.add(line(30)).unwrap();
        // It goes on from there, and back.
        assert_eq!(1, resume(path, 30).unwrap().rows().len());
        assert_eq!((vec![], format!("{}\n", MetricsRow::HEADER)), whole(resume(path, 25).unwrap()));
        assert_eq!(0, resume(path, 30).unwrap().rows().len());
    }

    #[test]
    fn a_log_that_has_lost_a_line_is_refused_by_its_step() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("metrics.csv");
        log(path);
        let good = std::fs::read_to_string(path).unwrap();
        let refused = |text: String, step: u64, lost: u64| {
            std::fs::write(path, &text).unwrap();
            let message = resume(path, step).unwrap_err().to_string();
            assert!(message.contains(&format!("line of step {lost} is missing")), "{message}");
            assert_eq!(text, std::fs::read_to_string(path).unwrap());
        };
        refused(good.clone(), 30, 30);
        refused(good.replace("\n10,", "\n1x0,"), 25, 10);
        refused(good.replace("\n20,", "\n15,"), 25, 20);
        refused(good.replace("\n10,", "\n1,"), 25, 10);
        refused(good.replace("12.5", ""), 3, 1);
        refused(good.replace("step", "steps"), 3, 1);
        refused(String::new(), 1, 1);
    }
}

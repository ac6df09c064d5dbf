//! `metrics.csv`: one line per logged step.
//!
//! The file grows by whole lines, in one write each. A resumed run drops the lines after the step
//! of its checkpoint, since those steps are made again, and a last line that is not whole. All
//! lines before that step must be there: the file is synced before a checkpoint is written.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::atomic::{PAUSE, TRIES, is_passing};
use crate::input::{self, MOST_LOG_BYTES};
use dcgan::step::StepMetrics;

const HEADER: &str = "step,epoch,d_loss,g_loss,d_real,d_fake,d_grad_norm,g_grad_norm,images_per_second";

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

impl MetricsRow {
    /// Every number in the shortest form that reads back as the same.
    fn to_csv(self) -> String {
        let Self { step, epoch, report, images_per_second } = self;
        let StepMetrics { d_loss, g_loss, d_real, d_fake, d_grad_norm, g_grad_norm } = report;
        format!("{step},{epoch},{d_loss},{g_loss},{d_real},{d_fake},{d_grad_norm},{g_grad_norm},{images_per_second:.1}")
    }

    /// The line that [`to_csv`](MetricsRow::to_csv) wrote, if this is one.
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

/// The lines of the file at `path`, up to the first that is not whole; none if there is no file.
///
/// # Errors
/// If it cannot be read.
pub fn read(path: &Path) -> Result<Vec<MetricsRow>, Error> {
    let bytes = input::read_if_there(path, MOST_LOG_BYTES)?.unwrap_or_default();
    Ok(whole(&String::from_utf8_lossy(&bytes)).map(|(line, _)| line).collect())
}

/// The lines of a log with their texts, up to the first that is not whole or goes back.
fn whole(text: &str) -> impl Iterator<Item = (MetricsRow, &str)> {
    let mut texts = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    let (is_log, mut last) = (texts.next() == Some(HEADER), 0);
    texts.filter(move |_| is_log).map_while(move |text| {
        let line = MetricsRow::from_csv(text).filter(|line| last < line.step)?;
        last = line.step;
        Some((line, text))
    })
}

/// The open file and the lines in it.
#[derive(Debug)]
pub struct Metrics {
    path: PathBuf,
    file: File,
    lines: Vec<MetricsRow>,
    /// Bytes of whole lines in the file.
    length: u64,
    /// Lines that are not in it yet.
    waiting: String,
    trouble: Option<String>,
}

impl Metrics {
    /// Starts the file anew.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn create(path: &Path) -> Result<Self, Error> {
        Self::start_with(path, HEADER, Vec::new())
    }

    /// Opens the file again and goes back to `step`; starts it anew where there is none.
    ///
    /// # Errors
    /// If it cannot be read or written, or a line up to `step` is missing.
    pub fn resume(path: &Path, step: u64) -> Result<Self, Error> {
        let Some(bytes) = input::read_if_there(path, MOST_LOG_BYTES)? else { return Self::create(path) };
        let text = String::from_utf8_lossy(&bytes);
        let (mut kept, mut lines) = (HEADER.to_owned(), Vec::<MetricsRow>::new());
        for (line, text) in whole(&text).take_while(|(line, _)| line.step <= step) {
            lines.push(line);
            kept = kept + "\n" + text;
        }
        let has = |step| lines.binary_search_by_key(&step, |line| line.step).is_ok();
        match (1..=step).find(|&step| logged(step) && !has(step)) {
            Some(step) => {
                let way_out = "remove the file, and the log begins anew";
                Err(Error::file(path, format!("the line of step {step} is missing or damaged; {way_out}")))
            }
            None => Self::start_with(path, &kept, lines),
        }
    }

    fn start_with(path: &Path, text: &str, lines: Vec<MetricsRow>) -> Result<Self, Error> {
        let text = format!("{text}\n");
        crate::atomic::write(path, text.as_bytes())?;
        let file = OpenOptions::new().append(true).open(path).map_err(|error| Error::file(path, error))?;
        let length = text.len() as u64;
        Ok(Self { path: path.to_owned(), file, lines, length, waiting: String::new(), trouble: None })
    }

    /// Adds a line, in one write, so that a run that dies leaves whole lines.
    ///
    /// A file that another program holds is tried again for a second. After that the line waits in
    /// memory, and each next one tries again: see [`trouble`](Metrics::trouble).
    ///
    /// # Errors
    /// If it cannot be written for another reason, such as a full disk.
    pub fn add(&mut self, line: MetricsRow) -> Result<(), Error> {
        self.waiting += &format!("{}\n", line.to_csv());
        self.lines.push(line);
        self.flush(|file, text| file.write_all(text))
    }

    /// Waits until all lines are on the disk, but for those that wait for another program.
    ///
    /// # Errors
    /// If they cannot be written there.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.flush(|file, text| file.write_all(text))?;
        self.file.sync_all().or_else(|error| if is_passing(&error) { Ok(()) } else { Err(self.cannot(&error)) })
    }

    /// Why the last lines are not in the file, if they are not.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Writes the lines that wait.
    fn flush(&mut self, mut write: impl FnMut(&mut File, &[u8]) -> std::io::Result<()>) -> Result<(), Error> {
        // Whoever has waited once does not wait at every line.
        let tries = if self.trouble.is_some() { 1 } else { TRIES };
        for attempt in 1..=tries {
            // An attempt that failed may have written half a line.
            let is_again = self.trouble.is_some();
            let whole = if is_again { self.file.set_len(self.length) } else { Ok(()) };
            match whole.and_then(|()| write(&mut self.file, self.waiting.as_bytes())) {
                Ok(()) => {
                    self.length += self.waiting.len() as u64;
                    self.waiting.clear();
                    self.trouble = None;
                    return Ok(());
                }
                Err(error) if !is_passing(&error) => return Err(self.cannot(&error)),
                Err(error) => self.trouble = Some(error.to_string()),
            }
            if attempt < tries {
                std::thread::sleep(PAUSE);
            }
        }
        Ok(())
    }

    fn cannot(&self, error: &std::io::Error) -> Error {
        Error::file(&self.path, format!("cannot be written: {error}"))
    }

    /// What has been logged, in order.
    #[must_use]
    pub fn lines(&self) -> &[MetricsRow] {
        &self.lines
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    fn line(step: u64) -> MetricsRow {
        let x = 1.0 / step as f32;
        let report =
            StepMetrics { d_loss: x, g_loss: 1e-40, d_real: 0.1, d_fake: 3e38, d_grad_norm: 0.0, g_grad_norm: -x };
        MetricsRow { step, epoch: 1 + step / 7, report, images_per_second: 12.5 }
    }

    /// A log of the steps 1, 10, 20 and 25.
    fn log(path: &Path) -> Metrics {
        let mut metrics = Metrics::create(path).unwrap();
        for step in [1, 10, 20, 25] {
            metrics.add(line(step)).unwrap();
        }
        metrics
    }

    #[test]
    fn a_resumed_log_goes_back_and_on_without_gap_or_repeat() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("metrics.csv");
        let whole = |metrics: Metrics| (metrics.lines, std::fs::read_to_string(path).unwrap());
        let (lines, text) = whole(log(path));
        for cut in ["", "30,2,0.1", "30,5,1,1,1,1,1,1,5"] {
            std::fs::write(path, format!("{text}{cut}")).unwrap();
            assert_eq!(lines, read(path).unwrap(), "a last line that is {cut:?}");
        }
        std::fs::write(path, [text.as_bytes(), b"\xff\n"].concat()).unwrap();
        assert_eq!(lines, read(path).unwrap());
        for (step, kept) in [(0, 0), (1, 1), (9, 1), (10, 2), (24, 3), (25, 4), (29, 4)] {
            log(path);
            std::fs::write(path, format!("{}30,2,0.1", std::fs::read_to_string(path).unwrap())).unwrap();
            let mut metrics = Metrics::resume(path, step).unwrap();
            assert_eq!(lines[..kept], metrics.lines, "step {step}");
            for &line in &lines[kept..] {
                metrics.add(line).unwrap();
            }
            assert_eq!((lines.clone(), text.clone()), whole(metrics), "step {step}");
        }
        std::fs::remove_file(path).unwrap();
        assert_eq!((vec![], format!("{HEADER}\n")), whole(Metrics::resume(path, 25).unwrap()));
    }

    #[test]
    fn a_file_that_another_program_holds_gets_its_lines_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("metrics.csv");
        log(path);
        let expected = std::fs::read_to_string(path).unwrap();
        let mut metrics = Metrics::create(path).unwrap();
        metrics.add(line(1)).unwrap();
        let mut tries = 0;
        let mut write = |metrics: &mut Metrics, failures: usize, kind: ErrorKind| {
            tries = 0;
            metrics.flush(|file, text| {
                tries += 1;
                // Half of the line, and then no more.
                let part = if tries <= failures { &text[..text.len() / 2] } else { text };
                file.write_all(part)?;
                if tries <= failures { Err(kind.into()) } else { Ok(()) }
            })
        };
        let mut wait = |metrics: &mut Metrics, step: u64, failures: usize, kind: ErrorKind| {
            metrics.waiting += &format!("{}\n", line(step).to_csv());
            metrics.lines.push(line(step));
            write(metrics, failures, kind)
        };
        wait(&mut metrics, 10, 2, ErrorKind::PermissionDenied).unwrap();
        assert_eq!(None, metrics.trouble());
        wait(&mut metrics, 20, usize::MAX, ErrorKind::ResourceBusy).unwrap();
        assert!(metrics.trouble().is_some());
        metrics.add(line(25)).unwrap();
        assert_eq!((None, expected), (metrics.trouble(), std::fs::read_to_string(path).unwrap()));
        let message = wait(&mut metrics, 30, 9, ErrorKind::StorageFull).unwrap_err().to_string();
        assert!(message.contains("metrics.csv: cannot be written"), "{message}");
    }

    #[test]
    fn a_log_that_has_lost_a_line_is_refused_by_its_step() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("metrics.csv");
        log(path);
        let good = std::fs::read_to_string(path).unwrap();
        let refused = |text: String, step: u64, lost: u64| {
            std::fs::write(path, &text).unwrap();
            let message = Metrics::resume(path, step).unwrap_err().to_string();
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

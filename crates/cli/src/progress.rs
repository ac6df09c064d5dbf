//! What a person sees while a run goes on: a bar on a terminal, plain lines everywhere else.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use gallery::numbers::duration;
use runs::metrics::MetricsRow;

use crate::terminal::print_line;
pub(crate) use crate::terminal::print_text as print;

/// Writes lines to standard output, and keeps a bar below them where there is a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    total_steps: u64,
    epochs: u64,
    started: Instant,
    first_step: u64,
}

impl Progress {
    /// Of a run that has done `done` of `total_steps` steps.
    ///
    /// # Panics
    /// Never: the bar's template is a constant.
    #[must_use]
    pub(crate) fn new(done: u64, total_steps: u64, epochs: u64) -> Self {
        let bar = (io::stdout().is_terminal() && io::stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template("{wide_bar} {pos}/{len}\n{msg}").expect("a valid template");
            ProgressBar::new(total_steps).with_style(style).with_position(done)
        });
        Self { bar, total_steps, epochs, started: Instant::now(), first_step: done }
    }

    /// Writes a line above the bar.
    pub(crate) fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| print_line(line)),
            None => print_line(line),
        }
    }

    /// Shows what a step found: in the bar, and as a line of its own if `keep`.
    pub(crate) fn show(&self, line: &MetricsRow, keep: bool) {
        let report = &line.report;
        let numbers = format!(
            "epoch {}/{}  d_loss {:.3}  g_loss {:.3}  D(x) {:.2}  D(G(z)) {:.2}  {:.0} images/s  {} left",
            line.epoch,
            self.epochs,
            report.d_loss,
            report.g_loss,
            report.d_real,
            report.d_fake,
            line.images_per_second,
            duration(self.left(line.step)),
        );
        if keep {
            self.say(&format!("step {}/{}  {numbers}", line.step, self.total_steps));
        }
        if let Some(bar) = &self.bar {
            bar.set_message(numbers);
        }
    }

    /// Moves the bar to `step`.
    pub(crate) fn at(&self, step: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(step);
        }
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// The time that the remaining steps take at the pace so far.
    fn left(&self, step: u64) -> Duration {
        let done = (step - self.first_step).max(1);
        self.started.elapsed().mul_f64((self.total_steps - step) as f64 / done as f64)
    }
}

/// A number with its noun: `1 step`, `2 steps`.
pub(crate) fn plural(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A bar that counts up to `total`, where there is a terminal; nothing elsewhere. Many threads may move it.
///
/// # Panics
/// Never: the bar's template is a constant.
#[must_use]
pub(crate) fn count(total: u64, what: &'static str) -> ProgressBar {
    if !(io::stdout().is_terminal() && io::stderr().is_terminal()) {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}").expect("a valid template");
    ProgressBar::new(total).with_style(style).with_message(what)
}

//! What a user sees while a run goes on: a bar on a terminal, plain lines everywhere else.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use gallery::numbers::duration;
use runs::metrics::MetricsRow;

use crate::terminal;
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
    /// The progress of a run that has made `done` of `total_steps` steps.
    #[must_use]
    pub(crate) fn new(done: u64, total_steps: u64, epochs: u64) -> Self {
        let is_watched = io::stdout().is_terminal() && io::stderr().is_terminal();
        let bar = is_watched.then(|| ProgressBar::new(total_steps).with_style(style()).with_position(done));
        Self { bar, total_steps, epochs, started: Instant::now(), first_step: done }
    }

    /// Writes a line above the bar.
    pub(crate) fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| terminal::say(line)),
            None => terminal::say(line),
        }
    }

    /// Shows what a step found: in the bar, and as a line of its own if `keep`.
    pub(crate) fn show(&self, line: &MetricsRow, keep: bool) {
        let report = &line.report;
        let numbers = format!(
            "epoch {}/{}  d_loss {:.3}  g_loss {:.3}  D(x) {:.2}  D(G(z)) {:.2}  {:.0} images/s",
            line.epoch, self.epochs, report.d_loss, report.g_loss, report.d_real, report.d_fake, line.images_per_second,
        );
        let left = format!("{} left", duration(self.left(line.step)));
        if keep {
            self.say(&format!("step {}/{}  {numbers}  {left}", line.step, self.total_steps));
        }
        if let Some(bar) = &self.bar {
            bar.set_prefix(left);
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
        self.left_after(self.started.elapsed(), step)
    }

    /// The same, where the steps so far have taken `elapsed`.
    fn left_after(&self, elapsed: Duration, step: u64) -> Duration {
        let done = (step - self.first_step).max(1);
        times(elapsed, (self.total_steps - step) as f64 / done as f64)
    }
}

/// `time` that often, or the longest time that there is.
pub(crate) fn times(time: Duration, count: f64) -> Duration {
    Duration::try_from_secs_f64(time.as_secs_f64() * count).unwrap_or(Duration::MAX)
}

/// The bar, the steps and the time that is left in one line; below it what the last step found, cut
/// off where the terminal ends. (A bar that fills its line to the end runs into the next line.)
///
/// # Panics
/// Never: the template is a constant.
fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:24} {pos}/{len}  {prefix}\n{wide_msg}").expect("a valid template")
}

/// A number with its noun: `1 step`, `2 steps`.
pub(crate) fn plural(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A bar that counts up to `total` on a terminal, and nothing elsewhere. Several threads may move
/// it.
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use indicatif::{ProgressDrawTarget, TermLike};

    use super::*;

    /// A terminal of 60 columns that keeps what is written.
    #[derive(Clone, Debug, Default)]
    struct Narrow(Arc<Mutex<String>>);

    impl TermLike for Narrow {
        fn width(&self) -> u16 {
            60
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, line: &str) -> io::Result<()> {
            self.write_str(&format!("{line}\n"))
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn on_a_narrow_terminal_steps_and_numbers_stand_in_lines_of_their_own() {
        let terminal = Narrow::default();
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let bar = ProgressBar::with_draw_target(Some(500), target).with_style(style()).with_position(222);
        bar.set_prefix("1h02m left");
        bar.set_message("epoch 1/5  d_loss 1.234  g_loss 1.234  D(x) 0.50  D(G(z)) 0.50  123 images/s");
        bar.force_draw();
        let written = terminal.0.lock().unwrap().clone();
        assert!(written.contains("222/500  1h02m left"), "{written:?}");
        // A line is filled with spaces to its end, so that the next one never touches it.
        assert!(written.split("epoch").all(|before| before.is_empty() || !before.ends_with("left")), "{written:?}");
        assert!(!written.contains("500epoch"), "{written:?}");
        let numbers = written.split("epoch").nth(1).unwrap().split('█').next().unwrap();
        assert!("epoch".len() + numbers.chars().count() <= 60, "{written:?}");
    }

    /// A run may be asked for that no machine ends.
    #[test]
    fn no_run_is_too_long_for_an_estimate() {
        assert_eq!(Duration::from_secs(3), times(Duration::from_secs(2), 1.5));
        assert_eq!(Duration::MAX, times(Duration::from_secs(2), u64::MAX as f64));
    }

    #[test]
    fn one_is_not_several() {
        assert_eq!(["0 steps", "1 step", "2 steps"], [0, 1, 2].map(|count| plural(count, "step")));
    }

    #[test]
    fn a_run_that_goes_on_is_estimated_by_the_steps_of_this_process_alone() {
        let progress = Progress::new(1000, 2000, 1);
        let elapsed = Duration::from_secs(10);
        assert_eq!(Duration::from_secs(90), progress.left_after(elapsed, 1100));
        assert_eq!(Duration::from_secs(10), progress.left_after(elapsed, 1500));
        assert_eq!(Duration::ZERO, progress.left_after(elapsed, 2000));
    }
}

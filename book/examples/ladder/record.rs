//! The record of a measurement: where, when and on which code, as a table and as JSON.

use std::fmt::Write;
use std::fs;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::climb::{BATCH, Climb, Layer, Step};

/// The spread from which the figures of a machine are not to be trusted.
const BUSY: f64 = 0.15;

/// A ladder on one machine.
#[derive(Debug, Serialize)]
pub(crate) struct Record {
    /// The day, `2026-11-29`.
    pub(crate) date: String,
    /// The commit, with `-dirty` behind it if files differed from it.
    pub(crate) commit: String,
    /// The processor.
    pub(crate) cpu: String,
    pub(crate) threads: usize,
    pub(crate) isa: &'static str,
    pub(crate) layer: &'static str,
    pub(crate) batch: usize,
    /// The largest spread of all rungs and of the peak.
    pub(crate) spread: f64,
    pub(crate) climbs: Vec<Climb>,
}

impl Record {
    pub(crate) fn new(layer: &Layer, climbs: Vec<Climb>) -> Self {
        let of_climb = |climb: &Climb| climb.rungs.iter().map(|step| step.spread).fold(climb.peak_spread, f64::max);
        let spread = climbs.iter().map(of_climb).fold(0.0, f64::max);
        Self {
            date: today(),
            commit: commit(),
            cpu: cpu(),
            threads: rayon::current_num_threads(),
            isa: tensor::fast::isa().name(),
            layer: layer.name,
            batch: BATCH,
            spread,
            climbs,
        }
    }

    /// The record as JSON, with a line end.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers and strings") + "\n"
    }

    /// The record as a table for a terminal.
    pub(crate) fn table(&self) -> String {
        let mut text = format!("{}, {}, {} threads, commit {}\n", self.cpu, self.isa, self.threads, self.commit);
        for climb in &self.climbs {
            let _ = write!(
                text,
                "\n{} {}, batch {}\n{:<17} threads {:>9} {:>9} {:>8} {:>8} {:>7}  waits for\n",
                self.layer, climb.direction, self.batch, "rung", "ms", "GFLOP/s", "of peak", "× before", "spread"
            );
            for step in &climb.rungs {
                line(&mut text, &format!("{} {}", step.number, step.name), step);
            }
            line(&mut text, climb.matrixmultiply.name, &climb.matrixmultiply);
            let _ = writeln!(
                text,
                "peak {:.0} GFLOP/s, of one thread {:.0}; memory {:.1} GB/s",
                climb.peak_gflops, climb.peak_gflops_one_thread, climb.bandwidth_gb_per_second
            );
        }
        let steps = self.climbs.first().map_or(&[][..], |climb| &climb.rungs);
        let scaled: Vec<String> = steps
            .iter()
            .filter(|step| step.images != self.batch)
            .map(|step| format!("rung {} on {} images", step.number, step.images))
            .collect();
        if !scaled.is_empty() {
            let _ = writeln!(text, "\nscaled to the batch: {}", scaled.join(", "));
        }
        if BUSY < self.spread {
            let _ = writeln!(text, "the machine is busy: the times spread by {:.0} %", 100.0 * self.spread);
        }
        text
    }
}

fn line(text: &mut String, name: &str, step: &Step) {
    let times = step.times_before.map_or("–".to_owned(), |times| format!("{times:.2}"));
    let _ = writeln!(
        text,
        "{name:<17} {:>7} {:>9.2} {:>9.2} {:>6.1} % {times:>8} {:>5.1} %  {}",
        step.threads,
        step.ms,
        step.gflops,
        100.0 * step.share_of_peak,
        100.0 * step.spread,
        step.waits_for
    );
}

/// The name of the processor, with its family and model where the system tells them, because
/// servers in a cloud often have no other name.
fn cpu() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |key: &str| {
        text.lines()
            .filter_map(|line| line.split_once(':'))
            .find_map(|(name, value)| (name.trim() == key).then(|| value.trim().to_owned()))
    };
    match (field("model name"), field("cpu family"), field("model")) {
        (Some(name), Some(family), Some(model)) => format!("{name} (family {family}, model {model})"),
        (Some(name), ..) => name,
        _ => std::env::consts::ARCH.to_owned(),
    }
}

/// The commit that git names; `unknown` without git.
fn commit() -> String {
    let output = Command::new("git")
        .args(["-C", env!("CARGO_MANIFEST_DIR"), "describe", "--always", "--dirty", "--abbrev=12"])
        .output();
    let text = output.ok().filter(|output| output.status.success()).map(|output| output.stdout);
    text.map_or_else(|| "unknown".to_owned(), |text| String::from_utf8_lossy(&text).trim().to_owned())
}

/// Today's date in Greenwich.
fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    date_of(seconds / 86_400)
}

/// The date of a day that is counted from 1 January 1970.
fn date_of(mut day: u64) -> String {
    let is_leap = |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let mut year = 1970;
    while 365 + u64::from(is_leap(year)) <= day {
        day -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 1;
    for days in [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", day + 1)
}

#[cfg(test)]
mod tests {
    use super::date_of;

    #[test]
    fn days_have_dates() {
        for (day, date) in [(0, "1970-01-01"), (59, "1970-03-01"), (789, "1972-02-29"), (11_016, "2000-02-29")] {
            assert_eq!(date, date_of(day));
        }
        assert_eq!("2026-11-29", date_of(20_786));
    }
}

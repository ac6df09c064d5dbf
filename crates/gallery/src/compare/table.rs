//! The comparison as a table, for people, and as JSON, for programs.

use std::borrow::Cow;

use serde::Serialize;

use super::comparison::{Comparison, Contender, Measure, Standing};
use runs::evaluations::EvaluationRow;

/// What a step of each run takes, in words.
pub(super) fn pace(comparison: &Comparison) -> String {
    let paces = comparison
        .contenders
        .iter()
        .map(|contender| format!("{} {:.4} s", contender.path.display(), contender.step_seconds));
    format!("a step takes, measured here by turns: {}", paces.collect::<Vec<_>>().join(", "))
}

/// Through whose eyes, in words.
pub(super) fn eyes(comparison: &Comparison) -> String {
    let line = &comparison.contenders[0].lines[0];
    let data = &comparison.contenders[0].config.data;
    let samples = line.samples;
    format!(
        "{samples} samples at a time, against the {} training images of {}, by the judge {}",
        data.images, data.name, line.judge
    )
}

/// The table as lines of text.
#[must_use]
pub fn text(comparison: &Comparison) -> String {
    let mut lines = vec![eyes(comparison), pace(comparison)];
    let width = comparison.contenders.iter().map(|contender| contender.path.as_os_str().len()).max().unwrap_or(0) + 2;
    for Standing { measure, amount, lines: found } in comparison.standings() {
        lines.push(String::new());
        let head = measure.amount(amount);
        lines.push(format!(
            "{head:<width$}    step   epochs  seconds    Fréchet  kernel ×1000  precision  recall  Inception  classes"
        ));
        for (contender, line) in comparison.contenders.iter().zip(found) {
            let name = format!("  {}", contender.path.display());
            let Some(line) = line else {
                lines.push(format!("{name:<width$}  no evaluation that early"));
                continue;
            };
            let [epochs, seconds] = Measure::ALL.map(|measure| contender.at(line.step, measure));
            lines.push(format!(
                "{name:<width$}{:>8} {epochs:>8.2} {seconds:>8.1} {:>10.4} {:>13.2} {:>10.3} {:>7.3} {:>10.3} {:>8}",
                line.step,
                line.frechet_distance,
                1e3 * line.kernel_distance,
                line.precision,
                line.recall,
                line.inception_score,
                line.classes_covered,
            ));
        }
    }
    lines.join("\n")
}

#[derive(Serialize)]
struct Report<'a> {
    runs: Vec<Pace<'a>>,
    samples: usize,
    judge: &'a str,
    standings: Vec<At<'a>>,
}

#[derive(Serialize)]
struct Pace<'a> {
    path: Cow<'a, str>,
    step_seconds: f64,
}

impl<'a> Pace<'a> {
    fn of(contender: &'a Contender) -> Self {
        // A name need not be UTF-8, and JSON is.
        Self { path: contender.path.to_string_lossy(), step_seconds: contender.step_seconds }
    }
}

#[derive(Serialize)]
struct At<'a> {
    measure: &'static str,
    amount: f64,
    runs: Vec<Option<Figures<'a>>>,
}

#[derive(Serialize)]
struct Figures<'a> {
    epochs: f64,
    seconds: f64,
    #[serde(flatten)]
    line: &'a EvaluationRow,
}

/// Everything as JSON, with the exact figures.
///
/// # Panics
/// Never: figures are plain data.
#[must_use]
pub fn json(comparison: &Comparison) -> String {
    let contenders = &comparison.contenders;
    let at = |Standing { measure, amount, lines }| {
        let figures = contenders.iter().zip(lines).map(|(contender, line)| {
            let line: &EvaluationRow = line?;
            let [epochs, seconds] = Measure::ALL.map(|measure| contender.at(line.step, measure));
            Some(Figures { epochs, seconds, line })
        });
        At { measure: measure.name(), amount, runs: figures.collect() }
    };
    let report = Report {
        runs: contenders.iter().map(Pace::of).collect(),
        samples: contenders[0].lines[0].samples,
        judge: &contenders[0].lines[0].judge,
        standings: comparison.standings().into_iter().map(at).collect(),
    };
    serde_json::to_string_pretty(&report).expect("figures are plain data")
}

#[cfg(test)]
mod tests {
    use super::super::comparison::tests::two;
    use super::*;

    #[test]
    fn every_run_has_its_line_at_every_moment() {
        let text = text(&two());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(2 + 6 * 4, lines.len(), "{text}");
        assert!(lines[3].starts_with("1.00 epochs") && lines[23].starts_with("30.0 seconds"), "{text}");
        let words = |line: usize| lines[line].split_whitespace().collect::<Vec<_>>();
        assert_eq!(
            ["slow", "40", "4.00", "160.0", "25.0000", "100.00", "0.500", "0.250", "5.000", "10"],
            words(12)[..]
        );
        assert_eq!("  slow  no evaluation that early", lines[24]);
        assert_eq!(["fast", "30", "6.00", "30.0", "33.3333"], words(25)[..5]);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_need_not_be_utf_8() {
        let name: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(b"r\xff".to_vec());
        let mut comparison = two();
        comparison.contenders[0].path = name.into();
        let json: serde_json::Value = serde_json::from_str(&json(&comparison)).unwrap();
        assert_eq!(Some("r\u{fffd}"), json["runs"][0]["path"].as_str());
    }

    #[test]
    fn json_says_the_same() {
        let json: serde_json::Value = serde_json::from_str(&json(&two())).unwrap();
        assert_eq!(
            ("slow", 4.0),
            (json["runs"][0]["path"].as_str().unwrap(), json["runs"][0]["step_seconds"].as_f64().unwrap())
        );
        let last = &json["standings"][5];
        assert_eq!((Some("seconds"), Some(30.0)), (last["measure"].as_str(), last["amount"].as_f64()));
        assert!(last["runs"][0].is_null());
        assert_eq!((Some(30), Some(6.0)), (last["runs"][1]["step"].as_u64(), last["runs"][1]["epochs"].as_f64()));
    }
}

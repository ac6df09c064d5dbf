//! An evaluation as a table, for people, and as JSON, for programs.

use std::borrow::Cow;

use serde::Serialize;

use judge::figures::{Column, Evaluation, Evaluator, Figures, Nearness};
use runs::samples::Samples;

use crate::numbers::thousands;

/// One line of the table: what it is, which way is better, and the figure for each column.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) label: &'static str,
    pub(super) cells: Vec<String>,
    pub(super) better: &'static str,
}

/// What was evaluated, and through whose eyes: two lines.
pub(super) fn title(samples: &Samples, evaluator: &Evaluator, evaluation: &Evaluation) -> [String; 2] {
    let (reals, judge) = (evaluator.reals(), evaluator.judge());
    let step = samples.step.map_or(String::new(), |step| format!(", step {step}"));
    let truncated = samples.wish.truncation.map_or(String::new(), |truncation| format!(", truncated to {truncation}"));
    let (count, training) = (thousands(evaluation.samples[0].figures.images), thousands(reals.training.count()));
    [
        format!(
            "{}{step}{truncated}: {count} samples against {training} training images of {}",
            samples.path.display(),
            reals.name
        ),
        format!(
            "in the features of the judge {}, who is right about {:.2} % of the test images of {}",
            evaluator.judge_name(),
            100.0 * judge.record.accuracy(),
            judge.record.domain.name(),
        ),
    ]
}

/// The heads of the columns.
pub(super) fn heads(evaluation: &Evaluation) -> Vec<&'static str> {
    let mut heads = vec!["samples"; evaluation.samples.len()];
    heads.push("real, held out");
    heads
}

/// The lines of the table.
pub(super) fn rows(evaluator: &Evaluator, evaluation: &Evaluation) -> Vec<Row> {
    let columns = evaluation.samples.iter().chain([&evaluation.held_out]);
    let row = |label, better, cell: &dyn Fn(&Figures, &Nearness) -> String| Row {
        label,
        cells: columns.clone().map(|Column { figures, nearness }| cell(figures, nearness)).collect(),
        better,
    };
    // Of a set of one class, the other classes are the judge's mistakes: there is nothing to cover.
    let (inception, classes) = match evaluator.reals().class {
        None => {
            let covered = |f: &Figures, _: &Nearness| format!("{} of {}", f.classes_covered, f.classes_expected);
            ("more", row("classes covered", "more", &covered))
        }
        Some(class) => {
            let called = |f: &Figures, _: &Nearness| format!("{:.1} %", 100.0 * f.class_shares[class]);
            ("as real", row("called by their class", "as real", &called))
        }
    };
    vec![
        row("images", "", &|f, _| thousands(f.images)),
        row("Fréchet distance", "less", &|f, _| format!("{:.4}", f.frechet_distance)),
        row("kernel distance × 1000", "less", &|f, _| {
            format!("{:.2} ± {:.2}", 1e3 * f.kernel_distance.value, 1e3 * f.kernel_distance.interval)
        }),
        row("precision", "more", &|f, _| format!("{:.3}", f.precision)),
        row("recall", "more", &|f, _| format!("{:.3}", f.recall)),
        row("Inception score", inception, &|f, _| format!("{:.3}", f.inception_score)),
        classes,
        row("class entropy, bits", "as real", &|f, _| format!("{:.3}", f.class_entropy_bits)),
        row("nearest, in grey levels", "as real", &|_, near| format!("{:.2}", near.nearest_pixels)),
        row("nearest, in features", "as real", &|_, near| format!("{:.3}", near.nearest_features)),
        row("suspected copies", "as real", &|_, near| format!("{:.1} %", 100.0 * near.suspects)),
    ]
}

/// The table as lines of text.
#[must_use]
pub fn text(samples: &Samples, evaluator: &Evaluator, evaluation: &Evaluation) -> String {
    let mut lines: Vec<String> = title(samples, evaluator, evaluation).into();
    lines.push(String::new());
    let line = |label: &str, cells: &[&str], better: &str| {
        let cells: String = cells.iter().map(|cell| format!("{cell:>16}")).collect();
        format!("{label:<24}{cells}   {better}").trim_end().to_owned()
    };
    lines.push(line("", &heads(evaluation), "better"));
    for row in rows(evaluator, evaluation) {
        let cells: Vec<&str> = row.cells.iter().map(String::as_str).collect();
        lines.push(line(row.label, &cells, row.better));
    }
    if let Some(share) = agreement(samples, evaluator, evaluation) {
        lines.push(String::new());
        lines.push(format!("the judge calls {:.1} % of the samples by the class that was asked for", 100.0 * share));
    } else if !samples.asked.is_empty() {
        lines.push(String::new());
        lines.push(format!(
            "whether the samples are of the classes that were asked for this judge cannot say, since it has learnt others, \
             those of {}; `generate` makes a row for each class",
            evaluator.judge().record.domain.name()
        ));
    }
    lines.join("\n")
}

/// The share of samples that the judge calls by the class that was asked for, if any was, and if
/// the judge has learnt the same classes.
fn agreement(samples: &Samples, evaluator: &Evaluator, evaluation: &Evaluation) -> Option<f64> {
    let pairs = samples.asked.iter().zip(&evaluation.called);
    let count = pairs.len();
    let is_judged = 0 < count && (samples.are_of_their_subject() || evaluator.knows_the_classes());
    is_judged.then(|| pairs.filter(|(asked, called)| asked == called).count() as f64 / count as f64)
}

#[derive(Serialize)]
struct Report<'a> {
    path: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    truncation: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    called_as_asked: Option<f64>,
    judge: Judge<'a>,
    real: Real<'a>,
    samples: &'a [Column],
    held_out: &'a Column,
    /// The table as people see it: the heads of its columns, and its lines.
    heads: Vec<&'static str>,
    table: Vec<Row>,
}

#[derive(Serialize)]
struct Judge<'a> {
    name: String,
    accuracy: f64,
    features: usize,
    classes: &'a [&'a str],
}

#[derive(Serialize)]
struct Real<'a> {
    name: &'a str,
    training_images: usize,
    held_out_images: usize,
}

/// Everything as JSON, with the exact figures.
///
/// # Panics
/// Never: figures are plain data.
#[must_use]
pub fn json(samples: &Samples, evaluator: &Evaluator, evaluation: &Evaluation) -> String {
    let (judge, reals) = (evaluator.judge(), evaluator.reals());
    let report = Report {
        path: samples.path.to_string_lossy(), // a name need not be UTF-8, and JSON is
        step: samples.step,
        truncation: samples.wish.truncation,
        called_as_asked: agreement(samples, evaluator, evaluation),
        judge: Judge {
            name: evaluator.judge_name(),
            accuracy: judge.record.accuracy(),
            features: judge.judge.features(),
            classes: reals.domain.classes(),
        },
        real: Real {
            name: &reals.name,
            training_images: reals.training.count(),
            held_out_images: reals.held_out.count(),
        },
        samples: &evaluation.samples,
        held_out: &evaluation.held_out,
        heads: heads(evaluation),
        table: rows(evaluator, evaluation),
    };
    serde_json::to_string_pretty(&report).expect("figures are plain data")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::judge::figures::kernel_distance::Estimate;
    use ::judge::figures::{Neighbours, Reals};
    use ::judge::{Domain, LoadedJudge};
    use data::Images;

    /// Figures that are 0, but for the shares of the classes.
    fn column(class_shares: Vec<f64>) -> Column {
        let figures = Figures {
            images: 100,
            frechet_distance: 0.0,
            kernel_distance: Estimate { value: 0.0, interval: 0.0 },
            inception_score: 0.0,
            classes_covered: 0,
            classes_expected: 0,
            class_entropy_bits: 0.0,
            class_shares,
            precision: 0.0,
            recall: 0.0,
        };
        Column { figures, nearness: Nearness { nearest_pixels: 0.0, nearest_features: 0.0, suspects: 0.0 } }
    }

    #[test]
    fn samples_of_one_class_have_the_share_of_that_class() {
        let blank = || Images::new(28, 28, 1, vec![0; 100 * 28 * 28]);
        let (training, held_out) = (blank(), blank());
        let reals = Reals { name: "sevens".to_owned(), domain: Domain::Mnist, class: Some(7), training, held_out };
        let evaluator = Evaluator::new(LoadedJudge::shipped(Domain::Mnist), reals);
        let shares = |of_7: f64| vec![0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, of_7, 0.5 - of_7, 0.0];
        let evaluation = Evaluation {
            samples: vec![column(shares(0.25))],
            held_out: column(shares(0.375)),
            neighbours: Neighbours { of: vec![], by_pixels: vec![], by_features: vec![] },
            called: vec![],
        };
        let rows = rows(&evaluator, &evaluation);
        let row = rows.iter().find(|row| row.label == "called by their class").unwrap();
        assert_eq!(["25.0 %", "37.5 %"], row.cells[..]);
    }

    #[test]
    fn numbers_have_commas() {
        assert_eq!(["0", "999", "1,000", "60,000", "1,234,567"], [0, 999, 1000, 60_000, 1_234_567].map(thousands));
    }
}

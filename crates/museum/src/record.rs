//! What the museum writes about an exhibit: a picture, a text, and a record for programs.

use std::collections::BTreeMap;

use dcgan::picture::Picture;
use gallery::compose::enlarged;
use gallery::plate::{self, Column};
use serde::Serialize;
use tensor::Tensor;

use crate::exhibit::Sign;
use crate::parts::Parts;
use crate::phases::{contrast, phases};
use crate::survey::{Judged, Pair, squares};
use crate::training::{COLUMNS, samples_by_batch};

/// An exhibit in words and numbers.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// The exhibit's name.
    pub name: &'static str,
    /// The change in one line.
    pub title: &'static str,
    /// The change as a difference of source.
    pub change: String,
    /// What one sees.
    pub see: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// Where it was met.
    pub source: &'static str,
    /// What the doctor said, a line each.
    pub doctor: Vec<String>,
    /// What the doctor said about the twin.
    pub doctor_of_the_twin: Vec<String>,
    /// Numbers by name.
    pub figures: BTreeMap<&'static str, f64>,
}

/// The record of a pair.
#[must_use]
pub fn of(pair: &Pair<'_>) -> Record {
    let exhibit = pair.exhibit;
    let mut figures = BTreeMap::from([("seed", pair.plan.seed as f64), ("steps", pair.ill.trained.gan.step as f64)]);
    if let (Some(ill), Some(twin), true) = (pair.ill.verdict, pair.twin.verdict, !exhibit.is_of_the_twin()) {
        figures.extend([
            ("frechet_distance", rounded(ill.distance)),
            ("frechet_distance_of_the_twin", rounded(twin.distance)),
            ("classes", ill.classes as f64),
            ("classes_of_the_twin", twin.classes as f64),
        ]);
    }
    if exhibit.is_of_the_twin() {
        let largest = |parts: &'static dyn Parts| rounded(contrast(phases(parts, &pair.plan)));
        figures.extend([
            ("phase_contrast", largest(exhibit.parts)),
            ("phase_contrast_of_the_twin", largest(exhibit.twin)),
        ]);
    }
    Record {
        name: exhibit.name,
        title: exhibit.title,
        change: exhibit.change(),
        see: exhibit.see,
        remedy: exhibit.remedy,
        source: exhibit.source,
        doctor: said(&pair.ill),
        doctor_of_the_twin: said(pair.twin),
        figures,
    }
}

fn rounded(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

/// What the doctor said of a training, with its steps.
fn said(judged: &Judged) -> Vec<String> {
    judged.trained.said.iter().map(|(step, line)| format!("step {step}: {line}")).collect()
}

/// The record as a text for people.
#[must_use]
pub fn text(record: &Record) -> String {
    let doctor = if record.doctor.is_empty() { "nothing".to_owned() } else { record.doctor.join("\n\n") };
    let figures: Vec<String> =
        record.figures.iter().map(|(name, value)| format!("{} {value}", name.replace('_', " "))).collect();
    format!(
        "# {}: {}\n\n```diff\n{}```\n\n**What one sees.** {}\n\n**What the doctor says.** {doctor}\n\n\
         **What to do.** {}\n\n**Figures.** {}\n\n**Source.** {}\n",
        record.name,
        record.title,
        record.change,
        record.see,
        record.remedy,
        figures.join("; "),
        record.source
    )
}

/// The picture: the exhibit at the left, its twin at the right.
#[must_use]
pub fn picture(pair: &Pair<'_>) -> Picture {
    let exhibit = pair.exhibit;
    let columns = [
        column(pair, &pair.ill, exhibit.parts, format!("{}, seed {}", exhibit.name, pair.plan.seed)),
        column(pair, pair.twin, exhibit.twin, "the healthy twin".to_owned()),
    ];
    plate::draw(exhibit.title, &exhibit.change(), &columns)
}

fn column(pair: &Pair<'_>, judged: &Judged, parts: &'static dyn Parts, heading: String) -> Column {
    let trained = &judged.trained;
    let is_untrained = pair.exhibit.is_of_the_twin();
    let mut rows: Vec<(String, Picture)> = trained
        .rows
        .iter()
        .filter_map(|(step, samples)| Some((format!("samples after step {step}"), shown(samples)?)))
        .collect();
    let by_batch = samples_by_batch(&trained.gan, pair.plan.seed, COLUMNS);
    if is_untrained {
        rows.extend(shown(&brightened(&by_batch)).map(|row| ("before training, contrast raised".to_owned(), row)));
    } else if matches!(pair.exhibit.sign, Sign::Doctor(words) if words.starts_with("samples by")) {
        rows.extend(shown(&by_batch).map(|row| ("the last, by the statistics of the batch".to_owned(), row)));
    }
    let mut words: Vec<String> = said(judged).into_iter().map(|line| format!("doctor, {line}")).collect();
    if is_untrained {
        words.push(squares(phases(parts, &pair.plan)));
    } else if words.is_empty() {
        words.push("The doctor says nothing.".to_owned());
    }
    if let (Some(verdict), false) = (judged.verdict, is_untrained) {
        words.push(format!(
            "Judge: Fréchet distance {:.1}, {} of 10 digits among the samples.",
            verdict.distance, verdict.classes
        ));
    }
    Column { heading, rows, metrics: trained.metrics.clone(), words }
}

/// Samples as a row of pictures, two pixels for each; nothing if one is not finite.
fn shown(samples: &Tensor) -> Option<Picture> {
    Some(enlarged(Picture::grid(samples, COLUMNS).ok()?, 2))
}

/// The images of an untrained generator are near grey: its largest value becomes white.
fn brightened(samples: &Tensor) -> Tensor {
    let most = samples.data().iter().fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
    let bright: Vec<f32> = samples.data().iter().map(|x| x / most).collect();
    Tensor::new(samples.shape(), bright)
}

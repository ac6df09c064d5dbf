//! What is on the page, from top to bottom.

use std::time::Duration;

use serde_json::Value;

use super::curves::{Chart, Curve};
use super::html::{embedded, escape, figure, pairs, table};
use crate::checkpoint::Checkpoint;
use crate::config::Config;
use crate::evaluate::thousands;
use crate::metrics::Line;
use crate::progress::duration;
use crate::run::Run;
use crate::{Error, film};

const STYLE: &str = include_str!("style.css");

/// How much the last samples are enlarged.
const SCALE: u32 = 3;

const D: &str = "d";
const G: &str = "g";
const LOSSES: [Curve; 2] = [
    ("L_D, discriminator", D, |line| f64::from(line.report.d_loss)),
    ("L_G, generator", G, |line| f64::from(line.report.g_loss)),
];
const VERDICTS: [Curve; 2] = [
    ("D(x), real images", D, |line| f64::from(line.report.d_real)),
    ("D(G(z)), made images", G, |line| f64::from(line.report.d_fake)),
];
const NORMS: [Curve; 2] = [
    ("discriminator", D, |line| f64::from(line.report.d_grad_norm)),
    ("generator", G, |line| f64::from(line.report.g_grad_norm)),
];
const SPEED: [Curve; 1] = [("images per second", D, |line| line.images_per_second)];
const CHARTS: [Chart; 4] = [
    Chart { title: "Losses", curves: &LOSSES, top: None },
    Chart { title: "Verdicts", curves: &VERDICTS, top: Some(1.0) },
    Chart { title: "Norms of the gradients", curves: &NORMS, top: None },
    Chart { title: "Speed", curves: &SPEED, top: None },
];

/// The page of a run.
pub(super) fn page(run: &Run, config: &Config, lines: &[Line]) -> Result<String, Error> {
    let path = run.path().canonicalize(); // a run may be called `.`
    let name = path.as_deref().unwrap_or(run.path()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = escape(&name);
    let evaluation = read(run, "evaluation.json")?;
    let evaluation: Option<Value> = evaluation.and_then(|json| serde_json::from_str(&json).ok());
    let sections = [
        ("", pictures(run)?),
        ("Curves", CHARTS.iter().map(|chart| chart.figure(lines)).collect()),
        ("Evaluation", evaluated(run, evaluation.as_ref())?),
        (
            "The rows of the training",
            figure(&run.progress(), "rows whole", "the same noise, row after row of training, top to bottom")?,
        ),
        ("What it has learnt from", figure(&run.reals(), "sharp whole", "real images of the first step")?),
        ("The doctor’s notes", notes(run)?),
        ("Settings", settings(run)?),
    ];
    let section = |(title, body): &(&str, String)| match (*title, &**body) {
        (_, "") => String::new(),
        ("", body) => format!("<section>\n{body}</section>\n"),
        (title, body) => format!("<section>\n<h2>{title}</h2>\n{body}</section>\n"),
    };
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{name}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n{}{}\
         <footer>Made by dcgan {} of what the run has saved.</footer>\n</body>\n</html>\n",
        summary(run, config, lines, evaluation.as_ref()),
        sections.iter().map(section).collect::<String>(),
        env!("CARGO_PKG_VERSION"),
    ))
}

/// The run in a sentence, and in a few numbers.
fn summary(run: &Run, config: &Config, lines: &[Line], evaluation: Option<&Value>) -> String {
    let saved = Checkpoint::step_of(&run.checkpoint());
    let step = lines.last().map(|line| line.step).max(saved).unwrap_or(0); // the last steps have no line
    let (mut before, mut seconds) = (0, 0.0);
    for line in lines {
        let images = (line.step - before) * config.training.batch_size as u64;
        seconds += images as f64 / line.images_per_second;
        before = line.step;
    }
    let seconds = if f64::is_finite(seconds) { seconds } else { 0.0 };
    let mut speeds: Vec<f64> = lines.iter().map(|line| line.images_per_second).collect();
    speeds.sort_unstable_by(f64::total_cmp);
    let number = |number: u64| thousands(usize::try_from(number).unwrap_or(usize::MAX));
    let mut tiles = vec![
        ("steps", format!("{} of {}", number(step), number(config.total_steps()))),
        ("epochs", format!("{:.1}", step as f64 / config.steps_per_epoch() as f64)),
        ("training time", duration(Duration::from_secs_f64(seconds.min(1e12)))),
        ("images per second", speeds.get(speeds.len() / 2).map_or_else(String::new, |speed| format!("{speed:.0}"))),
    ];
    let frechet = evaluation.and_then(|json| json["samples"][0]["frechet_distance"].as_f64());
    tiles.extend(frechet.map(|distance| ("Fréchet distance", format!("{distance:.2}"))));
    let tile = |(what, number): &(&str, String)| format!("<div><b>{}</b> {what}</div>\n", escape(number));
    format!(
        "<p>{} images of {}, {}×{}, by the recipe {}, from seed {}.</p>\n<div class=\"tiles\">\n{}</div>\n",
        number(config.data.images as u64),
        escape(&config.data.name),
        config.model.size,
        config.model.size,
        escape(&config.training.recipe),
        config.training.seed,
        tiles.iter().map(tile).collect::<String>(),
    )
}

/// The film, and the last samples.
fn pictures(run: &Run) -> Result<String, Error> {
    let Some((step, path)) = run.sampled()?.pop() else {
        return Ok("<p>There are no samples yet.</p>\n".to_owned());
    };
    let samples = film::frame(&path)?.enlarged(SCALE).to_png(&[]);
    Ok(figure(&run.film(), "sharp film", "the training as a film: the same noise, from the first samples to the last")?
        + &embedded(&samples, &path, "sharp", &format!("samples after step {}", thousands(step as usize))))
}

/// A figure of an evaluation: where it stands in the JSON, what it is called, what it is multiplied by, its decimals, which way
/// is better.
type Figure = (&'static str, &'static str, f64, usize, &'static str);

const FIGURES: [Figure; 9] = [
    ("/frechet_distance", "Fréchet distance", 1.0, 4, "less"),
    ("/kernel_distance/value", "kernel distance × 1000", 1e3, 2, "less"),
    ("/precision", "precision", 1.0, 3, "more"),
    ("/recall", "recall", 1.0, 3, "more"),
    ("/inception_score", "Inception score", 1.0, 3, "more"),
    ("/classes_covered", "classes covered", 1.0, 0, "more"),
    ("/class_entropy_bits", "class entropy, bits", 1.0, 3, "as real"),
    ("/nearest_pixels", "nearest, in grey levels", 1.0, 2, "as real"),
    ("/nearest_features", "nearest, in features", 1.0, 3, "as real"),
];

/// What `evaluate` has left in the run.
fn evaluated(run: &Run, json: Option<&Value>) -> Result<String, Error> {
    let mut body = String::new();
    if let Some(json) = json {
        let (samples, real) = (&json["samples"][0], &json["held_out"]);
        let cell = |figures: &Value, &(at, _, factor, decimals, _): &Figure| {
            figures
                .pointer(at)
                .and_then(Value::as_f64)
                .map_or_else(String::new, |x| format!("{:.decimals$}", factor * x))
        };
        let row = |figure: &Figure| {
            let &(_, name, _, _, better) = figure;
            vec![name.to_owned(), cell(samples, figure), cell(real, figure), better.to_owned()]
        };
        let heads = ["", "samples", "real", "better"].map(str::to_owned).to_vec();
        let (step, images) = (json["step"].as_u64().unwrap_or(0), samples["images"].as_u64().unwrap_or(0));
        let judge = json["judge"]["name"].as_str().unwrap_or_default();
        body = format!(
            "<p>{} samples of step {} beside real images that were held out, in the features of the judge {}.</p>\n",
            thousands(images as usize),
            thousands(step as usize),
            escape(judge)
        );
        body += &table(&[vec![heads], FIGURES.iter().map(row).collect()].concat());
    }
    Ok(body + &figure(&run.path().join("evaluation.png"), "whole", "the evaluation, with nearest training images")?)
}

fn notes(run: &Run) -> Result<String, Error> {
    let Some(notes) = read(run, "notes.txt")? else { return Ok("<p>Nothing to complain of.</p>\n".to_owned()) };
    let items: String = notes.lines().map(|line| format!("<li>{}</li>\n", escape(line))).collect();
    Ok(format!("<ul>\n{items}</ul>\n"))
}

/// Everything in `config.toml`, part by part.
fn settings(run: &Run) -> Result<String, Error> {
    let text = read(run, "config.toml")?.unwrap_or_default();
    let all: toml::Table = toml::from_str(&text).map_err(|error| Error::file(&run.config(), error))?;
    let mut body = String::new();
    for (part, values) in &all {
        let mut lines = vec![];
        collect("", values, &mut lines);
        body += &format!("<details open><summary>{}</summary>\n{}</details>\n", escape(part), pairs(&lines));
    }
    Ok(body)
}

fn collect(name: &str, value: &toml::Value, lines: &mut Vec<(String, String)>) {
    match value {
        toml::Value::Table(table) => table.iter().for_each(|(name, value)| collect(name, value, lines)),
        toml::Value::String(text) => lines.push((name.to_owned(), text.clone())),
        other => lines.push((name.to_owned(), other.to_string())),
    }
}

/// A text of the run's directory, if it is there.
fn read(run: &Run, name: &str) -> Result<Option<String>, Error> {
    let path = run.path().join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(&path, error)),
    }
}

//! What is on the page, from top to bottom.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::curves::Chart;
use super::html::{embedded, escape, figure, pairs, table};
use crate::chart::{Curve, LOSSES, Side, VERDICTS};
use crate::compose::enlarged;
use crate::film;
use crate::numbers::{duration, thousands};
use dcgan::config::Config;
use runs::Error;
use runs::checkpoint::Checkpoint;
use runs::directory::Run;
use runs::metrics::MetricsRow;

const STYLE: &str = include_str!("style.css");

/// How much the last samples are enlarged.
const SCALE: u32 = 3;

const NORMS: [Curve; 2] = [
    ("discriminator", Side::Discriminator, |line| line.report.d_grad_norm),
    ("generator", Side::Generator, |line| line.report.g_grad_norm),
];
const SPEED: [Curve; 1] = [("images per second", Side::Discriminator, |line| line.images_per_second as f32)];
const CHARTS: [Chart; 4] = [
    Chart { title: "Losses", curves: &LOSSES, top: None },
    Chart { title: "Verdicts", curves: &VERDICTS, top: Some(1.0) },
    Chart { title: "Norms of the gradients", curves: &NORMS, top: None },
    Chart { title: "Speed", curves: &SPEED, top: None },
];

/// The page of a run.
pub(super) fn page(run: &Run, config: &Config, lines: &[MetricsRow]) -> Result<String, Error> {
    let path = run.path().canonicalize(); // a run may be called `.`
    let name = path.as_deref().unwrap_or(run.path()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = escape(&name);
    let evaluation = read(&run.evaluation("json"))?;
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
fn summary(run: &Run, config: &Config, lines: &[MetricsRow], evaluation: Option<&Value>) -> String {
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
    let samples = enlarged(film::frame(&path)?, SCALE).to_png(&[]);
    Ok(figure(&run.film(), "sharp film", "the training as a film: the same noise, from the first samples to the last")?
        + &embedded(&samples, &path, "sharp", &format!("samples after step {}", thousands(step as usize))))
}

/// What `evaluate` has left in the run.
fn evaluated(run: &Run, json: Option<&Value>) -> Result<String, Error> {
    let mut body = String::new();
    if let Some(json) = json {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let line = |first: String, cells: &Value, last: String| {
            [vec![first], list(cells).iter().map(text).collect(), vec![last]].concat()
        };
        let mut lines = vec![line(String::new(), &json["heads"], "better".to_owned())];
        lines.extend(
            list(&json["table"]).iter().map(|row| line(text(&row["label"]), &row["cells"], text(&row["better"]))),
        );
        let (step, images) = (json["step"].as_u64().unwrap_or(0), json["samples"][0]["images"].as_u64().unwrap_or(0));
        let judge = json["judge"]["name"].as_str().unwrap_or_default();
        body = format!(
            "<p>{} samples of step {} beside real images that were held out, in the features of the judge {}.</p>\n",
            thousands(images as usize),
            thousands(step as usize),
            escape(judge)
        );
        body += &table(&lines);
    }
    Ok(body + &figure(&run.evaluation("png"), "whole", "the evaluation, with nearest training images")?)
}

fn notes(run: &Run) -> Result<String, Error> {
    let Some(notes) = read(&run.notes())? else { return Ok("<p>Nothing to complain of.</p>\n".to_owned()) };
    let items: String = notes.lines().map(|line| format!("<li>{}</li>\n", escape(line))).collect();
    Ok(format!("<ul>\n{items}</ul>\n"))
}

/// Everything in `config.toml`, part by part.
fn settings(run: &Run) -> Result<String, Error> {
    let text = read(&run.config())?.unwrap_or_default();
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

/// The text of a file, if it is there.
fn read(path: &Path) -> Result<Option<String>, Error> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(path, error)),
    }
}

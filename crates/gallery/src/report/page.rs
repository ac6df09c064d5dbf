//! What is on the page, from top to bottom.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::classes;
use super::curves::Chart;
use super::html::{embedded, escape, pairs, table};
use super::reading::reading;
use crate::chart::{Curve, LOSSES, Side, VERDICTS};
use crate::compose::enlarged;
use crate::film::{self, FRAMES, Film};
use crate::numbers::{counted, duration, thousands};
use crate::{evaluation, rows};
use dcgan::config::Config;
use dcgan::picture::{MARGIN, Picture};
use runs::checkpoint::Checkpoint;
use runs::directory::Run;
use runs::metrics::MetricsRow;
use runs::{Error, input};

/// Colours, type and tables, in light and in dark.
pub const STYLE: &str = include_str!("style.css");

/// How much the last samples are enlarged.
const SCALE: u32 = 3;

/// The largest film, sheet of rows and picture of real images on the page. With the rest they make
/// a page of at most 3 MB, since base64 adds a third.
const FILM_BYTES: usize = 900 << 10;
const SHEET_BYTES: usize = 600 << 10;
const REALS_BYTES: usize = 300 << 10;

const THE_FILM: &str = "the training as a film: the same noise";
const THE_ROWS: &str = "the same noise, row after row of training, top to bottom";

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

/// The page of a run, with what there is to say of `damage` to its log.
pub(super) fn page(run: &Run, config: &Config, lines: &[MetricsRow], damage: Option<&str>) -> Result<String, Error> {
    let path = run.path().canonicalize(); // a run may be called `.`
    let name = path.as_deref().unwrap_or(run.path()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = escape(&name);
    let evaluation = read(&run.evaluation("json"))?;
    let evaluation: Option<Value> = evaluation.and_then(|json| serde_json::from_str(&json).ok());
    let sections = [
        ("", pictures(run, config)?),
        ("Classes", classes::rows(run, config)?),
        ("Curves", curves(lines, damage, config.variations.hinge)),
        ("Evaluation", evaluated(run, evaluation.as_ref())?),
        ("The rows of the training", sheet(run)?),
        ("What it has learnt from", reals(run, config)?),
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
    let seconds = if f64::is_finite(seconds) { seconds.clamp(0.0, 1e12) } else { 0.0 };
    let mut speeds: Vec<f64> = lines.iter().map(|line| line.images_per_second).collect();
    speeds.sort_unstable_by(f64::total_cmp);
    let number = |number: u64| thousands(usize::try_from(number).unwrap_or(usize::MAX));
    let mut tiles = vec![
        ("steps", format!("{} of {}", number(step), number(config.total_steps()))),
        ("epochs", format!("{:.1}", step as f64 / config.steps_per_epoch() as f64)),
        ("training time", duration(Duration::from_secs_f64(seconds))),
        ("images per second", speeds.get(speeds.len() / 2).map_or_else(String::new, |speed| format!("{speed:.0}"))),
    ];
    let frechet = evaluation.and_then(|json| json["samples"][0]["frechet_distance"].as_f64());
    let samples = evaluation.and_then(|json| json["samples"][0]["images"].as_u64()).unwrap_or(0);
    let of_samples = format!("Fréchet distance of {}", counted(samples as usize, "sample"));
    tiles.extend(frechet.map(|distance| (&*of_samples, format!("{distance:.2}"))));
    let agreed = evaluation.and_then(|json| json["called_as_asked"].as_f64());
    tiles.extend(agreed.map(|share| ("called as asked", format!("{:.1} %", 100.0 * share))));
    let tile = |(what, number): &(&str, String)| format!("<div><b>{}</b> {what}</div>\n", escape(number));
    format!(
        "<p>{} of {}, {}×{}, by the recipe {}, from seed {}.{}</p>\n<div class=\"tiles\">\n{}</div>\n",
        counted(config.data.images, "image"),
        escape(&config.data.name),
        config.model.size,
        config.model.size,
        escape(&config.training.recipe),
        config.training.seed,
        classes::sentence(config),
        tiles.iter().map(tile).collect::<String>(),
    )
}

/// The curves, below what they say.
fn curves(lines: &[MetricsRow], damage: Option<&str>, hinge: bool) -> String {
    let charts: String = CHARTS.iter().map(|chart| chart.figure(lines)).collect();
    let damage = damage.map_or_else(String::new, |damage| format!("<p>{}.</p>\n", escape(damage)));
    format!("{damage}<p>{}</p>\n{charts}", escape(&reading(lines, hinge)))
}

/// The film, and the last samples.
fn pictures(run: &Run, config: &Config) -> Result<String, Error> {
    let rows = run.sampled()?;
    let Some((step, path)) = rows.last() else {
        return Ok("<p>There are no samples yet.</p>\n".to_owned());
    };
    let samples = enlarged(film::frame(path, config.variations.extras().classes)?, SCALE).to_png(&[]);
    let whole = input::read(&run.film(), input::MOST_PICTURE_BYTES)?;
    let make = |frames| Film { frames, scale: 1, ..Film::default() }.of(run);
    let film = match smaller(&whole, FILM_BYTES, rows.len().min(FRAMES), make)? {
        None => embedded(&whole, &run.film(), "sharp film", &format!("{THE_FILM}, from the first samples to the last")),
        Some((film, frames)) => {
            let frames = counted(frames, "frame");
            let caption = format!("{THE_FILM}, in {frames}; the whole film is in progress.apng, beside this file");
            embedded(&film, &run.film(), "sharp film", &caption)
        }
    };
    let caption = format!("samples after step {}", thousands(usize::try_from(*step).unwrap_or(usize::MAX)));
    Ok(film + &embedded(&samples, path, "sharp", &caption))
}

/// The rows of samples, top to bottom.
fn sheet(run: &Run) -> Result<String, Error> {
    let Ok(whole) = input::read(&run.progress(), input::MOST_PICTURE_BYTES) else { return Ok(String::new()) };
    let all = run.sampled()?.len();
    Ok(match smaller(&whole, SHEET_BYTES, all.min(rows::MOST), |most| rows::sheet(run, most))? {
        Some((sheet, shown)) => {
            let rows = format!("{shown} of {}", counted(all, "row"));
            embedded(&sheet, &run.progress(), "rows whole", &format!("{THE_ROWS}: {rows}; progress.png has more"))
        }
        None if rows::MOST < all => {
            let rows = format!("{} of {}", rows::MOST, counted(all, "row"));
            embedded(&whole, &run.progress(), "rows whole", &format!("{THE_ROWS}: {rows}"))
        }
        None => embedded(&whole, &run.progress(), "rows whole", THE_ROWS),
    })
}

/// Real images, as many rows of them as fit.
fn reals(run: &Run, config: &Config) -> Result<String, Error> {
    let Ok(whole) = input::read(&run.reals(), input::MOST_PICTURE_BYTES) else { return Ok(String::new()) };
    let mut png = whole;
    if REALS_BYTES < png.len()
        && let Ok(mut reals) = Picture::from_png(&png)
    {
        let row = config.model.size + 2 * MARGIN;
        while REALS_BYTES < png.len() && row < reals.shape()[0] {
            let rows = reals.shape()[0] / row;
            reals = lines_of(&reals, 0..rows.div_ceil(2) * row);
            png = reals.to_png(&[]);
        }
    }
    Ok(embedded(&png, &run.reals(), "sharp whole", "real images of the first step"))
}

/// A picture of frames or rows, made of fewer of them until it has at most `most` bytes, and how
/// many those are; nothing if `whole`, which has `count`, is small enough.
fn smaller(
    whole: &[u8],
    most: usize,
    count: usize,
    make: impl Fn(usize) -> Result<Option<(Vec<u8>, usize)>, Error>,
) -> Result<Option<(Vec<u8>, usize)>, Error> {
    if whole.len() <= most {
        return Ok(None);
    }
    let mut parts = count.max(1);
    loop {
        match make(parts)? {
            Some((bytes, _)) if most < bytes.len() && 1 < parts => {
                parts = (parts * most / bytes.len()).clamp(1, parts - 1);
            }
            made => return Ok(made),
        }
    }
}

/// Those lines of pixels of a picture.
fn lines_of(picture: &Picture, lines: Range<usize>) -> Picture {
    let [_, width, channels] = picture.shape();
    let bytes = lines.start * width * channels..lines.end * width * channels;
    Picture::new([lines.len(), width, channels], picture.pixels()[bytes].to_vec())
}

/// What `evaluate` has left in the run.
fn evaluated(run: &Run, json: Option<&Value>) -> Result<String, Error> {
    let mut body = String::new();
    let mut lines_in_table = 0;
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
            "<p>{} of step {} beside real images that were held out, in the features of the judge {}.</p>\n",
            counted(images as usize, "sample"),
            thousands(step as usize),
            escape(judge)
        );
        body += &table(&lines);
        lines_in_table = lines.len() - 1;
    }
    Ok(body + &evaluation_picture(run, lines_in_table)?)
}

/// The picture of the evaluation, without its table where the page has that.
fn evaluation_picture(run: &Run, lines_in_table: usize) -> Result<String, Error> {
    let path = run.evaluation("png");
    let Ok(mut png) = input::read(&path, input::MOST_PICTURE_BYTES) else { return Ok(String::new()) };
    if let Ok(whole) = Picture::from_png(&png)
        && 0 < lines_in_table
    {
        let top = evaluation::below_table(lines_in_table);
        if top < whole.shape()[0] {
            png = lines_of(&whole, top..whole.shape()[0]).to_png(&[]);
        }
    }
    let caption = "the shares of the classes, and samples with their nearest training images";
    Ok(embedded(&png, &path, "whole", caption))
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
    let bytes = input::read_if_there(path, input::MOST_LOG_BYTES)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dcgan::config::Data;
    use dcgan::step::StepMetrics;
    use nn::state_dict::StateDict;
    use runs::doctor::Doctor;

    /// Every tenth step has a line, and the end has a checkpoint.
    #[test]
    fn the_steps_behind_the_last_line_of_the_log_count() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), "").unwrap();
        let run = Run::look(folder.path()).unwrap();
        let data = Data { name: "toy".to_owned(), images: 100, sha256: String::new() };
        let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
        config.schedule.steps = Some(13);
        let report =
            StepMetrics { d_loss: 1.0, g_loss: 1.0, d_real: 0.5, d_fake: 0.5, d_grad_norm: 1.0, g_grad_norm: 1.0 };
        let lines = [1, 10].map(|step| MetricsRow { step, epoch: 1, report, images_per_second: 1.0 });
        let steps = |lines: &[MetricsRow], expected: &str| {
            let summary = summary(&run, &config, lines, None);
            assert!(summary.contains(&format!("<b>{expected}</b> steps")), "{expected}: {summary}");
        };
        steps(&lines, "10 of 13");
        let (adam_steps, doctor, tensors) = ([13, 13], Doctor::default(), StateDict::new());
        let end = Checkpoint { step: 13, adam_steps, config: config.clone(), doctor, tensors };
        end.write(&run.checkpoint()).unwrap();
        steps(&lines, "13 of 13");
        steps(&[], "13 of 13");
    }
}

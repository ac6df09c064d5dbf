//! What a conditional generator makes of each of its classes.

use super::html::embedded;
use crate::seeds::Seeds;
use crate::view::{View, ViewContent};
use dcgan::config::Config;
use dcgan::sample;
use dcgan::wish::Wish;
use runs::Error;
use runs::directory::Run;
use runs::loaded::Loaded;

/// Rows at most, pictures in a row at most, and bytes of pixels that are about as many as fit.
const ROWS: usize = 20;
const COLUMNS: usize = 10;
const BYTES: usize = 1 << 20;

/// How many classes the generator knows, in a sentence; nothing if it knows none.
pub(super) fn sentence(config: &Config) -> String {
    match config.class_names().len() {
        0 => String::new(),
        count => format!(" It knows {count} classes, and any of them can be asked for."),
    }
}

/// A row of pictures for each class, made of the last checkpoint; nothing if the generator knows
/// no classes, or there is no checkpoint yet.
pub(super) fn rows(run: &Run, config: &Config) -> Result<String, Error> {
    let names = config.class_names();
    let rows = names.len().min(ROWS);
    if rows == 0 || !run.checkpoint().is_file() {
        return Ok(String::new());
    }
    let Loaded { path, checkpoint, gan } = Loaded::read(&run.checkpoint())?;
    let model = &config.model;
    let columns = (BYTES / (rows * model.size * model.size * model.channels)).clamp(1, COLUMNS);
    let blame = |reason: &dyn std::fmt::Display| Error::file(&path, reason.to_string());
    let seeds = Seeds::from(0, columns as u64).map_err(|reason| blame(&reason))?;
    let wish = Wish { truncation: None, classes: (0..rows).collect() };
    let view = View { subject: ViewContent::Classes(seeds), scale: 1, wish };
    let png = view.file(&gan, &checkpoint.tensors_sha256(), sample::BATCH).map_err(|reason| blame(&reason))?;
    let shown = names[..rows].join(", ");
    let first =
        if rows < names.len() { format!("; the first {rows} of {} classes", names.len()) } else { String::new() };
    let caption = format!("a row for each class, the same noise in each: {shown}{first}");
    Ok(embedded(&png, &path, "sharp whole", &caption))
}

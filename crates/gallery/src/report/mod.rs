//! `report.html`: everything that can be seen of a run, on one page.
//!
//! The page is one file that needs nothing else: no network, no script, pictures as `data:` URIs,
//! curves as SVG. It forbids itself everything else by its Content-Security-Policy. It is made of
//! what the run has saved, so it can be made at any time, and again. Pictures that are too large
//! for a page of 3 MB lose frames or rows there; the whole ones lie beside it.
//!
//! `page` says what is on it, `classes` has a row of pictures for each, `curves` draws, `reading`
//! reads the curves, `html` escapes. The page to play with has the same look: [`STYLE`].

mod classes;
mod curves;
mod html;
mod page;
mod reading;

pub use html::{base64, escape};
pub use page::STYLE;

use crate::{film, rows};
use runs::Error;
use runs::atomic;
use runs::directory::Run;
use runs::metrics;
use runs::record;

/// Brings `progress.png`, the film and the report in the directory of `run` up to date, each if the
/// others cannot be made, too.
///
/// # Errors
/// If something in it cannot be read or believed, or they cannot be written.
pub fn finish(run: &Run) -> Result<(), Error> {
    run.sweep()?;
    let shown = rows::update(run).and(film::update(run));
    let (config, _) = record::read(&run.config())?;
    let (lines, damage) = metrics::read(&run.metrics())?;
    let page = page::page(run, &config, &lines, damage.as_deref())?;
    atomic::write(&run.report(), page.as_bytes())?;
    shown
}

//! `evaluation.png`: the table, the shares of the classes, and samples with their nearest training
//! images.

use std::borrow::Cow;

use data::Images;
use data::image_files::fitted;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use judge::figures::nearest::Neighbour;
use judge::figures::{Evaluation, Evaluator};
use runs::samples::Samples;

use super::table;
use crate::chart::{Area, BLUE as REAL, DRAWN, ORANGE as SAMPLES, QUIET, canvas, write};
use crate::compose::enlarged;
use dcgan::picture::Picture;

const WIDTH: usize = 1000;
const MARGIN: usize = 24;
/// From one line of text to the next.
const LINE: usize = 24;
/// Where columns of the table end.
const FIRST_COLUMN: usize = 420;
const COLUMN: usize = 170;
/// The chart of classes.
const CHART: usize = 190;
/// Samples with neighbours in a row, each pixel as a square of [`SCALE`].
const COLUMNS: usize = 11;
const SCALE: u32 = 2;
/// From one image to the next.
const CELL: usize = 70;
/// Where images begin, right of what they are.
const IMAGES: usize = 210;
/// A row of samples and two of neighbours, with a line above.
const BAND: usize = LINE + 3 * CELL + 16;

/// Where the table of `rows` lines ends, in pixels from above.
pub(crate) fn below_table(rows: usize) -> usize {
    MARGIN + (rows + 4) * LINE
}

/// Draws it.
///
/// # Panics
/// Only if `plotters` fails to draw into memory.
#[must_use]
pub fn picture(samples: &Samples, evaluator: &Evaluator, evaluation: &Evaluation) -> Picture {
    let rows = table::rows(evaluator, evaluation);
    let chart_top = below_table(rows.len());
    let bands_top = chart_top + CHART + MARGIN;
    let height = bands_top + 2 * BAND + MARGIN;

    let neighbours = &evaluation.neighbours;
    let first: Vec<usize> = (0..COLUMNS.min(neighbours.of.len())).collect();
    let mut nearest: Vec<usize> = (0..neighbours.of.len()).collect();
    nearest.sort_by(|&a, &b| neighbours.by_pixels[a].ratio.total_cmp(&neighbours.by_pixels[b].ratio));
    nearest.truncate(COLUMNS);
    let bands = [("the first samples", first), ("the most suspect of being copies, by pixels", nearest)];

    let mut picture = canvas((WIDTH, height), |area| {
        draw_table(area, samples, evaluator, evaluation, &rows);
        let place = [(MARGIN, chart_top), (WIDTH - 2 * MARGIN, CHART)].map(|(x, y)| (x as u32, y as u32));
        draw_classes(&area.clone().shrink(place[0], place[1]), evaluator, evaluation);
        for (band, (title, _)) in bands.iter().enumerate() {
            let top = bands_top + band * BAND;
            write(area, title, (MARGIN, top), 17, &BLACK, HPos::Left);
            for (row, text) in ["sample", "nearest by pixels", "nearest by features"].iter().enumerate() {
                write(area, text, (MARGIN, top + LINE + row * CELL + CELL / 2 - 12), 16, &QUIET, HPos::Left);
            }
        }
    });
    let [made, training] = [&samples.images, &evaluator.reals().training].map(small);
    for (band, (_, chosen)) in bands.iter().enumerate() {
        for (column, &i) in chosen.iter().enumerate() {
            let index = |of: &[Neighbour]| of[i].index;
            let three = [
                (&made, neighbours.of[i]),
                (&training, index(&neighbours.by_pixels)),
                (&training, index(&neighbours.by_features)),
            ];
            for (row, (images, number)) in three.into_iter().enumerate() {
                let place = (IMAGES + column * CELL, bands_top + band * BAND + LINE + row * CELL);
                picture.put(&enlarged(Picture::of(images, number), SCALE), place);
            }
        }
    }
    picture
}

/// Images that fit into a cell; larger ones are made smaller.
fn small(images: &Images) -> Cow<'_, Images> {
    let most = CELL / SCALE as usize;
    if images.height() <= most { Cow::Borrowed(images) } else { Cow::Owned(fitted(images, most, images.channels())) }
}

fn draw_table(area: &Area<'_>, samples: &Samples, evaluator: &Evaluator, evaluation: &Evaluation, rows: &[table::Row]) {
    let [what, eyes] = table::title(samples, evaluator, evaluation);
    write(area, &what, (MARGIN, MARGIN), 18, &BLACK, HPos::Left);
    write(area, &eyes, (MARGIN, MARGIN + LINE), 16, &QUIET, HPos::Left);
    let heads = table::heads(evaluation);
    let line = |i: usize| MARGIN + (i + 2) * LINE + LINE / 2;
    let column = |i: usize| FIRST_COLUMN + i * COLUMN;
    let better = column(heads.len() - 1) + 2 * MARGIN;
    for (i, head) in heads.iter().enumerate() {
        let color = if i + 1 == heads.len() { &REAL } else { &SAMPLES };
        write(area, head, (column(i), line(0)), 17, color, HPos::Right);
    }
    write(area, "better", (better, line(0)), 16, &QUIET, HPos::Left);
    for (i, row) in rows.iter().enumerate() {
        write(area, row.label, (MARGIN, line(i + 1)), 17, &BLACK, HPos::Left);
        for (j, cell) in row.cells.iter().enumerate() {
            write(area, cell, (column(j), line(i + 1)), 17, &BLACK, HPos::Right);
        }
        write(area, row.better, (better, line(i + 1)), 16, &QUIET, HPos::Left);
    }
}

/// Two bars for each class: its share of the samples, and of held-out images.
fn draw_classes(area: &Area<'_>, evaluator: &Evaluator, evaluation: &Evaluation) {
    let classes = evaluator.reals().domain.classes();
    let series = [(&evaluation.samples[0], SAMPLES), (&evaluation.held_out, REAL)]
        .map(|(column, color)| (&column.figures.class_shares, color));
    let top = series.iter().flat_map(|(shares, _)| shares.iter()).copied().fold(0.01, f64::max);
    let mut chart = ChartBuilder::on(area)
        .x_label_area_size(28)
        .y_label_area_size(56)
        .margin_top(8)
        .build_cartesian_2d(0.0..classes.len() as f64, 0.0..top * 1.1)
        .expect(DRAWN);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE)
        .x_labels(0)
        .y_labels(4)
        .y_label_formatter(&|share| format!("{:.0} %", 100.0 * share))
        .label_style(("sans-serif", 15))
        .draw()
        .expect(DRAWN);
    for (i, (shares, color)) in series.into_iter().enumerate() {
        let bar = |(class, &share): (usize, &f64)| {
            let left = class as f64 + 0.2 + 0.3 * i as f64;
            Rectangle::new([(left, 0.0), (left + 0.28, share)], color.filled())
        };
        chart.draw_series(shares.iter().enumerate().map(bar)).expect(DRAWN);
    }
    let (plot, (_, height)) = (chart.plotting_area(), area.dim_in_pixel());
    for (class, name) in classes.iter().enumerate() {
        let (x, _) = plot.map_coordinate(&(class as f64 + 0.5, 0.0));
        let (left, _) = area.get_base_pixel();
        write(area, name, ((x - left) as usize, height as usize - 24), 15, &BLACK, HPos::Center);
    }
}

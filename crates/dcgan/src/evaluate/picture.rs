//! `evaluation.png`: the table, the shares of the classes, and samples with their nearest training images.

use data::Images;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::nearest::Neighbour;
use super::{Evaluation, Evaluator, Samples, table};
use crate::chart;
use crate::picture::Picture;

const DRAWN: &str = "drawing into memory does not fail";
const SAMPLES: RGBColor = RGBColor(0xd9, 0x5f, 0x02);
const REAL: RGBColor = RGBColor(0x1b, 0x6c, 0xa8);
const QUIET: RGBColor = RGBColor(0x66, 0x66, 0x66);

const WIDTH: u32 = 1000;
const MARGIN: u32 = 24;
/// From one line of text to the next.
const LINE: u32 = 24;
/// Where columns of the table end.
const FIRST_COLUMN: u32 = 420;
const COLUMN: u32 = 170;
/// The chart of classes.
const CHART: u32 = 190;
/// Samples with neighbours in a row, each pixel as a square of [`SCALE`].
const COLUMNS: usize = 11;
const SCALE: u32 = 2;
/// From one image to the next.
const CELL: u32 = 70;
/// Where images begin, right of what they are.
const IMAGES: u32 = 210;
/// A row of samples and two of neighbours, with a line above.
const BAND: u32 = LINE + 3 * CELL + 16;

/// Draws it.
///
/// # Panics
/// Only if `plotters` fails to draw into memory.
#[must_use]
pub fn picture(samples: &Samples, evaluator: &Evaluator, evaluation: &Evaluation) -> Picture {
    chart::register_font();
    let rows = table::rows(evaluator, evaluation);
    let table_height = (rows.len() as u32 + 4) * LINE;
    let chart_top = MARGIN + table_height;
    let bands_top = chart_top + CHART + MARGIN;
    let height = bands_top + 2 * BAND + MARGIN;
    let mut pixels = vec![0; (WIDTH * height * 3) as usize];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (WIDTH, height)).into_drawing_area();
        area.fill(&WHITE).expect(DRAWN);
        draw_table(&area, samples, evaluator, evaluation, &rows);
        draw_classes(&area.clone().shrink((MARGIN, chart_top), (WIDTH - 2 * MARGIN, CHART)), evaluator, evaluation);
    }
    let mut canvas = Canvas { pixels, width: WIDTH as usize };
    let neighbours = &evaluation.neighbours;
    let first: Vec<usize> = (0..COLUMNS.min(neighbours.of.len())).collect();
    let mut nearest: Vec<usize> = (0..neighbours.of.len()).collect();
    nearest.sort_by(|&a, &b| neighbours.by_pixels[a].ratio.total_cmp(&neighbours.by_pixels[b].ratio));
    nearest.truncate(COLUMNS);
    let bands = [("the first samples", first), ("the most suspect of being copies, by pixels", nearest)];
    for (band, (_, chosen)) in bands.iter().enumerate() {
        let top = bands_top + band as u32 * BAND + LINE;
        let training = &evaluator.reals().training;
        for (column, &i) in chosen.iter().enumerate() {
            let index = |of: &[Neighbour]| of[i].index;
            let three = [
                (&samples.images, neighbours.of[i]),
                (training, index(&neighbours.by_pixels)),
                (training, index(&neighbours.by_features)),
            ];
            for (row, (images, number)) in three.into_iter().enumerate() {
                canvas.put(images, number, (IMAGES + column as u32 * CELL, top + row as u32 * CELL));
            }
        }
    }
    let mut pixels = canvas.pixels;
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (WIDTH, height)).into_drawing_area();
        for (band, (title, _)) in bands.iter().enumerate() {
            let top = bands_top + band as u32 * BAND;
            write(&area, title, (MARGIN, top), 17, &BLACK, HPos::Left);
            for (row, text) in ["sample", "nearest by pixels", "nearest by features"].iter().enumerate() {
                let y = top + LINE + row as u32 * CELL + CELL / 2 - 12;
                write(&area, text, (MARGIN, y), 16, &QUIET, HPos::Left);
            }
        }
    }
    Picture::rgb(WIDTH as usize, height as usize, pixels)
}

type Area<'a> = DrawingArea<BitMapBackend<'a>, plotters::coord::Shift>;

fn write(area: &Area<'_>, text: &str, (x, y): (u32, u32), size: u32, color: &RGBColor, side: HPos) {
    let style = ("sans-serif", size).into_font().color(color).pos(Pos::new(side, VPos::Top));
    area.draw(&Text::new(text, (x as i32, y as i32), style)).expect(DRAWN);
}

fn draw_table(area: &Area<'_>, samples: &Samples, evaluator: &Evaluator, evaluation: &Evaluation, rows: &[table::Row]) {
    let [what, eyes] = table::title(samples, evaluator, evaluation);
    write(area, &what, (MARGIN, MARGIN), 18, &BLACK, HPos::Left);
    write(area, &eyes, (MARGIN, MARGIN + LINE), 16, &QUIET, HPos::Left);
    let heads = table::heads(evaluation);
    let line = |i: usize| MARGIN + (i as u32 + 2) * LINE + LINE / 2;
    let column = |i: usize| FIRST_COLUMN + i as u32 * COLUMN;
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
    let classes = evaluator.reals().subject.classes();
    let series = [(&evaluation.samples[0].class_shares, SAMPLES), (&evaluation.held_out.class_shares, REAL)];
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
        write(area, name, ((x - left) as u32, height - 24), 15, &BLACK, HPos::Center);
    }
}

/// Pixels to put images on.
struct Canvas {
    pixels: Vec<u8>,
    width: usize,
}

impl Canvas {
    /// Puts an image, enlarged, with its upper left corner at (`left`, `top`).
    fn put(&mut self, images: &Images, number: usize, (left, top): (u32, u32)) {
        let (width, channels) = (images.width(), images.channels());
        let scale = SCALE as usize;
        for (i, pixel) in images.picture(number).chunks_exact(channels).enumerate() {
            let (y, x) = (i / width * scale + top as usize, i % width * scale + left as usize);
            for (y, x) in (0..scale * scale).map(|j| (y + j / scale, x + j % scale)) {
                for (c, out) in self.pixels[(y * self.width + x) * 3..][..3].iter_mut().enumerate() {
                    *out = pixel[c % channels];
                }
            }
        }
    }
}

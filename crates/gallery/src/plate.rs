//! A plate: two trainings side by side, with their rows of samples, their curves and the words
//! about them.

use plotters::style::RGBColor;
use plotters::style::colors::BLACK;
use plotters::style::text_anchor::HPos;

use crate::chart::{self, Area, LOSSES, QUIET, VERDICTS, canvas};
use crate::text;
use dcgan::picture::Picture;
use dcgan::step::StepMetrics;
use runs::metrics::MetricsRow;

const MARGIN: usize = 20;
/// Between the two columns.
const GAP: usize = 28;
/// From one line of text to the next.
const LINE: usize = 21;
const SIZE: u32 = 16;
/// Above the legend of a row.
const ROOM: usize = 6;
/// The height of a chart.
const CHART: usize = 170;
/// Steps whose mean is a point of a curve, so that curves of single steps do not hide each other.
const MEAN_OF: usize = 10;

/// One training on a plate.
#[derive(Clone, Debug)]
pub struct Column {
    /// What it is.
    pub heading: String,
    /// Rows of samples, each below its legend.
    pub rows: Vec<(String, Picture)>,
    /// Its curves; none are drawn of nothing.
    pub metrics: Vec<MetricsRow>,
    /// What is said about it.
    pub words: Vec<String>,
}

/// Draws two trainings below a title and the change from the right one to the left one.
///
/// # Panics
/// Only if `plotters` fails to draw into memory.
#[must_use]
pub fn draw(title: &str, change: &str, columns: &[Column; 2]) -> Picture {
    let width = columns.iter().flat_map(|column| &column.rows).map(|(_, row)| row.shape()[1]).fold(320, usize::max);
    let words = columns.each_ref().map(|column| {
        let lines = column.words.iter().flat_map(|line| wrapped(line, width));
        lines.collect::<Vec<String>>()
    });
    let top = MARGIN + 28 + (change.lines().count() + 1) * LINE;
    let heights = columns.each_ref().map(|column| {
        let rows: usize = column.rows.iter().map(|(_, row)| ROOM + LINE + row.shape()[0]).sum();
        LINE + 4 + rows + if column.metrics.is_empty() { 0 } else { 2 * CHART }
    });
    let said = words.iter().map(Vec::len).max().unwrap_or_default() * LINE;
    let below = top + heights[0].max(heights[1]) + LINE / 2;
    let size = (2 * width + GAP + 2 * MARGIN, below + said + MARGIN);

    let mut places = Vec::new();
    let mut drawn = canvas(size, |area| {
        write(area, title, (MARGIN, MARGIN), 20, &BLACK);
        for (i, line) in change.lines().enumerate() {
            let color = match line.chars().next() {
                Some('-') => &chart::BLUE,
                Some('+') => &chart::ORANGE,
                _ => &QUIET,
            };
            write(area, line, (MARGIN, MARGIN + 28 + i * LINE), SIZE, color);
        }
        for (i, column) in columns.iter().enumerate() {
            let left = MARGIN + i * (width + GAP);
            let mut y = top;
            write(area, &column.heading, (left, y), 18, &BLACK);
            y += LINE + 4;
            for (legend, row) in &column.rows {
                write(area, legend, (left, y + ROOM), SIZE, &QUIET);
                places.push((row, (left, y + ROOM + LINE)));
                y += ROOM + LINE + row.shape()[0];
            }
            let metrics = means(&column.metrics);
            if let Some(last) = metrics.last() {
                let [losses, verdicts] = [0, 1].map(|at| {
                    let corner = (left as i32, (y + at * CHART) as i32);
                    area.clone().shrink(corner, (width as u32, CHART as u32))
                });
                let scale = chart::scale(&metrics, &LOSSES);
                let scale = scale.start.max(-10.0)..scale.end.min(10.0);
                chart::panel(&losses, &metrics, last.step.max(1), scale, &LOSSES);
                chart::panel(&verdicts, &metrics, last.step.max(1), 0.0..1.0, &VERDICTS);
            }
            for (line, text) in words[i].iter().enumerate() {
                write(area, text, (left, below + line * LINE), SIZE, &BLACK);
            }
        }
    });
    places.into_iter().for_each(|(row, place)| drawn.put(row, place));
    drawn
}

/// The mean of each ten steps, at the last of them.
fn means(metrics: &[MetricsRow]) -> Vec<MetricsRow> {
    let mean = |steps: &[MetricsRow]| {
        let of = |value: fn(&StepMetrics) -> f32| {
            steps.iter().map(|line| value(&line.report)).sum::<f32>() / steps.len() as f32
        };
        let report = StepMetrics {
            d_loss: of(|report| report.d_loss),
            g_loss: of(|report| report.g_loss),
            d_real: of(|report| report.d_real),
            d_fake: of(|report| report.d_fake),
            d_grad_norm: of(|report| report.d_grad_norm),
            g_grad_norm: of(|report| report.g_grad_norm),
        };
        MetricsRow { report, ..steps[steps.len() - 1] }
    };
    metrics.chunks(MEAN_OF).map(mean).collect()
}

fn write(area: &Area<'_>, text: &str, place: (usize, usize), size: u32, color: &RGBColor) {
    chart::write(area, text, place, size, color, HPos::Left);
}

/// A text in lines that are at most `width` pixels wide, if no word is wider.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text::width(&format!("{line} {word}"), SIZE) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_within_their_column() {
        let text = "The loss of the generator is near 0 at once, which looks like success.";
        let lines = wrapped(text, 200);
        assert!(1 < lines.len() && lines.iter().all(|line| text::width(line, SIZE) <= 200), "{lines:?}");
        assert_eq!(text, lines.join(" "));
    }

    #[test]
    fn a_last_point_of_fewer_steps_is_their_mean() {
        let line = |step: u64, off: f32| {
            let report = StepMetrics {
                d_loss: 1.0 + off,
                g_loss: 2.0 + off,
                d_real: 3.0 + off,
                d_fake: 4.0 + off,
                d_grad_norm: 5.0 + off,
                g_grad_norm: 6.0 + off,
            };
            MetricsRow { step, epoch: 1, report, images_per_second: 1.0 }
        };
        // The last three lines are off by -1, 0 and 1.
        let lines: Vec<MetricsRow> =
            (1..=13).map(|step| line(step, if step <= 10 { 0.0 } else { step as f32 - 12.0 })).collect();
        assert_eq!([line(10, 0.0), line(13, 0.0)], means(&lines)[..]);
        assert!(means(&[]).is_empty());
    }

    /// Rows are where they belong, whole, and a column without curves needs no place for them.
    #[test]
    fn both_columns_have_their_rows() {
        // Colours that no letter has, whose edges are mixed of black, white, blue and orange.
        let [green, violet] = [[1, 254, 3], [250, 2, 251]];
        let row = |color: [u8; 3]| ("step 1".to_owned(), Picture::new([10, 400, 3], color.repeat(4000)));
        let column = |color| Column { heading: "a".to_owned(), rows: vec![row(color)], metrics: vec![], words: vec![] };
        let drawn = draw("title", "- a\n+ b", &[column(green), column(violet)]);
        let count = |color: [u8; 3]| drawn.pixels().chunks_exact(3).filter(|pixel| **pixel == color).count();
        assert_eq!((4000, 4000), (count(green), count(violet)));
        assert_eq!(2 * 400 + GAP + 2 * MARGIN, drawn.shape()[1]);
    }
}

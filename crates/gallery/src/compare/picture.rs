//! `comparison.png`: the Fréchet distance by epochs and by seconds, and the samples at the end of
//! either way.

use std::ops::Range;
use std::path::PathBuf;

use plotters::coord::combinators::{BindKeyPoints, LogCoord, WithKeyPoints};
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::comparison::{Comparison, Contender, Measure, Standing};
use super::table;
use crate::chart::{self, Area, DRAWN, QUIET, canvas};
use dcgan::picture::Picture;
use runs::directory::numbered;
use runs::evaluations::EvaluationRow;
use runs::{Error, input};

const COLORS: [RGBColor; 8] = [
    chart::BLUE,
    chart::ORANGE,
    RGBColor(0x1b, 0x9e, 0x77),
    RGBColor(0x75, 0x70, 0xb3),
    RGBColor(0xe7, 0x29, 0x8a),
    RGBColor(0x66, 0xa6, 0x1e),
    RGBColor(0xa6, 0x76, 0x1d),
    RGBColor(0x55, 0x55, 0x55),
];

/// Marks on an axis of logarithms, at most.
const MOST_MARKS: usize = 9;

/// Runs that one picture has colours for.
pub const MOST: usize = COLORS.len();

const LEAST_WIDTH: usize = 1000;
const MARGIN: usize = 24;
/// From one line of text to the next.
const LINE: usize = 24;
const CHART: usize = 360;
/// Below a row of samples.
const GAP: usize = 8;
/// How many times longer than the shortest the longest run may be on a linear scale.
const UNEQUAL: f64 = 5.0;

/// A run's row of samples at a moment, below a line that says how good it is.
struct Row {
    run: usize,
    title: String,
    picture: Option<Picture>,
}

/// Draws it.
///
/// # Errors
/// If a row of samples cannot be read.
///
/// # Panics
/// If there are no runs, or more than [`MOST`].
pub fn picture(comparison: &Comparison) -> Result<Picture, Error> {
    let contenders = &comparison.contenders;
    assert!((1..=MOST).contains(&contenders.len()), "a picture of {} runs", contenders.len());
    let standings = comparison.standings();
    let ends =
        Measure::ALL.iter().filter_map(|&measure| standings.iter().rfind(|standing| standing.measure == measure));
    let bands = ends.map(|standing| Ok((standing, rows(contenders, standing)?))).collect::<Result<Vec<_>, Error>>()?;

    let pictures = || bands.iter().flat_map(|(_, rows)| rows.iter().filter_map(|row| row.picture.as_ref()));
    let width = pictures().map(|picture| picture.shape()[1] + 2 * MARGIN).fold(LEAST_WIDTH, usize::max);
    let heights: usize = pictures().map(|picture| picture.shape()[0] + GAP).sum();
    let texts = bands.iter().map(|(_, rows)| rows.len() + 2).sum::<usize>() * LINE;
    let top = MARGIN + 2 * LINE + CHART;
    let height = top + texts + heights + 2 * MARGIN;

    let mut places = Vec::new();
    let mut drawn = canvas((width, height), |area| {
        write(area, &table::eyes(comparison), MARGIN, 17, &BLACK);
        write(area, &table::pace(comparison), MARGIN + LINE, 16, &QUIET);
        let charts = area.clone().shrink((0, (MARGIN + 2 * LINE) as u32), (width as u32, CHART as u32));
        for (half, measure) in charts.split_evenly((1, 2)).iter().zip(Measure::ALL) {
            draw(half, comparison, measure);
        }
        let mut y = top + LINE / 2;
        for (standing, rows) in &bands {
            write(area, &format!("after {}", standing.measure.amount(standing.amount)), y, 18, &BLACK);
            y += LINE;
            for row in rows {
                write(area, &row.title, y, 16, &COLORS[row.run]);
                y += LINE;
                if let Some(picture) = &row.picture {
                    places.push((picture, y));
                    y += picture.shape()[0] + GAP;
                }
            }
            y += LINE;
        }
    });
    places.into_iter().for_each(|(picture, y)| drawn.put(picture, (MARGIN, y)));
    Ok(drawn)
}

/// What each run had drawn by then.
fn rows(contenders: &[Contender], standing: &Standing<'_>) -> Result<Vec<Row>, Error> {
    let row = |(run, (of, line)): (usize, (&Contender, &Option<&EvaluationRow>))| {
        let name = of.path.display();
        let Some(line) = line else {
            return Ok(Row { run, title: format!("{name}: no evaluation that early"), picture: None });
        };
        let title = format!("{name}, step {}: Fréchet distance {:.3}", line.step, line.frechet_distance);
        Ok(Row { run, title, picture: sampled(of, line.step)? })
    };
    contenders.iter().zip(&standing.lines).enumerate().map(row).collect()
}

/// The last row of samples up to `step`.
fn sampled(contender: &Contender, step: u64) -> Result<Option<Picture>, Error> {
    let rows: Vec<(u64, PathBuf)> = numbered(&contender.path.join("samples"), "png")?;
    let Some((_, path)) = rows.into_iter().rfind(|&(number, _)| number <= step) else { return Ok(None) };
    let bytes = input::read(&path, input::MOST_PICTURE_BYTES)?;
    Picture::from_png(&bytes).map(Some).map_err(|reason| Error::file(&path, reason))
}

fn write(area: &Area<'_>, text: &str, y: usize, size: u32, color: &RGBColor) {
    chart::write(area, text, (MARGIN, y), size, color, HPos::Left);
}

/// The Fréchet distance of each run along its whole way. A grey line marks where the shortest run
/// ends, up to which runs are compared. If the ways are too unequal for one scale, it is that of
/// their logarithms.
fn draw(area: &Area<'_>, comparison: &Comparison, measure: Measure) {
    let end = comparison.end(measure);
    let longest = comparison.contenders.iter().map(|contender| contender.end(measure)).fold(end, f64::max);
    if longest <= UNEQUAL * end {
        return plot(area, comparison, measure, 0.0..longest * 1.02);
    }
    let firsts = comparison.contenders.iter().filter_map(|contender| points(contender, measure).first().copied());
    let first = firsts.map(|(x, _)| x).fold(end, f64::min);
    plot(area, comparison, measure, logarithmic(first * 0.8..longest * 1.2));
}

/// A scale of logarithms with [`marks`].
fn logarithmic(range: Range<f64>) -> WithKeyPoints<LogCoord<f64>> {
    let marks = marks(&range);
    range.log_scale().with_key_points(marks)
}

/// Round numbers within `range`: the powers of ten where it is wide, else 1, 2 and 5 of each
/// decade, or all digits where it is narrow, or its ends.
fn marks(range: &Range<f64>) -> Vec<f64> {
    let decades = range.start.max(1e-9).log10().floor() as i32..=range.end.log10().ceil() as i32;
    let of = |digits: &[f64]| -> Vec<f64> {
        let all = decades.clone().flat_map(|decade| digits.iter().map(move |digit| digit * 10_f64.powi(decade)));
        all.filter(|mark| range.contains(mark)).collect()
    };
    let all_digits: Vec<f64> = (1..10).map(f64::from).collect();
    let candidates = [of(&all_digits), of(&[1.0, 2.0, 5.0]), of(&[1.0])];
    let found = candidates.into_iter().find(|marks| marks.len() <= MOST_MARKS).unwrap_or_default();
    if found.len() < 2 { vec![range.start, range.end] } else { found }
}

/// A number on an axis: with the digits that tell it from its neighbours, and no more.
fn label(x: f64) -> String {
    let decimals = (2.0 - x.abs().max(1e-9).log10().floor()).clamp(0.0, 9.0) as usize;
    let text = format!("{x:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The evaluations of a run: how far it was, and its distance, which is above 0 on a scale of
/// logarithms.
fn points(contender: &Contender, measure: Measure) -> Vec<(f64, f64)> {
    let point = |line: &EvaluationRow| (contender.at(line.step, measure), line.frechet_distance.max(1e-3));
    contender.lines.iter().map(point).collect()
}

fn plot<X>(area: &Area<'_>, comparison: &Comparison, measure: Measure, way: X)
where
    X: AsRangedCoord<Value = f64>,
    X::CoordDescType: ValueFormatter<f64>,
{
    let contenders = &comparison.contenders;
    let distances = contenders.iter().flat_map(|contender| points(contender, measure)).map(|(_, distance)| distance);
    let (least, most) = distances.fold((f64::INFINITY, 1e-3), |(a, b), x| (a.min(x), f64::max(b, x)));
    let room = (most / least).max(1.0).powf(0.3); // for the legend, above all points
    let (bottom, top) = (least * 0.8, most * 1.5 * room);
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(24)
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d(way, logarithmic(bottom..top))
        .expect(DRAWN);
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_label_formatter(&|x| label(*x))
        .y_label_formatter(&|y| label(*y))
        .x_desc(measure.name())
        .y_desc("Fréchet distance")
        .label_style(("sans-serif", 15))
        .draw()
        .expect(DRAWN);
    let end = comparison.end(measure);
    chart.draw_series(LineSeries::new([(end, bottom), (end, top)], QUIET.stroke_width(1))).expect(DRAWN);
    for (contender, color) in contenders.iter().zip(COLORS) {
        let points = points(contender, measure);
        let series = chart.draw_series(LineSeries::new(points.clone(), color.stroke_width(2))).expect(DRAWN);
        let legend = contender.path.display().to_string();
        series.label(legend).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(3)));
        chart.draw_series(points.into_iter().map(|point| Circle::new(point, 3, color.filled()))).expect(DRAWN);
    }
    chart::legend(&mut chart);
}

#[cfg(test)]
mod tests {
    use super::super::comparison::tests::{contender, two};
    use super::*;

    #[test]
    fn marks_are_round_and_few() {
        let labels = |range: Range<f64>| marks(&range).into_iter().map(label).collect::<Vec<_>>().join(" ");
        assert_eq!("0.1 0.2 0.5", labels(0.08..0.98));
        assert_eq!("0.3 0.4 0.5 0.6 0.7", labels(0.22..0.71));
        assert_eq!("5 6 7 8", labels(4.2..8.9));
        assert_eq!("1 2 5 10 20 50 100", labels(0.8..130.0));
        assert_eq!("1 10 100 1000 10000", labels(0.8..13_000.0));
        assert_eq!("4.2 4.8", labels(4.2..4.8));
        assert_eq!(["0", "0.00123", "1234"], [0.0, 0.001_234, 1234.4].map(label));
    }

    /// With rows of samples of one run and none of the other, one run that begins too late, and
    /// rows wider than the picture.
    #[test]
    fn there_is_a_picture_whatever_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let mut comparison = two();
        let small = picture(&comparison).unwrap();
        comparison.contenders[1].path = folder.path().to_owned();
        let samples = folder.path().join("samples");
        std::fs::create_dir(&samples).unwrap();
        let row = Picture::grid_of_bytes(&vec![7; 40 * 28 * 28], [40, 28, 28, 1], 40);
        for step in [4, 20, 31] {
            std::fs::write(samples.join(format!("step-{step:06}.png")), row.to_png(&[])).unwrap();
        }
        let large = picture(&comparison).unwrap();
        let [height, width, _] = small.shape();
        assert_eq!(LEAST_WIDTH, width);
        assert_eq!([height + 2 * (30 + GAP), 40 * 30 + 2 * MARGIN, 3], large.shape());
        std::fs::write(samples.join("step-000020.png"), "no picture").unwrap();
        assert!(picture(&comparison).unwrap_err().to_string().contains("step-000020.png"));
    }

    #[test]
    fn a_row_of_the_very_step_is_shown_and_no_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let samples = folder.path().join("samples");
        std::fs::create_dir(&samples).unwrap();
        for step in [100, 200] {
            let row = Picture::new([1, 2, 1], vec![step; 2]);
            std::fs::write(samples.join(format!("step-{step:06}.png")), row.to_png(&[])).unwrap();
        }
        let mut run = contender("run", 10, 1.0, &[100]);
        run.path = folder.path().to_owned();
        let level = |step: u64| sampled(&run, step).unwrap().map(|row| row.pixels()[0]);
        assert_eq!([None, Some(100), Some(100), Some(200), Some(200)], [99, 100, 199, 200, 201].map(level));
    }

    /// A run that was first evaluated long after the other had ended is still drawn.
    #[test]
    fn no_curve_of_unequal_runs_is_lost() {
        let short = contender("short", 10, 1.0, &[10, 20]);
        let long = contender("long", 10, 1.0, &[5_000, 10_000, 15_000, 20_000]);
        let drawn = picture(&Comparison { contenders: vec![short, long] }).unwrap();
        let [_, width, _] = drawn.shape();
        let top = MARGIN + 2 * LINE;
        for color in [chart::BLUE, chart::ORANGE] {
            let is_color = |pixel: &&[u8]| **pixel == [color.0, color.1, color.2];
            // Each half: more pixels than the legend's stroke of 18 by 3 has.
            for half in [0..width / 2, width / 2..width] {
                let rows = drawn.pixels().chunks_exact(3 * width).skip(top).take(CHART);
                let pixels = rows.flat_map(|row| row.chunks_exact(3).skip(half.start).take(half.len()));
                let count = pixels.filter(is_color).count();
                assert!(90 < count, "{count} pixels of {color:?} in {half:?}");
            }
        }
    }
}

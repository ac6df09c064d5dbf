//! Drawing with `plotters`: what charts share, and `losses.png`, how losses and verdicts went.

use std::ops::Range;
use std::sync::Once;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::text::{self, Paper};
use dcgan::picture::Picture;
use runs::metrics::MetricsRow;

const SIZE: (usize, usize) = (960, 720);
/// A chart that is lower has fewer marks.
const LOW: u32 = 200;

pub(crate) const BLUE: RGBColor = RGBColor(0x1b, 0x6c, 0xa8);
pub(crate) const ORANGE: RGBColor = RGBColor(0xd9, 0x5f, 0x02);
pub(crate) const QUIET: RGBColor = RGBColor(0x66, 0x66, 0x66);
pub(crate) const DRAWN: &str = "drawing into memory does not fail";

/// Where one draws.
pub(crate) type Area<'a> = DrawingArea<Paper<'a>, Shift>;

/// Whose curve it is, by which it has its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Discriminator,
    Generator,
}

/// One curve: its legend, whose it is, and its value at a logged step.
pub(crate) type Curve = (&'static str, Side, fn(&MetricsRow) -> f32);

pub(crate) const LOSSES: [Curve; 2] = [
    ("L_D, discriminator", Side::Discriminator, |line| line.report.d_loss),
    ("L_G, generator", Side::Generator, |line| line.report.g_loss),
];
pub(crate) const VERDICTS: [Curve; 2] = [
    ("D(x), real images", Side::Discriminator, |line| line.report.d_real),
    ("D(G(z)), fake images", Side::Generator, |line| line.report.d_fake),
];

/// The chart: losses above, mean verdicts of the discriminator below.
///
/// # Panics
/// Only if `plotters` fails to draw into memory.
#[must_use]
pub fn losses(lines: &[MetricsRow]) -> Picture {
    canvas(SIZE, |area| {
        let (above, below) = area.split_vertically(SIZE.1 as u32 * 3 / 5);
        let steps = lines.last().map_or(1, |line| line.step.max(1));
        panel(&above, lines, steps, scale(lines, &LOSSES), &LOSSES);
        panel(&below, lines, steps, 0.0..1.0, &VERDICTS);
    })
}

/// A white picture of that width and height, drawn on.
pub(crate) fn canvas((width, height): (usize, usize), draw: impl FnOnce(&Area<'_>)) -> Picture {
    register_font();
    let mut pixels = vec![0; width * height * 3];
    {
        let bitmap = BitMapBackend::with_buffer(&mut pixels, (width as u32, height as u32));
        let area = Paper(bitmap).into_drawing_area();
        area.fill(&WHITE).expect(DRAWN);
        draw(&area);
    }
    Picture::rgb(width, height, pixels)
}

/// Writes a line of text, `size` pixels high, from (`x`, `y`) down and to that side.
pub(crate) fn write(area: &Area<'_>, text: &str, (x, y): (usize, usize), size: u32, color: &RGBColor, side: HPos) {
    let style = ("sans-serif", size).into_font().color(color).pos(Pos::new(side, VPos::Top));
    area.draw(&Text::new(text, (x as i32, y as i32), style)).expect(DRAWN);
}

/// What the colours mean, in the upper right corner of a chart.
pub(crate) fn legend<'a, 'b: 'a, X, Y>(chart: &mut ChartContext<'a, Paper<'b>, Cartesian2d<X, Y>>)
where
    X: Ranged + ValueFormatter<X::ValueType>,
    Y: Ranged + ValueFormatter<Y::ValueType>,
{
    chart
        .configure_series_labels()
        .background_style(WHITE.mix(0.8))
        .label_font(("sans-serif", 16))
        .position(SeriesLabelPosition::UpperRight)
        .draw()
        .expect(DRAWN);
}

/// From the least value of the curves, or 0, to the largest, or 1.
pub(crate) fn scale(lines: &[MetricsRow], curves: &[Curve]) -> Range<f32> {
    let values = curves.iter().flat_map(|(_, _, value)| lines.iter().map(value));
    values.filter(|value| value.is_finite()).fold(0.0..1.0, |all, x| all.start.min(x)..all.end.max(x))
}

/// One chart: what the colours mean in a line above, and the curves over `scale`. Where a value is
/// not finite, its curve has a gap.
pub(crate) fn panel(area: &Area<'_>, lines: &[MetricsRow], steps: u64, scale: Range<f32>, curves: &[Curve]) {
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_top(34)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(0..steps, scale)
        .expect(DRAWN);
    let (_, height) = area.dim_in_pixel();
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc("step")
        .y_labels(if height < LOW { 5 } else { 10 })
        .label_style(("sans-serif", 15))
        .draw()
        .expect(DRAWN);
    let mut left = 56;
    for &(legend, side, value) in curves {
        let color = if side == Side::Generator { ORANGE } else { BLUE };
        for part in lines.split(|line| !value(line).is_finite()) {
            let points = part.iter().map(|line| (line.step, value(line)));
            chart.draw_series(LineSeries::new(points, color.stroke_width(1))).expect(DRAWN);
        }
        let stroke = [(left, 20), (left + 18, 20)];
        area.draw(&PathElement::new(stroke, color.stroke_width(3))).expect(DRAWN);
        write(area, legend, (left as usize + 26, 15), 16, &BLACK, HPos::Left);
        left += 26 + text::width(legend, 16) as i32 + 28;
    }
}

/// Gives `plotters` its letters: a font out of a crate, since a machine may have none.
fn register_font() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let registered = plotters::style::register_font("sans-serif", FontStyle::Normal, text::FONT);
        assert!(registered.is_ok(), "the font out of the crate is a font");
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use dcgan::step::StepMetrics;

    /// The pixels of a colour in the lower chart, as the rows that they are in.
    fn rows_of(picture: &Picture, color: RGBColor) -> Vec<usize> {
        let [height, width, _] = picture.shape();
        let is_color = |(i, pixel): &(usize, &[u8])| *pixel == [color.0, color.1, color.2] && 200 < i % width;
        let pixels = picture.pixels().chunks_exact(3).enumerate().filter(is_color);
        pixels.map(|(i, _)| i / width).filter(|&y| height * 3 / 5 + 30 < y).collect()
    }

    /// A verdict of 1 is at the upper end of its axis, and one that is no number is nowhere.
    #[test]
    fn verdicts_go_from_0_to_1_and_what_is_not_finite_is_a_gap() {
        let line = |step: u64, d_real: f32| {
            let nothing = f32::NAN;
            let report = StepMetrics {
                d_loss: nothing,
                g_loss: f32::INFINITY,
                d_real,
                d_fake: nothing,
                d_grad_norm: 1.0,
                g_grad_norm: 1.0,
            };
            MetricsRow { step, epoch: 1, report, images_per_second: 1.0 }
        };
        let drawn = |verdict: f32| losses(&[line(1, verdict), line(100, verdict), line(200, f32::NAN)]);
        let [one, half] = [1.0, 0.5].map(|verdict| rows_of(&drawn(verdict), BLUE)[0]);
        let height = SIZE.1 * 2 / 5 - 34 - 12 - 36;
        assert_eq!(SIZE.1 * 3 / 5 + 34, one);
        assert!(half.abs_diff(one + height / 2) <= 2, "{half} and {one}");
        assert!(rows_of(&drawn(0.5), ORANGE).is_empty());
    }
}

//! Drawing with `plotters`: what charts share, and `losses.png`, how losses and verdicts went.

use std::sync::Once;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use dcgan::picture::Picture;
use runs::metrics::MetricsRow;

const SIZE: (usize, usize) = (960, 720);

pub(crate) const BLUE: RGBColor = RGBColor(0x1b, 0x6c, 0xa8);
pub(crate) const ORANGE: RGBColor = RGBColor(0xd9, 0x5f, 0x02);
pub(crate) const QUIET: RGBColor = RGBColor(0x66, 0x66, 0x66);
pub(crate) const DRAWN: &str = "drawing into memory does not fail";

/// Where one draws.
pub(crate) type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

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
    ("D(G(z)), made images", Side::Generator, |line| line.report.d_fake),
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
        panel(&above, lines, steps, top(lines, &LOSSES), &LOSSES);
        panel(&below, lines, steps, 1.0, &VERDICTS);
    })
}

/// A white picture of that width and height, drawn on.
pub(crate) fn canvas((width, height): (usize, usize), draw: impl FnOnce(&Area<'_>)) -> Picture {
    register_font();
    let mut pixels = vec![0; width * height * 3];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width as u32, height as u32)).into_drawing_area();
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
pub(crate) fn legend<'a, 'b: 'a, X, Y>(chart: &mut ChartContext<'a, BitMapBackend<'b>, Cartesian2d<X, Y>>)
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

/// The largest value of the curves, or 1.
fn top(lines: &[MetricsRow], curves: &[Curve]) -> f32 {
    curves.iter().flat_map(|(_, _, value)| lines.iter().map(value)).fold(1.0, f32::max)
}

fn panel(area: &Area<'_>, lines: &[MetricsRow], steps: u64, top: f32, curves: &[Curve]) {
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(0..steps, 0.0..top * 1.25) // room for the legend
        .expect(DRAWN);
    chart.configure_mesh().light_line_style(WHITE).x_desc("step").label_style(("sans-serif", 15)).draw().expect(DRAWN);
    for &(legend, side, value) in curves {
        let color = if side == Side::Generator { ORANGE } else { BLUE };
        let points = lines.iter().map(|line| (line.step, value(line)));
        let series = chart.draw_series(LineSeries::new(points, color.stroke_width(1))).expect(DRAWN);
        series.label(legend).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(3)));
    }
    legend(&mut chart);
}

/// Gives `plotters` its letters: a font out of a crate, since a machine may have none.
fn register_font() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let registered =
            plotters::style::register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT);
        assert!(registered.is_ok(), "the font out of the crate is a font");
    });
}

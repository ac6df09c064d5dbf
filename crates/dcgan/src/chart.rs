//! `losses.png`: how losses and verdicts went, drawn by `plotters`.

use std::sync::Once;

use plotters::prelude::*;

use crate::metrics::Line;
use crate::picture::Picture;

const SIZE: (u32, u32) = (960, 720);
const GENERATOR: RGBColor = RGBColor(0xd9, 0x5f, 0x02);
const DISCRIMINATOR: RGBColor = RGBColor(0x1b, 0x6c, 0xa8);

/// One curve: its legend, colour, and value at a logged step.
type Curve = (&'static str, RGBColor, fn(&Line) -> f32);

const LOSSES: [Curve; 2] = [
    ("L_D, discriminator", DISCRIMINATOR, |line| line.report.d_loss),
    ("L_G, generator", GENERATOR, |line| line.report.g_loss),
];
const VERDICTS: [Curve; 2] = [
    ("D(x), real images", DISCRIMINATOR, |line| line.report.d_real),
    ("D(G(z)), made images", GENERATOR, |line| line.report.d_fake),
];

/// The chart: losses above, mean verdicts of the discriminator below.
///
/// # Panics
/// Only if `plotters` fails to draw into memory.
#[must_use]
pub fn losses(lines: &[Line]) -> Picture {
    register_font();
    let mut pixels = vec![0; (SIZE.0 * SIZE.1 * 3) as usize];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, SIZE).into_drawing_area();
        area.fill(&WHITE).expect("drawing into memory does not fail");
        let (above, below) = area.split_vertically(SIZE.1 * 3 / 5);
        let steps = lines.last().map_or(1, |line| line.step.max(1));
        panel(&above, lines, steps, top(lines, &LOSSES), &LOSSES);
        panel(&below, lines, steps, 1.0, &VERDICTS);
    }
    Picture::rgb(SIZE.0 as usize, SIZE.1 as usize, pixels)
}

/// The largest value of the curves, or 1.
fn top(lines: &[Line], curves: &[Curve]) -> f32 {
    curves.iter().flat_map(|(_, _, value)| lines.iter().map(value)).fold(1.0, f32::max)
}

fn panel(
    area: &DrawingArea<BitMapBackend<'_>, plotters::coord::Shift>,
    lines: &[Line],
    steps: u64,
    top: f32,
    curves: &[Curve],
) {
    const DRAWN: &str = "drawing into memory does not fail";
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(0..steps, 0.0..top * 1.25) // room for the legend
        .expect(DRAWN);
    chart.configure_mesh().light_line_style(WHITE).x_desc("step").label_style(("sans-serif", 15)).draw().expect(DRAWN);
    for &(legend, color, value) in curves {
        let points = lines.iter().map(|line| (line.step, value(line)));
        let series = chart.draw_series(LineSeries::new(points, color.stroke_width(1))).expect(DRAWN);
        series.label(legend).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(3)));
    }
    chart
        .configure_series_labels()
        .background_style(WHITE.mix(0.8))
        .label_font(("sans-serif", 16))
        .position(SeriesLabelPosition::UpperRight)
        .draw()
        .expect(DRAWN);
}

/// Gives `plotters` its letters: a font out of a crate, since a machine may have none.
pub(crate) fn register_font() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let registered =
            plotters::style::register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT);
        assert!(registered.is_ok(), "the font out of the crate is a font");
    });
}

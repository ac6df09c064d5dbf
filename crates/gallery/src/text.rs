//! Letters of charts, each placed by its advance.
//!
//! `plotters` draws each letter from a whole pixel and without its left bearing, which tears words
//! apart ("tra ining"). [`Paper`] is its bitmap with one difference: a line of text is laid out in
//! fractions of a pixel, and each letter is rasterised where it falls.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, ScaleFont, point};
use plotters::backend::BitMapBackend;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};

/// The font of all charts, out of a crate, since a machine may have none.
pub(crate) const FONT: &[u8] = epaint_default_fonts::UBUNTU_LIGHT;

static LETTERS: LazyLock<FontRef<'static>> =
    LazyLock::new(|| FontRef::try_from_slice(FONT).expect("the font out of the crate is a font"));

type Failure<'a> = DrawingErrorKind<<BitMapBackend<'a> as DrawingBackend>::ErrorType>;

/// A bitmap to draw on.
pub(crate) struct Paper<'a>(pub(crate) BitMapBackend<'a>);

/// A line of text as pixels: their places, from the left end of the baseline, and how far each is
/// covered; and the width of the line.
fn rasterised(text: &str, size: f32) -> (Vec<([i32; 2], f32)>, f32) {
    let font = LETTERS.as_scaled(size);
    let mut pixels = Vec::new();
    let mut x = 0.0;
    let mut before = None;
    for letter in text.chars() {
        let id = font.glyph_id(letter);
        x += before.map_or(0.0, |before| font.kern(before, id));
        if let Some(outline) = LETTERS.outline_glyph(id.with_scale_and_position(size, point(x, 0.0))) {
            let corner = outline.px_bounds().min;
            outline.draw(|right, down, covered| {
                pixels.push(([corner.x as i32 + right as i32, corner.y as i32 + down as i32], covered.min(1.0)));
            });
        }
        x += font.h_advance(id);
        before = Some(id);
    }
    (pixels, x)
}

/// The width of a line of text in pixels.
pub(crate) fn width(text: &str, size: u32) -> usize {
    rasterised(text, size as f32).1.ceil() as usize
}

impl<'a> DrawingBackend for Paper<'a> {
    type ErrorType = <BitMapBackend<'a> as DrawingBackend>::ErrorType;

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Result<(), Failure<'a>> {
        let size = style.size();
        let (pixels, width) = rasterised(text, size as f32);
        let left = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Right => -width,
            HPos::Center => -width / 2.0,
        };
        let height = size / 1.24; // as `plotters` estimates it
        let top = match style.anchor().v_pos {
            VPos::Top => 0.0,
            VPos::Center => -height / 2.0,
            VPos::Bottom => -height,
        };
        let baseline = top as i32 + (size / 2.0) as i32;
        let (columns, rows) = self.get_size();
        let BackendColor { alpha, rgb } = style.color();
        for ([x, y], covered) in pixels {
            let (x, y) = style.transform().transform(x + left as i32, y + baseline);
            let (x, y) = (at.0 + x, at.1 + y);
            if (0..columns as i32).contains(&x) && (0..rows as i32).contains(&y) {
                self.draw_pixel((x, y), BackendColor { alpha: alpha * f64::from(covered), rgb })?;
            }
        }
        Ok(())
    }

    fn get_size(&self) -> (u32, u32) {
        self.0.get_size()
    }

    fn ensure_prepared(&mut self) -> Result<(), Failure<'a>> {
        self.0.ensure_prepared()
    }

    fn present(&mut self) -> Result<(), Failure<'a>> {
        self.0.present()
    }

    fn draw_pixel(&mut self, at: BackendCoord, color: BackendColor) -> Result<(), Failure<'a>> {
        self.0.draw_pixel(at, color)
    }

    fn draw_line<S: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, style: &S) -> Result<(), Failure<'a>> {
        self.0.draw_line(a, b, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        a: BackendCoord,
        b: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Result<(), Failure<'a>> {
        self.0.draw_rect(a, b, style, fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), Failure<'a>> {
        self.0.draw_path(path, style)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The columns of a text that have ink, as (first, last) of each run of them.
    fn strokes(text: &str, size: f32) -> Vec<(i32, i32)> {
        let mut columns: Vec<i32> =
            rasterised(text, size).0.into_iter().filter(|(_, covered)| 0.3 < *covered).map(|([x, _], _)| x).collect();
        columns.sort_unstable();
        columns.dedup();
        let runs = columns.chunk_by(|a, b| a + 1 == *b);
        runs.map(|run| (run[0], run[run.len() - 1])).collect()
    }

    /// Equal letters stand equally far apart, to the pixel that a fraction may round to.
    #[test]
    fn letters_stand_evenly() {
        for size in [15.0, 16.0, 17.0, 18.0] {
            let left: Vec<i32> = strokes("llllllllllllllll", size).iter().map(|run| run.0).collect();
            assert_eq!(16, left.len(), "{left:?}");
            let gaps: Vec<i32> = left.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let [least, most] = [gaps.iter().min(), gaps.iter().max()].map(|gap| *gap.unwrap());
            assert!(most <= least + 1, "{gaps:?}");
        }
        // A letter keeps its left bearing: `i` does not lean on `a`.
        let [a, i] = [strokes("a", 16.0), strokes("ai", 16.0)];
        assert!(a.last().unwrap().1 + 1 < i.last().unwrap().0, "{a:?} {i:?}");
    }

    #[test]
    fn a_line_is_as_wide_as_its_letters_advance() {
        let one = rasterised("m", 16.0).1;
        assert!((rasterised("mmmm", 16.0).1 - 4.0 * one).abs() < 1e-3 && width("mmmm", 16) < width("mmmmi", 16));
    }
}

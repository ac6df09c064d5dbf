//! Pictures out: a grid of images as an 8-bit PNG, rows stacked into one picture, and animations.
//!
//! Every image of a grid has a white margin of one pixel on each side, so that grids can be
//! stacked without a seam: a run's `progress.png` is its rows of samples, top to bottom.

use std::io::Cursor;

use data::{Images, scale};
use tensor::Tensor;

/// White pixels around every image of a grid.
const MARGIN: usize = 1;

/// The largest picture that is read: 13,000 pixels a side, in colour.
pub(crate) const MOST_BYTES: usize = 512 << 20;

/// What stands in a cell of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// An image, by its number.
    Image(usize),
    /// Nothing.
    Blank,
    /// The sign +.
    Plus,
    /// The sign −.
    Minus,
    /// The sign =.
    Equals,
}

/// 8-bit pixels, row by row; grey (1 channel) or red, green and blue (3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    channels: usize,
    pixels: Vec<u8>,
}

impl Picture {
    /// Images in rows of `columns`, from values in [-1, 1]: `[n, height, width, channels]` with 1 or 3 channels.
    ///
    /// # Errors
    /// If a value is not finite.
    ///
    /// # Panics
    /// If there is no image, no column, or another number of channels.
    pub fn grid(images: &Tensor, columns: usize) -> Result<Self, scale::NotFinite> {
        let bytes = scale::to_bytes(images.data())?;
        let [count, height, width, channels] = images.dims();
        Ok(Self::grid_of_bytes(&bytes, [count, height, width, channels], columns))
    }

    /// As [`grid`](Picture::grid), from bytes, NHWC.
    ///
    /// # Panics
    /// As [`grid`](Picture::grid), or if the bytes are not as many as the shape says.
    #[must_use]
    pub fn grid_of_bytes(bytes: &[u8], shape: [usize; 4], columns: usize) -> Self {
        let [count, image_height, image_width, channels] = shape;
        assert!(0 < count && 0 < columns, "a grid of {count} images in {columns} columns");
        assert!(channels == 1 || channels == 3, "a picture of {channels} channels");
        assert_eq!(count * image_height * image_width * channels, bytes.len(), "bytes of a grid of {shape:?}");
        let columns = columns.min(count);
        let (cell_height, cell_width) = (image_height + 2 * MARGIN, image_width + 2 * MARGIN);
        let (height, width) = (count.div_ceil(columns) * cell_height, columns * cell_width);
        let mut pixels = vec![u8::MAX; height * width * channels];
        for (line, from) in bytes.chunks_exact(image_width * channels).enumerate() {
            let (cell, y) = (line / image_height, line % image_height);
            let top = cell / columns * cell_height + MARGIN + y;
            let left = cell % columns * cell_width + MARGIN;
            pixels[(top * width + left) * channels..][..from.len()].copy_from_slice(from);
        }
        Self { width, height, channels, pixels }
    }

    /// Adds a picture of the same width below.
    ///
    /// # Panics
    /// If its width or its channels are others.
    pub fn append(&mut self, below: &Self) {
        assert!(self.is_as_wide_as(below), "a picture below another is as wide");
        self.height += below.height;
        self.pixels.reserve_exact(below.pixels.len());
        self.pixels.extend_from_slice(&below.pixels);
    }

    /// Puts another picture on this one, its upper left corner at (`left`, `top`); a grey one also on a colour one.
    ///
    /// # Panics
    /// If it sticks out, or is a colour one on a grey one.
    pub fn put(&mut self, other: &Self, (left, top): (usize, usize)) {
        assert!(other.channels <= self.channels && left + other.width <= self.width, "a picture on a smaller one");
        for (y, line) in other.pixels.chunks_exact(other.width * other.channels).enumerate() {
            let at = ((top + y) * self.width + left) * self.channels;
            let own = self.pixels[at..][..other.width * self.channels].chunks_exact_mut(self.channels);
            for (own, pixel) in own.zip(line.chunks_exact(other.channels)) {
                own.iter_mut().zip(pixel.iter().cycle()).for_each(|(own, &value)| *own = value);
            }
        }
    }

    /// Image number `index` alone, without a margin.
    ///
    /// # Panics
    /// If there is no such image.
    #[must_use]
    pub fn of(images: &Images, index: usize) -> Self {
        let (height, width, channels) = (images.height(), images.width(), images.channels());
        Self { width, height, channels, pixels: images.picture(index).to_vec() }
    }

    /// A grid of images, signs and gaps in rows of `columns`.
    ///
    /// # Panics
    /// If there is no cell or no such image.
    #[must_use]
    pub fn of_cells(images: &Images, cells: &[Cell], columns: usize) -> Self {
        let (height, width, channels) = (images.height(), images.width(), images.channels());
        let bytes: Vec<u8> = cells
            .iter()
            .flat_map(|cell| match cell {
                Cell::Image(index) => images.picture(*index).to_vec(),
                sign => sign.drawn(height, width).into_iter().flat_map(|grey| vec![grey; channels]).collect(),
            })
            .collect();
        Self::grid_of_bytes(&bytes, [cells.len(), height, width, channels], columns)
    }

    /// The images of a row: of a grid that has them all side by side, `count` of them.
    ///
    /// Nothing if it is no such grid.
    #[must_use]
    pub fn images_of_row(&self, count: usize) -> Option<Images> {
        let (height, width) = (self.height.checked_sub(2 * MARGIN)?, self.width.checked_div(count)?);
        let inner = width.checked_sub(2 * MARGIN).filter(|&inner| 0 < inner && 0 < height)?;
        if width * count != self.width {
            return None;
        }
        let at = |image: usize, y: usize| ((y + MARGIN) * self.width + image * width + MARGIN) * self.channels;
        let lines = (0..count).flat_map(|image| (0..height).map(move |y| at(image, y)));
        let pixels = lines.flat_map(|at| &self.pixels[at..][..inner * self.channels]).copied().collect();
        Some(Images::new(height, inner, self.channels, pixels))
    }

    /// Each pixel as a square of `scale` by `scale`.
    #[must_use]
    pub fn enlarged(self, scale: u32) -> Self {
        let times = scale as usize;
        if times == 1 {
            return self;
        }
        let Self { width, height, channels, pixels } = self;
        let mut large = Vec::with_capacity(pixels.len() * times * times);
        for line in pixels.chunks_exact(width * channels) {
            let wide: Vec<u8> = line.chunks_exact(channels).flat_map(|pixel| pixel.repeat(times)).collect();
            large.extend(wide.repeat(times));
        }
        Self { width: width * times, height: height * times, channels, pixels: large }
    }

    /// The picture as a PNG file, with pairs of (keyword, text) in its text chunks.
    ///
    /// # Panics
    /// If a keyword or text is not Latin-1, or the picture is larger than PNG allows (2³¹ pixels a side).
    #[must_use]
    pub fn to_png(&self, texts: &[(&str, String)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = self.encoder(&mut bytes, texts).write_header().expect(MEMORY);
        writer.write_image_data(&self.pixels).expect("the pixels are as many as the header says");
        writer.finish().expect(MEMORY);
        bytes
    }

    fn encoder<'a>(&self, bytes: &'a mut Vec<u8>, texts: &[(&str, String)]) -> png::Encoder<'a, &'a mut Vec<u8>> {
        let side = |pixels: usize| u32::try_from(pixels).expect("a side of a picture fits into 31 bits");
        let mut encoder = png::Encoder::new(bytes, side(self.width), side(self.height));
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_color(if self.channels == 1 { png::ColorType::Grayscale } else { png::ColorType::Rgb });
        for (keyword, text) in texts {
            encoder.add_text_chunk((*keyword).to_owned(), text.clone()).expect("texts are Latin-1");
        }
        encoder
    }

    /// A picture of `width` by `height` pixels, red, green and blue.
    ///
    /// # Panics
    /// If the bytes are not as many.
    #[must_use]
    pub fn rgb(width: usize, height: usize, pixels: Vec<u8>) -> Self {
        assert_eq!(width * height * 3, pixels.len(), "bytes of a picture of {width}×{height}");
        Self { width, height, channels: 3, pixels }
    }

    /// Height, width and channels.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        [self.height, self.width, self.channels]
    }

    /// The bytes, row by row.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Reads back what [`to_png`](Picture::to_png) wrote: 8 bits, grey or RGB.
    ///
    /// # Errors
    /// If it is no such file; the message does not name it.
    pub fn from_png(bytes: &[u8]) -> Result<Self, String> {
        let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().map_err(|error| error.to_string())?;
        // A header can promise terabytes.
        let size = reader.output_buffer_size().filter(|&size| size <= MOST_BYTES).ok_or("the picture is too large")?;
        let mut pixels = vec![0; size];
        let info = reader.next_frame(&mut pixels).map_err(|error| error.to_string())?;
        pixels.truncate(info.buffer_size());
        let channels = match (info.color_type, info.bit_depth) {
            (png::ColorType::Grayscale, png::BitDepth::Eight) => 1,
            (png::ColorType::Rgb, png::BitDepth::Eight) => 3,
            (color, depth) => {
                return Err(format!("the picture is {color:?} with {depth:?} bits, not 8-bit grey or RGB"));
            }
        };
        Ok(Self { width: info.width as usize, height: info.height as usize, channels, pixels })
    }

    /// The text chunks of a PNG file: keywords and texts.
    ///
    /// # Errors
    /// If it is none; the message does not name it.
    pub fn texts(bytes: &[u8]) -> Result<Vec<(String, String)>, String> {
        let reader = png::Decoder::new(Cursor::new(bytes)).read_info().map_err(|error| error.to_string())?;
        let chunks = &reader.info().uncompressed_latin1_text;
        Ok(chunks.iter().map(|chunk| (chunk.keyword.clone(), chunk.text.clone())).collect())
    }

    /// Whether `other` can be [appended](Picture::append).
    #[must_use]
    pub fn is_as_wide_as(&self, other: &Self) -> bool {
        (self.width, self.channels) == (other.width, other.channels)
    }
}

const MEMORY: &str = "writing to memory does not fail";

/// An animation as a PNG file that browsers play without end; other viewers show its first frame. Frame `i` is seen for
/// `delays_ms[i]` milliseconds. Texts are as in [`Picture::to_png`].
///
/// # Errors
/// The first of the frames.
///
/// # Panics
/// If there is no frame, the frames are not as many as the delays or not of one shape; and as [`Picture::to_png`].
pub fn animation<E>(
    frames: impl IntoIterator<Item = Result<Picture, E>>,
    delays_ms: &[u16],
    texts: &[(&str, String)],
) -> Result<Vec<u8>, E> {
    let mut frames = frames.into_iter();
    let first = frames.next().expect("an animation has a frame")?;
    let mut bytes = Vec::new();
    let mut encoder = first.encoder(&mut bytes, texts);
    encoder.set_animated(u32::try_from(delays_ms.len()).expect("frames have 32-bit numbers"), 0).expect(MEMORY);
    let mut writer = encoder.write_header().expect(MEMORY);
    let shape = first.shape();
    for (frame, &delay) in std::iter::once(Ok(first)).chain(frames).zip(delays_ms) {
        let frame = frame?;
        assert_eq!(shape, frame.shape(), "frames of one shape");
        writer.set_frame_delay(delay, 1000).expect(MEMORY);
        writer.write_image_data(&frame.pixels).expect("the pixels are as many as the header says");
    }
    writer.finish().expect("as many frames as delays");
    Ok(bytes)
}

impl Cell {
    /// A sign in grey on white; white if it is none.
    fn drawn(self, height: usize, width: usize) -> Vec<u8> {
        let (arm, half) = (height.min(width) / 5, height.min(width) / 28);
        let mut pixels = vec![u8::MAX; height * width];
        for (i, pixel) in pixels.iter_mut().enumerate() {
            let (y, x) = ((i / width).abs_diff(height / 2), (i % width).abs_diff(width / 2));
            let (across, up) = (x <= arm, y <= arm && x <= half);
            let is_ink = match self {
                Self::Plus => (across && y <= half) || up,
                Self::Minus => across && y <= half,
                Self::Equals => across && y.abs_diff(arm / 2) <= half,
                Self::Image(_) | Self::Blank => false,
            };
            *pixel = if is_ink { 64 } else { u8::MAX };
        }
        pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three images of 1×2 pixels and 3 channels in two columns; the fourth cell is empty.
    fn three() -> Picture {
        Picture::grid_of_bytes(&(0..18).collect::<Vec<u8>>(), [3, 1, 2, 3], 2)
    }

    #[test]
    fn images_lie_in_rows_with_margins() {
        let grid = three();
        assert_eq!((8, 6, 3), (grid.width, grid.height, grid.channels));
        let line = |y: usize| &grid.pixels[y * 24..][..24];
        assert!(line(0).iter().chain(line(2)).chain(line(3)).chain(line(5)).all(|&byte| byte == 255));
        assert_eq!(
            [[255; 3], [0, 1, 2], [3, 4, 5], [255; 3], [255; 3], [6, 7, 8], [9, 10, 11], [255; 3]].concat(),
            line(1)
        );
        assert_eq!([[255; 3], [12, 13, 14], [15, 16, 17], [255; 3]].concat(), line(4)[..12]);
        assert!(line(4)[12..].iter().all(|&byte| byte == 255));
    }

    #[test]
    fn a_grid_is_its_rows_stacked() {
        let bytes: Vec<u8> = (0..48).collect();
        let [mut stacked, below] = [&bytes[..24], &bytes[24..]].map(|row| Picture::grid_of_bytes(row, [2, 3, 4, 1], 2));
        stacked.append(&below);
        assert_eq!(Picture::grid_of_bytes(&bytes, [4, 3, 4, 1], 2), stacked);
    }

    #[test]
    fn a_png_comes_back_and_is_the_same_every_time() {
        let grid = three();
        let texts = [("Software".to_owned(), "dcgan".to_owned())];
        let png = grid.to_png(&[("Software", "dcgan".to_owned())]);
        assert_eq!(
            (&png, Ok(texts.to_vec())),
            (&grid.to_png(&[("Software", "dcgan".to_owned())]), Picture::texts(&png))
        );
        assert_eq!(Ok(grid), Picture::from_png(&png));
        assert!(Picture::from_png(&png[..40]).is_err());
    }

    #[test]
    fn a_header_that_promises_too_much_is_refused() {
        let mut png = Vec::new();
        let mut writer = png::Encoder::new(&mut png, 1_000_000, 1_000_000).write_header().unwrap();
        writer.write_chunk(png::chunk::IDAT, &[]).unwrap();
        drop(writer);
        assert_eq!(Err("the picture is too large".to_owned()), Picture::from_png(&png));
    }

    #[test]
    fn a_row_is_taken_apart() {
        for channels in [1, 3] {
            let bytes: Vec<u8> = (0..).take(4 * 2 * 3 * channels).collect();
            let row = Picture::grid_of_bytes(&bytes, [4, 2, 3, channels], 4);
            assert_eq!(Some(Images::new(2, 3, channels, bytes)), row.images_of_row(4));
            for count in [0, 3, 10, 20] {
                assert_eq!(None, row.images_of_row(count), "{count}");
            }
        }
    }

    #[test]
    fn every_pixel_becomes_a_square() {
        let small = Picture::rgb(2, 1, (0..6).collect());
        let line = [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5];
        assert_eq!(Picture::rgb(4, 2, [line, line].concat()), small.clone().enlarged(2));
        assert_eq!(small, small.clone().enlarged(1));
    }

    #[test]
    fn an_animation_is_its_frames() {
        let frames: Vec<Picture> = [10, 20, 30].map(|byte| Picture::rgb(2, 3, vec![byte; 18])).into();
        let all_well = frames.iter().cloned().map(Ok::<_, ()>);
        let apng = animation(all_well.clone(), &[40, 50, 2000], &[("Software", "dcgan".to_owned())]).unwrap();
        assert_eq!(Err(()), animation(all_well.chain([Err(())]), &[1; 4], &[]));
        let mut reader = png::Decoder::new(Cursor::new(&apng)).read_info().unwrap();
        let control = *reader.info().animation_control().unwrap();
        assert_eq!((3, 0), (control.num_frames, control.num_plays));
        for (frame, delay) in frames.iter().zip([40, 50, 2000]) {
            let mut pixels = vec![0; 18];
            reader.next_frame(&mut pixels).unwrap();
            let control = reader.info().frame_control().unwrap();
            assert_eq!((&frame.pixels, delay, 1000), (&pixels, control.delay_num, control.delay_den));
        }
        assert_eq!(Ok(frames[0].clone()), Picture::from_png(&apng), "what others show");
        assert_eq!(1, Picture::texts(&apng).unwrap().len());
    }

    #[test]
    fn signs_are_drawn_on_white() {
        let ink =
            |cell: Cell| cell.drawn(5, 7).chunks(7).map(|line| line.iter().filter(|&&x| x < 255).count()).collect();
        let expected: [(Cell, [usize; 5]); 4] = [
            (Cell::Blank, [0; 5]),
            (Cell::Plus, [0, 1, 3, 1, 0]),
            (Cell::Minus, [0, 0, 3, 0, 0]),
            (Cell::Equals, [0, 0, 3, 0, 0]), // too small for two bars
        ];
        for (cell, rows) in expected {
            let found: Vec<usize> = ink(cell);
            assert_eq!(rows[..], found, "{cell:?}");
        }
        let equals = Cell::Equals.drawn(28, 28);
        let rows: Vec<usize> = (0..28).filter(|y| equals[y * 28 + 14] < 255).collect();
        assert_eq!([11, 12, 13, 15, 16, 17], rows[..]);
    }

    #[test]
    fn values_become_bytes_and_nan_an_error() {
        let values = |x| Tensor::new(&[1, 1, 2, 1], vec![-1.0, x]);
        assert_eq!(Picture::grid_of_bytes(&[0, 255], [1, 1, 2, 1], 1), Picture::grid(&values(1.0), 1).unwrap());
        assert!(Picture::grid(&values(f32::NAN), 1).is_err());
    }
}

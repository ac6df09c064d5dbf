//! Pictures: a grid of images as an 8-bit PNG, and rows stacked into one picture.
//!
//! Every image of a grid has a white margin of one pixel on each side, so grids can be stacked
//! without a seam. A run's picture is its rows of samples, top to bottom.

use std::io::Cursor;

use data::{Images, scale};
use tensor::Tensor;

/// White pixels around every image of a grid.
pub const MARGIN: usize = 1;

/// The largest picture that is read: 13,000 pixels a side, in colour.
pub const MOST_BYTES: usize = 512 << 20;

/// Why bytes are no picture that this program writes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The bytes are no whole PNG file.
    #[error("{0}")]
    Png(String),
    /// The header claims more than 512 MiB of pixels.
    #[error("the picture is too large")]
    TooLarge,
    /// The pixels are not 8-bit grey or RGB.
    #[error("the picture is {colour:?} with {depth:?} bits, not 8-bit grey or RGB")]
    Format {
        /// The colours of a pixel.
        colour: png::ColorType,
        /// The bits of a colour.
        depth: png::BitDepth,
    },
}

impl From<png::DecodingError> for Unreadable {
    fn from(error: png::DecodingError) -> Self {
        Self::Png(error.to_string())
    }
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
    /// Images in rows of `columns`, from values in [-1, 1]: `[n, height, width, channels]` with 1
    /// or 3 channels.
    ///
    /// # Errors
    /// If a value is not finite.
    ///
    /// # Panics
    /// If there is no image or no column, or the number of channels is another.
    pub fn grid(images: &Tensor, columns: usize) -> Result<Self, scale::PixelNotFinite> {
        let bytes = scale::to_bytes(images.data())?;
        let [count, height, width, channels] = images.dims();
        Ok(Self::grid_of_bytes(&bytes, [count, height, width, channels], columns))
    }

    /// As [`grid`](Picture::grid), from bytes, NHWC.
    ///
    /// # Panics
    /// As [`grid`](Picture::grid), or if the shape has another number of bytes.
    #[must_use]
    pub fn grid_of_bytes(bytes: &[u8], shape: [usize; 4], columns: usize) -> Self {
        let [count, image_height, image_width, channels] = shape;
        assert!(0 < count && 0 < columns, "a grid of {count} images in {columns} columns");
        assert!(channels == 1 || channels == 3, "a picture of {channels} channels");
        assert_eq!(count * image_height * image_width * channels, bytes.len(), "bytes of a grid of {shape:?}");
        let columns = columns.min(count);
        let cell_height = image_height + 2 * MARGIN;
        let cell_width = image_width + 2 * MARGIN;
        let height = count.div_ceil(columns) * cell_height;
        let width = columns * cell_width;
        let mut pixels = vec![u8::MAX; height * width * channels];
        for (line, from) in bytes.chunks_exact(image_width * channels).enumerate() {
            let cell = line / image_height;
            let y = line % image_height;
            let top = cell / columns * cell_height + MARGIN + y;
            let left = cell % columns * cell_width + MARGIN;
            pixels[(top * width + left) * channels..][..from.len()].copy_from_slice(from);
        }
        Self { width, height, channels, pixels }
    }

    /// Adds a picture of the same width below.
    ///
    /// # Panics
    /// If its width or its number of channels differs.
    pub fn append(&mut self, below: &Self) {
        assert!(self.is_as_wide_as(below), "a picture below another is as wide");
        self.height += below.height;
        self.pixels.reserve_exact(below.pixels.len());
        self.pixels.extend_from_slice(&below.pixels);
    }

    /// Puts another picture on this one, its upper left corner at (`left`, `top`). A grey picture
    /// may be put on a coloured one.
    ///
    /// # Panics
    /// If it does not fit, or is a coloured picture on a grey one.
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
        let shape = [images.height(), images.width(), images.channels()];
        Self::new(shape, images.image(index).to_vec())
    }

    /// The picture as a PNG file, with pairs of (keyword, text) in its text chunks.
    ///
    /// # Panics
    /// If a keyword or text is not Latin-1, or a side is longer than the 2³¹ pixels that PNG
    /// allows.
    #[must_use]
    pub fn to_png(&self, texts: &[(&str, String)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = self.encoder(&mut bytes, texts).write_header().expect(MEMORY);
        writer.write_image_data(&self.pixels).expect("the pixels are as many as the header says");
        writer.finish().expect(MEMORY);
        bytes
    }

    /// An encoder of this picture's extents and colours into `bytes`, with pairs of (keyword, text)
    /// in its text chunks.
    ///
    /// # Panics
    /// As [`to_png`](Picture::to_png).
    pub fn encoder<'a>(&self, bytes: &'a mut Vec<u8>, texts: &[(&str, String)]) -> png::Encoder<'a, &'a mut Vec<u8>> {
        let side = |pixels: usize| u32::try_from(pixels).expect("a side of a picture fits into 31 bits");
        let mut encoder = png::Encoder::new(bytes, side(self.width), side(self.height));
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_color(if self.channels == 1 { png::ColorType::Grayscale } else { png::ColorType::Rgb });
        for (keyword, text) in texts {
            encoder.add_text_chunk((*keyword).to_owned(), text.clone()).expect("texts are Latin-1");
        }
        encoder
    }

    /// A picture of `height` by `width` pixels of `channels` bytes.
    ///
    /// # Panics
    /// If the number of bytes is another.
    #[must_use]
    pub fn new([height, width, channels]: [usize; 3], pixels: Vec<u8>) -> Self {
        assert_eq!(height * width * channels, pixels.len(), "bytes of a picture of {height}×{width}×{channels}");
        Self { width, height, channels, pixels }
    }

    /// A picture of `width` by `height` pixels, red, green and blue.
    ///
    /// # Panics
    /// If the number of bytes is another.
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

    /// The picture of a PNG file that [`to_png`](Picture::to_png) wrote: 8 bits, grey or RGB.
    ///
    /// # Errors
    /// If it is no such file; the message does not name it.
    pub fn from_png(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info()?;
        // A header can claim terabytes.
        let size = reader.output_buffer_size().filter(|&size| size <= MOST_BYTES).ok_or(Unreadable::TooLarge)?;
        let mut pixels = vec![0; size];
        let info = reader.next_frame(&mut pixels)?;
        pixels.truncate(info.buffer_size());
        let channels = match (info.color_type, info.bit_depth) {
            (png::ColorType::Grayscale, png::BitDepth::Eight) => 1,
            (png::ColorType::Rgb, png::BitDepth::Eight) => 3,
            (colour, depth) => return Err(Unreadable::Format { colour, depth }),
        };
        Ok(Self { width: info.width as usize, height: info.height as usize, channels, pixels })
    }

    /// The text chunks of a PNG file: keywords and texts.
    ///
    /// # Errors
    /// If it is no PNG file; the message does not name it.
    pub fn texts(bytes: &[u8]) -> Result<Vec<(String, String)>, Unreadable> {
        let reader = png::Decoder::new(Cursor::new(bytes)).read_info()?;
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
    fn a_header_that_claims_too_much_is_refused() {
        let mut png = Vec::new();
        let mut writer = png::Encoder::new(&mut png, 1_000_000, 1_000_000).write_header().unwrap();
        writer.write_chunk(png::chunk::IDAT, &[]).unwrap();
        drop(writer);
        assert_eq!(Err(Unreadable::TooLarge), Picture::from_png(&png));
    }

    #[test]
    fn values_become_bytes_and_nan_an_error() {
        let values = |x| Tensor::new(&[1, 1, 2, 1], vec![-1.0, x]);
        assert_eq!(Picture::grid_of_bytes(&[0, 255], [1, 1, 2, 1], 1), Picture::grid(&values(1.0), 1).unwrap());
        assert!(Picture::grid(&values(f32::NAN), 1).is_err());
    }

    #[test]
    fn a_picture_is_as_wide_as_another_of_the_same_width_and_colours() {
        let picture = |shape: [usize; 3]| Picture::new(shape, vec![0; shape.iter().product()]);
        let coloured = picture([1, 2, 3]);
        assert!(coloured.is_as_wide_as(&picture([4, 2, 3])), "a higher one");
        assert!(!coloured.is_as_wide_as(&picture([1, 2, 1])), "a grey one");
        assert!(!coloured.is_as_wide_as(&picture([1, 6, 3])), "a wider one");
    }
}

//! From a file's bytes to pixels: PNG and JPEG, told apart by what is in them, since names may lie.
//!
//! - **A JPEG that was cut short** decodes: the decoder paints the rest grey. It is refused here,
//!   by looking for its end marker.
//! - **A header can promise** an image of terabytes. It is refused before memory is asked for.
//! - **A camera held upright** writes a lying image, and in its EXIF how to turn it.

use std::io::Cursor;

use png::Transformations;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The largest image that is decoded: 13,000 pixels a side, in colour.
pub const MOST_BYTES: usize = 512 << 20;

/// Why a file is no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageFileError {
    /// It is of another kind.
    #[error("what is in it is neither a PNG nor a JPEG")]
    Unknown,
    /// It is a JPEG without an end.
    #[error("the JPEG is cut short")]
    CutJpeg,
    /// It is a JPEG whose header has no size.
    #[error("the JPEG has no size")]
    NoSize,
    /// It is larger than [`MOST_BYTES`].
    #[error("{width}×{height} pixels are more than {} MiB", MOST_BYTES >> 20)]
    TooLarge {
        /// Pixels in a row.
        width: usize,
        /// Rows of pixels.
        height: usize,
    },
    /// What its decoder says.
    #[error("{0}")]
    Decoder(String),
}

/// An image as it lies in its file.
#[derive(Debug)]
pub(super) struct Decoded {
    /// Pixels in a row.
    pub(super) width: usize,
    /// Bytes of a pixel: 1 for grey, 2 with alpha, 3 for red, green and blue, 4 with alpha.
    pub(super) channels: usize,
    /// Rows of pixels, from the top.
    pub(super) bytes: Vec<u8>,
    /// How it is to be turned, 1 to 8, as EXIF counts.
    pub(super) orientation: u8,
}

impl Decoded {
    /// How many rows there are.
    pub(super) fn height(&self) -> usize {
        self.bytes.len() / (self.width * self.channels)
    }
}

/// The image in those bytes.
///
/// # Errors
/// If they are no whole PNG or JPEG: why.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, ImageFileError> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        png(bytes)
    } else if bytes.starts_with(&[0xff, 0xd8]) {
        jpeg(bytes)
    } else {
        Err(ImageFileError::Unknown)
    }
}

/// Whether a file that begins so is a PNG or a JPEG, as far as its first bytes tell.
#[must_use]
pub fn is_image_file(start: &[u8]) -> bool {
    start.starts_with(b"\x89PNG\r\n\x1a\n") || start.starts_with(&[0xff, 0xd8])
}

/// Bytes of memory that reading an image takes beside those of its file: its pixels, the square in
/// its middle, and of a JPEG the coefficients of three colours. `start` is the file's beginning;
/// nothing if its header is not in it.
#[must_use]
pub fn working_bytes(start: &[u8]) -> Option<u64> {
    let (width, height, per_pixel) = if start.starts_with(b"\x89PNG\r\n\x1a\n") {
        let mut decoder = png::Decoder::new(Cursor::new(start));
        let header = decoder.read_header_info().ok()?;
        (header.width.into(), header.height.into(), 4 + 3)
    } else {
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(start), jpeg_options());
        decoder.decode_headers().ok()?;
        let (width, height) = decoder.dimensions()?;
        (width as u64, height as u64, 3 + 6 + 3)
    };
    u64::checked_mul(width, height)?.checked_mul(per_pixel)
}

/// Of any depth and colour, all brought to 8 bits and palettes looked up.
fn png(bytes: &[u8]) -> Result<Decoded, ImageFileError> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: MOST_BYTES });
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(in_words)?;
    let Some(size) = reader.output_buffer_size().filter(|&size| size <= MOST_BYTES) else {
        return Err(ImageFileError::TooLarge {
            width: reader.info().width as usize,
            height: reader.info().height as usize,
        });
    };
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(in_words)?;
    // EXIF may come behind the pixels. What else is wrong there does not matter any more.
    let _ = reader.finish();
    Ok(Decoded {
        width: frame.width as usize,
        channels: frame.color_type.samples(),
        bytes: pixels,
        orientation: orientation(reader.info().exif_metadata.as_deref()),
    })
}

/// In whatever colours: baseline or progressive, grey, YCbCr, CMYK.
fn jpeg(bytes: &[u8]) -> Result<Decoded, ImageFileError> {
    if is_cut_jpeg(bytes) {
        return Err(ImageFileError::CutJpeg);
    }
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), jpeg_options());
    decoder.decode_headers().map_err(in_words)?;
    let (width, height) = decoder.dimensions().ok_or(ImageFileError::NoSize)?;
    if MOST_BYTES < 3 * width * height {
        return Err(ImageFileError::TooLarge { width, height });
    }
    let pixels = decoder.decode().map_err(in_words)?;
    Ok(Decoded { width, channels: 3, bytes: pixels, orientation: orientation(decoder.exif().map(Vec::as_slice)) })
}

fn jpeg_options() -> DecoderOptions {
    DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_out_colorspace(ColorSpace::RGB)
}

fn in_words(error: impl std::fmt::Display) -> ImageFileError {
    ImageFileError::Decoder(error.to_string())
}

/// What EXIF says of the orientation; upright, if it says nothing that makes sense.
fn orientation(exif: Option<&[u8]>) -> u8 {
    let read = |exif: &[u8]| {
        let mut reader = exif::Reader::new();
        // What cameras write elsewhere in their EXIF does not matter here.
        let read = reader.continue_on_error(true).read_raw(exif.to_vec());
        let fields = read.or_else(|error| error.distill_partial_result(|_| ())).ok()?;
        fields.get_field(exif::Tag::Orientation, exif::In::PRIMARY)?.value.get_uint(0)
    };
    let said = exif.and_then(read).and_then(|orientation| u8::try_from(orientation).ok());
    said.filter(|orientation| (1..=8).contains(orientation)).unwrap_or(1)
}

/// Whether a JPEG ends before its end marker.
///
/// A marker is `ff` and a byte that is neither `00` nor `ff`. Behind most of them stands the length
/// of a segment, which may contain anything, even a whole small JPEG; it is skipped. Between
/// segments are the compressed data, in which `ff 00` stands for `ff`.
fn is_cut_jpeg(bytes: &[u8]) -> bool {
    const END: u8 = 0xd9;
    let mut at = 2;
    while let Some(&[first, marker]) = bytes.get(at..at + 2) {
        match (first, marker) {
            (0xff, END) => return false,
            // Restart markers and a temporary one have no length.
            (0xff, 0x01..=0xfe) if marker != 0x01 && !(0xd0..=0xd7).contains(&marker) => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4) else { return true };
                at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
            }
            _ => at += 1,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{DynamicImage, ExtendedColorType, ImageFormat};

    use super::*;

    const WIDTH: u32 = 30;
    const HEIGHT: u32 = 20;

    /// An image in which no two neighbours are alike, but smooth enough for a JPEG.
    fn image() -> DynamicImage {
        let wave =
            |x: u32, y: u32, i: u32| (128.0 + 100.0 * f64::from(i * x + (3 - i) * y).mul_add(0.1, 1.0).sin()) as u8;
        image::RgbaImage::from_fn(WIDTH, HEIGHT, |x, y| image::Rgba([0, 1, 2, 3].map(|i| wave(x, y, i)))).into()
    }

    fn png(image: &DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    /// EXIF with nothing but the orientation, as a camera writes it.
    fn exif(orientation: u8) -> Vec<u8> {
        let entry = [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]; // tag, type, count, value
        [&b"II*\0\x08\0\0\0\x01\0"[..], &entry, &[0; 4]].concat()
    }

    fn jpeg(exif: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
        image::ImageEncoder::set_exif_metadata(&mut encoder, exif.to_vec()).unwrap();
        encoder.encode_image(&image().to_rgb8()).unwrap();
        bytes
    }

    #[test]
    fn png_of_every_colour_and_depth() {
        let image = image();
        let eight: [(usize, DynamicImage); 4] = [
            (1, image.to_luma8().into()),
            (2, image.to_luma_alpha8().into()),
            (3, image.to_rgb8().into()),
            (4, image.to_rgba8().into()),
        ];
        for (channels, image) in eight {
            let found = decode(&png(&image)).unwrap();
            assert_eq!((WIDTH as usize, HEIGHT as usize), (found.width, found.height()));
            assert_eq!((channels, 1), (found.channels, found.orientation));
            assert_eq!(image.as_bytes(), found.bytes);
            // 16 bits that mean the same as those 8.
            let deep = match channels {
                1 => DynamicImage::from(image.to_luma16()),
                2 => image.to_luma_alpha16().into(),
                3 => image.to_rgb16().into(),
                _ => image.to_rgba16().into(),
            };
            let deep = decode(&png(&deep)).unwrap();
            assert_eq!((channels, &found.bytes), (deep.channels, &deep.bytes));
        }
    }

    #[test]
    fn png_with_a_palette_and_an_invisible_colour() {
        let mut bytes = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut bytes, 2, 2);
        encoder.set_color(::png::ColorType::Indexed);
        encoder.set_depth(::png::BitDepth::One);
        encoder.set_palette(vec![1, 2, 3, 4, 5, 6]);
        encoder.set_trns(vec![255, 0]);
        encoder.write_header().unwrap().write_image_data(&[0b0100_0000, 0b1000_0000]).unwrap();
        let found = decode(&bytes).unwrap();
        assert_eq!(4, found.channels);
        assert_eq!([1, 2, 3, 255, 4, 5, 6, 0, 4, 5, 6, 0, 1, 2, 3, 255], found.bytes[..]);
    }

    #[test]
    fn jpeg_in_colour_and_in_grey() {
        let found = decode(&jpeg(&exif(1))).unwrap();
        assert_eq!((WIDTH as usize, HEIGHT as usize, 3), (found.width, found.height(), found.channels));
        let near = |a: &[u8], b: &[u8]| a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 12);
        assert!(near(image().to_rgb8().as_raw(), &found.bytes));

        let grey = image().to_luma8();
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
        encoder.encode(grey.as_raw(), WIDTH, HEIGHT, ExtendedColorType::L8).unwrap();
        let expected: Vec<u8> = grey.as_raw().iter().flat_map(|&level| [level; 3]).collect();
        assert!(near(&expected, &decode(&bytes).unwrap().bytes));
    }

    /// Two made by Pillow 13.0, whose left half is red and whose right half is blue: what `image`
    /// cannot write.
    #[test]
    fn jpeg_progressive_and_for_printers() {
        for bytes in [&include_bytes!("examples/progressive.jpg")[..], include_bytes!("examples/cmyk.jpg")] {
            let found = decode(bytes).unwrap();
            assert_eq!((16, 16, 3), (found.width, found.height(), found.channels));
            for (at, expected) in [(0, [200, 40, 40]), (5, [200, 40, 40]), (10, [40, 40, 200]), (255, [40, 40, 200])] {
                let pixel = &found.bytes[3 * at..][..3];
                let near = pixel.iter().zip(expected).all(|(&a, b)| a.abs_diff(b) <= 12);
                assert!(near, "pixel {at} is {pixel:?}, not {expected:?}");
            }
        }
    }

    #[test]
    fn the_header_tells_how_much_memory_a_image_takes() {
        let pixels = u64::from(WIDTH * HEIGHT);
        assert_eq!(Some(7 * pixels), working_bytes(&png(&image())[..64]));
        let jpeg = jpeg(&exif(1));
        assert_eq!(Some(12 * pixels), working_bytes(&jpeg));
        assert_eq!(None, working_bytes(&jpeg[..20]));
        assert_eq!(None, working_bytes(b"neither"));
    }

    #[test]
    fn exif_says_how_the_camera_was_held() {
        for orientation in 1..=8 {
            assert_eq!(orientation, decode(&jpeg(&exif(orientation))).unwrap().orientation);
        }
        let mut broken = exif(6);
        broken[8] = 2; // promises a second entry that is not there
        for (exif, expected) in [(exif(0), 1), (exif(9), 1), (b"nonsense".to_vec(), 1), (broken, 6)] {
            assert_eq!(expected, decode(&jpeg(&exif)).unwrap().orientation, "{exif:?}");
        }
        let mut bytes = Vec::new();
        let mut info = ::png::Info::with_size(1, 1);
        info.exif_metadata = Some(exif(3).into());
        ::png::Encoder::with_info(&mut bytes, info).unwrap().write_header().unwrap().write_image_data(&[7]).unwrap();
        assert_eq!(3, decode(&bytes).unwrap().orientation);
        // The same chunk behind the pixels.
        let at = bytes.windows(4).position(|name| name == b"eXIf").unwrap() - 4;
        let chunk: Vec<u8> = bytes.drain(at..at + 12 + exif(3).len()).collect();
        let end = bytes.len() - 12;
        bytes.splice(end..end, chunk);
        assert_eq!(3, decode(&bytes).unwrap().orientation);
    }

    #[test]
    fn a_image_that_was_cut_is_no_image() {
        // Its EXIF holds another whole JPEG: the thumbnail of many a camera.
        let jpeg = jpeg(&[exif(1), jpeg(&exif(1))].concat());
        let png = png(&image());
        assert!(decode(&jpeg).is_ok() && decode(&png).is_ok());
        assert!(decode(&[&jpeg[..], b"and what a phone appends"].concat()).is_ok());
        for len in 0..jpeg.len() {
            assert!(decode(&jpeg[..len]).is_err(), "a JPEG cut to {len} of {} bytes", jpeg.len());
        }
        for len in 0..png.len() - 12 {
            assert!(decode(&png[..len]).is_err(), "a PNG cut to {len} of {} bytes", png.len());
        }
    }

    #[test]
    fn a_header_that_promises_too_much_is_refused() {
        let mut png = Vec::new();
        let mut writer = ::png::Encoder::new(&mut png, 65_536, 65_536).write_header().unwrap();
        writer.write_chunk(::png::chunk::IDAT, &[]).unwrap();
        drop(writer);
        let mut jpeg = jpeg(&exif(1));
        let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
        jpeg[frame + 5..frame + 9].copy_from_slice(&[0; 4]);
        assert!(decode(&jpeg).is_err(), "no pixels");
        jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
        for (bytes, size) in [(png, "65536×65536"), (jpeg, "65535×65535")] {
            assert_eq!(format!("{size} pixels are more than 512 MiB"), decode(&bytes).unwrap_err().to_string());
        }
    }
}

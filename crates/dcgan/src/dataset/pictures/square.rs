//! From a file to a square of the model's size.
//!
//! ```text
//! decode → turn as the camera says → cut the largest square out of the middle → lay on white
//!        → shrink → (grey) → bytes
//! ```
//!
//! - **Transparency** is laid on white, before shrinking: the colour of an invisible pixel means nothing, and
//!   must not leak into its visible neighbours.
//! - **Shrinking** uses Lanczos-3 with a support that grows with the ratio, so that every pixel of the original counts.
//!   (Taking every n-th pixel, or interpolating between the nearest, turns fine patterns into coarse ones
//!   that were never there, and the GAN would learn those.) For photographs more than eight times too large, whole
//!   boxes of pixels are averaged first, down to four times the size: Lanczos weighs 3,000 × 3,000 pixels for 64 × 64
//!   in a quarter of a second, averaging in a tenth of that, and what it gets wrong at the edges of the boxes Lanczos
//!   evens out.
//! - **A JPEG that was cut short** decodes: the decoder paints the rest grey. It is refused here, by looking for its
//!   end marker.

use std::io::Cursor;
use std::path::Path;

use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Rgb, RgbImage};

/// What lies behind transparent pixels.
const BACKGROUND: u8 = 255;

/// The bytes of one picture, as a square of `size` pixels a side: HWC, in grey if so wished.
///
/// # Errors
/// If it is no whole PNG or JPEG: why, without its name.
pub(super) fn read(path: &Path, size: usize, grey: bool) -> Result<Vec<u8>, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let picture = decode(&bytes)?;
    let square = shrink(opaque(&middle(&picture)), size);
    Ok(if grey { DynamicImage::ImageRgb8(square).into_luma8().into_raw() } else { square.into_raw() })
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, String> {
    if is_cut_jpeg(bytes) {
        return Err("the JPEG is cut short".to_owned());
    }
    let decode = || {
        // By what is in it; names may lie.
        let mut decoder = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?.into_decoder()?;
        let orientation = decoder.orientation()?;
        // A header can promise a picture of terabytes.
        let mut limits = Limits::default();
        limits.reserve(decoder.total_bytes())?;
        decoder.set_limits(limits)?;
        let mut picture = DynamicImage::from_decoder(decoder)?;
        picture.apply_orientation(orientation);
        Ok(picture)
    };
    decode().map_err(|error: image::ImageError| error.to_string())
}

/// Whether a JPEG ends before its end marker.
///
/// A marker is `ff` and a byte that is neither `00` nor `ff`. Behind most of them stands the length of a segment, which may
/// contain anything, even a whole small JPEG; it is skipped. Between segments are the compressed data, in which
/// `ff 00` stands for `ff`.
fn is_cut_jpeg(bytes: &[u8]) -> bool {
    const END: u8 = 0xd9;
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return false;
    }
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

/// The largest square in the middle of a picture.
fn middle(picture: &DynamicImage) -> DynamicImage {
    let (width, height) = (picture.width(), picture.height());
    let side = width.min(height);
    picture.crop_imm((width - side) / 2, (height - side) / 2, side, side)
}

/// The picture on a background, 8 bits for each of red, green and blue.
fn opaque(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let picture = picture.to_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [r, g, b, alpha] = picture.get_pixel(x, y).0.map(u32::from);
        let over = |color: u32| (color * alpha + u32::from(BACKGROUND) * (255 - alpha) + 127) / 255;
        Rgb([r, g, b].map(|color| over(color) as u8))
    })
}

/// A square of `size` pixels a side from a larger one, or, if need be, from a smaller one.
///
/// By methods, which `image` has compiled, and not by its generic functions, which would be compiled here.
fn shrink(square: RgbImage, size: usize) -> RgbImage {
    let size = u32::try_from(size).expect("a model's size is small");
    let square = DynamicImage::from(square);
    let square = if 8 * size < square.width() { square.thumbnail_exact(4 * size, 4 * size) } else { square };
    if square.width() == size { square } else { square.resize_exact(size, size, FilterType::Lanczos3) }.into_rgb8()
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{GrayImage, ImageBuffer, ImageEncoder, ImageFormat, Luma, Rgba, RgbaImage};

    use super::*;

    const RED: [u8; 3] = [200, 20, 20];
    const BLUE: [u8; 3] = [20, 20, 200];

    /// `width` × `height` pixels, red on the left and blue on the right; or, if `tall`, red above blue.
    fn flag(width: u32, height: u32) -> RgbImage {
        let is_red = |x: u32, y: u32| if height < width { 2 * x < width } else { 2 * y < height };
        RgbImage::from_fn(width, height, |x, y| Rgb(if is_red(x, y) { RED } else { BLUE }))
    }

    fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn jpeg(picture: &RgbImage, exif: Option<Vec<u8>>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
        if let Some(exif) = exif {
            encoder.set_exif_metadata(exif).unwrap();
        }
        encoder.encode_image(picture).unwrap();
        bytes
    }

    /// EXIF with nothing but the orientation, as a camera writes it.
    fn exif(orientation: u8) -> Vec<u8> {
        let entry = [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]; // tag, type, count, value
        [&b"II*\0\x08\0\0\0\x01\0"[..], &entry, &[0; 4]].concat()
    }

    fn square(bytes: &[u8], size: usize) -> Vec<u8> {
        shrink(opaque(&middle(&decode(bytes).unwrap())), size).into_raw()
    }

    /// Asserts that the corners of a square (top left, top right, bottom left, bottom right) have about these colours.
    #[track_caller]
    fn corners(square: &[u8], expected: [[u8; 3]; 4]) {
        let size = (square.len() / 3).isqrt();
        for (at, expected) in [0, size - 1, size * (size - 1), size * size - 1].into_iter().zip(expected) {
            let found = &square[3 * at..][..3];
            let near = found.iter().zip(expected).all(|(&a, b)| a.abs_diff(b) <= 16);
            assert!(near, "pixel {at} is {found:?}, not {expected:?}");
        }
    }

    #[test]
    fn pictures_that_are_not_square_lose_their_margins_and_are_not_transposed() {
        for bytes in [png(flag(60, 40)), jpeg(&flag(600, 400), None), png(flag(9, 8))] {
            corners(&square(&bytes, 16), [RED, BLUE, RED, BLUE]);
        }
        for bytes in [png(flag(40, 60)), jpeg(&flag(400, 600), None), png(flag(8, 9))] {
            corners(&square(&bytes, 16), [RED, RED, BLUE, BLUE]);
        }
    }

    #[test]
    fn a_picture_is_turned_as_its_camera_says() {
        // Orientation 6: the camera was held upright, and the picture's left side is its upper one.
        corners(&square(&jpeg(&flag(60, 40), Some(exif(6))), 16), [RED, RED, BLUE, BLUE]);
        corners(&square(&jpeg(&flag(60, 40), Some(exif(3))), 16), [BLUE, RED, BLUE, RED]);
    }

    #[test]
    fn every_kind_of_colour_becomes_red_green_and_blue() {
        let grey = GrayImage::from_pixel(20, 20, Luma([77]));
        corners(&square(&png(grey), 16), [[77; 3]; 4]);
        let deep = ImageBuffer::<Rgb<u16>, Vec<u16>>::from_pixel(20, 20, Rgb([200 * 257, 20 * 257, 20 * 257]));
        corners(&square(&png(deep), 16), [RED; 4]);

        let mut palette = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut palette, 2, 2);
        encoder.set_color(::png::ColorType::Indexed);
        encoder.set_depth(::png::BitDepth::One);
        encoder.set_palette([RED, BLUE].concat());
        encoder.write_header().unwrap().write_image_data(&[0b0100_0000, 0b0100_0000]).unwrap();
        corners(&square(&palette, 2), [RED, BLUE, RED, BLUE]);
    }

    #[test]
    fn transparency_is_laid_on_white_before_shrinking() {
        // Invisible green, but for a red square of which one half shows through.
        let picture = RgbaImage::from_fn(64, 64, |x, _| Rgba(if x < 32 { [200, 20, 20, 255] } else { [0, 255, 0, 0] }));
        let square = square(&png(picture), 16);
        corners(&square, [RED, [255; 3], RED, [255; 3]]);
        assert!(square.chunks_exact(3).all(|pixel| pixel[1] <= pixel[0].saturating_add(1)), "a green edge");
        let half = opaque(&RgbaImage::from_pixel(1, 1, Rgba([201, 1, 0, 128])).into());
        assert_eq!([228, 128, 127], half.get_pixel(0, 0).0);
    }

    /// A pattern finer than the pixels of the result is an even grey there, and not a coarser pattern.
    #[test]
    fn fine_patterns_do_not_become_coarse_ones() {
        for side in [63, 100, 127, 300, 777] {
            let stripes = RgbImage::from_fn(side, side, |x, y| {
                Rgb([255 * (x % 2) as u8, 255 * (y % 2) as u8, 255 * ((x + y) % 2) as u8])
            });
            let small = shrink(stripes, 16);
            // The outermost pixels see the border, where a stripe is missing on one side.
            let inner = (2..14).flat_map(|y| (2..14).map(move |x| (x, y)));
            for (x, y) in inner {
                let pixel = small.get_pixel(x, y).0;
                assert!(pixel.iter().all(|byte| byte.abs_diff(128) < 20), "{side}: {pixel:?} at {x}, {y}");
            }
        }
    }

    #[test]
    fn a_small_picture_is_enlarged_and_one_of_the_right_size_left_alone() {
        corners(&square(&png(flag(50, 40)), 64), [RED, BLUE, RED, BLUE]);
        let exact = RgbImage::from_fn(16, 16, |x, y| Rgb([x as u8, y as u8, 7]));
        assert_eq!(exact.as_raw(), &square(&png(exact.clone()), 16));
    }

    #[test]
    fn a_picture_that_was_cut_is_no_picture() {
        // Its EXIF holds another whole JPEG: the thumbnail of many a camera.
        let inner = jpeg(&flag(8, 8), None);
        let jpeg = jpeg(&flag(30, 20), Some([exif(1), inner].concat()));
        let png = png(flag(30, 20));
        assert!(decode(&jpeg).is_ok() && decode(&png).is_ok());
        assert!(decode(&[&jpeg[..], b"and what a phone appends"].concat()).is_ok());
        for len in 0..jpeg.len() {
            assert!(decode(&jpeg[..len]).is_err(), "a JPEG cut to {len} of {} bytes", jpeg.len());
        }
        for len in 0..png.len() - 12 {
            assert!(decode(&png[..len]).is_err(), "a PNG cut to {len} of {} bytes", png.len());
        }
    }
}

//! From an image of any size to a square of the model's.
//!
//! ```text
//! cut the largest square out of the middle → lay on white → shrink → turn as the camera says → (grey) → bytes
//! ```
//!
//! - **Transparency** is laid on white, before shrinking: the colour of an invisible pixel means
//!   nothing, and must not leak into its visible neighbours.
//! - **Shrinking** uses [Lanczos-3](lanczos), for which every pixel of the original counts. (Taking
//!   every n-th pixel, or interpolating between the nearest, turns fine patterns into coarse ones
//!   that were never there, and the GAN would learn those.)
//! - **Turning** comes last, when few pixels are left to turn.

use super::decode::{Decoded, ImageFileError, decode};
use super::lanczos::{self, Color};

/// What lies behind transparent pixels.
const BACKGROUND: u8 = 255;

/// The image in the `bytes` of a PNG or JPEG file, as a square of `size` pixels a side: HWC, in
/// grey if `grey`.
///
/// # Errors
/// If they are no whole PNG or JPEG: why.
pub fn read(bytes: &[u8], size: usize, grey: bool) -> Result<Vec<u8>, ImageFileError> {
    let square = square(&decode(bytes)?, size);
    Ok(if grey { square.into_iter().map(luma).collect() } else { square.into_flattened() })
}

/// A square of `size` pixels a side.
fn square(image: &Decoded, size: usize) -> Vec<Color> {
    let square = match image.channels {
        1 => middle(image, |&[grey]| [grey; 3]),
        2 => middle(image, |&[grey, alpha]| over([grey; 3], alpha)),
        3 => middle(image, |&rgb| rgb),
        4 => middle(image, |&[r, g, b, alpha]| over([r, g, b], alpha)),
        channels => unreachable!("{channels} bytes of a pixel"),
    };
    let square = if square.len() == size * size { square } else { lanczos::resized(&square, size) };
    turned(&square, size, image.orientation)
}

/// The largest square in the middle of an image, its pixels of `N` bytes made red, green and blue.
fn middle<const N: usize>(image: &Decoded, color: impl Fn(&[u8; N]) -> Color) -> Vec<Color> {
    let (width, height) = (image.width, image.height());
    let side = width.min(height);
    let (pixels, _) = image.bytes.as_chunks();
    let mut square = Vec::with_capacity(side * side);
    for row in pixels.chunks_exact(width).skip((height - side) / 2).take(side) {
        square.extend(row[(width - side) / 2..][..side].iter().map(&color));
    }
    square
}

/// A colour of which `alpha` of 255 parts cover the background.
fn over(color: Color, alpha: u8) -> Color {
    let (alpha, background) = (u32::from(alpha), u32::from(BACKGROUND));
    color.map(|color| ((u32::from(color) * alpha + background * (255 - alpha) + 127) / 255) as u8)
}

/// The square turned by one of EXIF's orientations: which of its pixels comes to row `y` and column
/// `x`.
fn turned(square: &[Color], size: usize, orientation: u8) -> Vec<Color> {
    let last = size - 1;
    let source = |y: usize, x: usize| match orientation {
        2 => (y, last - x),
        3 => (last - y, last - x),
        4 => (last - y, x),
        5 => (x, y),
        6 => (last - x, y),
        7 => (last - x, last - y),
        8 => (x, last - y),
        _ => (y, x),
    };
    let pixels = (0..size * size).map(|i| source(i / size, i % size));
    pixels.map(|(y, x)| square[y * size + x]).collect()
}

/// How bright a colour is, by ITU-R BT.709.
pub(super) fn luma(color: Color) -> u8 {
    let [r, g, b] = color.map(u32::from);
    ((2126 * r + 7152 * g + 722 * b) / 10_000) as u8
}

#[cfg(test)]
mod tests {
    use image::metadata::Orientation;
    use image::{DynamicImage, RgbImage};

    use super::*;

    const RED: Color = [200, 20, 20];
    const BLUE: Color = [20, 20, 200];

    fn image(width: usize, height: usize, color: impl Fn(usize, usize) -> Color) -> Decoded {
        let pixels = (0..width * height).map(|i| color(i % width, i / width));
        Decoded { width, channels: 3, bytes: pixels.collect::<Vec<_>>().into_flattened(), orientation: 1 }
    }

    /// Red on the left and blue on the right; or, if it is tall, red above blue.
    fn flag(width: usize, height: usize) -> Decoded {
        let is_red = |x, y| if height < width { 2 * x < width } else { 2 * y < height };
        image(width, height, |x, y| if is_red(x, y) { RED } else { BLUE })
    }

    /// Asserts that the corners of a square (top left, top right, bottom left, bottom right) have
    /// about these colours.
    #[track_caller]
    fn corners(square: &[Color], expected: [Color; 4]) {
        let size = square.len().isqrt();
        for (at, expected) in [0, size - 1, size * (size - 1), size * size - 1].into_iter().zip(expected) {
            let near = square[at].iter().zip(expected).all(|(&a, b)| a.abs_diff(b) <= 16);
            assert!(near, "pixel {at} is {:?}, not {expected:?}", square[at]);
        }
    }

    #[test]
    fn images_that_are_not_square_lose_their_margins_and_are_not_transposed() {
        for (long, short) in [(60, 40), (600, 400), (9, 8)] {
            corners(&square(&flag(long, short), 16), [RED, BLUE, RED, BLUE]);
            corners(&square(&flag(short, long), 16), [RED, RED, BLUE, BLUE]);
        }
    }

    #[test]
    fn the_margins_are_equal() {
        // Numbered columns, the middle six of which stay.
        let wide = image(10, 6, |x, y| [x as u8, y as u8, 0]);
        let found = square(&wide, 6);
        assert_eq!(([2, 0, 0], [7, 5, 0]), (found[0], found[35]));
    }

    /// Against the crate `image`, which turns whole images.
    #[test]
    fn a_image_is_turned_as_its_camera_says() {
        let size = 5;
        for orientation in 1..=8 {
            let image = Decoded { orientation, ..image(size, size, |x, y| [x as u8, y as u8, 9]) };
            let mut expected: DynamicImage = RgbImage::from_raw(5, 5, image.bytes.clone()).unwrap().into();
            expected.apply_orientation(Orientation::from_exif(orientation).unwrap());
            assert_eq!(expected.as_bytes(), square(&image, size).as_flattened(), "{orientation}");
        }
        // Upright: what is its left side in the file is its upper one.
        corners(&square(&Decoded { orientation: 6, ..flag(60, 40) }, 16), [RED, RED, BLUE, BLUE]);
    }

    #[test]
    fn every_kind_of_colour_becomes_red_green_and_blue() {
        for (bytes, expected) in [
            (vec![77], [77; 3]),
            (vec![77, 255], [77; 3]),
            (vec![77, 0], [255; 3]),
            (RED.to_vec(), RED),
            (vec![200, 20, 20, 255], RED),
            (vec![201, 1, 0, 128], [228, 128, 127]),
        ] {
            let image = Decoded { width: 1, channels: bytes.len(), bytes, orientation: 1 };
            assert_eq!([expected], square(&image, 1)[..]);
        }
        assert_eq!([255, 0, 54, 182, 18], [[255; 3], [0; 3], [255, 0, 0], [0, 255, 0], [0, 0, 255]].map(luma));
    }

    #[test]
    fn transparency_is_laid_on_white_before_shrinking() {
        // Invisible green, but for a red half that shows.
        let row = [[200, 20, 20, 255]; 32].into_iter().chain([[0, 255, 0, 0]; 32]).flatten();
        let bytes = row.collect::<Vec<u8>>().repeat(64);
        let square = square(&Decoded { width: 64, channels: 4, bytes, orientation: 1 }, 16);
        corners(&square, [RED, [255; 3], RED, [255; 3]]);
        assert!(square.iter().all(|pixel| pixel[1] <= pixel[0].saturating_add(1)), "a green edge");
    }

    /// A pattern finer than the pixels of the result is an even grey there, and not a coarser
    /// pattern.
    #[test]
    fn fine_patterns_do_not_become_coarse_ones() {
        for side in [63, 100, 127, 300, 777] {
            let stripes = image(side, side, |x, y| [x, y, x + y].map(|i| 255 * (i % 2) as u8));
            let small = square(&stripes, 16);
            // The outermost pixels see the border, where a stripe is missing on one side.
            let inner = (2..14).flat_map(|y| (2..14).map(move |x| (x, y)));
            for (x, y) in inner {
                let pixel = small[16 * y + x];
                assert!(pixel.iter().all(|byte| byte.abs_diff(128) < 20), "{side}: {pixel:?} at {x}, {y}");
            }
        }
    }

    #[test]
    fn a_small_image_is_enlarged_and_one_of_the_right_size_left_alone() {
        corners(&square(&flag(50, 40), 64), [RED, BLUE, RED, BLUE]);
        let exact = image(16, 16, |x, y| [x as u8, y as u8, 7]);
        assert_eq!(exact.bytes, square(&exact, 16).as_flattened());
    }
}

//! Pictures made of pictures: cells of a grid, enlarged pixels, animations.

use data::Images;
use dcgan::picture::{MARGIN, Picture};

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

/// A grid of images, signs and gaps in rows of `columns`.
///
/// # Panics
/// If there is no cell or no such image.
#[must_use]
pub fn cells(images: &Images, cells: &[Cell], columns: usize) -> Picture {
    let (height, width, channels) = (images.height(), images.width(), images.channels());
    let bytes: Vec<u8> = cells
        .iter()
        .flat_map(|cell| match cell {
            Cell::Image(index) => images.image(*index).to_vec(),
            sign => sign.drawn(height, width).into_iter().flat_map(|grey| vec![grey; channels]).collect(),
        })
        .collect();
    Picture::grid_of_bytes(&bytes, [cells.len(), height, width, channels], columns)
}

/// The images of a row: of a grid that has them all side by side, `count` of them.
///
/// Nothing if it is no such grid.
#[must_use]
pub fn images_of_row(row: &Picture, count: usize) -> Option<Images> {
    let [row_height, row_width, channels] = row.shape();
    let (height, width) = (row_height.checked_sub(2 * MARGIN)?, row_width.checked_div(count)?);
    let inner = width.checked_sub(2 * MARGIN).filter(|&inner| 0 < inner && 0 < height)?;
    if width * count != row_width {
        return None;
    }
    let at = |image: usize, y: usize| ((y + MARGIN) * row_width + image * width + MARGIN) * channels;
    let lines = (0..count).flat_map(|image| (0..height).map(move |y| at(image, y)));
    let pixels = lines.flat_map(|at| &row.pixels()[at..][..inner * channels]).copied().collect();
    Some(Images::new(height, inner, channels, pixels))
}

/// Each pixel as a square of `scale` by `scale`.
#[must_use]
pub fn enlarged(picture: Picture, scale: u32) -> Picture {
    let times = scale as usize;
    if times == 1 {
        return picture;
    }
    let [height, width, channels] = picture.shape();
    let pixels = picture.pixels();
    let mut large = Vec::with_capacity(pixels.len() * times * times);
    for line in pixels.chunks_exact(width * channels) {
        let wide: Vec<u8> = line.chunks_exact(channels).flat_map(|pixel| pixel.repeat(times)).collect();
        large.extend(wide.repeat(times));
    }
    Picture::new([height * times, width * times, channels], large)
}

const MEMORY: &str = "writing to memory does not fail";

/// An animation as a PNG file, which browsers play without end; other viewers show its first frame.
/// Frame `i` is seen for `delays_ms[i]` milliseconds. Texts are as in [`Picture::to_png`].
///
/// # Errors
/// The first of the frames.
///
/// # Panics
/// If there is no frame, the frames are not as many as the delays or not of one shape; and as
/// [`Picture::to_png`].
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
        writer.write_image_data(frame.pixels()).expect("the pixels are as many as the header says");
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
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_row_is_taken_apart() {
        for channels in [1, 3] {
            let bytes: Vec<u8> = (0..).take(4 * 2 * 3 * channels).collect();
            let row = Picture::grid_of_bytes(&bytes, [4, 2, 3, channels], 4);
            assert_eq!(Some(Images::new(2, 3, channels, bytes)), images_of_row(&row, 4));
            for count in [0, 3, 10, 20] {
                assert_eq!(None, images_of_row(&row, count), "{count}");
            }
        }
    }

    #[test]
    fn every_pixel_becomes_a_square() {
        let small = Picture::rgb(2, 1, (0..6).collect());
        let line = [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5];
        assert_eq!(Picture::rgb(4, 2, [line, line].concat()), enlarged(small.clone(), 2));
        assert_eq!(small, enlarged(small.clone(), 1));
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
            assert_eq!((frame.pixels(), delay, 1000), (&pixels[..], control.delay_num, control.delay_den));
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
}

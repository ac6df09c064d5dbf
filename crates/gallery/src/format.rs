//! The format of a picture file, by the ending of its name; and GIF, for slides.
//!
//! A GIF has at most 256 colours a frame. Grey pictures are exact. Colour is quantised per frame by
//! NeuQuant (Dekker 1994), as the crate `gif` has it. Its comment block has the text chunks that
//! the PNG file would have, a line each, as `keyword: text`.

use std::io::Cursor;
use std::path::Path;

use dcgan::picture::{MOST_BYTES, Picture};
use gif::{Encoder, Extension, Frame, Repeat};
use runs::Error;

/// How thoroughly colours are chosen, from 1 (best) to 30 (fastest).
const SPEED: i32 = 10;

/// A format that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A still picture.
    Png,
    /// An animation with all colours, which browsers play.
    Apng,
    /// An animation of 256 colours a frame, which everything plays.
    Gif,
    /// Pixels as a NumPy array.
    Npy,
}

/// The format that the name `path` asks for; PNG if the name has no ending.
///
/// # Errors
/// If the ending is another one.
pub fn of(path: &Path) -> Result<Format, Error> {
    let Some(ending) = path.extension() else { return Ok(Format::Png) };
    let ending = ending.to_string_lossy().to_lowercase();
    match &*ending {
        "png" => Ok(Format::Png),
        "apng" => Ok(Format::Apng),
        "gif" => Ok(Format::Gif),
        "npy" => Ok(Format::Npy),
        _ => {
            let reason = format!("a .{ending} file cannot be written; end the name in .png, or .apng or .gif");
            Err(Error::file(path, format!("{reason} for an animation")))
        }
    }
}

/// Why a picture is no GIF.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// It is no PNG file.
    #[error("{0}")]
    Png(String),
    /// Its pixels are more than memory should hold.
    #[error("the picture is too large")]
    TooLarge,
    /// A side is longer than GIF allows.
    #[error("a GIF has at most 65535 pixels, not {0}")]
    Side(u32),
    /// The encoder refused it.
    #[error("{0}")]
    Gif(String),
}

impl From<png::DecodingError> for FormatError {
    fn from(error: png::DecodingError) -> Self {
        Self::Png(error.to_string())
    }
}

impl From<gif::EncodingError> for FormatError {
    fn from(error: gif::EncodingError) -> Self {
        Self::Gif(error.to_string())
    }
}

impl Format {
    /// The file in this format of `png`, a PNG file or animation that this program has made.
    ///
    /// # Errors
    /// If it must be a GIF and is larger than GIF allows, which is 65,535 pixels a side, or is no
    /// PNG file; the message names no file.
    pub fn file(self, png: Vec<u8>) -> Result<Vec<u8>, FormatError> {
        if self == Self::Gif { to_gif(&png) } else { Ok(png) }
    }
}

/// A PNG file or animation as a GIF.
fn to_gif(png: &[u8]) -> Result<Vec<u8>, FormatError> {
    let texts = Picture::texts(png).map_err(|error| FormatError::Png(error.to_string()))?;
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info()?;
    let size = reader.output_buffer_size().filter(|&size| size <= MOST_BYTES).ok_or(FormatError::TooLarge)?;
    let info = reader.info();
    let frames = info.animation_control().map_or(1, |control| control.num_frames);
    let side = |pixels: u32| u16::try_from(pixels).map_err(|_| FormatError::Side(pixels));
    let (width, height) = (side(info.width)?, side(info.height)?);
    let is_grey = info.color_type == png::ColorType::Grayscale;
    let greys: Vec<u8> = (0..=u8::MAX).flat_map(|level| [level; 3]).collect();

    let mut gif = Vec::new();
    let palette = if is_grey { &greys[..] } else { &[] };
    let mut encoder = Encoder::new(&mut gif, width, height, palette)?;
    let comment: String = texts.iter().map(|(keyword, text)| format!("{keyword}: {text}\n")).collect();
    encoder.write_raw_extension(Extension::Comment.into(), &[comment.as_bytes()])?;
    if 1 < frames {
        encoder.set_repeat(Repeat::Infinite)?;
    }
    let mut pixels = vec![0; size];
    for _ in 0..frames {
        reader.next_frame(&mut pixels)?;
        let mut frame = if is_grey {
            Frame::from_indexed_pixels(width, height, &pixels[..], None)
        } else {
            Frame::from_rgb_speed(width, height, &pixels, SPEED)
        };
        frame.delay =
            reader.info().frame_control().map_or(0, |control| hundredths(control.delay_num, control.delay_den));
        encoder.write_frame(&frame)?;
    }
    drop(encoder);
    Ok(gif)
}

/// A delay as GIF counts it. Below 2, browsers wait for a tenth of a second.
fn hundredths(number: u16, by: u16) -> u16 {
    let by = if by == 0 { 100 } else { u32::from(by) };
    u16::try_from((u32::from(number) * 100 + by / 2) / by).unwrap_or(u16::MAX).max(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::animation;

    #[test]
    fn a_format_is_known_by_its_ending_and_others_are_refused_by_name() {
        for (name, format) in [
            ("a.png", Format::Png),
            ("a.b.APNG", Format::Apng),
            ("walk.gif", Format::Gif),
            ("x/all.npy", Format::Npy),
            ("plain", Format::Png),
        ] {
            assert_eq!(format, of(Path::new(name)).unwrap());
        }
        for name in ["one.jpg", "film.mp4", "notes.txt", "a.png."] {
            let message = of(Path::new(name)).unwrap_err().to_string();
            assert!(message.contains(name) && message.contains("cannot be written; end the name in .png"), "{message}");
        }
    }

    /// The frames of a GIF as a decoder sees them: pixels in red, green and blue, and delays.
    fn frames(gif: &[u8]) -> Vec<(Vec<u8>, u16)> {
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(gif).unwrap();
        let mut frames = vec![];
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            let rgb = frame.buffer.chunks_exact(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
            frames.push((rgb, frame.delay));
        }
        frames
    }

    fn apng(frames: &[Picture], delays: &[u16]) -> Vec<u8> {
        let all_well = frames.iter().cloned().map(Ok::<_, String>);
        animation(all_well, delays, &[("Software", "dcgan".to_owned())]).unwrap()
    }

    #[test]
    fn grey_is_exact_and_delays_are_kept() {
        let noise = |seed: usize| (0..11 * 13).map(|i| (i * 89 + seed * 31) as u8).collect::<Vec<_>>();
        let pictures = [0, 1, 2].map(|seed| Picture::new([11, 13, 1], noise(seed)));
        let gif = Format::Gif.file(apng(&pictures, &[60, 15, 2000])).unwrap();
        assert!(gif.starts_with(b"GIF89a"));
        let found = frames(&gif);
        assert_eq!([6, 2, 200][..], found.iter().map(|(_, delay)| *delay).collect::<Vec<_>>());
        for (picture, (rgb, _)) in pictures.iter().zip(&found) {
            let grey: Vec<u8> = picture.pixels().iter().flat_map(|&level| [level; 3]).collect();
            assert!(grey == *rgb);
        }
        let has = |part: &[u8]| gif.windows(part.len()).any(|window| window == part);
        assert!(has(b"Software: dcgan\n") && has(b"NETSCAPE2.0"));
    }

    #[test]
    fn a_delay_is_rounded_to_hundredths_and_is_at_least_two() {
        for ((number, by), expected) in [
            ((66, 1000), 7),
            ((65, 1000), 7),
            ((64, 1000), 6),
            ((1, 3), 33),
            ((2, 3), 67),
            ((5, 0), 5), // of no unit, which counts as hundredths
            ((1, 0), 2),
            ((0, 1000), 2),
            ((u16::MAX, 1), u16::MAX),
        ] {
            assert_eq!(expected, hundredths(number, by), "{number}/{by} s");
        }
    }

    /// 256 colours are exact, and of thousands none is far from its own.
    #[test]
    fn colours_are_near() {
        let few = Picture::rgb(16, 16, (0..=255).flat_map(|i: u8| [i, 255 - i, i / 2]).collect());
        let many =
            Picture::rgb(64, 64, (0..64 * 64).flat_map(|i| [(i % 64 * 4) as u8, (i / 64 * 4) as u8, 128]).collect());
        for (picture, most) in [(few, 0), (many, 64)] {
            let gif = Format::Gif.file(picture.to_png(&[])).unwrap();
            let found = frames(&gif);
            assert_eq!(1, found.len());
            let off = picture.pixels().iter().zip(&found[0].0).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(off.is_some_and(|off| off <= most), "{off:?}");
        }
    }

    #[test]
    fn other_formats_stay_as_they_are() {
        let png = Picture::rgb(1, 1, vec![1, 2, 3]).to_png(&[]);
        assert_eq!(png, Format::Png.file(png.clone()).unwrap());
        assert!(Format::Gif.file(b"no picture".to_vec()).is_err());
    }
}

//! The IDX format of MNIST, Fashion-MNIST and EMNIST.
//!
//! ```text
//! 00 00                two zero bytes
//! 08                   the type of an element; 08 is an unsigned byte
//! 03                   the number of dimensions
//! 00 00 ea 60          the first dimension, big-endian: 60,000 images
//! 00 00 00 1c          of 28 rows
//! 00 00 00 1c          of 28 columns
//! ...                  60,000·28·28 elements, the last dimension fastest
//! ```
//!
//! [`Source`] hands out the bytes of a file, unzipped, and knows its offset for error messages.
//!
//! A file of grey images is NHWC with one channel as it stands, and nothing is
//! rearranged. Four dimensions are images with 1 or 3 channels. A file of labels has one
//! dimension.
//!
//! Source: Y. LeCun, C. Cortes, C. J. C. Burges, *The MNIST database of handwritten digits*.

use crate::{Error, Images, Source};

pub(crate) const UNSIGNED_BYTE: u8 = 0x08;

/// Reads images: three dimensions (count, height, width), or four (and channels, 1 or 3).
///
/// # Errors
///
/// If the bytes, from the first to the last, are not such a file.
pub fn read_images(source: &mut Source) -> Result<Images, Error> {
    let dimensions = read_header(source, &[3, 4])?;
    let channels = dimensions.get(3).copied().unwrap_or(1);
    if channels != 1 && channels != 3 {
        let reason = format!("the images have {channels} channels; only 1 (grey) and 3 (RGB) can be read");
        return Err(source.format_error(16, reason));
    }
    let pixels = read_elements(source, &dimensions)?;
    // No extent is zero, so each is at most the number of pixels, which fits in a `usize`.
    let [height, width] = [dimensions[1] as usize, dimensions[2] as usize];
    Ok(Images::new(height, width, channels as usize, pixels))
}

/// Reads labels: one dimension.
///
/// # Errors
///
/// If the bytes, from the first to the last, are not such a file.
pub fn read_labels(source: &mut Source) -> Result<Vec<u8>, Error> {
    let dimensions = read_header(source, &[1])?;
    read_elements(source, &dimensions)
}

/// Reads the header of a file and returns its dimensions. Their number must be one of `ranks`.
fn read_header(source: &mut Source, ranks: &[u8]) -> Result<Vec<u32>, Error> {
    let [zero, zero_too, element, rank] = source.read_array("the magic number")?;
    if (zero, zero_too) != (0, 0) {
        let reason = match source.looks_like() {
            Some(kind) => format!("this is not an IDX file, but {kind}"),
            None => format!("this is not an IDX file: it starts with {zero:02x} {zero_too:02x}, not 00 00"),
        };
        return Err(source.format_error(0, reason));
    }
    if element != UNSIGNED_BYTE {
        let reason = format!("the elements have type {element:02x}; only 08 (unsigned byte) can be read");
        return Err(source.format_error(2, reason));
    }
    if !ranks.contains(&rank) {
        let is = match rank {
            1 => "a file of labels (1 dimension)".to_owned(),
            3 => "a file of images (3 dimensions)".to_owned(),
            _ => format!("a file of {rank} dimensions"),
        };
        let wanted = if ranks == [1] { "of labels (1 dimension)" } else { "of images (3 or 4 dimensions)" };
        return Err(source.format_error(3, format!("this is {is}, not {wanted}")));
    }
    let mut dimensions = Vec::new();
    for i in 1..=rank {
        let offset = source.offset();
        let extent = u32::from_be_bytes(source.read_array(&format!("dimension {i} of {rank}"))?);
        if extent == 0 {
            let reason = format!("dimension {i} of {rank} is 0, so the file holds nothing");
            return Err(source.format_error(offset, reason));
        }
        dimensions.push(extent);
    }
    Ok(dimensions)
}

/// Reads the elements, whose number is the product of `dimensions`, and the end of the file.
fn read_elements(source: &mut Source, dimensions: &[u32]) -> Result<Vec<u8>, Error> {
    let claim = dimensions.iter().map(u32::to_string).collect::<Vec<_>>().join("x");
    // At most four factors below 2^32.
    let size: u128 = dimensions.iter().copied().map(u128::from).product();
    let Ok(size) = u64::try_from(size) else {
        return Err(source.format_error(4, format!("{claim} elements are more than any file holds")));
    };
    let elements = source.read_vec(size, &format!("{claim} elements"))?;
    source.finish()?;
    Ok(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(bytes: &[u8]) -> Result<Images, Error> {
        read_images(&mut Source::new(bytes, 0))
    }

    #[test]
    fn an_image_that_is_not_square_is_not_transposed() {
        let header = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3];
        let bytes: Vec<u8> = header.into_iter().chain(0..12).collect();
        let read = images(&bytes).unwrap();
        assert_eq!((read.count(), read.height(), read.width(), read.channels()), (2, 2, 3, 1));
        assert_eq!(read.image(1), [6, 7, 8, 9, 10, 11]);
    }

    #[test]
    fn four_dimensions_are_colour() {
        let header = [0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3];
        let bytes: Vec<u8> = header.into_iter().chain(0..6).collect();
        let read = images(&bytes).unwrap();
        assert_eq!((read.count(), read.height(), read.width(), read.channels()), (1, 2, 1, 3));
        assert_eq!(read.pixels(), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn labels_are_one_dimension() {
        let bytes = [0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 255];
        assert_eq!(read_labels(&mut Source::new(&bytes, 0)), Ok(vec![7, 0, 255]));
    }
}

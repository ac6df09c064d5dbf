//! Images as a file of the IDX format, for whoever has them from somewhere else.

use crate::Images;
use crate::idx::UNSIGNED_BYTE;

/// The IDX file of `images`: three dimensions if they are grey, or else four.
///
/// # Panics
/// If an extent does not fit in 32 bits.
#[must_use]
pub fn idx_file(images: &Images) -> Vec<u8> {
    let extents = [images.count(), images.height(), images.width(), images.channels()];
    let extents = if images.channels() == 1 { &extents[..3] } else { &extents };
    let mut bytes = vec![0, 0, UNSIGNED_BYTE, extents.len() as u8];
    for &extent in extents {
        bytes.extend(u32::try_from(extent).expect("an extent of 32 bits").to_be_bytes());
    }
    bytes.extend(images.pixels());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LIMIT_BYTES, Source, idx};

    #[test]
    fn a_file_is_read_as_what_was_written() {
        for channels in [1, 3] {
            let pixels: Vec<u8> = (0..2 * 3 * 4 * channels as u8).collect();
            let images = Images::new(3, 4, channels, pixels);
            let file = idx_file(&images);
            let read = idx::read_images(&mut Source::new(&file, LIMIT_BYTES)).expect("a file of ours");
            assert_eq!((images.pixels(), images.channels()), (read.pixels(), read.channels()));
        }
    }
}

//! Images in memory: bytes in NHWC order, a quarter of the size of floats.

use sha2::{Digest, Sha256};

use crate::checksums::hex;

/// Images of one size, as bytes in NHWC order: image, row, column, channel.
#[derive(Clone, PartialEq, Eq)]
pub struct Images {
    height: usize,
    width: usize,
    channels: usize,
    pixels: Vec<u8>,
    /// The class of each image, where it is known: `labels` has the methods.
    pub(crate) labels: Option<Vec<u8>>,
}

impl Images {
    /// Images from their bytes: one image after the other, each row by row.
    ///
    /// # Panics
    ///
    /// If an extent is zero, or `pixels` is not a whole number of images.
    pub fn new(height: usize, width: usize, channels: usize, pixels: Vec<u8>) -> Images {
        let size = height * width * channels;
        assert!(
            size != 0 && pixels.len().is_multiple_of(size),
            "Images::new: {} bytes are no whole number of {height}x{width}x{channels} images",
            pixels.len()
        );
        Images { height, width, channels, pixels, labels: None }
    }

    /// The number of images.
    pub fn count(&self) -> usize {
        self.pixels.len() / self.image_size()
    }

    /// The rows of an image.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The columns of an image.
    pub fn width(&self) -> usize {
        self.width
    }

    /// 1 for grey, 3 for red, green and blue.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The bytes of one image, which is also the number of floats that it becomes.
    pub fn image_size(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// All bytes, NHWC.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// All bytes, NHWC, without a copy.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// The bytes of image `index`, HWC.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    pub fn image(&self, index: usize) -> &[u8] {
        &self.pixels[index * self.image_size()..][..self.image_size()]
    }

    /// The SHA-256 of extents and pixels, in lower-case hexadecimal.
    ///
    /// It names the images that a run saw, whatever file they came from. The hash of a *file* is
    /// [`Source::sha256`](crate::Source::sha256).
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for extent in [self.count(), self.height, self.width, self.channels] {
            hash.update((extent as u64).to_le_bytes());
        }
        hash.update(&self.pixels);
        hex(&hash.finalize())
    }
}

impl std::fmt::Debug for Images {
    /// The shape alone: a failed assertion should not print fifty million bytes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Images { height, width, channels, .. } = self;
        write!(f, "Images({}x{height}x{width}x{channels})", self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_lie_one_after_the_other() {
        let images = Images::new(1, 2, 3, (0..12).collect());
        assert_eq!((images.count(), images.image_size()), (2, 6));
        assert_eq!(images.image(1), [6, 7, 8, 9, 10, 11]);
    }

    #[test]
    fn the_hash_sees_shape_and_pixels() {
        let of = |h, w, pixels: [u8; 6]| Images::new(h, w, 1, pixels.into()).sha256();
        assert_eq!(of(2, 3, [1; 6]), of(2, 3, [1; 6]));
        assert_ne!(of(2, 3, [1; 6]), of(3, 2, [1; 6]));
        assert_ne!(of(2, 3, [1; 6]), of(2, 3, [1, 1, 1, 1, 1, 2]));
    }

    #[test]
    #[should_panic(expected = "7 bytes are no whole number of 2x3x1 images")]
    fn half_an_image_is_no_image() {
        Images::new(2, 3, 1, vec![0; 7]);
    }
}

//! Square images in another size, or in other colours, for a network that has learnt such ones.
//!
//! A grey image in colour has its grey three times. An image in colour becomes as grey as it is
//! bright. Sizes change by [Lanczos-3](super::lanczos), as those of files do.

use super::lanczos::{self, Color};
use super::square::luma;
use crate::Images;

/// The same images with `size` pixels a side and `channels` channels, 1 or 3.
///
/// # Panics
///
/// If they are not square, or have another number of channels than 1 or 3.
#[must_use]
pub fn fitted(images: &Images, size: usize, channels: usize) -> Images {
    assert!(images.height() == images.width() && matches!(channels, 1 | 3), "fitted: {images:?}");
    let mut pixels = Vec::with_capacity(images.count() * size * size * channels);
    for i in 0..images.count() {
        let image = images.image(i);
        let colored: Vec<Color> = match images.channels() {
            1 => image.iter().map(|&grey| [grey; 3]).collect(),
            3 => image.as_chunks().0.to_vec(),
            other => panic!("fitted: images of {other} channels"),
        };
        let square = if images.height() == size { colored } else { lanczos::resized(&colored, size) };
        match channels {
            1 => pixels.extend(square.into_iter().map(luma)),
            _ => pixels.extend(square.into_flattened()),
        }
    }
    Images::new(size, size, channels, pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_colours_change_and_what_fits_stays_as_it_is() {
        let grey = Images::new(2, 2, 1, vec![10, 20, 30, 40, 90, 90, 90, 90]);
        assert!(fitted(&grey, 2, 1) == grey);
        let colored = fitted(&grey, 2, 3);
        assert_eq!([10, 10, 10, 20, 20, 20], colored.image(0)[..6]);
        assert!(fitted(&colored, 2, 1) == grey, "grey is as bright as it is");
        let large = fitted(&grey, 8, 3);
        assert_eq!((2, 8, 8, 3), (large.count(), large.height(), large.width(), large.channels()));
        assert!(large.image(1).iter().all(|&byte| byte == 90), "an even picture stays even");
        assert!(large.image(0)[0] < large.image(0)[8 * 8 * 3 - 1], "dark above, bright below");
    }
}

//! Augmentation: training images are moved and mirrored.
//!
//! A classifier that has seen a horse in one place only learns the place too. So each use of an
//! image moves it by a few pixels. It is also mirrored if its mirror image is as likely, which is
//! true of a horse and not of a digit. The pixels of an edge are repeated beyond it.
//!
//! The moves of a step are a function of (seed, step).

use data::{Images, scale};
use rand::Rng;
use rand::rngs::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use tensor::{Buffer, Tensor};

/// How far training images are moved, and whether they are mirrored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augment {
    /// The most pixels by which an image is moved, up or down and left or right.
    pub shift: usize,
    /// Whether half of the images are mirrored left to right.
    pub mirror: bool,
}

/// The move of one image: pixel (y, x) of the result is pixel (y + down, x + right) of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Move {
    down: isize,
    right: isize,
    mirror: bool,
}

impl Augment {
    /// The images of `indices`, NHWC in [-1, 1], each with a move drawn from `rng`.
    #[must_use]
    pub fn batch(self, images: &Images, indices: &[u32], rng: &mut ChaCha8Rng) -> Tensor {
        let image_size = images.image_size();
        let mut x = Buffer::scratch(indices.len() * image_size);
        for (out, &index) in x.chunks_exact_mut(image_size).zip(indices) {
            let shape = [images.height(), images.width(), images.channels()];
            self.draw(rng).write(images.image(index as usize), shape, out);
        }
        Tensor::new(&[indices.len(), images.height(), images.width(), images.channels()], x)
    }

    /// Draws three numbers for each image, used or not, so that the moves do not depend on the
    /// mirror.
    fn draw(self, rng: &mut ChaCha8Rng) -> Move {
        let places = 2 * self.shift as u64 + 1;
        let mut shift = || ((u64::from(rng.next_u32()) * places) >> 32) as isize - self.shift as isize;
        let (down, right) = (shift(), shift());
        Move { down, right, mirror: rng.next_u32() & 1 == 1 && self.mirror }
    }
}

impl Move {
    fn write(self, picture: &[u8], [height, width, channels]: [usize; 3], out: &mut [f32]) {
        let inside = |at: usize, by: isize, extent: usize| at.saturating_add_signed(by).min(extent - 1);
        for (y, out) in out.chunks_exact_mut(width * channels).enumerate() {
            let row = &picture[inside(y, self.down, height) * width * channels..][..width * channels];
            for (x, out) in out.chunks_exact_mut(channels).enumerate() {
                let x = inside(x, self.right, width);
                let x = if self.mirror { width - 1 - x } else { x };
                scale::from_bytes(&row[x * channels..][..channels], out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::AUGMENT;
    use data::streams::stream;

    /// Two rows of three grey pixels.
    const PICTURE: [u8; 6] = [1, 2, 3, 4, 5, 6];

    fn moved(down: isize, right: isize, mirror: bool) -> Vec<u8> {
        let mut out = [f32::NAN; 6];
        Move { down, right, mirror }.write(&PICTURE, [2, 3, 1], &mut out);
        scale::to_bytes(&out).unwrap()
    }

    #[test]
    fn edges_are_repeated() {
        assert_eq!(PICTURE[..], moved(0, 0, false));
        assert_eq!([4, 5, 6, 4, 5, 6][..], moved(1, 0, false));
        assert_eq!([1, 1, 2, 4, 4, 5][..], moved(0, -1, false));
        assert_eq!([1, 2, 3, 1, 2, 3][..], moved(-5, 0, false));
        assert_eq!([3, 2, 1, 6, 5, 4][..], moved(0, 0, true));
        assert_eq!([2, 1, 1, 5, 4, 4][..], moved(0, 1, true));
    }

    #[test]
    fn colours_stay_together() {
        let mut out = [f32::NAN; 6];
        Move { down: 0, right: 0, mirror: true }.write(&PICTURE, [1, 2, 3], &mut out);
        assert_eq!([4, 5, 6, 1, 2, 3], scale::to_bytes(&out).unwrap()[..]);
    }

    #[test]
    fn every_move_is_made_and_none_is_larger() {
        let mut rng = stream(1, AUGMENT, 0);
        let draws: Vec<Move> = (0..2000).map(|_| Augment { shift: 2, mirror: true }.draw(&mut rng)).collect();
        for (down, right) in (-2..=2).flat_map(|down| (-2..=2).map(move |right| (down, right))) {
            for mirror in [false, true] {
                assert!(draws.contains(&Move { down, right, mirror }));
            }
        }
        assert!(draws.iter().all(|by| by.down.abs() <= 2 && by.right.abs() <= 2));
        let mut again = stream(1, AUGMENT, 0);
        let mirrorless = Augment { shift: 2, mirror: false };
        assert!(draws.iter().all(|&by| mirrorless.draw(&mut again) == Move { mirror: false, ..by }));
    }

    #[test]
    fn a_batch_is_its_pictures_in_order() {
        let images = Images::new(2, 3, 1, [PICTURE, [9; 6]].concat());
        let x = Augment { shift: 0, mirror: false }.batch(&images, &[1, 0], &mut stream(1, AUGMENT, 0));
        assert_eq!([2, 2, 3, 1], x.shape());
        assert_eq!([[9; 6], PICTURE].concat(), scale::to_bytes(x.data()).unwrap());
    }
}

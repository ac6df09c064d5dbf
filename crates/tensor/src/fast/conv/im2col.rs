//! im2col: the classical way to turn a convolution into one matrix product, used for thin images.
//!
//! Each output pixel gets a row that holds the patch it looks at, tap after tap. The kernel as
//! stored (`[kh·kw·ci, co]`) is then the right side of a single product (Chellapilla, Puri and
//! Simard 2006):
//!
//! ```text
//! x = [ 1 2 3 ], two taps, stride 1:    patches = [ 1 2 ]      y = patches·w
//!                                                 [ 2 3 ]
//! ```
//!
//! The matrix is `kh·kw/s²` times as large as the image. For images of 16 channels and more this is
//! a waste, and [`conv2d`](crate::ops::conv2d) multiplies pixels in place instead. With fewer
//! channels, as in a grey or a colour image, the opposite holds: products over one or three
//! channels would move more data than they compute, and the matrix is small.
//!
//! col2im is the adjoint: it adds every element of a patch to the pixel that it came from.

use crate::fast::parallel;
use crate::{Buffer, Window};

/// The patches `[n, oh·ow, kh·kw·ci]` of `x [n, ih, iw, ci]`. They hold zeros for the padding.
///
/// # Panics
/// If `x` has another length.
#[must_use]
pub fn gather(window: Window, n: usize, ci: usize, x: &[f32]) -> Buffer {
    assert_eq!(n * window.input_pixels() * ci, x.len(), "im2col: {n} images of {ci} channels");
    let copies = copies(window, ci);
    let image_len = window.input_pixels() * ci;
    let patches_len = window.output_pixels() * window.kernel_taps() * ci;
    let mut patches = Buffer::scratch(n * patches_len);
    parallel::chunks_mut(&mut patches, patches_len.max(1), &|image, patches| {
        patches.fill(0.0); // the padding stays
        let x = &x[image * image_len..][..image_len];
        copies.iter().for_each(|&(pixel, patch)| patches[patch as usize] = x[pixel as usize]);
    });
    patches
}

/// Adds patches to the pixels that they came from, which start as `bias [ci]` or 0. This is the
/// adjoint of [`gather`].
///
/// # Panics
/// If `patches` or `bias` has another length.
#[must_use]
pub fn scatter(window: Window, n: usize, ci: usize, patches: &[f32], bias: Option<&[f32]>) -> Buffer {
    let image_len = window.input_pixels() * ci;
    let patches_len = window.output_pixels() * window.kernel_taps() * ci;
    assert_eq!(n * patches_len, patches.len(), "im2col: patches of {n} images of {ci} channels");
    let copies = copies(window, ci);
    let mut x = Buffer::scratch(n * image_len);
    parallel::chunks_mut(&mut x, image_len.max(1), &|image, x| {
        let patches = &patches[image * patches_len..][..patches_len];
        match bias {
            Some(bias) => x.chunks_exact_mut(ci).for_each(|pixel| pixel.copy_from_slice(bias)),
            None => x.fill(0.0),
        }
        copies.iter().for_each(|&(pixel, patch)| x[pixel as usize] += patches[patch as usize]);
    });
    x
}

/// The pairs of an element of an image and an element of its patches that is a copy of it.
///
/// They are the same for each image of a batch, so they are listed once. An element of the image
/// meets its taps in ascending order.
fn copies(window: Window, ci: usize) -> Vec<(u32, u32)> {
    let row = window.kernel_taps() * ci;
    let mut copies = Vec::with_capacity(window.output_pixels() * row);
    window.runs(|output, tap, input, count| {
        let (pixel, patch) = (input * ci, output * row + tap * ci);
        copies.extend((0..count * ci).map(|i| ((pixel + i) as u32, (patch + i) as u32)));
    });
    copies
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, check};

    #[test]
    fn by_hand() {
        let window = Window { down: Axis::valid(1, 1, 1), across: Axis::same(3, 2, 1) };
        check::exact(&gather(window, 1, 1, &[1.0, 2.0, 3.0]), &[1.0, 2.0, 2.0, 3.0, 3.0, 0.0]);
        let back = scatter(window, 1, 1, &[1.0, 10.0, 100.0, 1000.0, 1e4, 1e5], Some(&[0.5]));
        check::exact(&back, &[1.5, 110.5, 11000.5]);
    }

    #[test]
    fn adjoint() {
        let window = Window { down: Axis::same(7, 3, 2), across: Axis::new(5, 4, 3, (1, 2)) };
        let x = check::integers(1, 3 * window.input_pixels() * 5);
        let patches = check::integers(2, 3 * window.output_pixels() * 12 * 5);
        let (there, back) = (gather(window, 3, 5, &x), scatter(window, 3, 5, &patches, None));
        let (there, back) = (check::to_f64(&there), check::to_f64(&back));
        assert_eq!(check::dot(&there, &check::to_f64(&patches)), check::dot(&check::to_f64(&x), &back));
    }
}

//! A tensor is a list of numbers, and its shape says how to find one of them.
//! Images here are NHWC: [image, row, column, channel], and the last index moves fastest.
//! So the channels of a pixel are neighbours, then come the pixels of a row, then the rows.
//! By hand: in [1, 2, 3, 2], the pixel (y, x) = (1, 0) begins at number 6.
//! 10 minutes. Chapter 2: book/src/02-numbers-with-a-shape.md

/// Where the number of image `n`, row `y`, column `x` and channel `c` stands in the list. `shape`
/// is `[images, height, width, channels]`.
pub fn offset(shape: [usize; 4], [n, y, x, c]: [usize; 4]) -> usize {
    let [_, height, width, channels] = shape;
    ((n * height + y) * width + x) * channels + c
}

/// All numbers of image `n`.
pub fn image_at(shape: [usize; 4], data: &[f32], n: usize) -> &[f32] {
    let [_, height, width, channels] = shape;
    let len = height * width * channels;
    &data[n * len..(n + 1) * len]
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::offsets::check(super::offset, super::image_at)
    }
}

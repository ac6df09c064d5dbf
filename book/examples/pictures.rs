//! The pictures that a demonstration makes: enlarged, and saved where its argument says.

use std::env;
use std::fs;

use dcgan::picture::Picture;

/// The picture with each pixel as a square of `factor` by `factor`.
#[must_use]
pub fn enlarged(picture: &Picture, factor: usize) -> Picture {
    let [height, width, channels] = picture.shape();
    let pixel = |y: usize, x: usize| &picture.pixels()[(y * width + x) * channels..][..channels];
    let rows = (0..height * factor).map(|y| y / factor);
    let pixels = rows.flat_map(|y| (0..width * factor).flat_map(move |x| pixel(y, x / factor)).copied()).collect();
    Picture::new([height * factor, width * factor, channels], pixels)
}

/// Writes the picture as a PNG file to the path that is the program's first argument, if it has
/// one.
///
/// # Panics
/// If the file cannot be written.
pub fn save(picture: &Picture) {
    if let Some(path) = env::args_os().nth(1) {
        let written = fs::write(&path, picture.to_png(&[]));
        written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_becomes_a_square() {
        let picture = enlarged(&Picture::new([1, 2, 1], vec![1, 2]), 2);
        assert_eq!(([2, 4, 1], &[1, 1, 2, 2, 1, 1, 2, 2][..]), (picture.shape(), picture.pixels()));
    }
}

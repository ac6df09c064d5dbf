//! Making a square smaller, or larger, by Lanczos-3: windowed sinc interpolation (Duchon 1979).
//!
//! ```text
//! weight(x) = sinc(x)·sinc(x/3) for |x| < 3        sinc(x) = sin(πx)/πx
//! ```
//!
//! `x` is the distance of a pixel from the centre of a pixel of the result, in pixels of the
//! result: so the window grows with the ratio, and every pixel of the original counts. (Enlarging,
//! it is in pixels of the original.) The weights of rows and columns are the same and separate:
//! rows first, whole lines at a time, then columns of the few lines that are left.

/// Red, green and blue.
pub(super) type Color = [u8; 3];

/// Where the weights end.
const LOBES: f64 = 3.0;

/// The pixels of a line that make one pixel of the result.
struct Taps {
    start: usize,
    weights: Vec<f32>,
}

/// A square of `size` pixels a side that shows the same.
pub(super) fn resized(square: &[Color], size: usize) -> Vec<Color> {
    let side = square.len().isqrt();
    let taps = taps(side, size);
    let mut lines = vec![0.0; size * side * 3];
    for (taps, line) in taps.iter().zip(lines.chunks_exact_mut(side * 3)) {
        let rows = square.as_flattened()[taps.start * side * 3..].chunks_exact(side * 3);
        for (weight, row) in taps.weights.iter().zip(rows) {
            line.iter_mut().zip(row).for_each(|(sum, &byte)| *sum += weight * f32::from(byte));
        }
    }
    let mut result = Vec::with_capacity(size * size);
    for line in lines.chunks_exact(side * 3) {
        let (pixels, _) = line.as_chunks::<3>();
        for taps in &taps {
            let mut sums = [0.0; 3];
            for (weight, pixel) in taps.weights.iter().zip(&pixels[taps.start..]) {
                sums.iter_mut().zip(pixel).for_each(|(sum, x)| *sum += weight * x);
            }
            // Lanczos overshoots at edges; `as` goes no further than 0 and 255.
            result.push(sums.map(|sum: f32| sum.round() as u8));
        }
    }
    result
}

/// The taps of each of `size` pixels out of `side`; their weights add up to 1.
fn taps(side: usize, size: usize) -> Vec<Taps> {
    let ratio = side as f64 / size as f64;
    let stretch = ratio.max(1.0);
    let taps = |i: usize| {
        // In pixels of the original, whose centres are at halves.
        let centre = (i as f64 + 0.5) * ratio;
        let start = (centre - LOBES * stretch).floor().max(0.0) as usize;
        let end = side.min((centre + LOBES * stretch).ceil() as usize);
        let weights: Vec<f64> = (start..end).map(|j| weight((j as f64 + 0.5 - centre) / stretch)).collect();
        let sum: f64 = weights.iter().sum();
        Taps { start, weights: weights.into_iter().map(|weight| (weight / sum) as f32).collect() }
    };
    (0..size).map(taps).collect()
}

fn weight(x: f64) -> f64 {
    if x.abs() < LOBES { sinc(x) * sinc(x / LOBES) } else { 0.0 }
}

fn sinc(x: f64) -> f64 {
    let x = x * std::f64::consts::PI;
    if x == 0.0 { 1.0 } else { x.sin() / x }
}

#[cfg(test)]
mod tests {
    use image::imageops::FilterType::Lanczos3;
    use image::{DynamicImage, RgbImage};

    use super::*;

    /// Against the crate `image`, smaller and larger, edges that overshoot and all.
    #[test]
    fn as_another_implementation() {
        for (side, size) in [(40, 16), (17, 16), (127, 16), (16, 16), (5, 16), (1, 4), (9, 1)] {
            let byte = |x: usize, y: usize| [(x * 13 + y * 7) % 256, 255 * (x / 4 % 2), 255 * ((x + y) / 8 % 2)];
            let square: Vec<Color> =
                (0..side * side).map(|i| byte(i % side, i / side).map(|byte| byte as u8)).collect();
            let bytes = square.as_flattened().to_vec();
            let expected: DynamicImage = RgbImage::from_raw(side as u32, side as u32, bytes).unwrap().into();
            let expected = expected.resize_exact(size as u32, size as u32, Lanczos3);
            let found = resized(&square, size);
            assert_eq!(size * size, found.len());
            for (i, (found, expected)) in found.as_flattened().iter().zip(expected.as_bytes()).enumerate() {
                assert!(found.abs_diff(*expected) <= 1, "{side} to {size}: byte {i} is {found}, not {expected}");
            }
        }
    }
}

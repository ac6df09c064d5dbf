//! One picture: the reader's digits beside the project's, of the same seeds.

use std::path::Path;

use data::Images;
use dcgan::gan::Gan;
use dcgan::picture::Picture;
use dcgan::sample::{self, latent};
use gallery::compose::{Cell, cells, enlarged};
use runs::{Error, atomic, overwrite};

/// Rows and columns of each half.
const ROWS: usize = 8;
const COLUMNS: usize = 8;

/// Writes the picture: the reader's on the left.
pub(crate) fn write(path: &Path, yours: &Gan, ours: &Gan) -> Result<(), Error> {
    let seeds: Vec<u64> = (0..(ROWS * COLUMNS) as u64).collect();
    let digits = |gan: &Gan| {
        sample::images(gan, &latent(&seeds), sample::BATCH).map_err(|_| Error::not_finite(gan.step, "a sample"))
    };
    atomic::write(path, &side_by_side(&digits(yours)?, &digits(ours)?).to_png(&[overwrite::mark()]))
}

fn side_by_side(left: &Images, right: &Images) -> Picture {
    let (height, width, channels) = (left.height(), left.width(), left.channels());
    let both = Images::new(height, width, channels, [left.pixels(), right.pixels()].concat());
    let mut grid = Vec::new();
    for row in 0..ROWS {
        for half in 0..2 {
            let first = (half * ROWS + row) * COLUMNS;
            grid.extend((first..first + COLUMNS).map(Cell::Image));
            grid.extend((half == 0).then_some(Cell::Blank));
        }
    }
    enlarged(cells(&both, &grid, 2 * COLUMNS + 1), 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_half_has_its_own() {
        let images = |grey: u8| Images::new(2, 2, 1, vec![grey; ROWS * COLUMNS * 4]);
        let picture = side_by_side(&images(10), &images(20));
        let [_, width, _] = picture.shape();
        let count = |grey: u8, columns: std::ops::Range<usize>| {
            let rows = picture.pixels().chunks(width);
            rows.map(|row| row[columns.clone()].iter().filter(|pixel| **pixel == grey).count()).sum::<usize>()
        };
        let all = ROWS * COLUMNS * 4 * 4;
        assert_eq!([all, 0], [count(10, 0..width / 2), count(20, 0..width / 2)]);
        assert_eq!([0, all], [count(10, width / 2..width), count(20, width / 2..width)]);
    }
}

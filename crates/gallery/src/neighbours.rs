//! `nearest.png`: samples beside the training pictures that they are nearest to.
//!
//! It needs no judge, so it can be drawn of pictures that no judge knows. A picture tells what a
//! distance of pixels alone does not: whether a sample is a copy, or only as dark as its neighbour.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use crate::chart::{QUIET, canvas, write};
use crate::compose::enlarged;
use data::Images;
use dcgan::picture::Picture;
use judge::figures::nearest::Neighbour;

const MARGIN: usize = 24;
/// From one line of text to the next.
const LINE: usize = 24;
/// Images are enlarged to about this many pixels a side.
const SIDE: usize = 64;
/// Between images.
const GAP: usize = 6;
/// The width of a row of images, in pixels, if at least [`FEWEST`] fit into it.
const ROW: usize = 770;
const FEWEST: usize = 4;
/// Where images begin, right of what they are.
const IMAGES: usize = 170;

/// Draws the first samples, and those most suspect of being copies, above their `neighbours` among
/// the `training` images.
///
/// # Panics
/// If there is not a neighbour for each of the `samples`; or if `plotters` fails to draw into
/// memory.
#[must_use]
pub fn picture(title: &str, samples: &Images, training: &Images, neighbours: &[Neighbour]) -> Picture {
    assert_eq!(samples.count(), neighbours.len(), "a neighbour for each sample");
    let scale = (SIDE / samples.height()).max(1);
    let cell = samples.height().max(samples.width()) * scale + GAP;
    let columns = (ROW / cell).max(FEWEST);
    let band = LINE + 2 * cell + MARGIN;
    let top = MARGIN + LINE + MARGIN;

    let first: Vec<usize> = (0..samples.count().min(columns)).collect();
    let mut suspect: Vec<usize> = (0..samples.count()).collect();
    suspect.sort_by(|&a, &b| neighbours[a].ratio.total_cmp(&neighbours[b].ratio));
    suspect.truncate(columns);
    let bands = [("the first samples", first), ("the most suspect of being copies", suspect)];

    let size = (IMAGES + columns * cell + MARGIN, top + bands.len() * band);
    let mut picture = canvas(size, |area| {
        write(area, title, (MARGIN, MARGIN), 18, &BLACK, HPos::Left);
        for (number, (name, _)) in bands.iter().enumerate() {
            let top = top + number * band;
            write(area, name, (MARGIN, top), 17, &BLACK, HPos::Left);
            for (row, text) in ["sample", "nearest in training"].iter().enumerate() {
                write(area, text, (MARGIN, top + LINE + row * cell + cell / 2 - 12), 16, &QUIET, HPos::Left);
            }
        }
    });
    for (number, (_, chosen)) in bands.iter().enumerate() {
        for (column, &i) in chosen.iter().enumerate() {
            for (row, (images, index)) in [(samples, i), (training, neighbours[i].index)].into_iter().enumerate() {
                let place = (IMAGES + column * cell, top + number * band + LINE + row * cell);
                picture.put(&enlarged(Picture::of(images, index), scale as u32), place);
            }
        }
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;
    use judge::figures::nearest::nearest_pictures;

    /// Images of one grey level each.
    fn flat(side: usize, levels: &[u8]) -> Images {
        Images::new(side, side, 1, levels.iter().flat_map(|&level| vec![level; side * side]).collect())
    }

    #[test]
    fn a_sample_stands_above_its_nearest_training_image() {
        for side in [16, 256] {
            let (samples, training) = (flat(side, &[10, 100, 200]), flat(side, &[205, 102, 50, 17, 150, 255]));
            let neighbours = nearest_pictures(&samples, &training);
            assert_eq!([3, 1, 0], [0, 1, 2].map(|i| neighbours[i].index));
            let picture = picture("three samples", &samples, &training, &neighbours);
            let [_, width, channels] = picture.shape();
            let cell = side * (64 / side).max(1) + GAP;
            let at = |x: usize, y: usize| picture.pixels()[(y * width + x) * channels];
            let top = MARGIN + LINE + MARGIN + LINE;
            let column = |i: usize| [0, 1].map(|row| at(IMAGES + i * cell + 5, top + row * cell + 5));
            assert_eq!([[10, 17], [100, 102], [200, 205]], [0, 1, 2].map(column));
        }
    }
}

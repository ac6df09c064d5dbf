//! What a generator is asked to show: pictures by seed, a walk from seed to seed, a sum.
//!
//! A view and a state of the generator decide a file, byte for byte. A picture carries its view as
//! JSON, and [`reproduce`](mod@crate::reproduce) makes it again.

use data::Images;
use serde::{Deserialize, Serialize};
use tensor::Tensor;

use crate::arithmetic::LatentSum;
use crate::compose::{self, Cell, enlarged};
use crate::interpolation::{Interpolation, InterpolationError};
use crate::provenance::{PictureKind, Provenance};
use crate::seeds::Seeds;
use dcgan::gan::Gan;
use dcgan::picture::Picture;
use dcgan::sample;
use dcgan::wish::Wish;
use runs::loaded;

/// Larger pictures are refused, before anything is made; so are animations of more bytes in all.
const MOST_BYTES: u128 = 1 << 30;

/// What to show, and how large.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// What is in it.
    pub subject: ViewContent,
    /// Pixels a side that each pixel becomes: at least 1.
    pub scale: u32,
    /// What is asked for besides the seeds.
    #[serde(default, skip_serializing_if = "Wish::is_none")]
    pub wish: Wish,
}

/// What a view shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ViewContent {
    /// The pictures of these seeds, in a square.
    Grid(Seeds),
    /// A row for each class that is wished for, of the same seeds in each.
    Classes(Seeds),
    /// One picture, without a margin.
    Single(u64),
    /// A walk: a row for each way from one seed to the next, both included.
    Strip(Interpolation),
    /// A walk, animated; its frames are without a margin.
    Animation {
        /// Where it leads.
        walk: Interpolation,
        /// How long each frame is to be seen, in milliseconds.
        delay_ms: u16,
    },
    /// A sum: a row for each term, its seeds and their mean, and a row of the result and its
    /// neighbours.
    Sum(LatentSum),
}

/// Why there is no such view, or no file of it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ViewError {
    /// The JSON is none of a view.
    #[error("its text chunk View is no view: {0}")]
    Json(String),
    /// Its pixels have no size.
    #[error("pixels of size 0 show nothing")]
    NoPixels,
    /// Nobody can grant what it asks for.
    #[error(transparent)]
    Wish(#[from] dcgan::Error),
    /// Its walk shows nothing.
    #[error(transparent)]
    Interpolation(#[from] InterpolationError),
    /// It would not fit into memory.
    #[error("the picture would have {megabytes} MB; ask for fewer images or a smaller `scale`")]
    TooLarge {
        /// What it would take.
        megabytes: u128,
    },
    /// A pixel is not finite.
    #[error("{}", loaded::NOT_FINITE)]
    NotFinite,
}

impl View {
    fn latent(&self, classes: usize) -> Tensor {
        let wish = &self.wish;
        match &self.subject {
            ViewContent::Grid(seeds) => wish.points(seeds.all(), classes),
            ViewContent::Classes(seeds) => {
                let rows = wish.classes.iter().flat_map(|&class| vec![class; seeds.all().len()]);
                let each = Wish { classes: rows.collect(), ..wish.clone() };
                each.points(&seeds.all().repeat(wish.classes.len()), classes)
            }
            ViewContent::Single(seed) => wish.points(&[*seed], classes),
            ViewContent::Strip(walk) | ViewContent::Animation { walk, .. } => walk.latent(wish, classes),
            ViewContent::Sum(sum) => sum.latent(wish, classes),
        }
    }

    /// Images, signs and gaps that it has at most.
    fn cells(&self) -> u128 {
        let (rows, columns) = match &self.subject {
            ViewContent::Grid(seeds) => (1, seeds.all().len()),
            ViewContent::Classes(seeds) => (self.wish.classes.len(), seeds.all().len()),
            ViewContent::Single(_) => (1, 1),
            ViewContent::Strip(walk) | ViewContent::Animation { walk, .. } => (walk.legs(), walk.frames as usize + 1),
            ViewContent::Sum(sum) => (sum.terms().len() + 1, sum.columns() + 3),
        };
        rows as u128 * columns as u128
    }

    /// The view as JSON.
    ///
    /// # Panics
    /// Never: a view is plain data.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a view is plain data")
    }

    /// The view that [`to_json`](View::to_json) wrote.
    ///
    /// # Errors
    /// If it is none.
    pub fn from_json(json: &str) -> Result<Self, ViewError> {
        serde_json::from_str(json).map_err(|error| ViewError::Json(error.to_string()))
    }

    /// The file of this view of `gan`, whose state is called `name`. `batch` pictures pass through
    /// it at a time, and no bit depends on that.
    ///
    /// # Errors
    /// If there is no such view, it is too large, or a pixel is not finite; the message names no
    /// file.
    ///
    /// # Panics
    /// If `batch` is 0.
    pub fn file(&self, gan: &Gan, name: &str, batch: usize) -> Result<Vec<u8>, ViewError> {
        self.affordable(gan)?;
        let images = sample::images(gan, &self.latent(gan.classes()), batch).map_err(|_| ViewError::NotFinite)?;
        let origin = self.origin(gan, name, images.count());
        let (cells, columns) = match &self.subject {
            ViewContent::Grid(seeds) => ((0..seeds.all().len()).map(Cell::Image).collect(), seeds.all().len().isqrt()),
            ViewContent::Classes(seeds) => ((0..images.count()).map(Cell::Image).collect(), seeds.all().len()),
            ViewContent::Strip(walk) => strip(walk, images.count()),
            ViewContent::Sum(sum) => table(sum),
            ViewContent::Single(_) => return Ok(self.single(gan, name, &images, 0)),
            ViewContent::Animation { delay_ms, .. } => {
                let frames = (0..images.count()).map(|i| Ok(enlarged(Picture::of(&images, i), self.scale)));
                return origin.to_animation(frames, &vec![*delay_ms; images.count()]);
            }
        };
        Ok(origin.to_png(&enlarged(compose::cells(&images, &cells, columns), self.scale)))
    }

    /// The file of the image of that index, of which this is the view: a [`ViewContent::Single`].
    #[must_use]
    pub fn single(&self, gan: &Gan, name: &str, images: &Images, index: usize) -> Vec<u8> {
        self.origin(gan, name, 1).to_png(&enlarged(Picture::of(images, index), self.scale))
    }

    fn origin(&self, gan: &Gan, name: &str, count: usize) -> Provenance {
        let first = match &self.subject {
            ViewContent::Grid(seeds) | ViewContent::Classes(seeds) => seeds.all()[0],
            ViewContent::Single(seed) => *seed,
            ViewContent::Strip(walk) | ViewContent::Animation { walk, .. } => walk.seeds.all()[0],
            ViewContent::Sum(sum) => sum.terms()[0].seeds.all()[0],
        };
        let origin = Provenance::here(PictureKind::Generated, first, gan.step, name.to_owned(), count);
        Provenance { view: Some(self.to_json()), ..origin }
    }

    /// Refuses what shows nothing, or would not fit into memory.
    ///
    /// # Errors
    /// The reason.
    pub fn affordable(&self, gan: &Gan) -> Result<(), ViewError> {
        if self.scale == 0 {
            return Err(ViewError::NoPixels);
        }
        self.wish.check(gan.classes())?;
        if let ViewContent::Classes(_) = &self.subject
            && self.wish.classes.is_empty()
        {
            return Err(
                dcgan::Error::Setting { setting: "class", reason: "is missing: rows of which?".to_owned() }.into()
            );
        }
        if let ViewContent::Strip(walk) | ViewContent::Animation { walk, .. } = &self.subject {
            walk.check()?;
        }
        let pixels = match gan.generator.layers().last().map(|layer| &layer.output[..]) {
            Some(&[height, width, channels]) => (height + 2) * (width + 2) * channels,
            flat => 2 * flat.unwrap_or(&[]).iter().product::<usize>(), // a margin is less than an image
        };
        let bytes = self.cells() * pixels as u128 * u128::from(self.scale).pow(2);
        if bytes <= MOST_BYTES {
            return Ok(());
        }
        Err(ViewError::TooLarge { megabytes: bytes >> 20 })
    }
}

/// A row for each leg, which ends with the seed that the next begins with.
fn strip(walk: &Interpolation, count: usize) -> (Vec<Cell>, usize) {
    let frames = walk.frames as usize;
    let leg = |leg: usize| (leg * frames..=(leg + 1) * frames).map(move |i| Cell::Image(i % count));
    ((0..walk.legs()).flat_map(leg).collect(), frames + 1)
}

/// A sum, written as at school: each term is a line with its sign; means and the result are in the
/// last column.
fn table(sum: &LatentSum) -> (Vec<Cell>, usize) {
    let (columns, mut cells, mut image) = (sum.columns(), vec![], 0);
    let mut line = |sign: Cell, count: usize| {
        cells.push(sign);
        cells.extend((image..image + count).map(Cell::Image));
        cells.extend(vec![Cell::Blank; columns - count + 1]); // a gap before the mean
        cells.push(Cell::Image(image + count));
        image += count + 1;
    };
    for (i, term) in sum.terms().iter().enumerate() {
        let sign = if term.minus { Cell::Minus } else { Cell::Plus };
        line(if i == 0 { Cell::Blank } else { sign }, term.seeds.all().len());
    }
    line(Cell::Equals, columns);
    (cells, columns + 3)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::interpolation::InterpolationPath;
    use dcgan::config::{Config, Data};

    fn config() -> Config {
        let data = Data { name: "toy".to_owned(), images: 64, sha256: String::new() };
        let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
        config.model.width = 4;
        config
    }

    fn gan() -> Gan {
        Gan::start(&config()).unwrap()
    }

    fn file(gan: &Gan, subject: ViewContent, scale: u32) -> Vec<u8> {
        View { subject, scale, wish: Wish::default() }.file(gan, "state", 64).unwrap()
    }

    /// The picture in a cell of a grid, by the cell's row and column.
    fn cell(picture: &Picture, scale: usize, row: usize, column: usize) -> Vec<u8> {
        let [_, width, _] = picture.shape();
        let (top, left, side) = ((row * 30 + 1) * scale, (column * 30 + 1) * scale, 28 * scale);
        (top..top + side).flat_map(|y| picture.pixels()[y * width + left..][..side].to_vec()).collect()
    }

    /// The frames of an animation, as a decoder of the format sees them.
    fn frames(apng: &[u8]) -> Vec<Vec<u8>> {
        let mut reader = png::Decoder::new(Cursor::new(apng)).read_info().unwrap();
        let count = reader.info().animation_control().unwrap().num_frames;
        let size = reader.output_buffer_size().unwrap();
        let mut next = || {
            let mut pixels = vec![0; size];
            reader.next_frame(&mut pixels).unwrap();
            pixels
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn grid_strip_animation_sum_and_single_pictures_agree_pixel_for_pixel() {
        let gan = gan();
        for scale in [1, 3] {
            let single =
                |seed| Picture::from_png(&file(&gan, ViewContent::Single(seed), scale)).unwrap().pixels().to_vec();
            let still = |subject| Picture::from_png(&file(&gan, subject, scale)).unwrap();
            let at = |picture: &Picture, row, column| cell(picture, scale as usize, row, column);
            assert!(single(4) != single(5));

            let grid = still(ViewContent::Grid("3-7,1".parse().unwrap()));
            for (i, seed) in [3, 4, 5, 6, 7, 1].into_iter().enumerate() {
                assert!(single(seed) == at(&grid, i / 2, i % 2), "seed {seed}");
            }
            for (closed, legs) in [(false, 1), (true, 2)] {
                let walk = Interpolation {
                    seeds: "9,4".parse().unwrap(),
                    frames: 3,
                    way: InterpolationPath::Spherical,
                    closed,
                };
                let strip = still(ViewContent::Strip(walk.clone()));
                let film = frames(&file(&gan, ViewContent::Animation { walk, delay_ms: 50 }, scale));
                assert_eq!(
                    (legs * 3 + usize::from(!closed), [legs * 30 * scale as usize, 4 * 30 * scale as usize, 1]),
                    (film.len(), strip.shape())
                );
                for (i, frame) in film.iter().enumerate() {
                    let (row, column) = if i == 3 && !closed { (0, 3) } else { (i / 3, i % 3) };
                    assert!(*frame == at(&strip, row, column), "frame {i}");
                }
                assert!(film[0] == single(9) && film[3] == single(4) && film[1] != film[0]);
                assert!(at(&strip, 0, 3) == single(4) && at(&strip, legs - 1, 3) == single(if closed { 9 } else { 4 }));
            }
            let sum = still(ViewContent::Sum("1,2 - 5 + 5".parse().unwrap()));
            assert_eq!([4 * 30 * scale as usize, 5 * 30 * scale as usize, 1], sum.shape());
            for (row, column, seed) in [(0, 1, 1), (0, 2, 2), (1, 1, 5), (1, 4, 5), (2, 4, 5)] {
                assert!(single(seed) == at(&sum, row, column), "seed {seed} in row {row}");
            }
            assert!(at(&sum, 0, 4) == at(&sum, 3, 4), "what is added and subtracted leaves the mean");
            assert!(at(&sum, 1, 2).iter().all(|&byte| byte == 255), "a blank cell");
        }
    }

    /// Truncation moves every picture, and a view without wishes has the JSON of before there were
    /// any.
    #[test]
    fn wishes_are_part_of_a_view() {
        let view = |truncation| View {
            subject: ViewContent::Single(4),
            scale: 1,
            wish: Wish { truncation, ..Wish::default() },
        };
        assert_eq!(r#"{"subject":{"single":4},"scale":1}"#, view(None).to_json());
        assert_eq!(r#"{"subject":{"single":4},"scale":1,"wish":{"truncation":0.7}}"#, view(Some(0.7)).to_json());
        let pixels = |truncation| {
            Picture::from_png(&view(truncation).file(&gan(), "state", 1).unwrap()).unwrap().pixels().to_vec()
        };
        assert!(pixels(None) == pixels(Some(1.0)) && pixels(None) != pixels(Some(0.5)));
        let no_classes = View { wish: Wish { truncation: None, classes: vec![3] }, ..view(None) };
        let reason = no_classes.file(&gan(), "state", 1).unwrap_err().to_string();
        assert!(reason.contains("knows no classes"), "{reason}");
    }

    /// A row for each class, of the pictures that a grid of that class has.
    #[test]
    fn classes_have_rows() {
        let mut config = config();
        config.variations.conditional =
            Some(dcgan::variations::Conditional { classes: 3, labels_sha256: String::new() });
        let gan = Gan::start(&config).unwrap();
        let of = |subject, classes: &[usize]| {
            let wish = Wish { truncation: None, classes: classes.to_vec() };
            Picture::from_png(&View { subject, scale: 1, wish }.file(&gan, "state", 2).unwrap()).unwrap()
        };
        let rows = of(ViewContent::Classes("5-8".parse().unwrap()), &[2, 0]);
        assert_eq!([60, 120, 1], rows.shape());
        for (row, class) in [2, 0].into_iter().enumerate() {
            for (column, seed) in (5..9).enumerate() {
                let single = of(ViewContent::Single(seed), &[class]).pixels().to_vec();
                assert!(single == cell(&rows, 1, row, column), "seed {seed} of class {class}");
            }
        }
        assert!(cell(&rows, 1, 0, 0) != cell(&rows, 1, 1, 0));
    }

    #[test]
    fn a_view_is_read_back() {
        let view = View {
            subject: ViewContent::Sum("1-3 - 7 + 9".parse().unwrap()),
            scale: 3,
            wish: Wish { truncation: Some(0.7), classes: vec![1] },
        };
        assert_eq!(Ok(view.clone()), View::from_json(&view.to_json()));
        assert!(View::from_json("{}").unwrap_err().to_string().contains("is no view"));
    }

    #[test]
    fn views_that_show_nothing_or_too_much_are_refused() {
        let gan = gan();
        let walk = |frames| Interpolation {
            seeds: "1,2".parse().unwrap(),
            frames,
            way: InterpolationPath::Linear,
            closed: false,
        };
        for (subject, scale, part) in [
            (ViewContent::Single(1), 0, "size 0"),
            (ViewContent::Single(1), 100_000, "MB"),
            (ViewContent::Grid("0-99".parse().unwrap()), 200, "MB"),
            (ViewContent::Strip(walk(0)), 1, "0 frames"),
            (ViewContent::Animation { walk: walk(90), delay_ms: 1 }, 200, "MB"),
            (ViewContent::Sum(format!("0-49999{}", " + 1".repeat(49_999)).parse().unwrap()), 1, "MB"),
        ] {
            let reason =
                View { subject, scale, wish: Wish::default() }.file(&gan, "state", 64).unwrap_err().to_string();
            assert!(reason.contains(part), "{reason}");
        }
    }
}

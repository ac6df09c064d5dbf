//! A folder of the user's own pictures: PNG and JPEG, of any size, in any colour, in folders within
//! folders.
//!
//! Each becomes a [square](data::image_files) of the model's size, in bytes, so that the size of
//! the originals does not matter to memory. The squares are in the order of their SHA-256: a run
//! can be repeated and resumed after a picture has another name or another folder. What cannot be
//! read is skipped, and named.
//!
//! A run may lie within its own pictures. Directories of runs, and pictures that this program
//! wrote, are therefore left out: else a second run would learn from the first one's samples.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use data::{Images, image_files};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::Dataset;
use super::budget::Budget;
use super::listing::{Listing, list};
use gallery::numbers::duration;
use runs::input::{self, MOST_PICTURE_BYTES};
use runs::{Error, overwrite};

use crate::progress;
use crate::terminal;

/// How many files are named that could not be read.
const NAMED: usize = 3;
/// The most memory that all threads take to decode pictures, but for one picture that takes more
/// and is then alone.
const DECODING_BYTES: u64 = 1 << 30;
/// As much of a file as is looked at for the size of its picture.
const HEADER_BYTES: u64 = 1 << 20;

/// What became of a file.
enum Outcome {
    Read([u8; 32]),
    /// This program wrote it.
    Ours,
    Bad(String),
}

/// The pictures in `folder` and the folders within, as squares of `size` pixels a side, in grey if
/// so wished.
///
/// Hidden files and folders, those whose names begin with a dot, are left alone.
///
/// # Errors
/// If the folder cannot be read, or there is not one picture.
pub fn image_folder(folder: &Path, size: usize, grey: bool) -> Result<Dataset, Error> {
    let (dataset, lines) = silent_image_folder(folder, size, grey)?;
    lines.iter().for_each(|line| terminal::say(line));
    Ok(dataset)
}

/// As [`image_folder`], which prints the lines that this one returns: what was read, and what was
/// not.
///
/// # Errors
/// As [`image_folder`].
pub fn silent_image_folder(folder: &Path, size: usize, grey: bool) -> Result<(Dataset, Vec<String>), Error> {
    let started = Instant::now();
    let listing = list(folder)?;
    let Listing { pictures: paths, .. } = &listing;
    if paths.is_empty() {
        let others = listing.others(0);
        return Err(Error::file(folder, format!("there are no PNG or JPEG pictures in it{others}")));
    }

    let channels = if grey { 1 } else { 3 };
    let picture_size = size * size * channels;
    let mut pixels = room(paths.len(), picture_size).map_err(|reason| Error::file(folder, reason))?;
    let bar = progress::count(paths.len() as u64, "pictures read");
    let budget = Budget::new(DECODING_BYTES);
    let read = |(path, out): (&PathBuf, &mut [u8])| {
        let outcome = read(path, size, grey, &budget, out);
        bar.inc(1);
        outcome
    };
    let outcomes: Vec<Outcome> = paths.par_iter().zip(pixels.par_chunks_exact_mut(picture_size)).map(read).collect();
    bar.finish_and_clear();

    let mut good: Vec<([u8; 32], usize)> = vec![];
    let mut bad = listing.unreadable.clone();
    let mut ours = 0;
    for (i, (path, outcome)) in paths.iter().zip(outcomes).enumerate() {
        match outcome {
            Outcome::Read(sha256) => good.push((sha256, i)),
            Outcome::Ours => ours += 1,
            Outcome::Bad(reason) => {
                let path = path.strip_prefix(folder).unwrap_or(path);
                bad.push(runs::one_line(&format!("{}: {reason}", path.display())));
            }
        }
    }
    let others = listing.others(ours);
    if good.is_empty() {
        let reason = match bad.len() {
            0 => format!("there is no picture in it to learn from{others}"),
            1 => format!("the only picture in it cannot be read: {}{others}", some_of(&bad)),
            count => format!("none of the {count} pictures in it can be read: {}{others}", some_of(&bad)),
        };
        return Err(Error::file(folder, reason));
    }
    good.sort_unstable();
    let order: Vec<usize> = good.into_iter().map(|(_, at)| at).collect();
    gather(&mut pixels, &order, picture_size);
    let images = Images::new(size, size, channels, pixels);
    let seconds = duration(started.elapsed());
    let count = progress::plural(images.count() as u64, "picture");
    let mut lines = vec![format!("read {count} of {} in {seconds}{others}", folder.display())];
    if !bad.is_empty() {
        lines.push(format!("skipped, because they cannot be read: {} ({})", bad.len(), some_of(&bad)));
    }
    let name = name(folder);
    let dataset = Dataset { name, path: folder.to_owned(), images, files: BTreeMap::new(), published: None };
    Ok((dataset, lines))
}

/// Puts the picture in a file into `out`, as a square.
fn read(path: &Path, size: usize, grey: bool, budget: &Budget, out: &mut [u8]) -> Outcome {
    let square = || {
        let _share = budget.take(memory(path)?);
        let bytes = input::read(path, MOST_PICTURE_BYTES).map_err(|error| reason(&error))?;
        if overwrite::is_own_picture(&bytes) {
            return Ok(None);
        }
        image_files::read(&bytes, size, grey).map(Some).map_err(|error| error.to_string())
    };
    match square() {
        Ok(Some(square)) => {
            out.copy_from_slice(&square);
            Outcome::Read(Sha256::digest(&square).into())
        }
        Ok(None) => Outcome::Ours,
        Err(reason) => Outcome::Bad(reason),
    }
}

/// Bytes of memory that reading and decoding a file takes; more than there may be, where its header
/// does not say it.
fn memory(path: &Path) -> Result<u64, String> {
    let file = input::open(path).map_err(|error| error.to_string())?;
    let length = file.metadata().map_err(|error| error.to_string())?.len();
    let mut start = Vec::new();
    file.take(HEADER_BYTES).read_to_end(&mut start).map_err(|error| error.to_string())?;
    let is_small = length <= HEADER_BYTES;
    let unknown = if is_small && !image_files::is_image_file(&start) { 0 } else { DECODING_BYTES };
    Ok(length.saturating_add(image_files::working_bytes(&start).unwrap_or(unknown)))
}

/// An error without its path, which the list of files names.
fn reason(error: &Error) -> String {
    match error {
        Error::File { reason, .. } => reason.clone(),
        _ => error.to_string(),
    }
}

/// Keeps the pictures whose places are in `order`, in that order, without memory for a second copy.
fn gather(pixels: &mut Vec<u8>, order: &[usize], picture_size: usize) {
    for to in 0..order.len() {
        // A picture that was in the way of an earlier one is now where that one came from.
        let mut from = order[to];
        while from < to {
            from = order[from];
        }
        if to < from {
            let (head, tail) = pixels.split_at_mut(from * picture_size);
            head[to * picture_size..][..picture_size].swap_with_slice(&mut tail[..picture_size]);
        }
    }
    pixels.truncate(order.len() * picture_size);
}

/// Zeros for `count` pictures of that many bytes, if there is memory for them.
fn room(count: usize, picture_size: usize) -> Result<Vec<u8>, String> {
    let mut pixels = Vec::new();
    let bytes = count.saturating_mul(picture_size);
    if pixels.try_reserve_exact(bytes).is_err() {
        let gigabytes = bytes as f64 / 1e9;
        return Err(format!(
            "its {count} pictures take {gigabytes:.1} GB, for which there is no memory; use a smaller --size"
        ));
    }
    pixels.resize(bytes, 0);
    Ok(pixels)
}

/// The first few of `bad`, and how many more there are.
fn some_of(bad: &[String]) -> String {
    let named = bad.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
    match bad.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named}; and {more} more"),
    }
}

/// A name for people: the folder's, in letters that are harmless in a path.
pub(super) fn name(folder: &Path) -> String {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name: String = words.join("-").chars().take(40).collect();
    if name.is_empty() { "images".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GrayImage, ImageFormat, Luma};

    use super::*;
    use crate::datasets::test_folder::folder;

    /// A PNG of nothing but one grey.
    fn grey(level: u8) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let picture = DynamicImage::from(GrayImage::from_pixel(3, 3, Luma([level])));
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn folders_are_searched_and_names_do_not_matter() {
        let folder = folder(&[
            ("b.PNG", &grey(2)),
            ("a/z.jpeg", &grey(1)), // named as the other kind
            ("c/d/e.png", &grey(3)),
            ("notes.txt", b"text"),
            (".hidden.png", b"no picture"),
            (".thumbnails/a.png", b"no picture"),
            ("bad.jpg", b"no picture"),
        ]);
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), folder.path().join("c/circle")).unwrap();
        let dataset = image_folder(folder.path(), 16, true).unwrap();
        let mut levels: Vec<u8> = dataset.images.pixels().chunks_exact(256).map(|picture| picture[100]).collect();
        levels.sort_unstable();
        assert_eq!([1, 2, 3], levels[..]);
        std::fs::rename(folder.path().join("b.PNG"), folder.path().join("c/zz.png")).unwrap();
        std::fs::rename(folder.path().join("a"), folder.path().join("y")).unwrap();
        assert_eq!(dataset.images, image_folder(folder.path(), 16, true).unwrap().images);
        assert_eq!((1, 16), (dataset.images.channels(), dataset.images.height()));
        assert_eq!(3, image_folder(folder.path(), 16, false).unwrap().images.channels());
    }

    #[test]
    fn pictures_that_cannot_be_read_leave_no_gap() {
        let bad: &[u8] = b"bad";
        let folder =
            folder(&[("1.png", bad), ("2.png", &grey(20)), ("3.png", bad), ("4.png", &grey(40)), ("5.png", bad)]);
        let dataset = image_folder(folder.path(), 2, true).unwrap();
        let mut pixels = dataset.images.pixels().to_vec();
        pixels.sort_unstable();
        assert_eq!([20, 20, 20, 20, 40, 40, 40, 40], pixels[..]);
    }

    #[test]
    fn pictures_are_gathered_in_place_in_any_order() {
        let mut random = 1_u32;
        for count in 0..40_usize {
            for kept in 0..=count {
                let mut order: Vec<usize> = (0..count).collect();
                for i in (1..count).rev() {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    order.swap(i, (random >> 8) as usize % (i + 1));
                }
                order.truncate(kept);
                let mut pixels: Vec<u8> = (0..count as u8).flat_map(|i| [i, 100 + i]).collect();
                let expected: Vec<u8> = order.iter().flat_map(|&i| [i as u8, 100 + i as u8]).collect();
                gather(&mut pixels, &order, 2);
                assert_eq!(expected, pixels, "{order:?} of {count}");
            }
        }
    }

    #[test]
    fn more_pictures_than_memory_are_refused() {
        let reason = room(1 << 40, 1 << 22).unwrap_err();
        assert!(reason.ends_with("GB, for which there is no memory; use a smaller --size"), "{reason}");
        assert_eq!([0; 6], room(2, 3).unwrap()[..]);
    }

    #[test]
    fn a_folder_without_pictures_is_refused() {
        let message = |folder: &Path| image_folder(folder, 16, false).unwrap_err().to_string();
        let texts = folder(&[("a.txt", b""), ("b.webp", b"")]);
        assert!(
            message(texts.path()).ends_with(
                "no PNG or JPEG pictures in it; other files, no PNG or JPEG by their names: 2 (txt 1, webp 1)"
            )
        );
        let bad = folder(&[("1.png", b"x"), ("2.png", b"x"), ("3.png", b"x"), ("4.png", b"x"), ("5.png", b"x")]);
        let message_of_bad = message(bad.path());
        assert!(message_of_bad.contains("none of the 5 pictures in it can be read: 1.png: "), "{message_of_bad}");
        assert!(message_of_bad.ends_with("; and 2 more") && !message_of_bad.contains("4.png"), "{message_of_bad}");
        assert!(message(Path::new("/no/such/folder")).starts_with("/no/such/folder: cannot be read"));
        assert!(message(&texts.path().join("a.txt")).contains("a.txt: cannot be read as a folder"));
    }

    /// A run may lie in the folder of its own pictures.
    #[test]
    fn what_this_program_wrote_is_left_out_and_counted() {
        let ours = dcgan::picture::Picture::of(&Images::new(2, 2, 1, vec![9; 4]), 0).to_png(&[overwrite::mark()]);
        let folder = folder(&[
            ("a.png", &grey(1)),
            ("generated.png", &ours),
            ("runs/0001-x/config.toml", b""),
            ("runs/0001-x/metrics.csv", b""),
            ("runs/0001-x/by-hand.png", &grey(2)),
            ("no-run/config.toml", b""),
            ("no-run/b.png", &grey(3)),
        ]);
        let dataset = image_folder(folder.path(), 2, true).unwrap();
        assert_eq!(2, dataset.images.count());
        assert!(!dataset.images.pixels().contains(&2) && !dataset.images.pixels().contains(&9));
        let listing = list(folder.path()).unwrap();
        assert_eq!(
            "; pictures that dcgan made: 1; directories of runs: 1",
            listing.others(1).split("; other").next().unwrap()
        );
        let message = image_folder(&folder.path().join("runs"), 2, true).unwrap_err().to_string();
        assert!(message.ends_with("no PNG or JPEG pictures in it; directories of runs: 1"), "{message}");
        std::fs::remove_file(folder.path().join("a.png")).unwrap();
        std::fs::remove_file(folder.path().join("no-run/b.png")).unwrap();
        let message = image_folder(folder.path(), 2, true).unwrap_err().to_string();
        assert!(message.contains("no picture in it to learn from; pictures that dcgan made: 1"), "{message}");
    }

    #[test]
    fn large_pictures_are_known_before_they_are_decoded() {
        let place = folder(&[("a.png", &grey(1)), ("b.png", b"text")]);
        let length = place.path().join("a.png").metadata().unwrap().len();
        assert_eq!(Ok(length + 7 * 9), memory(&place.path().join("a.png")));
        assert_eq!(Ok(4), memory(&place.path().join("b.png")));
        let mut huge = grey(1);
        huge[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]); // 16,384 pixels a side; the checksum is wrong now
        std::fs::write(place.path().join("c.png"), huge).unwrap();
        assert!(DECODING_BYTES <= memory(&place.path().join("c.png")).unwrap());
    }

    #[test]
    fn a_name_is_harmless() {
        assert_eq!("My-cats-2024", name(Path::new("/no/My cats (2024)")));
        assert_eq!("images", name(Path::new("/")));
    }
}

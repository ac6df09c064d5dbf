//! A folder of the user's own pictures: PNG and JPEG, of any size, in any colour, in folders within folders.
//!
//! Each becomes a [square](data::pictures) of the model's size, in bytes, so that the size of the originals does not matter to memory.
//! They are in the order of their paths, whatever order the file system lists them in, so that a
//! run can be repeated. What cannot be read is skipped, and named.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use data::{Images, pictures};
use rayon::prelude::*;

use super::Dataset;
use gallery::numbers::duration;
use runs::Error;

use crate::progress;

/// Endings of the names of pictures, in lower case.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];
/// How many files are named that could not be read.
const NAMED: usize = 3;

/// The pictures in `folder` and the folders within, as squares of `size` pixels a side, in grey if so wished.
///
/// Hidden files and folders, those whose names begin with a dot, are left alone.
///
/// # Errors
/// If a folder cannot be read, or there is not one picture.
pub fn pictures(folder: &Path, size: usize, grey: bool) -> Result<Dataset, Error> {
    let started = Instant::now();
    let Listing { pictures: paths, others } = list(folder)?;
    let others = match others {
        0 => String::new(),
        n => format!("; other files, no PNG or JPEG by their names: {n}"),
    };
    if paths.is_empty() {
        return Err(Error::file(folder, format!("there are no PNG or JPEG pictures in it{others}")));
    }

    let channels = if grey { 1 } else { 3 };
    let picture_size = size * size * channels;
    let mut pixels = room(paths.len(), picture_size).map_err(|reason| Error::file(folder, reason))?;
    let bar = progress::count(paths.len() as u64, "pictures read");
    let read = |(path, out): (&PathBuf, &mut [u8])| {
        let result = square(path, size, grey).map(|square| out.copy_from_slice(&square));
        bar.inc(1);
        result
    };
    let results: Vec<Result<(), String>> =
        paths.par_iter().zip(pixels.par_chunks_exact_mut(picture_size)).map(read).collect();
    bar.finish_and_clear();

    let bad: Vec<String> = (paths.iter().zip(&results))
        .filter_map(|(path, result)| {
            let path = path.strip_prefix(folder).unwrap_or(path);
            result.as_ref().err().map(|reason| runs::one_line(&format!("{}: {reason}", path.display())))
        })
        .collect();
    if bad.len() == paths.len() {
        let reason = format!("none of the {} pictures in it can be read: {}", paths.len(), some_of(&bad));
        return Err(Error::file(folder, reason));
    }
    let good = (0..results.len()).filter(|&i| results[i].is_ok());
    for (to, from) in good.enumerate() {
        pixels.copy_within(from * picture_size..(from + 1) * picture_size, to * picture_size);
    }
    pixels.truncate((paths.len() - bad.len()) * picture_size);
    let images = Images::new(size, size, channels, pixels);
    let seconds = duration(started.elapsed());
    progress::print(&format!("read {} pictures of {} in {seconds}{others}", images.count(), folder.display()));
    if !bad.is_empty() {
        progress::print(&format!("skipped, because they cannot be read: {} ({})", bad.len(), some_of(&bad)));
    }
    let name = name(folder);
    Ok(Dataset { name, path: folder.to_owned(), images, files: BTreeMap::new(), published: None })
}

/// The picture in a file as a square.
fn square(path: &Path, size: usize, grey: bool) -> Result<Vec<u8>, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    pictures::read(&bytes, size, grey)
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
fn name(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name: String = words.join("-").chars().take(40).collect();
    if name.is_empty() { "images".to_owned() } else { name }
}

/// What a folder holds.
#[derive(Debug, Default)]
struct Listing {
    /// Files that are pictures by their names, in the order of their paths.
    pictures: Vec<PathBuf>,
    /// How many files are not.
    others: usize,
}

fn list(folder: &Path) -> Result<Listing, Error> {
    let mut listing = Listing::default();
    let mut seen = BTreeSet::new();
    // In the order of their paths: it decides by which of its names a folder with several is known.
    let mut folders = BTreeSet::from([folder.to_owned()]);
    while let Some(folder) = folders.pop_first() {
        let unreadable = |error| Error::file(&folder, format!("cannot be read as a folder of pictures: {error}"));
        // Links to folders are followed, but not in circles.
        if !seen.insert(folder.canonicalize().map_err(unreadable)?) {
            continue;
        }
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if path.is_dir() {
                folders.insert(path);
                continue;
            }
            if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
                listing.others += 1; // a pipe or a device, which may never end
                continue;
            }
            let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
            if ENDINGS.iter().any(|known| ending == *known) {
                listing.pictures.push(path);
            } else {
                listing.others += 1;
            }
        }
    }
    listing.pictures.sort_unstable();
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GrayImage, ImageFormat, Luma};

    use super::*;

    /// A PNG of nothing but one grey.
    fn grey(level: u8) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let picture = DynamicImage::from(GrayImage::from_pixel(3, 3, Luma([level])));
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        folder
    }

    #[test]
    fn folders_are_searched_and_pictures_come_in_the_order_of_their_paths() {
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
        let dataset = pictures(folder.path(), 16, true).unwrap();
        let levels: Vec<u8> = dataset.images.pixels().chunks_exact(256).map(|picture| picture[100]).collect();
        assert_eq!([1, 2, 3], levels[..]);
        assert_eq!((1, 16), (dataset.images.channels(), dataset.images.height()));
        assert_eq!(3, pictures(folder.path(), 16, false).unwrap().images.channels());
    }

    /// Whatever order its names were made in, and so lie in, on the disk.
    #[cfg(unix)]
    #[test]
    fn a_folder_with_several_names_is_known_by_the_first() {
        for links in [["a", "c"], ["c", "a"]] {
            let folder = folder(&[("b/x.png", &grey(2)), ("b.png", &grey(1))]);
            for link in links {
                std::os::unix::fs::symlink(folder.path().join("b"), folder.path().join(link)).unwrap();
            }
            let found = list(folder.path()).unwrap().pictures;
            assert_eq!([folder.path().join("a/x.png"), folder.path().join("b.png")], found[..]);
        }
    }

    #[test]
    fn pictures_that_cannot_be_read_leave_no_gap() {
        let bad: &[u8] = b"bad";
        let folder =
            folder(&[("1.png", bad), ("2.png", &grey(20)), ("3.png", bad), ("4.png", &grey(40)), ("5.png", bad)]);
        let dataset = pictures(folder.path(), 2, true).unwrap();
        assert_eq!([20, 20, 20, 20, 40, 40, 40, 40], dataset.images.pixels());
    }

    #[test]
    fn more_pictures_than_memory_are_refused() {
        let reason = room(1 << 40, 1 << 22).unwrap_err();
        assert!(reason.ends_with("GB, for which there is no memory; use a smaller --size"), "{reason}");
        assert_eq!([0; 6], room(2, 3).unwrap()[..]);
    }

    #[test]
    fn a_folder_without_pictures_is_refused() {
        let message = |folder: &Path| pictures(folder, 16, false).unwrap_err().to_string();
        let texts = folder(&[("a.txt", b""), ("b.webp", b"")]);
        assert!(
            message(texts.path())
                .ends_with("no PNG or JPEG pictures in it; other files, no PNG or JPEG by their names: 2")
        );
        let bad = folder(&[("1.png", b"x"), ("2.png", b"x"), ("3.png", b"x"), ("4.png", b"x"), ("5.png", b"x")]);
        let message_of_bad = message(bad.path());
        assert!(message_of_bad.contains("none of the 5 pictures in it can be read: 1.png: "), "{message_of_bad}");
        assert!(message_of_bad.ends_with("; and 2 more") && !message_of_bad.contains("4.png"), "{message_of_bad}");
        assert!(message(Path::new("/no/such/folder")).starts_with("/no/such/folder: cannot be read"));
        assert!(message(&texts.path().join("a.txt")).contains("a.txt: cannot be read as a folder"));
    }

    #[test]
    fn a_name_is_harmless() {
        assert_eq!("My-cats-2024", name(Path::new("/no/My cats (2024)")));
        assert_eq!("images", name(Path::new("/")));
    }
}

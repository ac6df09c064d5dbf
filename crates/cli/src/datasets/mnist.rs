//! MNIST, and the sets that come in its format: Fashion-MNIST, EMNIST and others.
//!
//! They are told apart by nothing but their bytes, for they share their file names:
//! `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, with or without `.gz`, some with a dot
//! for the second dash. EMNIST puts a prefix before them
//! (`emnist-letters-train-images-idx3-ubyte`), keeps several sets in one folder, and stores its
//! pictures column by column, so that they are turned here to be upright.

use std::path::{Path, PathBuf};

use data::{Images, fitness, idx};

use super::pictures::name;
use super::verify::{recognise, record};
use super::{Dataset, Hashed, files, read, shipped_or_error};
use runs::Error;

/// The training images of an IDX set: of `place`, a folder or the file of images itself, or of the
/// MNIST that comes with the program. With `verify`, a set whose checksums are known must be as
/// published. Any other set is called like its folder.
///
/// The labels beside the images matter to a conditional training alone, but they must fit if they
/// are there: a wrong count is the sign of a mixed-up folder.
///
/// # Errors
/// If there are no such files, they do not hold what they claim, or they have been changed.
pub fn read_training(place: Option<&Path>, verify: bool) -> Result<Dataset, Error> {
    let (place, expected) = match place {
        Some(place) => (place.to_owned(), None),
        None => (shipped_or_error("mnist")?, Some("mnist")),
    };
    let is_file = place.exists() && !place.is_dir(); // or a pipe, which is refused when it is read
    let images_path = if is_file { place.clone() } else { find_images(&place)? };
    let mut classes = None;
    let (mut images, sha256) = read(&images_path, idx::read_images)?;
    let mut files = vec![Hashed { name: published_name(&images_path), path: images_path.clone(), sha256 }];
    if let Some(labels_path) = labels_beside(&images_path) {
        let (labels, sha256) = read(&labels_path, idx::read_labels)?;
        fitness::one_label_each(&images, &labels).map_err(|unfit| Error::file(&labels_path, unfit))?;
        files.push(Hashed { name: published_name(&labels_path), path: labels_path, sha256 });
        classes = Some(labels);
    }
    let published = if verify { recognise(&files, expected)? } else { None };
    if files[0].name.starts_with("emnist-") {
        images = transposed(&images);
    }
    if let Some(classes) = classes {
        images = images.with_labels(classes);
    }
    let name = published.map_or_else(|| name(images_path.parent().unwrap_or(&place)), str::to_owned);
    Ok(Dataset { name, path: place, images, files: record(&files), published })
}

/// What a file would be called if it were published: without `.gz`, and with a dash where some have
/// a dot.
fn published_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.strip_suffix(".gz").unwrap_or(&name).replace(".idx", "-idx")
}

/// The file of training images in a folder: by its plain name, raw before gzipped, or the only one
/// with a prefix.
fn find_images(folder: &Path) -> Result<PathBuf, Error> {
    const NAME: &str = "train-images-idx3-ubyte";
    let mut found: Vec<String> =
        files(folder)?.into_iter().filter(|name| published_name(Path::new(name)).ends_with(NAME)).collect();
    // The plain names before those with a prefix; of two spellings of one file the shorter, which
    // is the raw one.
    found.sort_by_key(|name| (published_name(Path::new(name)) != NAME, name.len()));
    let Some(first) = found.first() else {
        let reason = format!("there is no {NAME} or {NAME}.gz in it; name the folder that has one by --data");
        return Err(Error::file(folder, reason));
    };
    let mut sets: Vec<String> = found.iter().map(|name| published_name(Path::new(name))).collect();
    sets.sort_unstable();
    sets.dedup();
    if published_name(Path::new(first)) != NAME && 1 < sets.len() {
        let reason = format!("there are several sets in it: {}; name one of these files by --data", sets.join(", "));
        return Err(Error::file(folder, reason));
    }
    Ok(folder.join(first))
}

/// The file of labels that belongs to a file of images, if there is one.
fn labels_beside(images: &Path) -> Option<PathBuf> {
    let name = published_name(images);
    let stem = name.strip_suffix("images-idx3-ubyte")?;
    let spellings = ["-idx1-ubyte", ".idx1-ubyte", "-idx1-ubyte.gz", ".idx1-ubyte.gz"];
    let paths = spellings.map(|ending| images.with_file_name(format!("{stem}labels{ending}")));
    paths.into_iter().find(|path| path.is_file())
}

/// The same pictures with rows for columns.
fn transposed(images: &Images) -> Images {
    let (height, width, channels) = (images.height(), images.width(), images.channels());
    let mut pixels = Vec::with_capacity(images.pixels().len());
    for picture in images.pixels().chunks_exact(images.image_size()) {
        for x in 0..width {
            for y in 0..height {
                pixels.extend_from_slice(&picture[(y * width + x) * channels..][..channels]);
            }
        }
    }
    Images::new(width, height, channels, pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    }

    const IMAGES: &[u8] = &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 20, 30, 40];

    /// Some archives unpack each file into a folder that is called like the file, all but for a
    /// dot.
    #[test]
    fn folders_are_no_files() {
        let folder = folder(&[
            ("train-images.idx3-ubyte", IMAGES),
            ("train-labels.idx1-ubyte", &[0, 0, 8, 1, 0, 0, 0, 2, 7, 8]),
        ]);
        for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let dataset = read_training(Some(folder.path()), true).unwrap();
        assert_eq!(
            ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"],
            dataset.files.keys().map(String::as_str).collect::<Vec<_>>()[..]
        );
    }

    #[test]
    fn both_spellings_are_found_with_and_without_labels() {
        for name in ["train-images-idx3-ubyte", "train-images.idx3-ubyte"] {
            let folder = folder(&[(name, IMAGES), ("train-labels-idx1-ubyte", &[0, 0, 8, 1, 0, 0, 0, 2, 7, 8])]);
            let dataset = read_training(Some(folder.path()), true).unwrap();
            assert_eq!(([10, 20, 30, 40], 2), (dataset.images.pixels().try_into().unwrap(), dataset.describe().images));
        }
        assert!(read_training(Some(folder(&[("train-images-idx3-ubyte", IMAGES)]).path()), true).is_ok());
    }

    #[track_caller]
    fn refused(files: &[(&str, &[u8])], part: &str) {
        let folder = folder(files);
        let message = read_training(Some(folder.path()), true).unwrap_err().to_string();
        assert!(message.contains(part) && message.contains(&*folder.path().to_string_lossy()), "{message}");
    }

    #[test]
    fn what_is_wrong_is_said_with_the_file() {
        refused(&[], "there is no train-images-idx3-ubyte");
        refused(&[("train-images-idx3-ubyte", &IMAGES[..18])], "train-images-idx3-ubyte: at byte");
        let labels: &[u8] = &[0, 0, 8, 1, 0, 0, 0, 1, 7];
        refused(
            &[("train-images-idx3-ubyte", IMAGES), ("train-labels-idx1-ubyte", labels)],
            "train-labels-idx1-ubyte: there are 2 images but 1 labels",
        );
        let message = read_training(Some(Path::new("/no/such/folder")), true).unwrap_err().to_string();
        assert!(message.starts_with("/no/such/folder: cannot be opened"), "{message}");
    }

    #[test]
    fn an_unknown_set_is_taken_as_it_is_and_a_changed_known_one_is_not() {
        let unknown = folder(&[("train-images-idx3-ubyte", IMAGES)]);
        assert_eq!(None, read_training(Some(unknown.path()), true).unwrap().published);
        let runes = unknown.path().join("my runes");
        std::fs::create_dir(&runes).unwrap();
        std::fs::write(runes.join("train-images-idx3-ubyte"), IMAGES).unwrap();
        for place in [&runes, &runes.join("train-images-idx3-ubyte")] {
            assert_eq!("my-runes", read_training(Some(place), true).unwrap().name);
        }

        let published = read_training(None, true).unwrap();
        assert_eq!((60_000, Some("mnist")), (published.images.count(), published.published));
        // One byte of the images is changed; the labels give the set away.
        let mut bytes = idx_file(&published.images);
        bytes[16 + 1_000_000] ^= 1;
        let labels = std::fs::read(published.path.join("train-labels-idx1-ubyte.gz")).unwrap();
        let changed = folder(&[("train-images-idx3-ubyte", &bytes), ("train-labels-idx1-ubyte.gz", &labels)]);
        let message = read_training(Some(changed.path()), true).unwrap_err().to_string();
        assert!(
            message.contains("train-images-idx3-ubyte: these are not the bytes of mnist's train-images"),
            "{message}"
        );
        assert_eq!(None, read_training(Some(changed.path()), false).unwrap().published);
    }

    fn idx_file(images: &Images) -> Vec<u8> {
        let extents = [images.count(), images.height(), images.width()];
        let header = extents.iter().flat_map(|&extent| (extent as u32).to_be_bytes());
        [0, 0, 8, 3].into_iter().chain(header).chain(images.pixels().iter().copied()).collect()
    }

    /// As EMNIST is published: several sets in a folder, their pictures column by column.
    #[test]
    fn emnist_is_upright() {
        let labels: &[u8] = &[0, 0, 8, 1, 0, 0, 0, 1, 7];
        let image: &[u8] = &[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 4, 2, 5, 3, 6];
        let files =
            [("emnist-letters-train-images-idx3-ubyte", image), ("emnist-letters-train-labels-idx1-ubyte", labels)];
        let one = folder(&files);
        let upright = read_training(Some(one.path()), true).unwrap();
        assert_eq!(
            (3, 2, [1, 5, 4, 3, 2, 6]),
            (upright.images.height(), upright.images.width(), upright.images.pixels().try_into().unwrap())
        );
        assert_eq!(2, upright.files.len());

        let two = folder(&[files[0], files[1], ("emnist-digits-train-images-idx3-ubyte", IMAGES)]);
        let message = read_training(Some(two.path()), true).unwrap_err().to_string();
        let sets = "emnist-digits-train-images-idx3-ubyte, emnist-letters-train-images-idx3-ubyte; name one";
        assert!(message.contains(sets), "{message}");
        let letters = read_training(Some(&two.path().join(files[0].0)), true).unwrap();
        assert_eq!(upright.images, letters.images);
    }
}

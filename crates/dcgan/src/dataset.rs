//! Finding and reading the data. The parsers are in the crate `data`; this file knows names and folders.

use std::path::{Path, PathBuf};

use data::{Images, Source, idx};

use crate::Error;
use crate::config::Data;

/// The most that a file may hold after unzipping: full MNIST is 47 MB, full CIFAR-10 184 MB.
const LIMIT_BYTES: u64 = 4 << 30;

/// Images, and where they came from.
#[derive(Debug)]
pub struct Dataset {
    /// A name for people, such as `mnist`.
    pub name: String,
    /// The folder or file.
    pub path: PathBuf,
    /// The images.
    pub images: Images,
}

impl Dataset {
    /// What a config says of it.
    #[must_use]
    pub fn describe(&self) -> Data {
        Data { name: self.name.clone(), images: self.images.count(), sha256: self.images.sha256() }
    }
}

/// The training images of an IDX set: of `folder`, or of the MNIST that comes with the program.
///
/// The labels beside them play no part in training, but they must fit if they are there: a wrong count
/// is the sign of a mixed-up folder.
///
/// # Errors
/// If the folder has no such files, or they do not hold what they claim.
pub fn idx(name: &str, folder: Option<&Path>) -> Result<Dataset, Error> {
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => shipped("mnist")?,
    };
    let images_path = find(&folder, "train-images", "idx3-ubyte")?
        .ok_or_else(|| Error::file(&folder, "there is no train-images-idx3-ubyte or train-images-idx3-ubyte.gz in it; name the folder that has one by --data"))?;
    let images = read(&images_path, idx::read_images)?;
    if let Some(labels_path) = find(&folder, "train-labels", "idx1-ubyte")? {
        let labels = read(&labels_path, idx::read_labels)?;
        if labels.len() != images.count() {
            let reason = format!("{} labels for {} images; are both of one set?", labels.len(), images.count());
            return Err(Error::file(&labels_path, reason));
        }
    }
    Ok(Dataset { name: name.to_owned(), path: folder, images })
}

/// `datasets/NAME` of the current folder, or of the source tree that this program was built from.
fn shipped(name: &str) -> Result<PathBuf, Error> {
    let places = [Path::new("."), Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))];
    let found = places.iter().find_map(|place| place.join("datasets").join(name).canonicalize().ok());
    found.ok_or_else(|| {
        let reason = format!("the folder datasets/{name} is neither here nor where this program was built");
        Error::Usage(format!("{reason}; run from the source tree, or name a folder by --data"))
    })
}

/// The file of an IDX set in `folder`, in either of the spellings that are about, raw or gzipped.
fn find(folder: &Path, stem: &str, ending: &str) -> Result<Option<PathBuf>, Error> {
    if let Err(error) = std::fs::read_dir(folder) {
        return Err(Error::file(folder, format!("cannot be opened as a folder of images: {error}")));
    }
    let names = ['-', '.'].map(|separator| format!("{stem}{separator}{ending}"));
    let names = names.iter().flat_map(|name| [name.clone(), format!("{name}.gz")]);
    Ok(names.map(|name| folder.join(name)).find(|path| path.exists()))
}

fn read<T>(path: &Path, parse: impl Fn(&mut Source<'_>) -> Result<T, data::Error>) -> Result<T, Error> {
    let bytes = std::fs::read(path).map_err(|error| Error::file(path, error))?;
    parse(&mut Source::new(&bytes, LIMIT_BYTES)).map_err(|error| Error::file(path, error))
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

    #[test]
    fn both_spellings_are_found_with_and_without_labels() {
        for name in ["train-images-idx3-ubyte", "train-images.idx3-ubyte"] {
            let folder = folder(&[(name, IMAGES), ("train-labels-idx1-ubyte", &[0, 0, 8, 1, 0, 0, 0, 2, 7, 8])]);
            let dataset = idx("toy", Some(folder.path())).unwrap();
            assert_eq!(([10, 20, 30, 40], 2), (dataset.images.pixels().try_into().unwrap(), dataset.describe().images));
        }
        assert!(idx("toy", Some(folder(&[("train-images-idx3-ubyte", IMAGES)]).path())).is_ok());
    }

    #[track_caller]
    fn refused(files: &[(&str, &[u8])], part: &str) {
        let folder = folder(files);
        let message = idx("toy", Some(folder.path())).unwrap_err().to_string();
        assert!(message.contains(part) && message.contains(&*folder.path().to_string_lossy()), "{message}");
    }

    #[test]
    fn what_is_wrong_is_said_with_the_file() {
        refused(&[], "there is no train-images-idx3-ubyte");
        refused(&[("train-images-idx3-ubyte", &IMAGES[..18])], "train-images-idx3-ubyte: at byte");
        let labels: &[u8] = &[0, 0, 8, 1, 0, 0, 0, 1, 7];
        refused(
            &[("train-images-idx3-ubyte", IMAGES), ("train-labels-idx1-ubyte", labels)],
            "train-labels-idx1-ubyte: 1 labels for 2 images",
        );
        let message = idx("toy", Some(Path::new("/no/such/folder"))).unwrap_err().to_string();
        assert!(message.starts_with("/no/such/folder: cannot be opened"), "{message}");
    }
}

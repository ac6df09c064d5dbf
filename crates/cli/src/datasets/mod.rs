//! Finding and reading the data. The parsers are in the crate `data`; these files know names and
//! folders.
//!
//! One file for each kind of source: [`mnist`] for MNIST and its relatives, [`cifar()`], and
//! folders of `pictures`; [`splits`] adds labels and the test images. They are read as they stand,
//! never replaced by others, and what is no use for training ends in an error before the first
//! step.

mod budget;
mod cifar;
pub mod evaluator;
pub mod fetch;
mod listing;
pub mod mnist;
mod pictures;
pub mod reals;
pub mod splits;
#[cfg(test)]
mod test_folder;
mod verify;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data::{Images, LIMIT_BYTES, Source, fitness};

use crate::invocation;
pub use cifar::{ALL, HORSE, cifar};
use dcgan::config::Data;
pub use pictures::{image_folder, silent_image_folder};
use runs::{Error, input};
pub(crate) use verify::Hashed;

/// Images, and where they came from.
#[derive(Debug)]
pub struct Dataset {
    /// A name for people, such as `mnist`; it names the run too.
    pub name: String,
    /// The folder or file.
    pub path: PathBuf,
    /// The images.
    pub images: Images,
    /// The files that were read, and the SHA-256 of their unzipped bytes. A folder of pictures has
    /// too many to list.
    pub files: BTreeMap<String, String>,
    /// The published set that the files were found to be, byte for byte.
    pub published: Option<&'static str>,
}

impl Dataset {
    /// What a config says of it.
    #[must_use]
    pub fn describe(&self) -> Data {
        Data { name: self.name.clone(), images: self.images.count(), sha256: self.images.sha256() }
    }

    /// Refuses images that are not those that `wanted` describes.
    ///
    /// # Errors
    /// If they are others: what differs, as far as it can be told.
    pub fn check_is(&self, wanted: &Data) -> Result<(), Error> {
        let found = self.describe();
        if wanted.sha256 == found.sha256 && wanted.images == found.images {
            return Ok(());
        }
        let reason = format!("these are {} other images than the {} of {}", found.images, wanted.images, wanted.name);
        let reason = format!("{reason} that the config names; name their place by --data");
        // Only a folder of pictures has files too many to list.
        let change = match wanted.images.cmp(&found.images) {
            Ordering::Equal if self.files.is_empty() => {
                "; of as many pictures at least one has changed, or the run is of a version that put pictures into the \
                 order of their names: such a run cannot go on, but a new one can start"
            }
            Ordering::Less if self.files.is_empty() => "; some have been added",
            Ordering::Greater if self.files.is_empty() => "; some are gone",
            _ => "",
        };
        Err(Error::file(&self.path, reason + change))
    }

    /// Refuses images that no network can learn from.
    ///
    /// # Errors
    /// If there are fewer than a batch, or they show nothing, or all the same.
    pub fn check(&self, batch_size: usize) -> Result<(), Error> {
        fitness::trainable(&self.images, batch_size).map_err(|unfit| Error::file(&self.path, unfit))
    }
}

/// The sets that `fetch` gets.
const FETCHED: [&str; 3] = ["mnist", "fashion-mnist", "cifar10"];

/// `datasets/NAME` of the current folder, or of the source tree that this program was built from.
pub(crate) fn shipped(name: &str) -> Option<PathBuf> {
    datasets().into_iter().find_map(|datasets| datasets.join(name).canonicalize().ok())
}

/// Where data sets may be: here, and in the source tree that this program was built from.
pub(crate) fn datasets() -> [PathBuf; 2] {
    ["", concat!(env!("CARGO_MANIFEST_DIR"), "/../..")].map(|place| Path::new(place).join("datasets"))
}

/// The folder [`shipped`] as `name`, which training without `--data` cannot do without.
fn shipped_or_error(name: &str) -> Result<PathBuf, Error> {
    shipped(name).ok_or_else(|| {
        let reason = format!("the folder datasets/{name} is neither here nor where this program was built");
        Error::Usage(format!("{reason}; run from the source tree, or name other data by --data"))
    })
}

/// The names of the files in a folder, sorted. Folders may be called like the files that were
/// unpacked into them.
fn files(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = std::fs::read_dir(folder).map_err(|error| {
        let name = folder.file_name().and_then(|name| name.to_str()).filter(|name| FETCHED.contains(name));
        let way_out = name.map(|name| format!("; {} gets it", invocation::command(&["fetch", name])));
        let reason = format!("cannot be opened as a folder of images: {error}{}", way_out.unwrap_or_default());
        Error::file(folder, reason)
    })?;
    let files = entries.filter_map(Result::ok).filter(|entry| entry.path().is_file());
    let mut names: Vec<String> = files.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    Ok(names)
}

/// What a file holds, raw or gzipped, and the SHA-256 of its unzipped bytes.
pub(crate) fn read<T>(
    path: &Path,
    parse: impl FnOnce(&mut Source<'_>) -> Result<T, data::Error>,
) -> Result<(T, String), Error> {
    let bytes = input::read(path, LIMIT_BYTES)?;
    let mut source = Source::new(&bytes, LIMIT_BYTES);
    let content = parse(&mut source).map_err(|error| Error::file(path, error))?;
    let sha256 = source.sha256();
    Ok((content, sha256))
}

//! Are these the files that were published?
//!
//! A file that is well-formed can still have been changed: by a disk, a download, a script. For
//! sets whose checksums the program knows it compares them. It does not know every set, and a name
//! alone tells nothing (MNIST, Fashion-MNIST and others share theirs). So a set is recognised by
//! any one of its files, and then *all* of them must be that set's: a changed file betrays itself
//! by its neighbours.

use std::collections::BTreeMap;
use std::path::PathBuf;

use data::checksums;

use runs::Error;

/// A file that was read.
#[derive(Clone, Debug)]
pub(crate) struct Hashed {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What it would be called if it were published, without `.gz`.
    pub(crate) name: String,
    /// The SHA-256 of its unzipped bytes.
    pub(crate) sha256: String,
}

/// The set that `files` are, if it is a known one; `expected` if the caller knows what they should
/// be.
///
/// # Errors
/// If one of them is not as published: by name.
pub(super) fn recognise(files: &[Hashed], expected: Option<&'static str>) -> Result<Option<&'static str>, Error> {
    let set = expected.or_else(|| files.iter().find_map(|file| Some(checksums::recognise(&file.sha256)?.set)));
    let Some(set) = set else { return Ok(None) };
    for file in files {
        if let Some(known) = checksums::find(set, &file.name) {
            let changed = |error| format!("{error}; train-mnist and train-cifar take it as it is with --no-verify");
            known.verify(&file.sha256).map_err(|error| Error::file(&file.path, changed(error)))?;
        }
    }
    let all = files.iter().all(|file| checksums::recognise(&file.sha256).is_some_and(|known| known.set == set));
    Ok(all.then_some(set))
}

/// Names and checksums, for the record of a run.
pub(super) fn record(files: &[Hashed]) -> BTreeMap<String, String> {
    files.iter().map(|file| (file.name.clone(), file.sha256.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, sha256: &str) -> Hashed {
        Hashed { path: PathBuf::from("folder").join(name), name: name.to_owned(), sha256: sha256.to_owned() }
    }

    fn published(set: &str, name: &str) -> Hashed {
        file(name, checksums::find(set, name).unwrap().sha256)
    }

    #[test]
    fn one_file_gives_the_set_away() {
        let (images, labels) = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte");
        let fashion = [published("fashion-mnist", images), published("fashion-mnist", labels)];
        assert_eq!(Some("fashion-mnist"), recognise(&fashion, None).unwrap());
        assert_eq!(None, recognise(&[file(images, "00"), file(labels, "11")], None).unwrap());

        let changed = recognise(&[file(images, "00"), published("fashion-mnist", labels)], None);
        let message = changed.unwrap_err().to_string();
        let start = "folder/train-images-idx3-ubyte: these are not the bytes of fashion-mnist's train-images";
        assert!(message.starts_with(start) && message.ends_with("take it as it is with --no-verify"), "{message}");
        assert!(recognise(&fashion, Some("mnist")).unwrap_err().to_string().contains("(that of fashion-mnist's"));
        assert!(recognise(&[file(images, "00")], Some("mnist")).is_err());
    }
}

//! Which files of a folder, and of the folders within, are pictures by their names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use runs::{Error, directory};

/// Endings of the names of pictures, in lower case.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];
/// How many endings of other files are named.
const NAMED: usize = 5;

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Files that are pictures by their names, in the order of their paths.
    pub(super) pictures: Vec<PathBuf>,
    /// Folders within that cannot be read, and why.
    pub(super) unreadable: Vec<String>,
    /// How many files are no pictures, by the endings of their names.
    others: BTreeMap<String, usize>,
    /// How many folders within are directories of runs, which are not entered.
    runs: usize,
}

impl Listing {
    /// What was left out, in words: nothing, or something that begins with a semicolon. Of the
    /// files that are pictures by their names, this program wrote `ours`.
    pub(super) fn others(&self, ours: usize) -> String {
        let mut text = String::new();
        if 0 < ours {
            text += &format!("; pictures that dcgan made: {ours}");
        }
        if 0 < self.runs {
            text += &format!("; directories of runs: {}", self.runs);
        }
        let count: usize = self.others.values().sum();
        if 0 < count {
            let mut endings: Vec<(&String, &usize)> = self.others.iter().collect();
            endings.sort_by_key(|&(_, &count)| std::cmp::Reverse(count));
            let mut named: Vec<String> =
                endings.iter().take(NAMED).map(|(ending, count)| format!("{ending} {count}")).collect();
            if NAMED < endings.len() {
                named.push("…".to_owned());
            }
            text += &format!("; other files, no PNG or JPEG by their names: {count} ({})", named.join(", "));
        }
        text
    }
}

/// Looks through `root` and the folders within. Hidden ones, whose names begin with a dot, are left
/// alone.
///
/// # Errors
/// If `root` cannot be read.
pub(super) fn list(root: &Path) -> Result<Listing, Error> {
    let mut listing = Listing::default();
    let mut seen = BTreeSet::new();
    // In the order of their paths: it decides by which of its names a folder with several is known.
    let mut folders = BTreeSet::from([root.to_owned()]);
    while let Some(folder) = folders.pop_first() {
        match entries(&folder, &mut seen) {
            Ok(paths) => paths.into_iter().for_each(|path| listing.add(path, &mut folders)),
            Err(error) if folder == root => {
                return Err(Error::file(root, format!("cannot be read as a folder of pictures: {error}")));
            }
            Err(error) => {
                let path = folder.strip_prefix(root).unwrap_or(&folder);
                listing.unreadable.push(runs::one_line(&format!("the folder {}: {error}", path.display())));
            }
        }
    }
    listing.pictures.sort_unstable();
    Ok(listing)
}

/// What lies in `folder`, unless it was seen before: links to folders are followed, but not in
/// circles.
fn entries(folder: &Path, seen: &mut BTreeSet<PathBuf>) -> std::io::Result<Vec<PathBuf>> {
    if !seen.insert(folder.canonicalize()?) {
        return Ok(vec![]);
    }
    std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}

impl Listing {
    fn add(&mut self, path: PathBuf, folders: &mut BTreeSet<PathBuf>) {
        let name = path.file_name().unwrap_or_default();
        if name.as_encoded_bytes().starts_with(b".") {
            return;
        }
        if path.is_dir() {
            if directory::holds_training(&path) {
                self.runs += 1;
            } else {
                folders.insert(path);
            }
            return;
        }
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        let ending = runs::one_line(&ending.unwrap_or_else(|| "no ending".to_owned()));
        // A pipe or a device may never end.
        let is_special = path.metadata().is_ok_and(|metadata| !metadata.is_file());
        if is_special {
            *self.others.entry("pipe or device".to_owned()).or_default() += 1;
        } else if ENDINGS.contains(&ending.as_str()) {
            self.pictures.push(path);
        } else {
            *self.others.entry(ending).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::test_folder;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, &b""[..])).collect();
        test_folder::folder(&files)
    }

    /// Whatever order its names were made in, and so lie in, on the disk.
    #[cfg(unix)]
    #[test]
    fn a_folder_with_several_names_is_known_by_the_first() {
        for links in [["a", "c"], ["c", "a"]] {
            let folder = folder(&["b/x.png", "b.png"]);
            for link in links {
                std::os::unix::fs::symlink(folder.path().join("b"), folder.path().join(link)).unwrap();
            }
            let found = list(folder.path()).unwrap().pictures;
            assert_eq!([folder.path().join("a/x.png"), folder.path().join("b.png")], found[..]);
        }
    }

    #[test]
    fn other_files_are_named_by_their_endings() {
        let folder = folder(&["a.HEIC", "b.heic", "c/d.webp", "README"]);
        let expected = "; other files, no PNG or JPEG by their names: 4 (heic 2, no ending 1, webp 1)";
        assert_eq!(expected, list(folder.path()).unwrap().others(0));
        for ending in ["a", "b", "c", "d"] {
            std::fs::write(folder.path().join("x").with_extension(ending), "").unwrap();
        }
        let text = list(folder.path()).unwrap().others(0);
        assert!(text.ends_with("names: 8 (heic 2, a 1, b 1, c 1, d 1, …)"), "{text}");
    }

    /// Root can read every folder; the last assertion is for everybody else.
    #[cfg(unix)]
    #[test]
    fn a_folder_within_that_cannot_be_read_is_skipped_and_named() {
        let folder = folder(&["a.png"]);
        let gone = folder.path().join("gone");
        let mut seen = BTreeSet::new();
        assert!(entries(&gone, &mut seen).is_err());
        std::fs::create_dir(&gone).unwrap();
        let allow = |mode| std::fs::set_permissions(&gone, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        allow(0o000);
        let (listing, is_closed) = (list(folder.path()).unwrap(), std::fs::read_dir(&gone).is_err());
        allow(0o700);
        assert_eq!(1, listing.pictures.len());
        if is_closed {
            assert!(listing.unreadable[0].starts_with("the folder gone: "), "{:?}", listing.unreadable);
        }
        assert!(list(&folder.path().join("nowhere")).unwrap_err().to_string().contains("cannot be read as a folder"));
    }
}

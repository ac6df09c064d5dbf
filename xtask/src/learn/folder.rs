//! `learning/`: the reader's copy of the exercises, in which nothing of the reader's is ever lost.
//!
//! `.copied` there has the hashes of every version of a file that was ever copied. A file with one
//! of them is ours, and an update may replace it; every other is the reader's. The list is written
//! before the files, so a copy that is killed leaves no file that is taken for the reader's. A file
//! is written under another name, synced and renamed, so it is whole at every moment.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The file with the hashes.
const COPIED: &str = ".copied";

/// Where files are written before they are renamed.
const UNFINISHED: &str = ".unfinished";

/// The reader's folder.
pub(crate) struct Folder {
    root: PathBuf,
    /// What was copied, or soon will be: the path in the folder, and the hash of a version.
    copied: BTreeSet<(String, u64)>,
}

/// What a copy did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Copied {
    /// Files that were not there.
    pub(crate) new: Vec<String>,
    /// Files of ours that are newer now.
    pub(crate) updated: Vec<String>,
    /// Files of ours that could be newer.
    pub(crate) outdated: Vec<String>,
    /// Files that the reader has changed, and of which there is a newer original.
    pub(crate) kept: Vec<String>,
}

impl Folder {
    /// The folder at `root`, which need not exist yet.
    ///
    /// # Errors
    /// If its list of hashes is there and cannot be read.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        let list = match fs::read_to_string(root.join(COPIED)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            list => list.with_context(|| format!("{} cannot be read", root.join(COPIED).display()))?,
        };
        let entry = |line: &str| {
            let (hash, path) = line.split_once(' ')?;
            Some((path.to_owned(), u64::from_str_radix(hash, 16).ok()?))
        };
        Ok(Self { root: root.to_owned(), copied: list.lines().filter_map(entry).collect() })
    }

    /// Copies the files that are not there, and with `update` those that are older and not edited.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub(crate) fn copy(&mut self, originals: &[(String, Vec<u8>)], update: bool) -> Result<Copied> {
        let mut copied = Copied::default();
        let mut due: Vec<&(String, Vec<u8>)> = Vec::new();
        for file in originals {
            let (path, original) = file;
            let is_known = self.copied.contains(&(path.clone(), hash(original)));
            match self.read(path)? {
                None => {
                    copied.new.push(path.clone());
                    due.push(file);
                }
                Some(content) if content == *original => due.push(file), // to be listed
                Some(content) if self.copied.contains(&(path.clone(), hash(&content))) => {
                    let list = if update { &mut copied.updated } else { &mut copied.outdated };
                    list.push(path.clone());
                    due.extend(update.then_some(file));
                }
                Some(_) if is_known => {}
                Some(_) => copied.kept.push(path.clone()),
            }
        }
        self.copied.extend(due.iter().map(|(path, original)| (path.clone(), hash(original))));
        self.save()?;
        for (path, original) in due {
            // Once more: the reader may have saved a file in the meantime.
            let is_ours = |content: &Vec<u8>| self.copied.contains(&(path.clone(), hash(content)));
            if self.read(path)?.as_ref().is_none_or(|content| content != original && is_ours(content)) {
                self.write(path, original)?;
            }
        }
        self.clean();
        Ok(copied)
    }

    /// Replaces a file by its original. What was in it is kept in a new file beside it, whose name
    /// is returned; nothing if the file is the original.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub(crate) fn reset(&mut self, path: &str, original: &[u8]) -> Result<Option<String>> {
        let content = self.read(path)?;
        if content.as_deref() == Some(original) {
            return Ok(None);
        }
        let kept = content.map(|content| self.keep(path, &content)).transpose()?;
        self.copied.insert((path.to_owned(), hash(original)));
        self.save()?;
        self.write(path, original)?;
        self.clean();
        Ok(kept)
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// A file of the folder, if it is there.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub(crate) fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        match fs::read(self.root.join(path)) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", self.root.join(path).display())),
        }
    }

    /// Replaces a file, or makes it. It is whole at every moment.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn write(&self, path: &str, content: &[u8]) -> Result<()> {
        let place = self.root.join(path);
        let unfinished = self.unfinished(&place, content)?;
        fs::rename(&unfinished, &place).with_context(|| format!("{} cannot be written", place.display()))
    }

    /// Writes `content` into the first free file of `path.before-1`, `path.before-2`, …
    fn keep(&self, path: &str, content: &[u8]) -> Result<String> {
        let unfinished = self.unfinished(&self.root.join(path), content)?;
        for count in 1.. {
            let name = format!("{path}.before-{count}");
            let place = self.root.join(&name);
            // A link, unlike a renamed file, never takes the place of another.
            match fs::hard_link(&unfinished, &place) {
                Ok(()) => break_link(&unfinished)?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(_) if place.exists() => continue,
                Err(_) => fs::rename(&unfinished, &place)?, // a file system without links
            }
            return Ok(name);
        }
        unreachable!("some number is free")
    }

    /// A file with this content that belongs to nobody yet, on the disk.
    fn unfinished(&self, place: &Path, content: &[u8]) -> Result<PathBuf> {
        let folder = self.root.join(UNFINISHED);
        let name = format!("{}", std::process::id());
        let make = || -> io::Result<PathBuf> {
            fs::create_dir_all(&folder)?;
            place.parent().map_or(Ok(()), fs::create_dir_all)?;
            let mut file = File::create(folder.join(&name))?;
            file.write_all(content)?;
            file.sync_all()?;
            Ok(folder.join(&name))
        };
        make().with_context(|| format!("{} cannot be written", place.display()))
    }

    /// Writes the list of hashes.
    fn save(&self) -> Result<()> {
        let mut list = String::new();
        for (path, hash) in &self.copied {
            let _ = writeln!(list, "{hash:016x} {path}");
        }
        self.write(COPIED, list.as_bytes())
    }

    /// Removes what killed processes left.
    fn clean(&self) {
        let _ = fs::remove_dir_all(self.root.join(UNFINISHED));
    }
}

fn break_link(path: &Path) -> Result<()> {
    fs::remove_file(path).with_context(|| format!("{} cannot be removed", path.display()))
}

/// FNV-1a, 64 bits: the same number in every version of everything.
fn hash(content: &[u8]) -> u64 {
    content.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Temporary(PathBuf);

    impl Temporary {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-learn-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }

        fn copy(&self, files: &[(&str, &str)], update: bool) -> Copied {
            let files: Vec<_> =
                files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
            Folder::open(&self.0).unwrap().copy(&files, update).unwrap()
        }

        fn text(&self, path: &str) -> String {
            fs::read_to_string(self.0.join(path)).unwrap()
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn an_update_replaces_what_nobody_has_edited() {
        let folder = Temporary::new("update");
        let first = folder.copy(&[("x/a.rs", "a1"), ("x/b.rs", "b1"), ("c", "c1")], false);
        assert_eq!(first, Copied { new: names(&["x/a.rs", "x/b.rs", "c"]), ..Copied::default() });
        fs::write(folder.0.join("x/b.rs"), "mine").unwrap();
        let newer = [("x/a.rs", "a2"), ("x/b.rs", "b2"), ("c", "c1"), ("d", "d1")];
        let again = folder.copy(&newer, false);
        let outdated =
            Copied { new: names(&["d"]), outdated: names(&["x/a.rs"]), kept: names(&["x/b.rs"]), ..Copied::default() };
        assert_eq!(again, outdated);
        assert_eq!((folder.text("x/a.rs"), folder.text("x/b.rs")), ("a1".to_owned(), "mine".to_owned()));
        let updated = folder.copy(&newer, true);
        let expected = Copied { updated: names(&["x/a.rs"]), kept: names(&["x/b.rs"]), ..Copied::default() };
        assert_eq!(updated, expected);
        assert_eq!((folder.text("x/a.rs"), folder.text("x/b.rs")), ("a2".to_owned(), "mine".to_owned()));
        assert_eq!(folder.copy(&newer, true), Copied { kept: names(&["x/b.rs"]), ..Copied::default() });
    }

    /// An edited file is of no interest as long as its original is still the one that was copied.
    #[test]
    fn an_edited_file_is_kept_in_silence() {
        let folder = Temporary::new("silence");
        folder.copy(&[("a", "1")], false);
        fs::write(folder.0.join("a"), "mine").unwrap();
        assert_eq!(folder.copy(&[("a", "1")], true), Copied::default());
        assert_eq!(folder.text("a"), "mine");
    }

    /// Without the list of hashes, only a file that equals its original is known to be ours.
    #[test]
    fn a_file_that_was_never_listed_is_the_readers() {
        let folder = Temporary::new("unlisted");
        folder.copy(&[("a", "1"), ("b", "1")], false);
        fs::write(folder.0.join("b"), "mine").unwrap();
        fs::remove_file(folder.0.join(COPIED)).unwrap();
        let again = folder.copy(&[("a", "1"), ("b", "1")], true);
        assert_eq!(again, Copied { kept: names(&["b"]), ..Copied::default() });
        let newer = folder.copy(&[("a", "2"), ("b", "2")], true);
        assert_eq!(newer, Copied { updated: names(&["a"]), kept: names(&["b"]), ..Copied::default() });
        assert_eq!(folder.text("b"), "mine");
    }

    #[test]
    fn a_reset_keeps_every_former_file() {
        let folder = Temporary::new("reset");
        folder.copy(&[("x/a.rs", "1")], false);
        for (at, mine) in ["mine", "mine too", ""].into_iter().enumerate() {
            fs::write(folder.0.join("x/a.rs"), mine).unwrap();
            let kept = Folder::open(&folder.0).unwrap().reset("x/a.rs", b"1").unwrap().unwrap();
            assert_eq!(kept, format!("x/a.rs.before-{}", at + 1));
            assert_eq!((folder.text(&kept), folder.text("x/a.rs")), (mine.to_owned(), "1".to_owned()));
        }
        assert_eq!(folder.text("x/a.rs.before-1"), "mine");
        assert_eq!(Folder::open(&folder.0).unwrap().reset("x/a.rs", b"1").unwrap(), None);
        // What was reset is ours again.
        assert_eq!(folder.copy(&[("x/a.rs", "2")], true).updated, names(&["x/a.rs"]));
    }

    #[test]
    fn nothing_unfinished_is_left() {
        let folder = Temporary::new("unfinished");
        folder.copy(&[("a", "1")], false);
        let files: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(files.len(), 2, "{files:?}");
    }
}

//! The repository as the rules see it: the files that git knows or would add, read once.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// A file of the repository.
pub(crate) struct File {
    /// Its path from the root, with `/` between the parts.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    /// Its content, if that is UTF-8; else empty.
    pub(crate) text: String,
}

/// All files of the repository, in the order of their paths.
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

impl Tree {
    /// Reads the files below `root` that git tracks, and those that it does not ignore.
    ///
    /// # Errors
    /// If git is missing, if `root` is no working tree, or if a file cannot be read.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let list = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .context("git could not be started")?;
        ensure!(list.status.success(), "git ls-files: {}", String::from_utf8_lossy(&list.stderr).trim());
        let list = String::from_utf8(list.stdout).context("a path is not UTF-8")?;
        let mut paths: Vec<&str> = list.split_terminator('\0').collect();
        paths.sort_unstable();
        paths.dedup(); // A file in conflict is listed once for each side.
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            let place = root.join(path);
            if !place.is_file() {
                continue; // Deleted, but not yet in the index.
            }
            let content = fs::read(&place).with_context(|| format!("{path} cannot be read"))?;
            let bytes = content.len() as u64;
            let text = String::from_utf8(content).unwrap_or_default();
            files.push(File { path: path.to_owned(), bytes, text });
        }
        Ok(Self { files })
    }

    /// A tree of texts, for the tests of the rules.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            bytes: text.len() as u64,
            text: (*text).to_owned(),
        };
        Self { files: files.iter().map(file).collect() }
    }

    /// The files written in Rust.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    /// The file at exactly this path.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether `pattern` names a file, or a directory with files in it. In each part of it, one `*`
    /// stands for anything.
    pub(crate) fn has(&self, pattern: &str) -> bool {
        let parts: Vec<&str> = pattern.trim_end_matches('/').split('/').collect();
        self.files.iter().any(|file| {
            let mut path = file.path.split('/');
            parts.iter().all(|part| path.next().is_some_and(|name| matches(part, name)))
        })
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => {
            let tail = tail.trim_start_matches('*');
            head.len() + tail.len() <= name.len() && name.starts_with(head) && name.ends_with(tail)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::Tree;

    #[test]
    fn has_knows_files_directories_and_stars() {
        let tree = Tree::of(&[("crates/nn/src/lib.rs", ""), ("README.md", "")]);
        for there in ["README.md", "crates", "crates/nn/", "crates/*/src", "crates/**", "crates/nn/src/l*.rs"] {
            assert!(tree.has(there), "{there}");
        }
        for gone in ["README", "crates/n", "nn", "crates/nn/src/lib.rs/x", "crates/*/tests", "crates/nn/src/lib*ib.rs"]
        {
            assert!(!tree.has(gone), "{gone}");
        }
    }

    #[test]
    fn reads_what_git_tracks_or_would_add() {
        let root = env::temp_dir().join(format!("xtask-tree-{}", process::id()));
        fs::create_dir_all(root.join("sub")).unwrap();
        for (path, content) in [("sub/new.rs", "//! ü"), (".gitignore", "/made"), ("made", "no")] {
            fs::write(root.join(path), content).unwrap();
        }
        fs::write(root.join("image.png"), [0x89, 0xff]).unwrap();
        let init = process::Command::new("git").args(["init", "--quiet"]).arg(&root).status();
        assert!(init.unwrap().success());
        let tree = Tree::read(&root);
        fs::remove_dir_all(&root).unwrap();

        let files = tree.unwrap().files;
        let files: Vec<_> = files.iter().map(|f| (&*f.path, f.bytes, &*f.text)).collect();
        assert_eq!(files, [(".gitignore", 5, "/made"), ("image.png", 2, ""), ("sub/new.rs", 6, "//! ü")]);
        assert!(Tree::read(&root).is_err());
    }
}

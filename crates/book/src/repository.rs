//! The files of the repository that a chapter may ask for: sources, tests, records.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::figures::Figures;
use crate::items::{Item, Source};
use crate::names::nearest;
use crate::records::Wanted;

/// The repository, as far as the book asks for it.
#[derive(Debug)]
pub(crate) struct Book {
    root: PathBuf,
    /// The list of figures.
    pub(crate) figures: Figures,
    sources: RefCell<BTreeMap<String, Rc<Source>>>,
    /// The files that each kind of directive named.
    pub(crate) woven: RefCell<BTreeMap<&'static str, Vec<String>>>,
}

impl Book {
    /// The book of the repository at `root`, without figures yet.
    pub(crate) fn at(root: impl AsRef<Path>) -> Self {
        Self {
            root: root.as_ref().to_owned(),
            figures: Figures::default(),
            sources: RefCell::default(),
            woven: RefCell::default(),
        }
    }

    /// The text of a file of the repository.
    pub(crate) fn read(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.root.join(path)).map_err(|error| format!("{path}: {error}"))
    }

    pub(crate) fn exists(&self, path: &str) -> Result<(), String> {
        if self.root.join(path).exists() { Ok(()) } else { Err(format!("{path} is not there")) }
    }

    pub(crate) fn source(&self, path: &str) -> Result<Rc<Source>, String> {
        if let Some(known) = self.sources.borrow().get(path) {
            return Ok(Rc::clone(known));
        }
        let source = Rc::new(Source::of(&self.read(path)?));
        self.sources.borrow_mut().insert(path.to_owned(), Rc::clone(&source));
        Ok(source)
    }

    /// How a caption names the test `name`: one of the file at `path`, or else the only one of that
    /// name. `tape::name` is one of a file `tape.rs`.
    pub(crate) fn test(&self, path: &str, name: &str) -> Result<String, String> {
        let (stem, name) = name.rsplit_once("::").map_or((None, name), |(stem, name)| (Some(stem), name));
        let last = |item: &Item| item.name.rsplit("::").next().unwrap_or_default().to_owned();
        let is_there = |path: &String| {
            let source = self.source(path)?;
            Ok::<_, String>(source.items.iter().any(|item| item.is_test && last(item) == name))
        };
        if stem.is_none() && is_there(&path.to_owned())? {
            return Ok(format!("the test <code>{name}</code> of the same file"));
        }
        let files = self.rust_files();
        let mut found = Vec::new();
        for file in &files {
            let is_of_stem = stem.is_none_or(|stem| {
                file.ends_with(&format!("/{stem}.rs")) || file.ends_with(&format!("/{stem}/mod.rs"))
            });
            if is_of_stem && is_there(file)? {
                found.push(file.as_str());
            }
        }
        match found[..] {
            [file] => Ok(format!("the test <code>{name}</code> of <code>{file}</code>")),
            [] => {
                let sources: Vec<_> = files.iter().filter_map(|file| self.source(file).ok()).collect();
                let tests: BTreeSet<String> = sources
                    .iter()
                    .flat_map(|source| source.items.iter().filter(|item| item.is_test).map(last))
                    .collect();
                Err(format!("no test is called `{name}`; nearest: {}", nearest(name, tests.iter().map(String::as_str))))
            }
            _ => Err(format!("`{name}` is a test of {}; say `stem::{name}`", found.join(", "))),
        }
    }

    /// The Rust files of the repository.
    fn rust_files(&self) -> Vec<String> {
        let mut found = Vec::new();
        for folder in ["crates", "tests", "benches", "book", "xtask", "exercises"] {
            walk(&self.root.join(folder), &mut |file| {
                if file.extension().is_some_and(|extension| extension == "rs")
                    && let Ok(path) = file.strip_prefix(&self.root)
                {
                    found.push(path.to_string_lossy().replace('\\', "/"));
                }
            });
        }
        found.sort();
        found
    }

    /// A number of a record.
    pub(crate) fn number(&self, wanted: &Wanted<'_>) -> Result<String, String> {
        let name = wanted.path[0];
        let own = format!("book/records/{name}.json");
        let path = if self.exists(&own).is_ok() { own } else { self.newest(name)? };
        wanted.value(&self.read(&path)?).map_err(|why| format!("{path}: {why}"))
    }

    /// The newest record of the machine `name`: the last by name, because its name is its date.
    fn newest(&self, name: &str) -> Result<String, String> {
        let mut files = Vec::new();
        walk(&self.root.join("benches/record").join(name), &mut |file| {
            if file.extension().is_some_and(|extension| extension == "json") {
                files.push(file.file_name().unwrap_or_default().to_string_lossy().into_owned());
            }
        });
        let newest = files.into_iter().max().ok_or_else(|| {
            let names = |folder: &str| fs::read_dir(self.root.join(folder)).into_iter().flatten().flatten();
            let known: Vec<String> = names("book/records")
                .chain(names("benches/record"))
                .map(|entry| entry.file_name().to_string_lossy().trim_end_matches(".json").to_owned())
                .collect();
            format!("no record is called `{name}`; nearest: {}", nearest(name, known.iter().map(String::as_str)))
        })?;
        Ok(format!("benches/record/{name}/{newest}"))
    }

    pub(crate) fn count(&self, kind: &'static str, path: &str) {
        self.woven.borrow_mut().entry(kind).or_default().push(path.to_owned());
    }
}

/// Calls `see` with every file below `folder`, except in `target` and hidden folders.
pub(crate) fn walk(folder: &Path, see: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if name != "target" && !name.to_string_lossy().starts_with('.') {
                walk(&path, see);
            }
        } else {
            see(&path);
        }
    }
}

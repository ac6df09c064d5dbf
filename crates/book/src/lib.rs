//! The weaver of the book.
//!
//! A chapter in `book/src` holds no code, no measured number and no picture of its own. It asks for
//! them, and the weaver brings them from the files that are compiled, tested and measured. The
//! result, in `target/book/src`, is what mdBook makes pages from.
//!
//! # Directives
//!
//! A directive is a paragraph that is exactly one link, seen from `book/src`. So the raw text reads
//! well in any viewer.
//!
//! ```text
//! [code: Tape::backward](../../crates/tensor/src/tape.rs)
//! [code: reference::each](../../crates/tensor/src/ops/conv2d.rs "proved by NAME")
//! [code: Grads](../../crates/tensor/src/tape.rs "with docs, proved by NAME")
//! [code: f / "let a"](…)                one statement of `f`, with its block
//! [code: f / "let a" to "let b"](…)     from one statement to another
//! [test: NAME](…)                       like code, of a `#[test]`
//! [lesson](…)  [lesson: Heading](…)     the `//!` of a file, or a section of it
//! [figure: name](../figures.toml)       an entry of that list
//! [widget: name](widgets/name.js)       a script; its first line is the caption
//! [table: name](../records/file.json)   a table of a record
//! [output: name](../examples/…)         `book/examples/output/name.txt`, and the program it is of
//! [exercise: 08](../../exercises/… "words for as long as the file is not there")
//! ```
//!
//! An item is named as Rust paths are: a function, `Type::method`, `module::function`, a type, a
//! constant, `impl Trait for Type`. At most 45 lines of it are woven, without its `///`. In prose,
//! `{record.key.0:.2}` is a number of a record, `$…$` and `$$…$$` are equations in LaTeX.
//!
//! Whatever is not found, or found twice, stops the build with chapter, line and the nearest names.
#![forbid(unsafe_code)]

pub mod figures;
pub mod items;
pub mod lesson;
pub mod math;
pub mod records;
pub mod speech;

mod chapter;
mod directive;
mod page;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use figures::Figures;
use items::Source;
use records::Wanted;

pub use page::{Summary, weave};

/// The repository, as far as the book asks for it.
#[derive(Debug)]
pub struct Book {
    root: PathBuf,
    /// The list of figures.
    pub figures: Figures,
    sources: RefCell<BTreeMap<String, Rc<Source>>>,
    /// The files that each kind of directive named.
    woven: RefCell<BTreeMap<&'static str, Vec<String>>>,
}

impl Book {
    /// The book of the repository at `root`, without figures yet.
    pub fn at(root: impl AsRef<Path>) -> Self {
        Self {
            root: root.as_ref().to_owned(),
            figures: Figures::default(),
            sources: RefCell::default(),
            woven: RefCell::default(),
        }
    }

    /// The text of a file of the repository.
    fn read(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.root.join(path)).map_err(|error| format!("{path}: {error}"))
    }

    fn exists(&self, path: &str) -> Result<(), String> {
        if self.root.join(path).exists() { Ok(()) } else { Err(format!("{path} is not there")) }
    }

    fn source(&self, path: &str) -> Result<Rc<Source>, String> {
        if let Some(known) = self.sources.borrow().get(path) {
            return Ok(Rc::clone(known));
        }
        let source = Rc::new(Source::of(&self.read(path)?));
        self.sources.borrow_mut().insert(path.to_owned(), Rc::clone(&source));
        Ok(source)
    }

    /// How a caption names the test `name`: one of the file at `path`, or else the only one of that
    /// name. `tape::name` is one of a file `tape.rs`.
    fn test(&self, path: &str, name: &str) -> Result<String, String> {
        let (stem, name) = name.rsplit_once("::").map_or((None, name), |(stem, name)| (Some(stem), name));
        let last = |item: &items::Item| item.name.rsplit("::").next().unwrap_or_default().to_owned();
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
            page::walk(&self.root.join(folder), &mut |file| {
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
    fn number(&self, wanted: &Wanted<'_>) -> Result<String, String> {
        let name = wanted.path[0];
        let own = format!("book/records/{name}.json");
        let path = if self.exists(&own).is_ok() { own } else { self.newest(name)? };
        wanted.value(&self.read(&path)?).map_err(|why| format!("{path}: {why}"))
    }

    /// The newest record of the machine `name`: the last by name, because its name is its date.
    fn newest(&self, name: &str) -> Result<String, String> {
        let mut files = Vec::new();
        page::walk(&self.root.join("benches/record").join(name), &mut |file| {
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

    fn count(&self, kind: &'static str, path: &str) {
        self.woven.borrow_mut().entry(kind).or_default().push(path.to_owned());
    }
}

/// The three of `names` that are most like `name`, in backticks.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let last = |name: &str| name.rsplit("::").next().unwrap_or_default().to_owned();
    let mut all: Vec<(usize, &str)> =
        names.map(|other| (distance(name, other).min(distance(&last(name), &last(other)) + 1), other)).collect();
    all.sort_unstable();
    all.dedup();
    let shown: Vec<String> = all.iter().take(3).map(|(_, name)| format!("`{name}`")).collect();
    if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
}

/// How many letters one has to add, take away or change to come from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, c) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, d) in b.iter().enumerate() {
            let changed = diagonal + usize::from(c != *d);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn the_nearest_names_come_first() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "ab"), 2);
        let names = ["Tape::record", "forward", "Tape::backward", "Grads::add"];
        assert_eq!(nearest("Tape::backwards", names.into_iter()), "`Tape::backward`, `Tape::record`, `forward`");
        assert_eq!(nearest("x", [].into_iter()), "nothing");
    }
}

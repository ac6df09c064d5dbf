//! All chapters at once: from `book/` to `target/book`, which is what mdBook reads.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::chapter;
use crate::figures::Figures;
use crate::repository::{Book, walk};

/// Where the woven book is.
const WOVEN: &str = "target/book";

/// What was woven.
#[derive(Debug, PartialEq, Eq)]
pub struct Summary {
    /// The folder that mdBook is to build.
    pub folder: PathBuf,
    /// What the book holds, in one line.
    pub contents: String,
    /// Each chapter and its own words, without what was woven in.
    pub words: Vec<(String, usize)>,
}

/// Weaves the book of the repository at `root`. A file that would not change is left as it is, so
/// that whoever watches sees what did.
///
/// # Errors
/// If a chapter asks for something that is not there; one line for each, with chapter and line.
pub fn weave(root: &Path) -> Result<Summary, Vec<String>> {
    let mut book = Book::at(root);
    let mut complaints = Vec::new();
    if root.join("book/figures.toml").exists() {
        match book.read("book/figures.toml").map_err(|why| vec![why]).and_then(|text| Figures::read(&text)) {
            Ok(figures) => book.figures = figures,
            Err(wrong) => complaints.extend(wrong.into_iter().map(|why| format!("book/figures.toml: {why}"))),
        }
    }
    let mut made = BTreeSet::new();
    let mut words = Vec::new();
    let mut files = Vec::new();
    walk(&root.join("book"), &mut |file| files.push(file.to_owned()));
    files.sort();
    for file in files {
        let path = file.strip_prefix(root.join("book")).unwrap_or(&file);
        let is_page = path.starts_with("src") && path.extension().is_some_and(|extension| extension == "md");
        if !(path.starts_with("src") || path.starts_with("theme") || path == Path::new("book.toml")) {
            continue;
        }
        let content = fs::read(&file).map_err(|error| vec![format!("{}: {error}", file.display())])?;
        let woven = match String::from_utf8(content) {
            Ok(text) if is_page => {
                let (woven, wrong) = chapter::weave(&book, &text);
                complaints
                    .extend(wrong.into_iter().map(|(line, why)| format!("book/{}:{line}: {why}", path.display())));
                words.push((path.display().to_string(), text.split_whitespace().count()));
                woven.into_bytes()
            }
            Ok(text) => text.into_bytes(),
            Err(error) => error.into_bytes(),
        };
        let to = root.join(WOVEN).join(path);
        write(&to, &woven).map_err(|error| vec![format!("{}: {error}", to.display())])?;
        made.insert(to);
    }
    walk(&root.join(WOVEN).join("src"), &mut |file| {
        if !made.contains(file) {
            let _ = fs::remove_file(file);
        }
    });
    if !complaints.is_empty() {
        return Err(complaints);
    }
    Ok(Summary { folder: root.join(WOVEN), contents: contents(&book, &words), words })
}

/// What the book holds, in one line.
fn contents(book: &Book, words: &[(String, usize)]) -> String {
    let woven = book.woven.borrow();
    let of = |kind: &str| woven.get(kind).map_or(&[][..], Vec::as_slice);
    let items: Vec<&String> = ["code", "test", "lesson"].into_iter().flat_map(of).collect();
    let files: BTreeSet<&&String> = items.iter().collect();
    let total: usize = words.iter().map(|(_, words)| words).sum();
    let mut out =
        format!("{} pages, {total} words, {} woven items from {} files", words.len(), items.len(), files.len());
    for kind in ["figure", "widget", "table", "output", "exercise"] {
        let _ = write!(out, ", {} {kind}s", of(kind).len());
    }
    out
}

/// Writes a file and its folders, unless it says the same already.
fn write(to: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(to).is_ok_and(|there| there == content) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, content)
}

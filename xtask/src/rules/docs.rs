//! Rules about README.md and ARCHITECTURE.md: they are short, and what they name exists.

use std::collections::HashSet;

use crate::markdown::{commands, links, spans, unpaired};
use crate::tree::{File, Tree};
use lexer::{code, words};

/// The documents, and how many lines each may have: one screen, and a walk of ten minutes.
const DOCS: [(&str, usize); 2] = [("README.md", 120), ("ARCHITECTURE.md", 210)];

/// A name that ends in one of these is the name of a file.
const EXTENSIONS: [&str; 11] = ["rs", "toml", "md", "lock", "png", "gz", "bin", "csv", "json", "safetensors", "sh"];

/// Directories that programs make and git does not hold.
const MADE: [&str; 2] = ["runs", "target"];

/// What a shell line may start with: each is either run by `check` or harmless and obvious.
const CHECKED: [&str; 5] = ["cargo xtask ", "cargo test", "cargo bench", "git clone ", "cd "];

fn docs(tree: &Tree) -> impl Iterator<Item = &File> {
    DOCS.iter().filter_map(|(path, _)| tree.file(path))
}

pub(super) fn stay_short(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, most) in DOCS {
        match tree.file(path).map(|file| file.text.lines().count()) {
            None => complaints.push(format!("{path}: is missing")),
            Some(lines) if most < lines => complaints.push(format!("{path}: {lines} lines; at most {most}")),
            Some(_) => {}
        }
    }
    complaints
}

pub(super) fn pair_their_backticks(tree: &Tree) -> Vec<String> {
    let unpaired = docs(tree).flat_map(|doc| unpaired(&doc.text).into_iter().map(|(at, _)| (&doc.path, at)));
    unpaired.map(|(path, at)| format!("{path}:{at}: a backtick without its other half")).collect()
}

pub(super) fn link_to_what_exists(tree: &Tree) -> Vec<String> {
    let links = docs(tree).flat_map(|doc| links(&doc.text).into_iter().map(|link| (&doc.path, link)));
    links
        .filter(|(_, (_, target))| !tree.has(target))
        .map(|(path, (at, target))| format!("{path}:{at}: links to {target}, which does not exist"))
        .collect()
}

pub(super) fn show_commands_that_are_checked(tree: &Tree) -> Vec<String> {
    let commands = docs(tree).flat_map(|doc| commands(&doc.text).into_iter().map(|c| (&doc.path, c)));
    commands
        .filter(|(_, (_, command))| !CHECKED.iter().any(|start| command.starts_with(start)))
        .map(|(path, (at, command))| format!("{path}:{at}: `{command}` is a command that check does not know"))
        .collect()
}

/// The lesson of each operator names the chapter of the book that teaches it.
pub(super) fn operators_name_their_chapter(tree: &Tree) -> Vec<String> {
    let operators = tree.rust().filter(|file| {
        file.path.strip_prefix("crates/tensor/src/ops/").is_some_and(|name| name != "mod.rs" && !name.contains('/'))
    });
    let names_chapter = |file: &File| {
        let lesson = file.text.lines().take_while(|line| line.starts_with("//!"));
        let chapter = lesson.filter_map(|line| line.strip_prefix("//! In the book: `")?.strip_suffix("`.")).last();
        chapter.is_some_and(|path| path.starts_with("book/src/") && tree.file(path).is_some())
    };
    operators
        .filter(|file| !names_chapter(file))
        .map(|file| format!("{}: the lesson ends with no \"In the book: `book/src/….md`.\"", file.path))
        .collect()
}

/// Every path, file and Rust item in backticks exists.
pub(super) fn name_what_exists(tree: &Tree) -> Vec<String> {
    let source: String = tree.rust().map(|file| code(&file.text)).collect();
    let names = Names { tree, idents: words(&source), crates: crates(tree) };
    let spans = docs(tree).flat_map(|doc| spans(&doc.text).into_iter().map(|span| (&doc.path, span)));
    spans
        .filter(|(_, (_, span))| !names.allow(span))
        .map(|(path, (at, span))| format!("{path}:{at}: names `{span}`, which does not exist"))
        .collect()
}

/// The names of all packages of the lock file, ours and others', as Rust spells them.
fn crates(tree: &Tree) -> HashSet<String> {
    let lock = tree.file("Cargo.lock").map_or("", |file| &file.text);
    let names = lock.lines().filter_map(|line| line.strip_prefix("name = \""));
    names.map(|name| name.trim_end_matches('"').replace('-', "_")).collect()
}

struct Names<'a> {
    tree: &'a Tree,
    idents: HashSet<&'a str>,
    crates: HashSet<String>,
}

impl Names<'_> {
    /// False if `span` looks like a path or like a Rust item, and there is no such thing.
    fn allow(&self, span: &str) -> bool {
        if span.contains("::") {
            return self.allow_item(span.trim_end_matches("()").trim_end_matches('!'));
        }
        let is_plain = |c: char| c.is_alphanumeric() || "._-*/".contains(c);
        if !span.chars().all(is_plain) || span.starts_with('/') {
            return true;
        }
        let is_file =
            span.rsplit_once('.').is_some_and(|(stem, extension)| !stem.is_empty() && EXTENSIONS.contains(&extension));
        match span.split_once('/') {
            None => !is_file || self.is_name_of_file(span),
            Some((first, _)) if MADE.contains(&first) => true,
            Some((first, _)) if is_file || span.ends_with('/') || self.tree.has(first) => self.tree.has(span),
            Some(_) => true, // `and/or`, `generator/dense/kernel`
        }
    }

    /// A file of the tree, in whatever directory, or one that our programs write: then they spell
    /// its name.
    fn is_name_of_file(&self, name: &str) -> bool {
        let ends = |path: &str| path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        self.tree.files.iter().any(|file| {
            let is_ours = file.path.starts_with("crates/") && file.path.ends_with(".rs");
            ends(&file.path) || is_ours && file.text.contains(&format!("\"{name}\""))
        })
    }

    /// `krate::module::Item`: a crate, a module or a type that is there, and names that our code
    /// contains.
    fn allow_item(&self, item: &str) -> bool {
        let mut parts = item.split("::");
        let first = parts.next().unwrap_or_default();
        let is_type = first.starts_with(char::is_uppercase) && self.idents.contains(first);
        (is_type || ["std", "core"].contains(&first) || self.crates.contains(first) || self.is_module(first))
            && parts.all(|part| self.idents.contains(part))
    }

    fn is_module(&self, name: &str) -> bool {
        let ends = [format!("/{name}.rs"), format!("/{name}/mod.rs")];
        self.tree.rust().any(|file| ends.iter().any(|end| file.path.ends_with(end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::check;

    #[test]
    fn length() {
        let (short, long) = ("\n".repeat(120), "\n".repeat(210));
        check(stay_short, &[("README.md", &short), ("ARCHITECTURE.md", &long)], &[]);
        let (short, long) = ("\n".repeat(121), "\n".repeat(211));
        let why = ["README.md: 121 lines; at most 120", "ARCHITECTURE.md: 211 lines; at most 210"];
        check(stay_short, &[("README.md", &short), ("ARCHITECTURE.md", &long)], &why);
        check(stay_short, &[], &["README.md: is missing", "ARCHITECTURE.md: is missing"]);
    }

    #[test]
    fn backticks() {
        check(pair_their_backticks, &[("README.md", "`a` and `b`\n```\n`\n```"), ("other.md", "`")], &[]);
        check(
            pair_their_backticks,
            &[("ARCHITECTURE.md", "a\n`a` `b")],
            &["ARCHITECTURE.md:2: a backtick without its other half"],
        );
    }

    #[test]
    fn linked() {
        let text = "[a](book/a.md#x) [b](https://example.com/gone.md) [c](#c)";
        check(link_to_what_exists, &[("README.md", text), ("book/a.md", "")], &[]);
        check(link_to_what_exists, &[("README.md", text)], &["README.md:1: links to book/a.md, which does not exist"]);
    }

    #[test]
    fn shown_commands() {
        let text = "```sh\ngit clone URL\ncd dcgan\ncargo xtask train-mnist # go\ncargo test\ncargo bench\n```\n```text\nmake\n```";
        check(show_commands_that_are_checked, &[("README.md", text)], &[]);
        let why = "README.md:2: `make all` is a command that check does not know";
        check(show_commands_that_are_checked, &[("README.md", "```sh\nmake all # now\n```")], &[why]);
    }

    #[test]
    fn chapters_of_operators() {
        let check = |text: &str| {
            let files = [("crates/tensor/src/ops/relu.rs", text), ("book/src/04-a.md", "# A\n")];
            operators_name_their_chapter(&Tree::of(&files))
        };
        assert_eq!(check("//! ReLU.\n//!\n//! In the book: `book/src/04-a.md`.\n"), [""; 0]);
        for text in ["//! ReLU.\n", "//! ReLU.\n//! In the book: `book/src/05-b.md`.\n"] {
            assert!(check(text)[0].starts_with("crates/tensor/src/ops/relu.rs: the lesson ends with no"));
        }
    }

    #[test]
    fn named() {
        let files = [
            ("Cargo.lock", "[[package]]\nname = \"safe-arch\"\n"),
            ("crates/nn/src/adam.rs", "//! A gone word.\npub struct Adam; fn step() { write(\"log.csv\") }"),
            ("ARCHITECTURE.md", ""),
        ];
        let said = |span: &str| {
            let mut tree = Tree::of(&files);
            tree.files[2].text = format!("\nsee `{span}`");
            name_what_exists(&tree)
        };
        for span in [
            "crates/nn",
            "crates/nn/",
            "crates/*/src/adam.rs",
            "adam.rs",
            "Cargo.lock",
            "log.csv",
            "runs/0001-mnist/log.csv",
            "target/release/dcgan",
            "Adam::step",
            "adam::Adam",
            "safe_arch::step()",
            "std::step",
            "and/or",
            "x / y",
            "0.9",
            ".rs",
            "any word",
            "/dev/null",
            "e.g.",
        ] {
            assert_eq!(said(span), [""; 0], "{span}");
        }
        for span in [
            "crates/gone",
            "gone/",
            "gone.rs",
            "crates/nn/src/gone.rs",
            "dam.rs",
            "nn/src/adam.rs",
            "crates/*/tests",
            "gone.csv",
            "Adam::gone",
            "Gone::step",
            "gone::Adam",
            "safe_gone::step",
            "std::gone()",
        ] {
            assert_eq!(said(span), [format!("ARCHITECTURE.md:2: names `{span}`, which does not exist")]);
        }
    }
}

//! The commands that the documents and the book promise, and whether they are there.
//!
//! The README's `cargo test` is run as it stands. A `cargo xtask …` would train for an hour, so the
//! program behind it is asked for help on it instead: it parses the words, and fails on those that
//! it does not know. So commands and flags cannot be renamed behind the documents' back.

use std::collections::HashSet;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::console::cargo;
use crate::markdown::{Piece, commands, spans};
use crate::tree::Tree;

/// The README's own test commands, word by word.
///
/// # Errors
/// If it has none.
pub(crate) fn test_commands(tree: &Tree) -> Result<Vec<Vec<String>>> {
    let readme = &tree.file("README.md").context("README.md is missing")?.text;
    let words = |command: &str| command.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let tests = commands(readme).into_iter().map(|(_, command)| words(command));
    let tests: Vec<_> = tests.filter(|words| words.starts_with(&["cargo".into(), "test".into()])).collect();
    ensure!(!tests.is_empty(), "README.md must show `cargo test` in an sh block");
    Ok(tests)
}

/// The words after `cargo xtask`, wherever `text` shows such a command that xtask hands over, and
/// those after `dcgan`, which is the same program.
fn handed_over(text: &str) -> Vec<Piece<'_>> {
    let shown = commands(text).into_iter().chain(spans(text)).chain(of_figures(text));
    shown
        .filter_map(|(at, command)| {
            let words = command.strip_prefix("cargo xtask ").or_else(|| command.strip_prefix("dcgan "))?;
            Some((at, words.trim()))
        })
        .filter(|(_, words)| words.starts_with(|c: char| c.is_ascii_lowercase())) // not `CMD`, not `…`
        .filter(|(_, words)| {
            !matches!(words.split_whitespace().next(), Some("check" | "learn" | "path" | "web" | "help"))
        })
        .collect()
}

/// The commands of a list of figures.
fn of_figures(text: &str) -> impl Iterator<Item = Piece<'_>> {
    text.lines().enumerate().filter_map(|(at, line)| {
        let command = line.trim().strip_prefix("command = \"")?.strip_suffix('"')?;
        Some((at + 1, command))
    })
}

/// The package and the binary that a command belongs to, and the words that are left for it.
fn program(words: &str) -> ([&'static str; 2], &str) {
    let (first, rest) = words.split_once(' ').unwrap_or((words, ""));
    match first {
        "book" => (["book", "book"], rest),
        "ladder" => (["book-examples", "ladder"], rest),
        _ => (["cli", "dcgan"], words),
    }
}

/// Whether a document's commands are checked.
fn is_document(path: &str) -> bool {
    ["README.md", "ARCHITECTURE.md", "book/figures.toml"].contains(&path)
        || path.starts_with("book/src/") && path.ends_with(".md")
}

/// Asks the program behind each command that the documents show for help on it, once for each
/// spelling; one complaint for each refusal.
///
/// # Errors
/// If `dcgan` cannot be built, or a program cannot be started.
pub(crate) fn complaints(root: &Path, tree: &Tree) -> Result<Vec<String>> {
    let build = cargo().args(["build", "--package", "cli", "--bin", "dcgan"]).current_dir(root).status();
    ensure!(build.context("cargo could not be started")?.success(), "dcgan does not build");
    let mut complaints = Vec::new();
    let mut asked = HashSet::new();
    for file in tree.files.iter().filter(|file| is_document(&file.path)) {
        for (at, words) in handed_over(&file.text) {
            if !asked.insert(words) {
                continue;
            }
            let ([package, binary], rest) = program(words);
            let help = cargo()
                .args(["run", "--quiet", "--package", package, "--bin", binary, "--"])
                .args(rest.split_whitespace())
                .arg("--help")
                .current_dir(root)
                .stdin(Stdio::null())
                .output()
                .context("cargo could not be started")?;
            if !help.status.success() || help.stdout.is_empty() {
                let why = String::from_utf8_lossy(&help.stderr);
                let why = why.lines().next().unwrap_or("it has no help on it");
                complaints.push(format!("{}:{at}: {binary} refuses `{words}`: {why}", file.path));
            }
        }
    }
    Ok(complaints)
}

#[cfg(test)]
mod tests {
    use super::{handed_over, is_document, program, test_commands};
    use crate::tree::Tree;

    #[test]
    fn commands_for_dcgan_are_found() {
        let text = "`cargo xtask train-images --data DIR`, `cargo xtask check --quick`, `cargo xtask learn`, `cargo xtask CMD`\n\
            ```sh\ncargo xtask train-mnist # one\ncargo test\ncargo xtask help\n```\n`cargo xtask`";
        assert_eq!(handed_over(text), [(3, "train-mnist"), (1, "train-images --data DIR")]);
    }

    #[test]
    fn commands_of_the_book_are_found() {
        let text = "`dcgan evaluate RUN`\n```console\n$ cargo xtask book --serve\n$ ls\n```\n";
        assert_eq!(handed_over(text), [(3, "book --serve"), (1, "evaluate RUN")]);
        let figures = "[[figure]]\ncommand = \"cargo xtask play RUN\"\n";
        assert_eq!(handed_over(figures), [(2, "play RUN")]);
        assert!(is_document("book/src/01-a.md") && is_document("README.md"));
        assert!(!is_document("book/src/a.js") && !is_document("crates/README.md"));
    }

    #[test]
    fn each_command_has_its_program() {
        assert_eq!((["book", "book"], "--serve"), program("book --serve"));
        assert_eq!((["book-examples", "ladder"], "--layer d3"), program("ladder --layer d3"));
        assert_eq!((["book-examples", "ladder"], ""), program("ladder"));
        assert_eq!((["cli", "dcgan"], "speed --json"), program("speed --json"));
        assert_eq!((["cli", "dcgan"], "ladders"), program("ladders"));
    }

    #[test]
    fn tests_are_those_of_the_readme() {
        let tests = |readme| test_commands(&Tree::of(&[("README.md", readme)]));
        let found = tests("```sh\ncargo test --release  # all\ncargo bench\ncargo test\n```").unwrap();
        assert_eq!(found, [vec!["cargo", "test", "--release"], vec!["cargo", "test"]]);
        assert!(tests("`cargo test`").is_err());
        assert!(tests("```text\ncargo test\n```").is_err());
        assert!(test_commands(&Tree::of(&[])).is_err());
    }
}

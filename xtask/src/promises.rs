//! The commands that README.md and ARCHITECTURE.md promise, and whether they are there.
//!
//! The README's `cargo test` is run as it stands. A `cargo xtask …` would train for an hour, so the
//! `dcgan` binary is asked for help on it instead: it parses the words, and fails on those that it
//! does not know. So commands and flags cannot be renamed behind the documents' back.

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

/// The words after `cargo xtask`, wherever `text` shows such a command and means `dcgan`.
fn handed_over(text: &str) -> Vec<Piece<'_>> {
    let shown = commands(text).into_iter().chain(spans(text));
    shown
        .filter_map(|(at, command)| Some((at, command.strip_prefix("cargo xtask ")?.trim())))
        .filter(|(_, words)| words.starts_with(|c: char| c.is_ascii_lowercase())) // not `CMD`, not `…`
        .filter(|(_, words)| !matches!(words.split_whitespace().next(), Some("check" | "learn" | "path" | "help")))
        .collect()
}

/// Asks `dcgan` for help on every command that the documents show; one complaint for each refusal.
///
/// # Errors
/// If `dcgan` cannot be built or started.
pub(crate) fn complaints(root: &Path, tree: &Tree) -> Result<Vec<String>> {
    let build = cargo().args(["build", "--package", "cli", "--bin", "dcgan"]).current_dir(root).status();
    ensure!(build.context("cargo could not be started")?.success(), "dcgan does not build");
    let mut complaints = Vec::new();
    for path in ["README.md", "ARCHITECTURE.md"] {
        let Some(file) = tree.file(path) else {
            continue;
        };
        for (at, words) in handed_over(&file.text) {
            let help = cargo()
                .args(["run", "--quiet", "--package", "cli", "--bin", "dcgan", "--"])
                .args(words.split_whitespace())
                .arg("--help")
                .current_dir(root)
                .stdin(Stdio::null())
                .output()
                .context("cargo could not be started")?;
            if !help.status.success() || help.stdout.is_empty() {
                let why = String::from_utf8_lossy(&help.stderr);
                let why = why.lines().next().unwrap_or("it has no help on it");
                complaints.push(format!("{path}:{at}: dcgan refuses `{words}`: {why}"));
            }
        }
    }
    Ok(complaints)
}

#[cfg(test)]
mod tests {
    use super::{handed_over, test_commands};
    use crate::tree::Tree;

    #[test]
    fn commands_for_dcgan_are_found() {
        let text = "`cargo xtask train-images --data DIR`, `cargo xtask check --quick`, `cargo xtask learn`, `cargo xtask CMD`\n\
            ```sh\ncargo xtask train-mnist # one\ncargo test\ncargo xtask help\n```\n`cargo xtask`";
        assert_eq!(handed_over(text), [(3, "train-mnist"), (1, "train-images --data DIR")]);
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

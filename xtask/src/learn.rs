//! `cargo xtask learn`: the reader's copy of the exercises, and hints one at a time.
//!
//! The exercises are a set in the format of rustlings. The copy, `learning/`, is a package of its
//! own that git ignores. It has what the reader edits, and depends on `exercises/` for the checks.

mod finale;
mod folder;
mod info;

use std::fs;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::console::{complain, replace_with, say};
use folder::{Copied, Folder};
use info::Entry;

const EXERCISES: &str = "exercises";
const LEARNING: &str = "learning";

const LOCK: &str = "Cargo.lock";

/// Which hint each exercise has come to.
const HINTS: &str = ".hints";

/// Where rustlings notes which exercise is the current one.
const STATE: &str = ".rustlings-state.txt";

const USAGE: &str = "cargo xtask learn [--update | --reset NAME | --hint [NAME] | --final [--seed N] [--steps N] [--compare] | --bench NAME]";

/// Runs `learn ARGS`. Exits with 2 if that cannot be done.
pub(crate) fn main(root: &Path, args: &[&str]) -> ExitCode {
    let result = match *args {
        [] => start(root),
        ["--update"] => update(root),
        ["--reset", name] => reset(root, name),
        ["--hint"] => hint(root, None),
        ["--hint", name] => hint(root, Some(name)),
        ["--final", ref rest @ ..] => finale(root, rest),
        ["--bench", name] => bench(root, name),
        _ => Err(anyhow::anyhow!("learn does not know `{}`; it is {USAGE}", args.join(" "))),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

/// Copies what is not there yet, and hands over to rustlings.
fn start(root: &Path) -> Result<ExitCode> {
    let entries = entries(root)?;
    let copied = Folder::open(&root.join(LEARNING))?.copy(&originals(root, &entries)?, false)?;
    if copied.new.len() == 1 {
        say(&format!("{LEARNING}/{} is new.\n", copied.new[0]));
    } else if !copied.new.is_empty() {
        say(&format!("{} files are new in {LEARNING}/; what you write there is yours alone.\n", copied.new.len()));
    }
    if !copied.outdated.is_empty() {
        say(&format!("Newer: {}. Get them with: cargo xtask learn --update\n", copied.outdated.join(", ")));
    }
    tell_kept(&copied);
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        tell_how(&entries);
        return Ok(ExitCode::SUCCESS);
    }
    let mut rustlings = Command::new("rustlings");
    rustlings.current_dir(root.join(LEARNING));
    let error = replace_with(rustlings);
    if error.kind() != io::ErrorKind::NotFound {
        bail!("rustlings could not be started: {error}");
    }
    tell_how(&entries);
    Ok(ExitCode::SUCCESS)
}

/// What to type, with rustlings and without.
fn tell_how(entries: &[Entry]) {
    let minutes: usize = entries.iter().map(|entry| entry.minutes).sum();
    let first = &entries[0].name;
    say(&format!(
        "{} exercises, {:.1} hours. The first is {LEARNING}/{EXERCISES}/{first}.rs. Check what you wrote with one of\n\n\
         \x20   cd {LEARNING} && rustlings                  # again at each change; once: cargo install rustlings --locked\n\
         \x20   cd {LEARNING} && cargo test                 # all, up to the first that fails\n\
         \x20   cd {LEARNING} && cargo test --bin {first}      # the first time it builds the engine, for some minutes\n\n",
        entries.len(),
        minutes as f64 / 60.0,
    ));
}

fn tell_kept(copied: &Copied) {
    for path in &copied.kept {
        say(&format!("{LEARNING}/{path} is yours and stays as it is; there is a newer {EXERCISES}/{path}.\n"));
    }
}

/// Brings newer exercises.
fn update(root: &Path) -> Result<ExitCode> {
    let originals = originals(root, &entries(root)?)?;
    let copied = Folder::open(&root.join(LEARNING))?.copy(&originals, true)?;
    for path in copied.new.iter().chain(&copied.updated) {
        say(&format!("{LEARNING}/{path} is up to date now.\n"));
    }
    if copied == Copied::default() {
        say("Nothing is newer.\n");
    }
    tell_kept(&copied);
    Ok(ExitCode::SUCCESS)
}

/// Hands an exercise out anew.
fn reset(root: &Path, name: &str) -> Result<ExitCode> {
    let entries = entries(root)?;
    let path = format!("{EXERCISES}/{}.rs", info::find(&entries, name)?.name);
    let original = read(&root.join(EXERCISES).join(&path))?;
    match Folder::open(&root.join(LEARNING))?.reset(&path, &original)? {
        Some(kept) => say(&format!("{LEARNING}/{path} is as it was handed out; yours is {LEARNING}/{kept}.\n")),
        None => say(&format!("{LEARNING}/{path} is as it was handed out.\n")),
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows the next hint of an exercise, or of the current one.
fn hint(root: &Path, name: Option<&str>) -> Result<ExitCode> {
    let entries = entries(root)?;
    let folder = Folder::open(&root.join(LEARNING))?;
    let entry = match name {
        Some(name) => info::find(&entries, name)?,
        None => current(&folder, &entries)?,
    };
    let state = folder.read(HINTS)?.unwrap_or_default();
    let state = String::from_utf8_lossy(&state).into_owned();
    let shown = state.lines().filter(|line| *line == entry.name).count();
    let at = shown.min(entry.hints.len() - 1);
    say(&format!("{}, {}\n", entry.name, entry.hints[at]));
    if shown < entry.hints.len() {
        folder.write(HINTS, format!("{state}{}\n", entry.name).as_bytes())?;
    }
    if at + 1 == entry.hints.len() {
        say(&format!("\nThat was the last hint. A solution is {LEARNING}/solutions/{}.rs\n", entry.name));
    }
    Ok(ExitCode::SUCCESS)
}

/// Trains the project's networks by the operators that pass.
fn finale(root: &Path, args: &[&str]) -> Result<ExitCode> {
    let entries = entries(root)?;
    let mut folder = Folder::open(&root.join(LEARNING))?;
    folder.copy(&originals(root, &entries)?, false)?;
    finale::run(root, &folder, &entries, args)
}

/// Measures the functions of an exercise.
fn bench(root: &Path, name: &str) -> Result<ExitCode> {
    let entries = entries(root)?;
    let mut folder = Folder::open(&root.join(LEARNING))?;
    folder.copy(&originals(root, &entries)?, false)?;
    let name = &info::find(&entries, name)?.name;
    finale::bench(root, &folder, &entries, name)
}

/// The exercise that rustlings is at; without it, the first with an `unsolved!`.
fn current<'a>(folder: &Folder, entries: &'a [Entry]) -> Result<&'a Entry> {
    let state = folder.read(STATE)?.unwrap_or_default();
    let state = String::from_utf8_lossy(&state);
    if let Some(entry) = state.lines().nth(2).and_then(|name| info::find(entries, name).ok()) {
        return Ok(entry);
    }
    for entry in entries {
        let path = format!("{EXERCISES}/{}.rs", entry.name);
        let content = folder.read(&path)?.unwrap_or_default();
        if content.is_empty() || String::from_utf8_lossy(&content).contains("unsolved!(") {
            return Ok(entry);
        }
    }
    bail!("every exercise is begun; name the one that you mean: cargo xtask learn --hint NAME")
}

fn entries(root: &Path) -> Result<Vec<Entry>> {
    info::entries(&String::from_utf8_lossy(&read(&root.join(EXERCISES).join("info.toml"))?))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// All that is copied: a path in the folder, and what is in the file.
fn originals(root: &Path, entries: &[Entry]) -> Result<Vec<(String, Vec<u8>)>> {
    let set = root.join(EXERCISES);
    let mut paths = vec!["info.toml".to_owned(), ".cargo/config.toml".to_owned()];
    if !root.join(LEARNING).join(LOCK).exists() {
        paths.push(LOCK.to_owned()); // from then on it is Cargo's
    }
    for folder in [EXERCISES, "solutions"] {
        paths.extend(entries.iter().map(|entry| format!("{folder}/{}.rs", entry.name)));
    }
    let mut originals = Vec::new();
    for path in paths {
        let content = read(&set.join(&path))?;
        originals.push((path, content));
    }
    let text = String::from_utf8_lossy(&read(&set.join("Cargo.toml"))?).into_owned();
    originals.push(("Cargo.toml".to_owned(), manifest(&text).into_bytes()));
    Ok(originals)
}

/// The manifest of the copy, from that of the exercises: a package that depends on them, without
/// the solutions, which need not be tested again, and without what only their own tests need.
fn manifest(exercises: &str) -> String {
    let mut manifest = String::new();
    let mut section = "";
    for line in exercises.lines() {
        if line.starts_with('[') {
            section = line;
        }
        if line.contains("_sol\"") || section == "[dev-dependencies]" {
            continue;
        }
        let line = match line {
            "name = \"exercises\"" => "name = \"learning\"",
            "[dependencies]" => "[dependencies]\nexercises = { path = \"../exercises\" }",
            line if line.starts_with("description = ") => "description = \"What I learn\"",
            line => line,
        };
        manifest.push_str(line);
        manifest.push('\n');
    }
    manifest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_of_the_copy() {
        let exercises = "bin = [\n  { name = \"01_a\", path = \"exercises/01_a.rs\" },\n  { name = \"01_a_sol\", path = \"solutions/01_a.rs\" },\n]\n\n\
                         [package]\nname = \"exercises\"\ndescription = \"E\"\n\n[dependencies]\ntensor = { path = \"../crates/tensor\" }\n\n\
                         [dev-dependencies]\ntoml = \"1\"\n\n[workspace]\n";
        let learning = "bin = [\n  { name = \"01_a\", path = \"exercises/01_a.rs\" },\n]\n\n\
                        [package]\nname = \"learning\"\ndescription = \"What I learn\"\n\n[dependencies]\nexercises = { path = \"../exercises\" }\n\
                        tensor = { path = \"../crates/tensor\" }\n\n[workspace]\n";
        assert_eq!(manifest(exercises), learning);
    }
}

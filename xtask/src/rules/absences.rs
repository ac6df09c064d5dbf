//! Rules about what a crate does without: files, the clock, flags, and more lines than it may have.
//!
//! They hold for what ships; a crate's tests may open files and name flags.

use crate::paths::mentions;
use crate::source::shipped;
use crate::tree::Tree;
use lexer::{Kind, words};

use super::manifests::{crates, has_cli};

/// Paths of the standard library that open files, or speak of them.
const FILES: [&str; 2] = ["std::fs", "std::path"];

/// Names that stand for the same, however they were brought here.
const FILE_TYPES: [&str; 4] = ["File", "OpenOptions", "Path", "PathBuf"];

const CLOCK: [&str; 2] = ["std::time", "core::time"];

const CLOCK_TYPES: [&str; 2] = ["Instant", "SystemTime"];

/// What the program was started with.
const ARGUMENTS: [&str; 2] = ["std::env", "clap"];

/// A crate, what it does without, and the paths and the words that would be that.
type Absence = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const ABSENCES: [Absence; 7] = [
    ("crates/data", "opens no file", &FILES, &FILE_TYPES),
    ("crates/nn", "opens no file", &FILES, &FILE_TYPES),
    ("crates/judge", "opens no file", &FILES, &FILE_TYPES),
    ("crates/exchange", "opens no file", &FILES, &FILE_TYPES),
    ("crates/dcgan", "knows no file", &FILES, &FILE_TYPES),
    ("crates/dcgan", "knows no clock", &CLOCK, &CLOCK_TYPES),
    ("crates/dcgan", "knows no arguments", &ARGUMENTS, &["clap"]),
];

/// The crates that may name flags: the one that reads them, and our automation.
const NAME_FLAGS: [&str; 3] = ["crates/cli", "crates/book", "xtask"];

/// Crates that are to be read as a whole, and how many lines of code each may have.
const LONGEST: [(&str, usize); 1] = [("crates/dcgan", 1720)];

pub(super) fn crates_do_without(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (krate, promise, paths, names) in ABSENCES {
        if !has_cli(tree) {
            continue;
        }
        for (file, source) in shipped(tree, &format!("{krate}/src")) {
            let code = source.shipped(Kind::Code);
            let mut found: Vec<(usize, String)> = Vec::new();
            for mention in mentions(&code) {
                let path = mention.path.join("::");
                let is_it = |absent: &&str| path == *absent || path.starts_with(&format!("{absent}::"));
                if paths.iter().any(is_it) {
                    found.push((mention.line, path));
                }
            }
            for (at, line) in code.lines().enumerate() {
                let there = words(line);
                let here = names.iter().filter(|name| there.contains(**name));
                found.extend(here.map(|name| (at + 1, (*name).to_owned())));
            }
            found.sort();
            found.dedup_by_key(|(line, _)| *line);
            let path = &file.path;
            complaints
                .extend(found.into_iter().map(|(line, what)| format!("{path}:{line}: {krate} {promise}: `{what}`")));
        }
    }
    complaints
}

pub(super) fn only_cli_names_flags(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for krate in crates().filter(|krate| !NAME_FLAGS.contains(krate) && has_cli(tree)) {
        for (file, source) in shipped(tree, &format!("{krate}/src")) {
            for (at, line) in source.shipped(Kind::Literal).lines().enumerate() {
                if let Some(flag) = flag(line) {
                    complaints.push(format!("{}:{}: only crates/cli names a flag: `{flag}`", file.path, at + 1));
                }
            }
        }
    }
    complaints
}

/// The first flag of `line`: two hyphens in front of a small letter, and neither a hyphen, nor a
/// letter, nor what CSS's `var(--name)` and HTML's `<!--` have in front of them.
fn flag(line: &str) -> Option<&str> {
    let starts = line.match_indices("--").map(|(at, _)| at);
    starts.into_iter().find_map(|at| {
        let stands_alone = !line[..at].ends_with(|c: char| c.is_alphanumeric() || "-(!".contains(c));
        let rest = &line[at + 2..];
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
        let is_flag = stands_alone && rest.starts_with(|c: char| c.is_ascii_lowercase());
        is_flag.then(|| &line[at..at + 2 + length])
    })
}

pub(super) fn crates_to_read_are_short(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (krate, most) in LONGEST {
        let lines: usize = shipped(tree, &format!("{krate}/src")).iter().map(|(_, source)| source.lines().code).sum();
        if most < lines && has_cli(tree) {
            complaints.push(format!("{krate}: {lines} lines of code; at most {most}"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::check;

    const CLI: (&str, &str) = ("crates/cli/Cargo.toml", "");

    #[test]
    fn absences() {
        let innocent = "//! Opens no File.\nlet s = \"std::fs\"; use std::{fmt, io};\nlet path = 1;\n\
                        #[cfg(test)] mod tests { use std::fs; }";
        for krate in ["data", "nn", "judge", "exchange", "dcgan"] {
            check(crates_do_without, &[CLI, (&format!("crates/{krate}/src/lib.rs"), innocent)], &[]);
        }
        let guilty = |krate: &str, text: &str, why: &str| {
            let path = format!("crates/{krate}/src/a.rs");
            check(crates_do_without, &[CLI, (&path, text)], &[&format!("{path}:{why}")]);
        };
        guilty("judge", "\nuse std::fs;", "2: crates/judge opens no file: `std::fs`");
        guilty("judge", "use std::{fmt, fs::{self, read}};", "1: crates/judge opens no file: `std::fs`");
        guilty("judge", "fn f() { std::fs::read(x) }", "1: crates/judge opens no file: `std::fs::read`");
        guilty("data", "fn f(x: File) {}", "1: crates/data opens no file: `File`");
        guilty("dcgan", "use std::path::Path;", "1: crates/dcgan knows no file: `Path`");
        guilty("dcgan", "use std::time;", "1: crates/dcgan knows no clock: `std::time`");
        guilty("dcgan", "let t = Instant::now();", "1: crates/dcgan knows no clock: `Instant`");
        guilty("dcgan", "use std::{env, fmt};", "1: crates/dcgan knows no arguments: `std::env`");
        guilty("dcgan", "#[derive(clap::ValueEnum)] enum E {}", "1: crates/dcgan knows no arguments: `clap`");
        // The clock is dcgan's affair alone, and files are nobody's in the crates above.
        check(crates_do_without, &[CLI, ("crates/judge/src/a.rs", "use std::time::Instant;")], &[]);
        check(crates_do_without, &[CLI, ("crates/runs/src/a.rs", "use std::fs;")], &[]);
    }

    #[test]
    fn flags() {
        let innocent = "//! `--lr`\n/// Like --lr.\nlet s = [\"a -- b\", \"---\", \"<!--x\", \"a--b\", \"var(--ink)\"];\n\
                        let x = y --z;\n#[cfg(test)] mod tests { const A: &str = \"--lr\"; }";
        for krate in ["tensor", "nn", "data", "dcgan", "judge", "runs", "gallery"] {
            let path = format!("crates/{krate}/src/lib.rs");
            check(only_cli_names_flags, &[CLI, (&path, innocent)], &[]);
            for (text, flag) in [("\n\"--lr\"", "--lr"), ("\n\"give `--batch-size 64`\"", "--batch-size")] {
                let why = format!("{path}:2: only crates/cli names a flag: `{flag}`");
                check(only_cli_names_flags, &[CLI, (&path, text)], &[&why]);
            }
            let why = format!("{path}:2: only crates/cli names a flag: `--out`");
            check(only_cli_names_flags, &[CLI, (&path, "r#\"one\ntwo --out\"#")], &[&why]);
        }
        let guilty = "\"--lr\"";
        check(only_cli_names_flags, &[CLI, ("crates/cli/src/a.rs", guilty), ("xtask/src/a.rs", guilty)], &[]);
    }

    #[test]
    fn lines() {
        let half = format!("//! Lesson.\n\n{}#[test]\nfn f() {{\n}}\n", "x\n".repeat(860));
        let more = format!("{half}x\n");
        let files = |second| [CLI, ("crates/dcgan/src/a.rs", &*half), ("crates/dcgan/src/b/c.rs", second)];
        check(crates_to_read_are_short, &files(&half), &[]);
        check(crates_to_read_are_short, &files(&more), &["crates/dcgan: 1721 lines of code; at most 1720"]);
    }
}

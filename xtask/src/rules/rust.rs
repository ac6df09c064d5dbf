//! Rules about Rust source.

use crate::tree::Tree;
use lexer::{code, words};

use super::manifests::crates;

/// The longest Rust file, in lines: beyond this, a file holds more than one idea.
const LONGEST: usize = 600;

/// Where `unsafe` may stand: each is a file, or a folder with all that is in it.
const UNSAFE_ROOMS: [&str; 5] = [
    "crates/tensor/src/fast/isa",
    "crates/tensor/src/fast/gemm",
    "crates/tensor/src/fast/measure",
    "crates/tensor/src/simd",
    "crates/web/src/door",
];

/// The crates with such a room; all others forbid `unsafe` altogether, in each of their roots.
const CRATES_WITH_ROOM: [&str; 2] = ["crates/tensor", "crates/web"];

/// Words that admit to unfinished work, in comments too. (Split, or this file would contain them.)
const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("``", "`ignore")];

/// Where the work is the reader's: a comment that says so is no confession there.
const READERS: &str = "exercises/exercises/";

/// Code that admits to it.
const UNFINISHED_CODE: [&str; 4] = ["todo!", "unimplemented!", "#[ignore", "ignore)]"];

pub(super) fn opens_with_a_lesson(tree: &Tree) -> Vec<String> {
    tree.rust()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| format!("{}:1: must start with `//!` and say what the file is for", file.path))
        .collect()
}

pub(super) fn stays_short(tree: &Tree) -> Vec<String> {
    tree.rust()
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| LONGEST < *lines)
        .map(|(file, lines)| format!("{}: {lines} lines; at most {LONGEST}, so split it by idea", file.path))
        .collect()
}

pub(super) fn is_finished(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in &tree.files {
        let code = if file.path.ends_with(".rs") { code(&file.text) } else { String::new() };
        let is_readers = |line: &str| file.path.starts_with(READERS) && line.trim() == concat!("// TO", "DO");
        let prose = file.text.lines().map(|line| (line, if is_readers(line) { &[][..] } else { &UNFINISHED[..] }));
        let code = code.lines().map(|line| (line, &UNFINISHED_CODE[..]));
        for (at, (line, needles)) in prose.enumerate().chain(code.enumerate()) {
            for needle in needles.iter().filter(|needle| line.contains(**needle)) {
                complaints.push(format!("{}:{}: `{needle}`: finish it or leave it out", file.path, at + 1));
            }
        }
    }
    complaints
}

pub(super) fn keeps_unsafe_in_its_room(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in tree.rust().filter(|file| !UNSAFE_ROOMS.iter().any(|room| is_in(&file.path, room))) {
        for (at, line) in code(&file.text).lines().enumerate() {
            if words(line).contains("unsafe") {
                complaints.push(format!("{}:{}: `unsafe` belongs in {}", file.path, at + 1, UNSAFE_ROOMS.join(", ")));
            }
        }
    }
    complaints
}

/// Whether `path` is that of the room's own file, or of a file in its folder.
pub(super) fn is_in(path: &str, room: &str) -> bool {
    path.strip_prefix(room).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

pub(super) fn forbids_unsafe(tree: &Tree) -> Vec<String> {
    let is_root = |path: &str| {
        crates().filter(|krate| !CRATES_WITH_ROOM.contains(krate)).any(|krate| {
            let inside = path.strip_prefix(krate).and_then(|rest| rest.strip_prefix("/src/"));
            inside.is_some_and(|file| file == "lib.rs" || file == "main.rs" || file.starts_with("bin/"))
        })
    };
    tree.rust()
        .filter(|file| is_root(&file.path) && !code(&file.text).contains("#![forbid(unsafe_code)]"))
        .map(|file| format!("{}: must say #![forbid(unsafe_code)]", file.path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::check;

    #[test]
    fn lesson() {
        check(opens_with_a_lesson, &[("a.rs", "//! Why.\n"), ("b.md", "")], &[]);
        let why = "a.rs:1: must start with `//!` and say what the file is for";
        for text in ["", "fn f() {}", "// Why.", "\n//! Why.", "//!", "/// Why."] {
            check(opens_with_a_lesson, &[("a.rs", text)], &[why]);
        }
    }

    #[test]
    fn length() {
        check(stays_short, &[("a.rs", &"\n".repeat(600)), ("a.md", &"\n".repeat(601))], &[]);
        let why = "a.rs: 601 lines; at most 600, so split it by idea";
        check(stays_short, &[("a.rs", &"\n".repeat(601))], &[why]);
    }

    #[test]
    fn finished() {
        check(is_finished, &[("a.rs", "//! todo!, #[ignore\nlet ignore = \"todo!()\";"), ("b.md", "todo!")], &[]);
        for needle in UNFINISHED {
            for path in ["a.rs", "b.md", "c.toml"] {
                let why = format!("{path}:2: `{needle}`: finish it or leave it out");
                check(is_finished, &[(path, &format!("//!\n// {needle}"))], &[&why]);
            }
        }
        let readers = concat!("//!\n    // TO", "DO");
        let why = format!("exercises/solutions/a.rs:2: `{}`: finish it or leave it out", UNFINISHED[0]);
        check(is_finished, &[("exercises/exercises/a.rs", readers)], &[]);
        check(is_finished, &[("exercises/solutions/a.rs", readers)], &[&why]);
        for (line, needle) in [
            ("todo!()", "todo!"),
            ("unimplemented!(\"x\")", "unimplemented!"),
            ("#[ignore]", "#[ignore"),
            ("#[ignore = \"slow\"]", "#[ignore"),
            ("#[cfg_attr(x, ignore)]", "ignore)]"),
        ] {
            let why = format!("a.rs:2: `{needle}`: finish it or leave it out");
            check(is_finished, &[("a.rs", &format!("\n{line}"))], &[&why]);
        }
    }

    #[test]
    fn unsafe_room() {
        let text = "//! unsafe\nfn f() { unsafe { g() } }";
        for path in ["simd.rs", "simd/avx2.rs", "fast/isa.rs", "fast/gemm/tile.rs", "fast/measure/peak.rs"] {
            check(keeps_unsafe_in_its_room, &[(&format!("crates/tensor/src/{path}"), text)], &[]);
        }
        check(keeps_unsafe_in_its_room, &[("crates/nn/src/lib.rs", "#![forbid(unsafe_code)] // unsafe")], &[]);
        for path in [
            "crates/tensor/src/lib.rs",
            "crates/tensor/src/simdish.rs",
            "crates/tensor/src/fast/mod.rs",
            "crates/tensor/src/fast/conv/im2col.rs",
            "tests/simd/x.rs",
            "xtask/src/main.rs",
        ] {
            let said = keeps_unsafe_in_its_room(&Tree::of(&[(path, text)]));
            let why = format!("{path}:2: `unsafe` belongs in crates/tensor/src/fast/isa, ");
            assert!(said.len() == 1 && said[0].starts_with(&why), "{said:?}");
        }
    }

    #[test]
    fn forbidden() {
        let says = "//! Why.\n#![forbid(unsafe_code)]";
        check(forbids_unsafe, &[("crates/nn/src/lib.rs", says), ("xtask/src/main.rs", says)], &[]);
        check(forbids_unsafe, &[("crates/tensor/src/lib.rs", ""), ("crates/nn/src/adam.rs", "")], &[]);
        for path in [
            "crates/nn/src/lib.rs",
            "crates/cli/src/main.rs",
            "crates/judge/src/lib.rs",
            "crates/data/src/bin/x.rs",
            "xtask/src/main.rs",
        ] {
            let why = format!("{path}: must say #![forbid(unsafe_code)]");
            for text in ["", "// #![forbid(unsafe_code)]", "#![deny(unsafe_code)]"] {
                check(forbids_unsafe, &[(path, text)], &[&why]);
            }
        }
    }
}

//! The order in which ARCHITECTURE.md says to read, and how much that is.
//!
//! The section `Read it in this order` names files in backticks, up to the next heading: that is
//! the path. The section after it, if its heading lies deeper, holds the kernels. A file is named
//! by its whole path, or by its name after the folder that it is in: `crates/nn/src/`: `init.rs`,
//! `adam.rs`.

use std::fmt::Write;

use crate::markdown::spans;
use crate::source::{Lines, Source};
use crate::tree::Tree;

/// The document, and the heading of the list.
pub(crate) const DOCUMENT: &str = "ARCHITECTURE.md";
pub(crate) const HEADING: &str = "Read it in this order";

/// A file of a list, and how many of its lines are to be read.
pub(crate) struct Stop {
    /// The line of the document that names it.
    pub(crate) at: usize,
    pub(crate) path: String,
    /// Nothing if there is no such file.
    pub(crate) lines: Option<Lines>,
}

/// The files to read, and the kernels.
pub(crate) struct Lists {
    pub(crate) path: Vec<Stop>,
    pub(crate) kernels: Vec<Stop>,
}

impl Lists {
    /// Nothing if there is no such section.
    pub(crate) fn of(tree: &Tree) -> Option<Self> {
        let text = &tree.file(DOCUMENT)?.text;
        let headings: Vec<(usize, usize)> = text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.starts_with('#'))
            .map(|(at, line)| (at + 1, line.len() - line.trim_start_matches('#').len()))
            .collect();
        let is_ours =
            |at: usize| text.lines().nth(at - 1).is_some_and(|line| line.trim_start_matches('#').trim() == HEADING);
        let ours = headings.iter().position(|(at, _)| is_ours(*at))?;
        let start = |heading: usize| headings.get(heading).map_or(usize::MAX, |(at, _)| *at);
        let level = headings[ours].1;
        let has_kernels = headings.get(ours + 1).is_some_and(|(_, deeper)| level < *deeper);
        let path = stops(tree, text, start(ours), start(ours + 1));
        let kernels = if has_kernels { stops(tree, text, start(ours + 1), start(ours + 2)) } else { Vec::new() };
        Some(Self { path, kernels })
    }
}

/// The files that the lines from `start` up to `end` name, each once.
fn stops(tree: &Tree, text: &str, start: usize, end: usize) -> Vec<Stop> {
    let mut stops: Vec<Stop> = Vec::new();
    let mut folder = "";
    for (at, span) in spans(text).into_iter().filter(|(at, _)| (start..end).contains(at)) {
        if span.ends_with('/') {
            folder = span;
        } else if span.ends_with(".rs") {
            let path = if span.contains('/') { span.to_owned() } else { format!("{folder}{span}") };
            if stops.iter().all(|stop| stop.path != path) {
                let lines = tree.file(&path).map(|file| Source::of(&file.text).lines());
                stops.push(Stop { at, path, lines });
            }
        }
    }
    stops
}

/// The lines of all `stops` together.
pub(crate) fn total(stops: &[Stop]) -> Lines {
    let lines = stops.iter().filter_map(|stop| stop.lines);
    lines.fold(Lines::default(), |sum, lines| Lines {
        code: sum.code + lines.code,
        comments: sum.comments + lines.comments,
    })
}

/// What `cargo xtask path` prints: a line per file, and sums.
pub(crate) fn table(tree: &Tree) -> String {
    let Some(lists) = Lists::of(tree) else {
        return format!("{DOCUMENT} has no section `{HEADING}`\n");
    };
    let mut table = format!("{:>6} {:>9}\n", "code", "with docs");
    for (name, stops) in [("the path", lists.path), ("the kernels", lists.kernels)] {
        for Stop { path, lines, .. } in &stops {
            let lines = lines.unwrap_or_default();
            let _ = writeln!(table, "{:>6} {:>9}  {path}", lines.code, lines.code + lines.comments);
        }
        let sum = total(&stops);
        let _ = writeln!(table, "{:>6} {:>9}  {name}: {} files\n", sum.code, sum.code + sum.comments, stops.len());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A\n`no.rs`\n## Read it in this order\n1. `crates/nn/src/`: `a.rs`, `b.rs`\n2. `x/c.rs`, `gone.rs`, \
                        again `x/c.rs`\n### The kernels\n`x/d.rs`\n## Next\n`no.rs`\n";

    fn tree(text: &str) -> Tree {
        let a = "//! A.\n\nx\n";
        Tree::of(&[
            (DOCUMENT, text),
            ("crates/nn/src/a.rs", a),
            ("crates/nn/src/b.rs", a),
            ("x/c.rs", a),
            ("x/d.rs", "y\ny"),
        ])
    }

    #[test]
    fn both_lists_are_read() {
        let lists = Lists::of(&tree(TEXT)).unwrap();
        let names = |stops: &[Stop]| stops.iter().map(|stop| format!("{}:{}", stop.at, stop.path)).collect::<Vec<_>>();
        let path = ["4:crates/nn/src/a.rs", "4:crates/nn/src/b.rs", "5:x/c.rs", "5:crates/nn/src/gone.rs"];
        assert_eq!(names(&lists.path), path);
        assert_eq!(names(&lists.kernels), ["7:x/d.rs"]);
        assert_eq!(total(&lists.path), Lines { code: 3, comments: 3 });
        let without = TEXT.replace("### The kernels", "## Kernels");
        assert!(Lists::of(&tree(&without)).unwrap().kernels.is_empty());
        assert!(Lists::of(&tree("# A\n`x/c.rs`")).is_none());
        assert!(Lists::of(&Tree::of(&[])).is_none());
    }

    #[test]
    fn the_table_has_files_and_sums() {
        let table = table(&tree(TEXT));
        assert!(table.contains("     1         2  x/c.rs\n"), "{table}");
        assert!(table.contains("     3         6  the path: 4 files\n"), "{table}");
        assert!(table.ends_with("     2         2  the kernels: 1 files\n\n"), "{table}");
        assert!(super::table(&tree("")).contains("has no section"));
    }
}

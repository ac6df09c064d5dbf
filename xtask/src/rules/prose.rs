//! The rule about prose in Rust files: comments wrap where a reader's eye can still find the next
//! line.

use crate::source::Source;
use crate::tree::Tree;
use lexer::Kind;

/// The widest comment, in columns.
const WIDEST: usize = 100;

/// The folders whose comments are wrapped.
const WRAPPED: [&str; 2] = ["crates", "xtask"];

pub(super) fn comments_wrap(tree: &Tree) -> Vec<String> {
    let is_wrapped =
        |path: &str| WRAPPED.iter().any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
    let mut complaints = Vec::new();
    for file in tree.rust().filter(|file| is_wrapped(&file.path)) {
        let source = Source::of(&file.text);
        let mut is_fenced = false;
        for (at, (line, comment)) in file.text.lines().zip(source.all(Kind::Comment).lines()).enumerate() {
            // A comment behind code, and what only looks like one in a string, has its line from
            // rustfmt.
            if line.trim() != comment.trim() || line.trim().is_empty() {
                is_fenced = false;
                continue;
            }
            let text = line.trim_start().trim_start_matches(['/', '!', '*']).trim_start();
            if text.starts_with("```") {
                is_fenced = !is_fenced;
            }
            let columns = line.chars().count();
            if WIDEST < columns && !is_fenced && !text.starts_with('|') && !text.contains("://") {
                complaints.push(format!("{}:{}: a comment of {columns} columns; at most {WIDEST}", file.path, at + 1));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::check;

    #[test]
    fn width() {
        let word = |columns: usize| "ö".repeat(columns);
        let innocent = [
            format!("// {}", word(97)),
            format!("let s = \"{}\";", word(120)),
            format!("let s = \"\n// {}\n\";", word(120)),
            format!("let x = 1; // {}", word(120)),
            format!("/// | {} |", word(120)),
            format!("/// https://example.com/{}", word(120)),
            format!("/// ```text\n/// {}\n/// ```", word(120)),
        ];
        for text in &innocent {
            check(comments_wrap, &[("xtask/src/a.rs", text), ("tests/x.rs", &format!("// {}", word(98)))], &[]);
        }
        for text in ["// ", "/// ", "//! ", "    // ", "/* "] {
            let text = format!("\n{text}{}", word(101 - text.len()));
            let why = "xtask/src/a.rs:2: a comment of 101 columns; at most 100";
            check(comments_wrap, &[("xtask/src/a.rs", &text)], &[why]);
        }
        // A fence ends, if only with the comment that it is in.
        for fence in ["/// ```\n/// ```", "/// ```\nfn f() {}"] {
            let text = format!("{fence}\n/// {}", word(97));
            let why = "xtask/src/a.rs:3: a comment of 101 columns; at most 100";
            check(comments_wrap, &[("xtask/src/a.rs", &text)], &[why]);
        }
    }
}

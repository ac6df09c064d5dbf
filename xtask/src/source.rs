//! A Rust file without its tests, and the files of a crate that ship.
//!
//! What a crate promises (no clock, no file, no flag) it promises of the code that ships. Its tests
//! may do as they like. An item is a test if `#[test]`, `#[cfg(test)]` or `#[cfg(all(test, …))]`
//! stands before it. A file is one if such an item declares it: `#[cfg(test)] mod tests;`.

use crate::tree::{File, Tree};
use lexer::{Kind, is_word, kinds};

/// A Rust file, character by character.
pub(crate) struct Source {
    chars: Vec<char>,
    kinds: Vec<Kind>,
    in_test: Vec<bool>,
}

/// How many lines of a file ship.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    /// Lines with code on them, outside tests.
    pub(crate) code: usize,
    /// Lines with nothing but a comment on them, outside tests.
    pub(crate) comments: usize,
}

impl Source {
    pub(crate) fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let kinds = kinds(&chars);
        let code = |(c, kind): (&char, &Kind)| if *kind == Kind::Code { *c } else { ' ' };
        let code: Vec<char> = chars.iter().zip(&kinds).map(code).collect();
        let in_test = in_test(&code);
        Self { chars, kinds, in_test }
    }

    /// What ships and is of this kind; spaces stand for everything else, so that lines keep their
    /// numbers.
    pub(crate) fn shipped(&self, kind: Kind) -> String {
        self.keep(|at| self.kinds[at] == kind && !self.in_test[at])
    }

    /// What is of this kind, whether it ships or not.
    pub(crate) fn all(&self, kind: Kind) -> String {
        self.keep(|at| self.kinds[at] == kind)
    }

    fn keep(&self, keep: impl Fn(usize) -> bool) -> String {
        self.chars.iter().enumerate().map(|(at, c)| if *c == '\n' || keep(at) { *c } else { ' ' }).collect()
    }

    pub(crate) fn lines(&self) -> Lines {
        let is_blank = |line: &str| line.trim().is_empty();
        let comments = self.shipped(Kind::Comment);
        let rest = self.keep(|at| self.kinds[at] != Kind::Comment && !self.in_test[at]);
        let mut lines = Lines::default();
        for (rest, comment) in rest.lines().zip(comments.lines()) {
            if !is_blank(rest) {
                lines.code += 1;
            } else if !is_blank(comment) {
                lines.comments += 1;
            }
        }
        lines
    }

    /// The names in `mod name;`, where only tests compile that line.
    fn test_modules(&self) -> Vec<String> {
        let tests = self.keep(|at| self.kinds[at] == Kind::Code && self.in_test[at]);
        let declared = tests.split(';').filter_map(|item| item.rsplit_once("mod "));
        let named = declared.map(|(_, name)| name.trim());
        named.filter(|name| !name.is_empty() && name.chars().all(is_word)).map(str::to_owned).collect()
    }
}

/// Whether each character of `code` belongs to a test.
fn in_test(code: &[char]) -> Vec<bool> {
    let mut in_test = vec![false; code.len()];
    let mut at = 0;
    while at < code.len() {
        let (is_inner, open) = match code[at..] {
            ['#', '[', ..] => (false, at + 1),
            ['#', '!', '[', ..] => (true, at + 2),
            _ => {
                at += 1;
                continue;
            }
        };
        let close = end_of_brackets(code, open);
        let attribute: String = code[open + 1..close.max(open + 2) - 1].iter().filter(|c| !c.is_whitespace()).collect();
        let is_test = attribute == "test" || attribute == "cfg(test)" || attribute.starts_with("cfg(all(test,");
        if is_test {
            let end = if is_inner { code.len() } else { end_of_item(code, close) };
            in_test[at..end].fill(true);
            at = end;
        } else {
            at = close;
        }
    }
    in_test
}

/// Behind the bracket that closes the one at `open`.
fn end_of_brackets(code: &[char], open: usize) -> usize {
    let mut depth = 0;
    for (at, c) in code.iter().enumerate().skip(open) {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// Behind the item that starts at `start`: its block, its semicolon, or what it stands in.
fn end_of_item(code: &[char], start: usize) -> usize {
    let mut at = start;
    while at < code.len() {
        match code[at] {
            '{' => return end_of_brackets(code, at),
            '(' | '[' => at = end_of_brackets(code, at),
            ';' => return at + 1,
            ')' | ']' | '}' => return at,
            _ => at += 1,
        }
    }
    code.len()
}

/// The Rust files below `folder` (`crates/nn/src`) that ship, in the order of their paths.
pub(crate) fn shipped<'a>(tree: &'a Tree, folder: &str) -> Vec<(&'a File, Source)> {
    let below = |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let files = tree.rust().filter(|file| below(&file.path));
    let mut sources: Vec<_> = files.map(|file| (file, Source::of(&file.text))).collect();
    let modules = |(file, source): &(&File, Source)| {
        let folder = folder_of_children(&file.path).to_owned();
        let named = source.test_modules().into_iter();
        named.map(move |name| format!("{folder}/{name}")).collect::<Vec<_>>()
    };
    let tests: Vec<String> = sources.iter().flat_map(modules).collect();
    let is_test = |path: &str| {
        let rests = tests.iter().filter_map(|test| path.strip_prefix(test.as_str()));
        rests.into_iter().any(|rest| rest == ".rs" || rest.starts_with('/'))
    };
    sources.retain(|(file, _)| !is_test(&file.path));
    sources
}

/// The folder in which a file's `mod name;` finds its file: `src` of `src/lib.rs`, `src/ops` of
/// `src/ops.rs`.
fn folder_of_children(path: &str) -> &str {
    for root in ["/lib.rs", "/main.rs", "/mod.rs"] {
        if let Some(folder) = path.strip_suffix(root) {
            return folder;
        }
    }
    path.trim_end_matches(".rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of the code that ships.
    fn check(text: &str, words: &str) {
        let code = Source::of(text).shipped(Kind::Code);
        assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), words, "{text}");
        assert_eq!(code.chars().count(), text.chars().count());
    }

    #[test]
    fn tests_are_left_out_and_what_follows_is_not() {
        check("a #[cfg(test)] mod tests { fn f() { g(\"}\") } } b", "a b");
        check("a #[cfg(test)]\n#[allow(x)]\nfn f(x: [u8; 2]) { g() } b", "a b");
        check("a #[test] fn f() {} b", "a b");
        check("a #[cfg(all(test, unix))] use x::y; b", "a b");
        check("fn f() { a #[cfg(test)] let x = g(|| { h }); b }", "fn f() { a b }");
        check("a #[cfg(test)] mod tests; b", "a b");
        check("struct S { a: u8, #[cfg(test)] b: u8 } c", "struct S { a: u8, } c");
        check("#![cfg(test)] a", "");
        check("a #[cfg(test)] fn f() { never closed", "a");
    }

    #[test]
    fn what_only_looks_like_a_test_ships() {
        for text in ["#[cfg(not(test))] a", "#[cfg(any(test, unix))] a", "#[derive(Test)] a", "#[", "#![", "test { a }"]
        {
            check(text, text);
        }
        check("// #[cfg(test)]\na \"#[test]\" b", "a b");
    }

    #[test]
    fn lines_are_counted_by_what_stands_on_them() {
        let text = "//! Lesson.\n\n/* a\n\nb */\nlet x = 1; // why\nlet s = \"a\n\n  b\";\n#[cfg(test)]\nmod tests {\n    // no\n}\n";
        assert_eq!(Source::of(text).lines(), Lines { code: 3, comments: 3 });
        assert_eq!(Source::of("").lines(), Lines::default());
    }

    #[test]
    fn a_file_that_tests_declare_does_not_ship() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "mod b; #[cfg(test)] mod tests; #[cfg(test)] mod more { }"),
            ("crates/a/src/b.rs", "#[cfg(test)]\npub(crate) mod checks;"),
            ("crates/a/src/b/checks.rs", ""),
            ("crates/a/src/b/checks/deep.rs", ""),
            ("crates/a/src/b/check.rs", ""),
            ("crates/a/src/more.rs", ""),
            ("crates/a/src/tests.rs", ""),
            ("crates/a/tests/x.rs", ""),
            ("crates/ab/src/lib.rs", ""),
        ]);
        let paths: Vec<&str> = shipped(&tree, "crates/a/src").iter().map(|(file, _)| &*file.path).collect();
        let expected = ["lib.rs", "b.rs", "b/check.rs", "more.rs"].map(|file| format!("crates/a/src/{file}"));
        assert_eq!(paths, expected);
    }
}

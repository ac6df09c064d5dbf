//! Rust source cut into code, comments and literals, so that a reader sees only what it is about.
//!
//! `unsafe` in a comment is prose, and `todo!` in a string is data. A full parser would be a large
//! dependency. To know where comments and literals end takes only the forms below: nested block
//! comments, escapes, raw strings, and a lifetime's lone quote.
//!
//! The house rules of xtask read the sources this way, and the book finds its items so.
#![forbid(unsafe_code)]

use std::collections::HashSet;

/// What a character of a source file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Keywords, names, numbers, punctuation, and the space between them.
    Code,
    /// A comment of any form, with its slashes.
    Comment,
    /// A string or a character, with its quotes.
    Literal,
}

/// The kind of each of `chars`.
#[must_use]
pub fn kinds(chars: &[char]) -> Vec<Kind> {
    let mut kinds = Vec::with_capacity(chars.len());
    while kinds.len() < chars.len() {
        let rest = &chars[kinds.len()..];
        let word = rest.iter().take_while(|c| is_word(**c)).count();
        let (kind, length) = match rest {
            ['/', '/', ..] => (Kind::Comment, rest.iter().take_while(|c| **c != '\n').count()),
            ['/', '*', ..] => (Kind::Comment, block_comment(rest)),
            ['"', ..] => (Kind::Literal, quoted(rest)),
            ['\'', '\\', ..] => (Kind::Literal, quoted(rest)),
            ['\'', _, '\'', ..] => (Kind::Literal, 3),
            _ if matches!(rest[..word], ['r'] | ['b' | 'c', 'r']) => match raw_string(&rest[word..]) {
                0 => (Kind::Code, word),
                raw => (Kind::Literal, word + raw),
            },
            _ => (Kind::Code, word.max(1)),
        };
        kinds.resize(kinds.len() + length, kind);
    }
    kinds
}

/// `source` with every comment, string and character replaced by spaces, line by line.
#[must_use]
pub fn code(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let kept = |(c, kind): (&char, Kind)| if kind == Kind::Code || *c == '\n' { *c } else { ' ' };
    chars.iter().zip(kinds(&chars)).map(kept).collect()
}

/// Every word of `code`: its identifiers, keywords and numbers.
#[must_use]
pub fn words(code: &str) -> HashSet<&str> {
    code.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect()
}

/// Whether a name or a number may contain `c`.
#[must_use]
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => depth += 1,
            ['*', '/', ..] => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a string or a character that starts and ends with the same quote.
fn quoted(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != rest[0] {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    rest.len().min(at + 1)
}

/// The length of `#…"…"#…`, or 0 where the `r` before it began a name or a raw identifier.
fn raw_string(rest: &[char]) -> usize {
    let hashes = rest.iter().take_while(|c| **c == '#').count();
    if rest.get(hashes) != Some(&'"') {
        return 0;
    }
    let body = &rest[hashes + 1..];
    let ends = |at: &usize| body[*at] == '"' && body[at + 1..].iter().take_while(|c| **c == '#').count() >= hashes;
    (0..body.len()).find(ends).map_or(rest.len(), |at| hashes + 1 + at + 1 + hashes)
}

#[cfg(test)]
mod tests {
    use super::{code, words};

    /// Whether the word `unsafe` survives in the code of `source`, and the word `kept` with it.
    fn check(source: &str, survives: bool) {
        let source = format!("{source}\nkept");
        let code = code(&source);
        assert_eq!(words(&code).contains("unsafe"), survives, "{source:?} became {code:?}");
        assert!(words(&code).contains("kept"), "{source:?} swallowed what follows: {code:?}");
        assert_eq!(code.chars().count(), source.chars().count());
        assert_eq!(code.lines().count(), source.lines().count());
    }

    #[test]
    fn comments_and_literals_are_not_code() {
        check("// unsafe", false);
        check("/// unsafe", false);
        check("/* unsafe /* nested */ unsafe */", false);
        check(r#"let s = "unsafe";"#, false);
        check(r#"let s = "\" unsafe";"#, false);
        check(r#"let s = b"unsafe \\";"#, false);
        check("let s = \"two lines\n unsafe\";", false);
        check(r###"let s = r"unsafe \";"###, false);
        check(r###"let s = r#"a " unsafe"#;"###, false);
        check(r###"let s = br##"a "# unsafe"##;"###, false);
        check("let unsafe_code = 1;", false);
    }

    #[test]
    fn code_is_code() {
        check("unsafe { f() }", true);
        check("/* a */ unsafe {}", true);
        check("let c = '\"'; unsafe {}", true);
        check(r"let c = '\''; unsafe {}", true);
        check(r"let c = '\u{1f600}'; unsafe {}", true);
        check("fn f<'a>(x: &'a str) { unsafe {} }", true);
        check("let r#type = 1; unsafe {}", true);
        check("let r = 1; let b = \"\"; unsafe {}", true);
        check(r#"let s = ""; unsafe {}"#, true);
    }

    #[test]
    fn what_never_ends_does_not_run_over() {
        for source in ["\"", "'\\", "/*", "r#\"", "\"\\", "r", "r#", "'"] {
            assert_eq!(code(source).chars().count(), source.chars().count(), "{source:?}");
        }
    }
}

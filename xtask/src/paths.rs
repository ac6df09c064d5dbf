//! The paths that Rust code names: those of its `use` lines, and those that stand in an expression.

use lexer::is_word;

/// A path, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The modules within the file that it stands in, outermost first.
    pub(crate) inside: Vec<String>,
    /// The path: `crate`, `ops`, `conv2d`. The last part of a glob is `*`.
    pub(crate) path: Vec<String>,
    /// The name that a `use` gives it; nothing for a path in an expression, a glob and `as _`.
    pub(crate) name: Option<String>,
    /// Whether this is a `pub use` whose name the file itself never needs: the path is only passed
    /// on.
    pub(crate) is_passed_on: bool,
}

/// A word or a piece of punctuation of the code, and its line.
struct Token<'a> {
    text: &'a str,
    line: usize,
}

/// Every path with a `::` in `code`, which has neither comments nor literals any more, and every
/// `use`.
pub(crate) fn mentions(code: &str) -> Vec<Mention> {
    let mut walk = Walk { tokens: tokens(code), at: 0, found: Vec::new(), words: Vec::new() };
    walk.file();
    let Walk { mut found, words, .. } = walk;
    for mention in &mut found {
        let is_needed = mention.name.as_deref().is_none_or(|name| words.contains(&name));
        mention.is_passed_on &= !is_needed;
    }
    found
}

fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = match rest.find(|c| !is_word(c)).unwrap_or(rest.len()) {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                word => word,
            };
            tokens.push(Token { text: &rest[..length], line: index + 1 });
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

struct Walk<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    found: Vec<Mention>,
    /// The words outside of `use` lines.
    words: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    /// The text of the token `ahead` of the next one, or nothing behind the end.
    fn peek(&self, ahead: usize) -> &'a str {
        self.tokens.get(self.at + ahead).map_or("", |token| token.text)
    }

    fn before(&self, back: usize) -> &'a str {
        self.at.checked_sub(back).map_or("", |at| self.tokens[at].text)
    }

    fn is_name(&self, ahead: usize) -> bool {
        self.peek(ahead).starts_with(is_word)
    }

    fn file(&mut self) {
        let mut depth = 0;
        let mut inside: Vec<(String, usize)> = Vec::new();
        while self.at < self.tokens.len() {
            match self.peek(0) {
                "{" => depth += 1,
                "}" => {
                    depth -= 1_usize.min(depth);
                    inside.retain(|(_, opened)| *opened <= depth);
                }
                "mod" if self.peek(2) == "{" => inside.push((self.peek(1).to_owned(), depth + 1)),
                "use" if self.is_name(1) || self.peek(1) == "::" || self.peek(1) == "{" => {
                    let is_public = matches!(self.before(1), "pub" | ")");
                    let inside: Vec<String> = inside.iter().map(|(name, _)| name.clone()).collect();
                    self.at += 1;
                    self.tree(&inside, &[], is_public);
                    continue;
                }
                _ if self.is_name(0) && self.peek(1) == "::" && !self.is_visibility() && self.before(1) != "::" => {
                    let inside = inside.iter().map(|(name, _)| name.clone()).collect();
                    let line = self.tokens[self.at].line;
                    self.words.push(self.peek(0));
                    let mut path = vec![self.peek(0).to_owned()];
                    while self.peek(1) == "::" && self.is_name(2) {
                        self.at += 2;
                        path.push(self.peek(0).to_owned());
                    }
                    self.found.push(Mention { line, inside, path, name: None, is_passed_on: false });
                }
                word => self.words.push(word),
            }
            self.at += 1;
        }
    }

    /// Whether the next path is that of `pub(in path)`, which uses nothing.
    fn is_visibility(&self) -> bool {
        self.before(1) == "in" && self.before(2) == "(" && self.before(3) == "pub"
    }

    /// One branch of a `use`, below `prefix`; leaves off in front of `,`, `;` or `}`.
    fn tree(&mut self, inside: &[String], prefix: &[String], is_public: bool) {
        let line = self.tokens.get(self.at).map_or(0, |token| token.line);
        let mut path = prefix.to_vec();
        loop {
            match self.peek(0) {
                "{" => {
                    self.at += 1;
                    while !matches!(self.peek(0), "}" | "") {
                        self.tree(inside, &path, is_public);
                        self.at += usize::from(self.peek(0) == ",");
                    }
                    self.at += 1;
                    return;
                }
                "::" => {}
                word if word == "*" || word.starts_with(is_word) => path.push(word.to_owned()),
                _ => {
                    // Nothing that a `use` may hold: leaves it, so that the walk goes on.
                    self.at += usize::from(path.len() == prefix.len());
                    break;
                }
            }
            self.at += 1;
            if self.peek(0) == "as" || matches!(self.peek(0), "," | ";" | "}" | "") {
                break;
            }
        }
        if path.len() > prefix.len() {
            if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            let mut name = path.last().cloned().filter(|last| last != "*");
            if self.peek(0) == "as" {
                name = Some(self.peek(1).to_owned()).filter(|name| name != "_");
                self.at += 2;
            }
            let inside = inside.to_vec();
            self.found.push(Mention { line, inside, path, name, is_passed_on: is_public });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::mentions;

    /// Each mention as `line inside|path>name`, and `!` where it is passed on.
    fn check(code: &str, expected: &[&str]) {
        let said = mentions(code).into_iter().map(|m| {
            let name = m.name.map_or(String::new(), |name| format!(">{name}"));
            let passed_on = if m.is_passed_on { "!" } else { "" };
            format!("{} {}|{}{name}{passed_on}", m.line, m.inside.join("."), m.path.join("."))
        });
        assert_eq!(said.collect::<Vec<_>>(), expected, "{code}");
    }

    #[test]
    fn uses_are_unfolded() {
        check("use a::b;\nuse c;", &["1 |a.b>b", "2 |c>c"]);
        check(
            "use a::{self, b::{C, D as E},\n f::*, g as _};\nh",
            &["1 |a>a", "1 |a.b.C>C", "1 |a.b.D>E", "2 |a.f.*", "2 |a.g"],
        );
        check("use ::a::b; use {c, d::e};", &["1 |a.b>b", "1 |c>c", "1 |d.e>e"]);
        check("fn f() -> impl Fn() + use<'a> {} use a::b;", &["1 |a.b>b"]);
    }

    #[test]
    fn expressions_and_types_are_read() {
        check("let x = crate::a::f::<u8>(super::b::C { d });", &["1 |crate.a.f", "1 |super.b.C"]);
        check("impl super::T for <u8 as crate::U>::V { }", &["1 |super.T", "1 |crate.U"]);
        check("x.y(z) == a:b", &[]);
        check("pub(in crate::a) fn f() {}", &[]);
        check("for x in crate::a() {}", &["1 |crate.a"]);
    }

    #[test]
    fn modules_within_the_file_are_known() {
        check("mod a { mod b { x::y } x::y } x::y", &["1 a.b|x.y", "1 a|x.y", "1 |x.y"]);
        check("mod a; use b::c; mod d { use super::e; }", &["1 |b.c>c", "1 d|super.e>e"]);
    }

    #[test]
    fn a_public_use_is_passed_on_unless_the_file_needs_the_name() {
        check("pub use a::B; pub(crate) use c::{D, E}; fn f(d: D) {}", &["1 |a.B>B!", "1 |c.D>D", "1 |c.E>E!"]);
        check("use a::B;", &["1 |a.B>B"]);
    }

    #[test]
    fn what_is_no_rust_does_not_run_for_ever() {
        for code in
            ["use", "use a::", "use {", "use a::{b", "use a::{b; c", "use a::{(", "mod a {", "}", "a::", "pub(in"]
        {
            mentions(code);
        }
    }
}

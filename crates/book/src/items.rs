//! The items of a Rust file, found by name.
//!
//! The finder knows as much of Rust as it needs. Items stand one behind the other. Each ends with a
//! semicolon or with the brace that closes its first one. `mod`, `impl`, `trait` and the braces of
//! a macro hold further items. The lexer blanks comments and literals before braces are counted, so
//! that no brace in a string is one.

use std::ops::Range;

use lexer::{Kind, is_word};

use crate::names::nearest;

/// Keywords that stand in front of the one that says what an item is.
const BEFORE: [&str; 6] = ["pub", "unsafe", "async", "default", "safe", "extern"];

/// Statements that end with their block.
const BLOCKS: [&str; 10] = ["for", "while", "loop", "if", "match", "unsafe", "fn", "struct", "enum", "impl"];

/// A Rust file and its items.
#[derive(Debug)]
pub struct Source {
    chars: Vec<char>,
    kinds: Vec<Kind>,
    /// The characters with spaces for comments and literals.
    code: Vec<char>,
    /// The items, outer ones first.
    pub items: Vec<Item>,
}

/// One item.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its path within the file, as a reader says it: `Tape::backward`, `impl Tape`.
    pub name: String,
    /// The same by the header of its `impl`: `impl Display for Shape::fmt`.
    by_header: Option<String>,
    /// What it stands in: `impl Tape`, `mod reference`.
    pub place: Option<String>,
    /// Whether `#[test]` stands before it.
    pub is_test: bool,
    /// From its first attribute, or its first word, to its end.
    range: Range<usize>,
}

/// A piece of a file, ready to be shown.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its lines, without the indentation that all have.
    pub lines: Vec<String>,
    /// Where it starts and ends in the file, counted from 1.
    pub span: (usize, usize),
}

impl Source {
    /// Finds the items of `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let kinds = lexer::kinds(&chars);
        let code: Vec<char> = lexer::code(text).chars().collect();
        let mut items = Vec::new();
        read(&code, 0..code.len(), &Scope::default(), &mut items);
        Self { chars, kinds, code, items }
    }

    /// The one item of this name. A name from the top of the file goes before the same name within
    /// a module.
    ///
    /// # Errors
    /// If there is none, or more than one; with the three nearest names, or the places.
    pub fn find(&self, name: &str) -> Result<&Item, String> {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let names = |item: &Item| [Some(item.name.clone()), item.by_header.clone()].into_iter().flatten();
        let is_it = |item: &&Item| names(item).any(|full| full == name);
        let ends_so = |item: &&Item| names(item).any(|full| full.ends_with(&format!("::{name}")));
        let mut found: Vec<&Item> = self.items.iter().filter(is_it).collect();
        if found.is_empty() {
            found = self.items.iter().filter(ends_so).collect();
        }
        match found[..] {
            [item] => Ok(item),
            [] => Err(format!(
                "`{name}` is not there; nearest: {}",
                nearest(&name, self.items.iter().map(|item| item.name.as_str()))
            )),
            _ => {
                let line = |item: &&Item| format!("`{}` in line {}", item.name, self.line(item.range.start));
                let places: Vec<String> = found.iter().map(line).collect();
                Err(format!("`{name}` is there {} times: {}", found.len(), places.join(", ")))
            }
        }
    }

    /// The whole of `item`, with the comments that stand straight above it.
    #[must_use]
    pub fn whole(&self, item: &Item, with_docs: bool) -> Piece {
        self.piece(item.range.clone(), with_docs)
    }

    /// The part of `item` from the statement that begins with `first` to the end of the one that
    /// begins with `last`, or to its own end.
    ///
    /// # Errors
    /// If such a statement is not there, or more than once.
    pub fn part(&self, item: &Item, first: &str, last: Option<&str>) -> Result<Piece, String> {
        let first = self.statement(item, first)?;
        let mut range = first.clone();
        if let Some(last) = last {
            let last = self.statement(item, last)?;
            if last.start < first.start {
                return Err("the last statement stands before the first".to_owned());
            }
            range.end = last.end.max(first.end);
        }
        Ok(self.piece(range, false))
    }

    fn statement(&self, item: &Item, begins: &str) -> Result<Range<usize>, String> {
        let wanted: String = squeezed(begins.chars());
        let mut found = Vec::new();
        let mut is_start = false;
        for at in item.range.clone() {
            match self.code[at] {
                '{' | '}' | ';' | ',' => is_start = true,
                _ if self.chars[at].is_whitespace() || self.kinds[at] == Kind::Comment => {}
                _ if is_start => {
                    is_start = false;
                    let text = squeezed(self.chars[at..item.range.end].iter().copied().take(8 * wanted.len() + 80));
                    if text.starts_with(&wanted) {
                        found.push(at);
                    }
                }
                _ => {}
            }
        }
        match found[..] {
            [at] => Ok(at..self.end_of_statement(at, item.range.end)),
            [] => Err(format!("no statement of `{}` begins with `{begins}`", item.name)),
            _ => Err(format!("{} statements of `{}` begin with `{begins}`", found.len(), item.name)),
        }
    }

    fn end_of_statement(&self, start: usize, limit: usize) -> usize {
        let code = &self.code;
        let first: String = code[start..limit].iter().take_while(|c| is_word(**c)).collect();
        let is_block = BLOCKS.contains(&first.as_str()) || ['{', '\''].contains(&code[start]);
        let mut depth = 0;
        let mut is_arm = false;
        for at in start..limit {
            match code[at] {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' if depth == 0 => return behind_last_word(code, start, at),
                c @ (')' | ']' | '}') => {
                    depth -= 1;
                    let next: String =
                        code[at + 1..limit].iter().copied().skip_while(|c| c.is_whitespace()).take(4).collect();
                    let goes_on = next.starts_with("else") || next.starts_with(['.', '?']);
                    if c == '}' && depth == 0 && (is_block || is_arm) && !goes_on {
                        return at + 1;
                    }
                }
                '=' if depth == 0 && code.get(at + 1) == Some(&'>') => is_arm = true,
                ';' if depth == 0 => return at + 1,
                ',' if depth == 0 && is_arm => return at + 1,
                _ => {}
            }
        }
        limit
    }

    fn line(&self, at: usize) -> usize {
        1 + self.chars[..at].iter().filter(|c| **c == '\n').count()
    }

    /// The lines of `range`, with the comment lines straight above and what is left of its last
    /// line, if that is a comment.
    fn piece(&self, range: Range<usize>, with_docs: bool) -> Piece {
        let text: Vec<String> = self.chars.split(|c| *c == '\n').map(|line| line.iter().collect()).collect();
        let code: Vec<String> = self.code.split(|c| *c == '\n').map(|line| line.iter().collect()).collect();
        let (first, last) = (self.line(range.start) - 1, self.line(range.end.max(1) - 1) - 1);
        let is_comment = |at: usize| code[at].trim().is_empty() && text[at].trim_start().starts_with("//");
        let is_docs = |at: usize| is_comment(at) && text[at].trim_start().starts_with("///");
        let mut top = first;
        while 0 < top && is_comment(top - 1) && !text[top - 1].trim_start().starts_with("//!") {
            top -= 1;
        }
        let mut kept: Vec<(usize, String)> =
            (top..=last).filter(|at| with_docs || !is_docs(*at)).map(|at| (at, text[at].clone())).collect();
        // What stands on the last line behind the piece is cut off unless it is a comment, and so
        // is what stands on the first line before it.
        let column = |at: usize| at - self.chars[..at].iter().rposition(|c| *c == '\n').map_or(0, |end| end + 1);
        if let Some((at, line)) = kept.last_mut() {
            let end = column(range.end.max(1) - 1) + 1;
            let rest: String = code[*at].chars().skip(end).collect();
            if !rest.trim().is_empty() {
                *line = line.chars().take(end).collect();
            }
        }
        if let Some((_, line)) = kept.iter_mut().find(|(at, _)| *at == first) {
            let start = column(range.start);
            if line.chars().take(start).any(|c| !c.is_whitespace()) {
                *line = line.chars().skip(start).collect();
            }
        }
        let indent = |line: &str| line.chars().take_while(|c| *c == ' ').count();
        let least = kept.first().map_or(0, |(_, line)| indent(line));
        let lines = kept.iter().map(|(_, line)| line[indent(line).min(least)..].trim_end().to_owned()).collect();
        let start = kept.first().map_or(first, |(at, _)| *at);
        Piece { lines, span: (start + 1, last + 1) }
    }
}

/// Without spaces at the ends and with one between words.
fn squeezed(text: impl Iterator<Item = char>) -> String {
    text.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn behind_last_word(code: &[char], start: usize, end: usize) -> usize {
    code[start..end].iter().rposition(|c| !c.is_whitespace()).map_or(end, |at| start + at + 1)
}

/// What the items being read stand in.
#[derive(Clone, Debug, Default)]
struct Scope {
    /// `module::Type::`, or nothing at the top.
    path: String,
    /// The same with the header of an `impl` for its type.
    by_header: Option<String>,
    place: Option<String>,
}

/// Reads the items of `range`, and those within them.
fn read(code: &[char], range: Range<usize>, scope: &Scope, items: &mut Vec<Item>) {
    let mut at = range.start;
    let mut start = None;
    let mut is_test = false;
    while at < range.end {
        if code[at].is_whitespace() || ";,}".contains(code[at]) {
            at += 1;
            continue;
        }
        if code[at] == '#' {
            let is_inner = code.get(at + 1) == Some(&'!');
            let end = end_of_group(code, at, range.end);
            let attribute: String = code[at..end].iter().collect();
            if !is_inner {
                start.get_or_insert(at);
                is_test |= lexer::words(&attribute).contains("test") && !attribute.contains("cfg");
            }
            at = end;
            continue;
        }
        let head = Head::of(code, at, range.end);
        let place = start.unwrap_or(at)..head.end;
        let (name, inner) = head.named(scope);
        if let Some((name, by_header)) = name {
            items.push(Item { name, by_header, place: scope.place.clone(), is_test, range: place });
        }
        if let (Some(inner), Some(body)) = (inner, head.body.clone()) {
            read(code, body, &inner, items);
        }
        at = head.end.max(at + 1);
        start = None;
        is_test = false;
    }
}

/// The first line of an item, as it were: what stands before its body.
#[derive(Debug)]
struct Head {
    /// With one space between words.
    text: String,
    /// Between its braces, if it has any.
    body: Option<Range<usize>>,
    /// Behind the item.
    end: usize,
}

impl Head {
    fn of(code: &[char], start: usize, limit: usize) -> Self {
        let text = |end: usize| squeezed(code[start..end].iter().copied());
        let mut at = start;
        let mut head = None;
        while at < limit {
            match code[at] {
                ';' => return Self { text: head.unwrap_or_else(|| text(at)), body: None, end: at + 1 },
                '{' => {
                    let end = end_of_group(code, at, limit);
                    let words = text(at);
                    if head.is_none() && !is_value(&words) {
                        return Self { text: words, body: Some(at + 1..end.max(at + 2) - 1), end };
                    }
                    at = end;
                }
                '(' | '[' => at = end_of_group(code, at, limit),
                c => {
                    // Not the one in `impl Iterator<Item = u8>`.
                    if c == '=' && head.is_none() && is_value(&text(at)) {
                        head = Some(text(at));
                    }
                    at += 1;
                }
            }
        }
        Self { text: head.unwrap_or_else(|| text(limit)), body: None, end: limit }
    }

    /// What the item is called in `scope` (by its type, and by the header of its `impl`), and the
    /// scope of the items within it.
    fn named(&self, scope: &Scope) -> (Option<(String, Option<String>)>, Option<Scope>) {
        let text = keyword(&self.text);
        let (first, rest) = text.split_once(|c: char| !is_word(c)).unwrap_or((text, ""));
        let name: String = rest.trim_start_matches("mut ").trim_start().chars().take_while(|c| is_word(*c)).collect();
        let called = |name: &str| {
            let by_header = scope.by_header.as_ref().map(|header| format!("{header}{name}"));
            Some((format!("{}{name}", scope.path), by_header))
        };
        let within = |path: &str, place: String| Scope {
            path: format!("{}{path}::", scope.path),
            by_header: None,
            place: Some(place),
        };
        match first {
            "fn" | "struct" | "enum" | "union" | "type" | "const" | "static" => (called(&name), None),
            "mod" | "trait" => (called(&name), Some(within(&name, format!("{first} {name}")))),
            "macro_rules" => (called(rest.trim_start_matches([' ', '!'])), None),
            "impl" => {
                let header = text.split(" where ").next().unwrap_or(text).to_owned();
                let mut inner = within(&type_of(&header), header.clone());
                inner.by_header = Some(format!("{}{header}::", scope.path));
                (called(&header), Some(inner))
            }
            "use" => (None, None),
            _ if text.contains('!') => (None, Some(scope.clone())),
            _ => (None, None),
        }
    }
}

/// Whether an item that begins so ends with a semicolon, whatever braces it has.
fn is_value(text: &str) -> bool {
    ["const ", "static ", "use ", "type "].iter().any(|word| keyword(text).starts_with(word))
}

/// `text` from the word that says what the item is.
fn keyword(text: &str) -> &str {
    let mut text = text;
    loop {
        let word = &text[..text.find(|c: char| !is_word(c)).unwrap_or(text.len())];
        let rest = text[word.len()..].trim_start();
        let is_const_fn =
            word == "const" && ["fn ", "unsafe ", "async ", "extern "].iter().any(|next| rest.starts_with(next));
        if !BEFORE.contains(&word) && !is_const_fn {
            return text;
        }
        let is_restricted = word == "pub" && rest.starts_with('(');
        text = if is_restricted { rest.split_once(')').map_or("", |(_, rest)| rest.trim_start()) } else { rest };
    }
}

/// The name of the type that an `impl` with this header is for.
fn type_of(header: &str) -> String {
    let rest = header.rsplit_once(" for ").map_or_else(|| behind_generics(&header["impl".len()..]), |(_, rest)| rest);
    let path = rest.trim().split('<').next().unwrap_or_default();
    path.rsplit("::").next().unwrap_or_default().to_owned()
}

fn behind_generics(text: &str) -> &str {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if !text[..at].ends_with('-') => depth -= 1,
            c if depth == 0 && !c.is_whitespace() => return &text[at..],
            _ => {}
        }
    }
    text
}

/// Behind the bracket that closes the next one from `start` on.
fn end_of_group(code: &[char], start: usize, limit: usize) -> usize {
    let mut depth = 0;
    for (at, c) in code.iter().enumerate().take(limit).skip(start) {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth -= 1;
                if depth <= 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    limit
}

//! One chapter: its directives, its equations and its numbers, each replaced by what it stands for.

use crate::directive::Directive;
use crate::math::mathml;
use crate::records::Wanted;
use crate::repository::Book;

/// Something that a chapter asks for and that is not so, with its line.
pub(crate) type Complaint = (usize, String);

/// The chapter `text` with everything woven in, and what could not be.
pub(crate) fn weave(book: &Book, text: &str) -> (String, Vec<Complaint>) {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    let mut complaints = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let start = at;
        if let Some(fence) = fence(lines[at]) {
            at += 1;
            while at < lines.len() && !closes(lines[at], fence) {
                at += 1;
            }
            at = (at + 1).min(lines.len());
            out.push_str(&(lines[start..at].join("\n") + "\n"));
            continue;
        }
        if let Some(directive) = Directive::parse(lines[at]) {
            at += 1;
            let is_blank = |line: Option<&&str>| line.is_none_or(|line| line.trim().is_empty());
            let stands_alone = is_blank(lines.get(at)) && (start == 0 || is_blank(lines.get(start - 1)));
            let woven = if stands_alone {
                directive.and_then(|directive| directive.woven(book))
            } else {
                Err("a directive is a paragraph of its own: an empty line before it and one behind".to_owned())
            };
            match woven {
                Ok(woven) => out.push_str(&(woven + "\n")),
                Err(why) => complaints.push((start + 1, why)),
            }
            continue;
        }
        while at < lines.len() && fence(lines[at]).is_none() && Directive::parse(lines[at]).is_none() {
            at += 1;
        }
        let prose = lines[start..at].join("\n") + "\n";
        let (woven, wrong) = inline(book, &prose);
        out.push_str(&woven);
        complaints.extend(wrong.into_iter().map(|(line, why)| (start + line, why)));
    }
    (out, complaints)
}

/// The ticks or tildes that open a fence.
fn fence(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let length = line.len() - line.trim_start_matches(['`', '~']).len();
    (3 <= length && (line.starts_with("```") || line.starts_with("~~~"))).then(|| &line[..length])
}

fn closes(line: &str, opened: &str) -> bool {
    let line = line.trim();
    line.starts_with(opened) && line.chars().all(|c| opened.starts_with(c))
}

/// Prose with its equations, its numbers and its links into the repository replaced.
fn inline(book: &Book, text: &str) -> (String, Vec<Complaint>) {
    let mut out = String::new();
    let mut complaints = Vec::new();
    let mut rest = text;
    while let Some(next) = rest.find(['`', '\\', '$', '{', '<', '[']) {
        out.push_str(&rest[..next]);
        rest = &rest[next..];
        let line = 1 + text[..text.len() - rest.len()].matches('\n').count();
        let taken = match rest.as_bytes()[0] {
            b'`' => code_span(rest),
            b'\\' => rest.char_indices().nth(2).map_or(rest.len(), |(at, _)| at),
            b'<' if rest.starts_with("<!--") => rest.find("-->").map_or(rest.len(), |at| at + 3),
            b'$' => match equation(rest) {
                Some((latex, is_displayed, length)) => {
                    match mathml(latex, is_displayed) {
                        Ok(math) if is_displayed => out.push_str(&format!("<div class=\"equation\">{math}</div>")),
                        Ok(math) => out.push_str(&math),
                        Err(why) => complaints.push((line, format!("{why}: {latex}"))),
                    }
                    rest = &rest[length..];
                    continue;
                }
                None => {
                    complaints.push((line, "a `$` without its other half; a dollar that is meant is `\\$`".to_owned()));
                    1
                }
            },
            b'{' => match braced(rest) {
                Some((wanted, length)) => {
                    match book.number(&wanted) {
                        Ok(number) => out.push_str(&number),
                        Err(why) => complaints.push((line, why)),
                    }
                    rest = &rest[length..];
                    continue;
                }
                None => 1,
            },
            b'[' => match leaving(rest) {
                // The words stay, and the path stands behind them: a page has no repository.
                Some((words, path, length)) => {
                    let (words, wrong) = inline(book, words);
                    out.push_str(&format!("{words} (`{path}`)"));
                    complaints.extend(wrong.into_iter().map(|(at, why)| (line + at - 1, why)));
                    rest = &rest[length..];
                    continue;
                }
                None => 1,
            },
            _ => 1,
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out.push_str(rest);
    (out, complaints)
}

/// The length of the code span that `rest` starts with, or of its ticks if nothing closes it.
fn code_span(rest: &str) -> usize {
    let ticks = rest.len() - rest.trim_start_matches('`').len();
    let paragraph = rest.find("\n\n").unwrap_or(rest.len());
    let mut at = ticks;
    while let Some(next) = rest[at..paragraph.max(at)].find('`') {
        let run = &rest[at + next..];
        let length = run.len() - run.trim_start_matches('`').len();
        at += next + length;
        if length == ticks {
            return at;
        }
    }
    ticks
}

/// The LaTeX that `rest` starts with, whether it is a block of its own, and the length of both.
fn equation(rest: &str) -> Option<(&str, bool, usize)> {
    let paragraph = &rest[..rest.find("\n\n").unwrap_or(rest.len())];
    if let Some(body) = paragraph.strip_prefix("$$") {
        let end = body.find("$$")?;
        return Some((&body[..end], true, end + 4));
    }
    let body = &paragraph[1..];
    let mut at = 0;
    loop {
        at += body[at..].find('$')?;
        if !body[..at].ends_with('\\') {
            return Some((&body[..at], false, at + 2));
        }
        at += 1;
    }
}

/// The number that `rest` asks for, and the length of the braces around it.
fn braced(rest: &str) -> Option<(Wanted<'_>, usize)> {
    let end = rest.find(['}', '\n']).filter(|end| rest[*end..].starts_with('}'))?;
    Some((Wanted::parse(&rest[1..end])?, end + 1))
}

/// The words and the file of the link that `rest` starts with, if it leads out of the book, and its
/// length.
fn leaving(rest: &str) -> Option<(&str, &str, usize)> {
    let (words, link) = rest[1..].split_once("](")?;
    let target = link[..link.find(')')?].strip_prefix("../../")?;
    let is_whole = !words.contains(['[', ']']) && !words.contains("\n\n");
    let length = 1 + words.len() + "](../../".len() + target.len() + 1;
    let path = target.split(['#', ' ']).next().unwrap_or(target);
    is_whole.then_some((words, path, length))
}

#[cfg(test)]
mod tests {
    use super::{closes, equation, fence, inline, leaving};
    use crate::repository::Book;

    fn woven(text: &str) -> String {
        let (out, complaints) = inline(&Book::at("nowhere"), text);
        assert_eq!(complaints, [], "{text}");
        out
    }

    #[test]
    fn what_is_no_directive_stays() {
        for text in
            ["`$x$` and ``a ` $`` and \\$5 and {x} and \\{a.b}", "<!-- $ {a.b} -->", "[a](b.md) [c](https://x.y) [d]"]
        {
            assert_eq!(woven(text), text);
        }
    }

    #[test]
    fn links_out_of_the_book_become_paths() {
        assert_eq!(woven("see [the tape](../../crates/tape.rs#L1), x"), "see the tape (`crates/tape.rs`), x");
        assert_eq!(leaving("[x](../figures.toml)"), None);
        assert_eq!(leaving("[x] [y](../../a.rs)"), None);
    }

    #[test]
    fn equations_end_with_what_they_began_with() {
        assert_eq!(equation("$a$ b"), Some(("a", false, 3)));
        assert_eq!(equation("$a \\$ b$"), Some(("a \\$ b", false, 8)));
        assert_eq!(equation("$$\na\n$$"), Some(("\na\n", true, 7)));
        assert_eq!(equation("$a\n\nb$"), None);
        let (_, complaints) = inline(&Book::at("nowhere"), "a\nb $x");
        assert_eq!(complaints[0].0, 2);
    }

    #[test]
    fn a_fence_ends_with_as_many_ticks() {
        assert_eq!(fence("````text"), Some("````"));
        assert_eq!(fence("`code`"), None);
        assert!(closes("````", "```") && !closes("```", "````") && !closes("```text", "```"));
    }
}

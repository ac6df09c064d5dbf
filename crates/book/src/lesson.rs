//! The lesson of a Rust file: its `//!`, as Markdown for a chapter.

use crate::names::nearest;

/// How much deeper a lesson's heading lies in a chapter than in its file.
const DEMOTED: &str = "##";

/// The lesson of `source`, or the section of it under `heading`, without that heading.
///
/// # Errors
/// If there is no lesson, or if no heading or more than one says `heading`.
pub fn lesson(source: &str, heading: Option<&str>) -> Result<String, String> {
    let lines: Vec<&str> = source
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    if lines.is_empty() {
        return Err("the file has no lesson: it does not start with `//!`".to_owned());
    }
    let lines = fenced(&lines);
    let kept = match heading {
        None => &lines[..],
        Some(heading) => section(&lines, heading)?,
    };
    let mut out = String::new();
    for line in kept {
        match line {
            Line::Text(text) if is_definition(text) => {}
            Line::Text(text) if level(text).is_some() => out.push_str(&format!("{DEMOTED}{}\n", unlinked(text))),
            Line::Text(text) => out.push_str(&format!("{}\n", unlinked(text))),
            Line::Code(text) => out.push_str(&format!("{text}\n")),
        }
    }
    Ok(out.trim_end().trim_start_matches('\n').to_owned())
}

#[derive(Debug)]
enum Line {
    Text(String),
    /// A line of a fence, or the fence itself.
    Code(String),
}

/// Tells text from code. Rust is what a fence without a name holds, and its hidden lines go.
fn fenced(lines: &[&str]) -> Vec<Line> {
    let mut fence: Option<bool> = None;
    let mut out = Vec::new();
    for line in lines {
        let ticks = line.trim_start().strip_prefix("```").map(str::trim);
        match (ticks, fence) {
            (Some(language), None) => {
                let is_rust = language.split(',').all(|word| {
                    ["", "rust", "no_run", "ignore", "should_panic", "compile_fail"].contains(&word)
                        || word.starts_with("compile_fail")
                });
                fence = Some(is_rust);
                out.push(Line::Code(format!("```{}", if is_rust { "rust" } else { language })));
            }
            (Some(_), Some(_)) => {
                fence = None;
                out.push(Line::Code("```".to_owned()));
            }
            (None, Some(true)) if line.trim() == "#" || line.trim_start().starts_with("# ") => {}
            (None, Some(_)) => out.push(Line::Code((*line).to_owned())),
            (None, None) => out.push(Line::Text((*line).to_owned())),
        }
    }
    out
}

/// What stands under `heading`, up to the next one that is as high.
fn section<'a>(lines: &'a [Line], heading: &str) -> Result<&'a [Line], String> {
    let headings: Vec<(usize, usize, &str)> = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| match line {
            Line::Text(text) => level(text).map(|level| (at, level, text.trim_start_matches('#').trim())),
            Line::Code(_) => None,
        })
        .collect();
    let found: Vec<_> = headings.iter().filter(|(.., text)| *text == heading).collect();
    let [&(start, level, _)] = found[..] else {
        let nearest = nearest(heading, headings.iter().map(|(.., text)| *text));
        return Err(format!("the heading `{heading}` is there {} times; nearest: {nearest}", found.len()));
    };
    let next = headings.iter().find(|(at, other, _)| start < *at && *other <= level);
    Ok(&lines[start + 1..next.map_or(lines.len(), |(at, ..)| *at)])
}

/// How deep a heading is; `None` for other lines.
fn level(line: &str) -> Option<usize> {
    let hashes = line.len() - line.trim_start_matches('#').len();
    (0 < hashes && line[hashes..].starts_with(' ')).then_some(hashes)
}

/// Whether a line is `[name]: target`.
fn is_definition(line: &str) -> bool {
    line.starts_with('[') && line.contains("]: ")
}

/// `line` with only the words of its links to Rust items, which lead nowhere in a book.
fn unlinked(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(open) = rest.find('[') {
        let (before, link) = rest.split_at(open);
        let is_code = before.matches('`').count() % 2 == 1;
        let Some(close) = link.find(']').filter(|_| !is_code) else {
            out.push_str(&rest[..=open]);
            rest = &rest[open + 1..];
            continue;
        };
        out.push_str(before);
        let words = &link[1..close];
        let target = link[close + 1..].strip_prefix('(').and_then(|tail| tail.split_once(')'));
        match target {
            Some((target, _)) if target.contains("://") => {
                let end = close + 1 + 1 + target.len() + 1;
                out.push_str(&link[..end]);
                rest = &link[end..];
            }
            Some((_, tail)) => {
                out.push_str(words);
                rest = tail;
            }
            None if words.starts_with('`') && words.ends_with('`') => {
                out.push_str(words);
                rest = &link[close + 1..];
            }
            None => {
                out.push_str(&link[..=close]);
                rest = &link[close + 1..];
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::lesson;

    const FILE: &str = "//! Adds [`f`](crate::f) and [words](Tape::x), not `[i]` or [a].\n//!\n//! # Speed\n//! See [here](https://example.com/x).\n\
        //!\n//! ```\n//! # let hidden = 1;\n//! let shown = 2;\n//! ```\n//! ## By hand\n//! 1\n//! # Tests\n//! [`g`]\n//!\n//! [a]: f\n\nfn f() {}\n";

    #[test]
    fn a_lesson_is_markdown_for_a_chapter() {
        let expected = "Adds `f` and words, not `[i]` or [a].\n\n### Speed\nSee [here](https://example.com/x).\n\n\
            ```rust\nlet shown = 2;\n```\n#### By hand\n1\n### Tests\n`g`";
        assert_eq!(lesson(FILE, None).unwrap(), expected);
    }

    #[test]
    fn a_section_ends_before_the_next_heading_of_its_level() {
        let expected = "See [here](https://example.com/x).\n\n```rust\nlet shown = 2;\n```\n#### By hand\n1";
        assert_eq!(lesson(FILE, Some("Speed")).unwrap(), expected);
        assert_eq!(lesson(FILE, Some("By hand")).unwrap(), "1");
        let error = lesson(FILE, Some("Sped")).unwrap_err();
        assert!(error.contains("0 times; nearest: `Speed`"), "{error}");
        assert!(lesson("fn f() {}", None).is_err());
    }
}

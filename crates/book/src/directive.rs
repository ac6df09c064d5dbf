//! The directives: each is a paragraph that is one link, and each becomes a figure of the page.

use crate::items::Piece;
use crate::lesson::lesson;
use crate::math::escaped;
use crate::records;
use crate::repository::Book;

/// The most lines that a woven item may have. A longer one is to be made shorter, or shown in part.
const MOST_LINES: usize = 45;

/// The words that a directive starts with.
const KINDS: [&str; 9] = ["code", "test", "lesson", "figure", "widget", "table", "mine", "output", "exercise"];

/// What a chapter asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Directive<'a> {
    kind: &'static str,
    /// What stands behind the colon; empty if there is none.
    name: &'a str,
    /// Where the link leads, from `book/src`.
    target: &'a str,
    title: &'a str,
}

impl<'a> Directive<'a> {
    /// Reads a line of a chapter. `None` if it does not start as a directive does; an error if it
    /// does, and goes on otherwise.
    pub(crate) fn parse(line: &'a str) -> Option<Result<Self, String>> {
        let body = line.trim().strip_prefix('[')?;
        let kind = KINDS
            .into_iter()
            .find(|kind| body.strip_prefix(kind).is_some_and(|rest| rest.starts_with(':') || rest.starts_with("](")))?;
        let parsed = || {
            let (words, link) = body.split_once("](")?;
            let link = link.strip_suffix(')')?;
            let (target, title) = match link.split_once(" \"") {
                Some((target, title)) => (target, title.strip_suffix('"')?),
                None => (link, ""),
            };
            let name = words[kind.len()..].trim_start_matches(':').trim();
            let is_whole = !target.contains(['(', ')', ' ']) && (kind == "lesson" || !name.is_empty());
            is_whole.then_some(Self { kind, name, target, title })
        };
        Some(parsed().ok_or_else(|| {
            format!("not a directive: `[{kind}: name](path)` or `[{kind}: name](path \"title\")`, and nothing else")
        }))
    }

    /// What the directive stands for.
    ///
    /// # Errors
    /// If something that it names is not there.
    pub(crate) fn woven(&self, book: &Book) -> Result<String, String> {
        let path = inside(self.target)?;
        let woven = self.replaced(book, &path)?;
        book.count(self.kind, &path);
        Ok(woven)
    }

    fn replaced(&self, book: &Book, path: &str) -> Result<String, String> {
        match self.kind {
            "code" | "test" => self.code(book, path),
            "lesson" => {
                let heading = Some(self.name).filter(|name| !name.is_empty());
                let text = lesson(&book.read(path)?, heading)?;
                let caption = figcaption(&format!("The lesson of <code>{path}</code>"));
                Ok(format!("<div class=\"lesson\">\n{caption}\n\n{text}\n\n</div>"))
            }
            "figure" => {
                let figure = book.figures.find(self.name)?;
                let file = format!("book/src/figures/{}", figure.file);
                book.exists(&file)?;
                let svg = if figure.file.ends_with(".svg") { Some(book.read(&file)?) } else { None };
                figure.html(svg.as_deref())
            }
            "widget" => {
                let script = book.read(path)?;
                let caption = script.lines().next().and_then(|line| line.strip_prefix("// "));
                let caption = caption.ok_or("the first line of a widget is `// ` and its caption")?;
                let (name, target) = (self.name, self.target);
                Ok(format!(
                    "<figure class=\"widget\">\n<div data-widget=\"{name}\"></div>\n<noscript>This figure moves with JavaScript. \
                     The text does without it.</noscript>\n{}\n</figure>\n<script src=\"{target}\" defer></script>",
                    figcaption(&escaped(caption))
                ))
            }
            // What the reader has not measured yet is not there.
            "mine" if book.exists(path).is_err() => {
                Ok("*Your own table appears here when you have made the measurement.*".to_owned())
            }
            "table" | "mine" => {
                let (table, about) = records::table(&book.read(path)?, self.name, self.title)?;
                let about = if about.is_empty() { String::new() } else { format!("{about}; ") };
                Ok(format!("<div class=\"record\">\n\n{table}\n{about}`{path}`\n\n</div>"))
            }
            "output" => {
                let file = format!("book/examples/output/{}.txt", self.name);
                book.exists(path)?;
                let text = book.read(&file)?;
                let caption = figcaption(&format!("What <code>{path}</code> prints"));
                Ok(figure("output", &format!("```text\n{}\n```", text.trim_end()), &caption))
            }
            _ => Ok(self.exercise(book, path)),
        }
    }

    fn code(&self, book: &Book, path: &str) -> Result<String, String> {
        let mut with_docs = false;
        let mut proof = None;
        for word in self.title.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word.strip_prefix("proved by ") {
                Some(test) => proof = Some(book.test(path, test.trim())?),
                None if word == "with docs" => with_docs = true,
                None => return Err(format!("the title of code says `with docs` or `proved by NAME`, not `{word}`")),
            }
        }
        let source = book.source(path)?;
        let (name, part) =
            self.name.split_once(" / ").map_or((self.name, None), |(name, part)| (name, Some(part.trim())));
        let item = source.find(name.trim()).map_err(|why| format!("{path}: {why}"))?;
        if self.kind == "test" && !item.is_test {
            return Err(format!("{path}: `{name}` is no test"));
        }
        let Piece { lines, span: (first, last) } = match part {
            None => source.whole(item, with_docs),
            Some(part) => {
                let (begins, ends) = quoted(part)
                    .ok_or("a part is `name / \"first words\"` or `name / \"first words\" to \"words\"`")?;
                source.part(item, begins, ends).map_err(|why| format!("{path}: {why}"))?
            }
        };
        if MOST_LINES < lines.len() {
            return Err(format!("{path}: `{}` has {} lines; at most {MOST_LINES} are woven", self.name, lines.len()));
        }
        let what = if self.kind == "test" { "The test in " } else { "" };
        let place = match (part, &item.place) {
            (Some(_), _) => format!(", in <code>{}</code>", escaped(&item.name)),
            (None, Some(place)) => format!(", in <code>{}</code>", escaped(place)),
            (None, None) => String::new(),
        };
        let proof = proof.map_or_else(String::new, |proof| format!("; proved by {proof}"));
        let caption = figcaption(&format!("{what}<code>{path}</code>{place}, lines {first}–{last}{proof}"));
        Ok(figure("code", &format!("```rust,noplayground\n{}\n```", lines.join("\n")), &caption))
    }

    /// An exercise in the words of its file; where that is not there yet, in those of the chapter.
    fn exercise(&self, book: &Book, path: &str) -> String {
        let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs").trim_end_matches('/');
        let title = stem.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '_');
        let words = book.read(path).and_then(|source| lesson(&source, None)).unwrap_or_else(|_| self.title.to_owned());
        format!("<div class=\"exercise\">\n\n**Exercise {}**, {title}\n\n{words}\n\n</div>", self.name)
    }
}

/// The path from the root of the repository that `target` means, seen from `book/src`.
fn inside(target: &str) -> Result<String, String> {
    let mut parts = vec!["book", "src"];
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part != ".." {
            parts.push(part);
        } else if parts.pop().is_none() {
            return Err(format!("{target} leads out of the repository"));
        }
    }
    Ok(parts.join("/"))
}

/// What stands in `"one"`, or in `"one" to "another"`.
fn quoted(part: &str) -> Option<(&str, Option<&str>)> {
    let body = part.strip_prefix('"')?.strip_suffix('"')?;
    Some(body.split_once("\" to \"").map_or((body, None), |(first, last)| (first, Some(last))))
}

fn figcaption(html: &str) -> String {
    format!("<figcaption>{html}</figcaption>")
}

fn figure(class: &str, markdown: &str, caption: &str) -> String {
    format!("<figure class=\"{class}\">\n\n{markdown}\n\n{caption}\n</figure>")
}

#[cfg(test)]
mod tests {
    use super::{Directive, inside, quoted};

    #[test]
    fn a_directive_is_one_link() {
        let parse = |line: &'static str| {
            Directive::parse(line).map(|parsed| parsed.map(|d| (d.kind, d.name, d.target, d.title)))
        };
        assert_eq!(parse("[code: Tape::backward](../a.rs)"), Some(Ok(("code", "Tape::backward", "../a.rs", ""))));
        assert_eq!(
            parse("[code: f / \"let x = [1\"](a.rs \"proved by g\")"),
            Some(Ok(("code", "f / \"let x = [1\"", "a.rs", "proved by g")))
        );
        assert_eq!(parse("[lesson](a.rs)"), Some(Ok(("lesson", "", "a.rs", ""))));
        for prose in ["[codes: x](a.rs)", "[a](b.md)", "see [code: x](a.rs)", "text", ""] {
            assert_eq!(parse(prose), None, "{prose}");
        }
        for wrong in ["[code: x](a.rs) and more", "[code: x]", "[code](a.rs)", "[figure: x](a.toml \"t)"] {
            assert!(parse(wrong).is_some_and(|parsed| parsed.is_err()) || wrong == "[code: x]", "{wrong}");
        }
    }

    #[test]
    fn paths_are_seen_from_the_chapters() {
        assert_eq!(inside("../../crates/a.rs").unwrap(), "crates/a.rs");
        assert_eq!(inside("../figures.toml").unwrap(), "book/figures.toml");
        assert_eq!(inside("widgets/x.js").unwrap(), "book/src/widgets/x.js");
        assert!(inside("../../../x").is_err());
    }

    #[test]
    fn parts_are_quoted() {
        assert_eq!(quoted("\"let a\""), Some(("let a", None)));
        assert_eq!(quoted("\"let a\" to \"let b\""), Some(("let a", Some("let b"))));
        assert_eq!(quoted("let a"), None);
    }
}

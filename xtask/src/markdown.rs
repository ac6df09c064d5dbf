//! As much of Markdown as the rules need: code spans, shell blocks and links, with their lines.

/// A piece of a document, and the line (from 1) that it stands on.
pub(crate) type Piece<'a> = (usize, &'a str);

/// Each line with its number and the language of the fence that it stands in, if it does.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str, Option<&str>)> {
    let mut fence = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            fence = if fence.is_none() { Some(language.trim()) } else { None };
            return None;
        }
        Some((index + 1, line, fence))
    })
}

/// What stands between backticks, outside of code blocks. A span ends on its own line.
pub(crate) fn spans(text: &str) -> Vec<Piece<'_>> {
    prose(text).flat_map(|(at, line)| line.split('`').skip(1).step_by(2).map(move |span| (at, span))).collect()
}

/// The lines whose backticks do not pair up, so that [`spans`] would misread them.
pub(crate) fn unpaired(text: &str) -> Vec<Piece<'_>> {
    prose(text).filter(|(_, line)| line.matches('`').count() % 2 == 1).collect()
}

/// Where each code block starts, and its language.
pub(crate) fn fences(text: &str) -> Vec<Piece<'_>> {
    let ticks =
        text.lines().enumerate().filter_map(|(at, line)| Some((at + 1, line.trim_start().strip_prefix("```")?)));
    ticks.step_by(2).map(|(at, language)| (at, language.trim())).collect()
}

/// The commands of the `sh` blocks, and those behind the prompts of `console` blocks, without their
/// comments.
pub(crate) fn commands(text: &str) -> Vec<Piece<'_>> {
    lines(text)
        .filter_map(|(at, line, fence)| match fence? {
            "sh" => Some((at, line)),
            "console" => Some((at, line.strip_prefix("$ ")?)),
            _ => None,
        })
        .map(|(at, line)| {
            let comment = if line.starts_with('#') { Some(0) } else { line.find(" #") };
            (at, line[..comment.unwrap_or(line.len())].trim())
        })
        .filter(|(_, command)| !command.is_empty())
        .collect()
}

/// The targets of links and pictures that point into the repository.
pub(crate) fn links(text: &str) -> Vec<Piece<'_>> {
    let targets = prose(text).flat_map(|(at, line)| {
        let after = |open, close| line.split(open).skip(1).filter_map(move |rest: &str| rest.split(close).next());
        after("](", ')').chain(after("src=\"", '"')).map(move |target| (at, target))
    });
    targets
        .map(|(at, target)| (at, target.split('#').next().unwrap_or_default()))
        .filter(|(_, target)| !target.is_empty() && !target.contains("://"))
        .collect()
}

/// The lines outside of code blocks, with their numbers.
pub(crate) fn prose(text: &str) -> impl Iterator<Item = Piece<'_>> {
    lines(text).filter(|(.., fence)| fence.is_none()).map(|(at, line, _)| (at, line))
}

#[cfg(test)]
mod tests {
    use super::{commands, fences, links, spans, unpaired};

    const TEXT: &str = "\
# A `title`, `twice`
```sh
cargo test   # in ten minutes
# nothing

  cargo xtask check
```
```text
cargo `never`
```
[a](b.md#c) ![p](d.png) <img src=\"e.png\"> [w](https://example.com) [h](#here)
an `unpaired
```console
$ cargo xtask book # pages
what it prints
```
";

    #[test]
    fn each_piece_is_found_with_its_line() {
        assert_eq!(spans(TEXT), [(1, "title"), (1, "twice"), (12, "unpaired")]);
        assert_eq!(unpaired(TEXT), [(12, "an `unpaired")]);
        assert_eq!(commands(TEXT), [(3, "cargo test"), (6, "cargo xtask check"), (14, "cargo xtask book")]);
        assert_eq!(fences(TEXT), [(2, "sh"), (8, "text"), (13, "console")]);
        assert_eq!(links(TEXT), [(11, "b.md"), (11, "d.png"), (11, "e.png")]);
    }
}

//! Rules about the chapters of the book: code comes from files, numbers come from records, and what
//! is named is there.
//!
//! The weaver stops at what it cannot find. These rules refuse what it would never ask for, because
//! somebody typed it.

use crate::markdown::{commands, fences, links, prose, spans};
use crate::tree::{File, Tree};

const CHAPTERS: &str = "book/src/";

/// What a fence may hold. Code comes from files that are compiled.
const LANGUAGES: [&str; 6] = ["text", "console", "sh", "json", "toml", "diff"];

/// Units of what one measures. Bytes are not among them, because one counts them.
const UNITS: [&str; 34] = [
    "ns", "µs", "us", "ms", "s", "min", "h", "second", "seconds", "minute", "minutes", "hour", "hours", "GFLOP/s",
    "GFLOPS", "TFLOP/s", "MFLOP/s", "FLOP/s", "KB", "kB", "MB", "GB", "KiB", "MiB", "GiB", "MB/s", "GB/s", "MHz",
    "GHz", "images/s", "steps/s", "%", "percent", "×",
];

/// What exempts a line that counts by hand; on a line of its own, what follows up to a blank line.
const DERIVATION: &str = "<!-- derivation -->";

/// What a command of the book may start with.
const CHECKED: [&str; 9] = [
    "cargo xtask ",
    "cargo test",
    "cargo bench",
    "cargo run ",
    "cargo install ",
    "cargo doc",
    "git clone ",
    "cd ",
    "dcgan ",
];

fn chapters(tree: &Tree) -> impl Iterator<Item = &File> {
    tree.files.iter().filter(|file| file.path.starts_with(CHAPTERS) && file.path.ends_with(".md"))
}

pub(super) fn holds_no_code(tree: &Tree) -> Vec<String> {
    let fences = chapters(tree).flat_map(|page| fences(&page.text).into_iter().map(|fence| (&page.path, fence)));
    fences
        .filter(|(_, (_, language))| !LANGUAGES.contains(language))
        .map(|(path, (at, language))| {
            format!(
                "{path}:{at}: a fence of `{language}`; code is woven, and a fence is one of {}",
                LANGUAGES.join(", ")
            )
        })
        .collect()
}

pub(super) fn types_no_measured_number(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for page in chapters(tree) {
        let text = typed(&page.text);
        for (at, line) in text.lines().enumerate() {
            if let Some(found) = measured(line) {
                complaints.push(format!(
                    "{}:{}: `{found}` is typed; a measured number comes from a record: {{record.key}}",
                    page.path,
                    at + 1
                ));
            }
        }
    }
    complaints
}

pub(super) fn links_to_what_exists(tree: &Tree) -> Vec<String> {
    let links = chapters(tree).flat_map(|page| links(&page.text).into_iter().map(|link| (&page.path, link)));
    links
        .filter_map(|(path, (at, target))| {
            let place = seen_from_chapters(target.split(' ').next().unwrap_or(target));
            let is_there = place.as_ref().is_some_and(|place| tree.has(place) || is_to_come(tree, place));
            (!is_there).then(|| format!("{path}:{at}: links to {target}, which does not exist"))
        })
        .collect()
}

pub(super) fn shows_commands_that_are_checked(tree: &Tree) -> Vec<String> {
    let examples = tree.file("book/examples/Cargo.toml").map_or("", |file| &file.text);
    let mut complaints = Vec::new();
    for page in chapters(tree) {
        let shown = commands(&page.text);
        for (at, command) in &shown {
            if !CHECKED.iter().any(|start| command.starts_with(start)) {
                complaints.push(format!("{}:{at}: `{command}` is a command that check does not know", page.path));
            }
        }
        for (at, command) in shown.into_iter().chain(spans(&page.text)) {
            let program =
                command.strip_prefix("cargo run ").and_then(|rest| rest.split_once("--bin ")?.1.split(' ').next());
            if let Some(program) = program.filter(|program| !examples.contains(&format!("name = \"{program}\""))) {
                complaints.push(format!("{}:{at}: book/examples has no program `{program}`", page.path));
            }
        }
    }
    complaints
}

/// The exercises come after the chapters that name them.
fn is_to_come(tree: &Tree, place: &str) -> bool {
    place.starts_with("exercises/") && !tree.has("exercises")
}

/// The path from the root that `target` means in a chapter; `None` if it leads out of the tree.
fn seen_from_chapters(target: &str) -> Option<String> {
    let mut parts = vec!["book", "src"];
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/"))
}

/// What somebody typed as prose, line by line: without code, equations, quotations, derivations,
/// targets of links and numbers of records.
fn typed(text: &str) -> String {
    let mut lines = Vec::new();
    let mut is_derivation = false;
    for (at, line) in prose(text) {
        lines.resize(at.max(lines.len()), "");
        is_derivation = (is_derivation && !line.trim().is_empty()) || line.trim() == DERIVATION;
        let is_exempt = is_derivation || line.trim_end().ends_with(DERIVATION) || line.trim_start().starts_with('>');
        lines[at - 1] = if is_exempt { "" } else { line };
    }
    let text = lines.join("\n");
    let text = blanked(&text, "$$", "$$");
    let text = blanked(&text, "`", "`");
    let text = blanked(&text, "\\$", "");
    let text = blanked(&text, "$", "$");
    let text = blanked(&text, "](", ")");
    blanked(&text, "{", "}")
}

/// `text` with what stands between `open` and `close` taken out, except line ends. Nothing crosses
/// an empty line.
fn blanked(text: &str, open: &str, close: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(open) {
        let inner = &rest[start + open.len()..];
        let limit = inner.find("\n\n").unwrap_or(inner.len());
        let Some(length) = inner[..limit].find(close) else {
            out.push_str(&rest[..start + open.len()]);
            rest = inner;
            continue;
        };
        out.push_str(&rest[..start]);
        out.push('·');
        out.extend(inner[..length].matches('\n'));
        rest = &inner[length + close.len()..];
    }
    out + rest
}

/// The first number of `line` with a unit of measurement behind it.
fn measured(line: &str) -> Option<&str> {
    let mut at = 0;
    while let Some(start) = line[at..].find(|c: char| c.is_ascii_digit()).map(|found| at + found) {
        let number = line[start..]
            .find(|c: char| !c.is_ascii_digit() && !".,–".contains(c))
            .map_or(line.len(), |end| start + end);
        let space = line[number..].len() - line[number..].trim_start_matches([' ', '\u{a0}', '\u{202f}']).len();
        let rest = &line[number + space..];
        let unit = UNITS
            .iter()
            .filter(|unit| rest.strip_prefix(**unit).is_some_and(|rest| ends_a_unit(unit, rest)))
            .max_by_key(|unit| unit.len());
        let is_name = line[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_'); // `f32 s`
        if let Some(unit) = unit.filter(|_| !is_name) {
            return Some(&line[start..number + space + unit.len()]);
        }
        at = number;
    }
    None
}

/// Whether a unit may end before `rest`: no word goes on there, and `×` is not that of 28 × 28 or
/// of 28 × k.
fn ends_a_unit(unit: &str, rest: &str) -> bool {
    let next = rest.trim_start();
    let is_word = next.chars().nth(1).is_some_and(char::is_alphabetic);
    if unit == "×" {
        return !next.starts_with(|c: char| c.is_ascii_digit() || "·(".contains(c) || c.is_alphabetic() && !is_word);
    }
    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::check;

    const PAGE: &str = "book/src/01-a.md";

    #[test]
    fn code() {
        let text = "```text\n```\n```console\n$ cargo test\n```\n```sh\n```\n`let x = 1;`";
        check(holds_no_code, &[(PAGE, text), ("README.md", "```rust\n```")], &[]);
        for language in ["rust", "rs", "rust,ignore", "", "c"] {
            let why = format!(
                "{PAGE}:2: a fence of `{language}`; code is woven, and a fence is one of text, console, sh, json, toml, diff"
            );
            check(holds_no_code, &[(PAGE, &format!("\n```{language}\n```\n"))], &[&why]);
        }
    }

    #[test]
    fn numbers() {
        let innocent = "28 × 28 × 3, a 6 × 16 tile, 64 images, 4 bytes, Minutes: 40, chapter 3\n\
            {a.b} ms, `3 ms`, $3\\,s$ and $$\n3 ms\n$$\n> 3 ms\n```text\n3 ms\n```\n\
            4 × 2 MB = 8 MB <!-- derivation -->\n[x](3 ms) 3 message 3 states f32 s\n\
            <!-- derivation -->\n| 3 MB |\n| 4 MB |\n";
        check(types_no_measured_number, &[(PAGE, innocent), ("README.md", "3 ms")], &[]);
        for (typed, found) in [
            ("takes 3 ms.", "3 ms"),
            ("takes 90 s", "90 s"),
            ("12.5 GFLOP/s", "12.5 GFLOP/s"),
            ("| 40 MB/s |", "40 MB/s"),
            ("by 2.5× or so", "2.5×"),
            ("0.1 % wrong", "0.1 %"),
            ("3–4 minutes", "3–4 minutes"),
            ("5\u{a0}s", "5\u{a0}s"),
            ("> 3 ms\n\n<!-- derivation -->\n3 ms\n\n7 ms", "7 ms"),
        ] {
            let text = format!("\n{typed}\n");
            let at = text.lines().count();
            let why = format!("{PAGE}:{at}: `{found}` is typed; a measured number comes from a record: {{record.key}}");
            check(types_no_measured_number, &[(PAGE, &text)], &[&why]);
        }
    }

    #[test]
    fn linked() {
        let text = "[code: f](../../crates/a.rs \"proved by g\")\n[b](b.md#x) [c]() [e](../../exercises/x.rs)";
        let files = [(PAGE, text), ("crates/a.rs", ""), ("book/src/b.md", "")];
        check(links_to_what_exists, &files, &[]);
        let why = format!("{PAGE}:2: links to ../../exercises/x.rs, which does not exist");
        check(links_to_what_exists, &[files[0], files[1], files[2], ("exercises/y.rs", "")], &[&why]);
        let why = format!("{PAGE}:2: links to b.md, which does not exist");
        check(links_to_what_exists, &[files[0], files[1]], &[&why]);
    }

    #[test]
    fn commands_are_known() {
        let text = "```console\n$ cargo xtask book\nmake\n```\n```sh\ncargo test\n```";
        check(shows_commands_that_are_checked, &[(PAGE, text)], &[]);
        let why = format!("{PAGE}:2: `make` is a command that check does not know");
        check(shows_commands_that_are_checked, &[(PAGE, "```console\n$ make\n```")], &[&why]);
        let page = (PAGE, "`cargo run -p book-examples --bin slope -- 3`");
        check(shows_commands_that_are_checked, &[page, ("book/examples/Cargo.toml", "[[bin]]\nname = \"slope\"")], &[]);
        let why = format!("{PAGE}:1: book/examples has no program `slope`");
        check(shows_commands_that_are_checked, &[page], &[&why]);
    }
}

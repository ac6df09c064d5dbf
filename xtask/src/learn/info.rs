//! The list of exercises: what `info.toml` says, as far as `learn` needs it.
//!
//! The file is rustlings' own, so its keys stand at the beginnings of lines and its texts between
//! `"""`. A test reads the real one.

use anyhow::{Result, ensure};

/// An exercise of the list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The name of its file, without `.rs`.
    pub(crate) name: String,
    /// How long it takes.
    pub(crate) minutes: usize,
    pub(crate) hints: Vec<String>,
}

/// The exercises of an `info.toml`, in order.
///
/// # Errors
/// If there are none, or if one has no name, no minutes or no hints.
pub(crate) fn entries(text: &str) -> Result<Vec<Entry>> {
    let tables = text.split("[[exercises]]").skip(1);
    let entries: Vec<Entry> = tables.map(entry).collect();
    ensure!(!entries.is_empty(), "info.toml lists no exercise");
    for (at, entry) in entries.iter().enumerate() {
        let is_whole = !entry.name.is_empty() && 0 < entry.minutes && !entry.hints.is_empty();
        ensure!(is_whole, "info.toml: exercise {} needs a name, minutes and hints", at + 1);
    }
    Ok(entries)
}

fn entry(table: &str) -> Entry {
    let value = |key: &str| table.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
    let hint = table.split_once("hint = \"\"\"").map_or("", |(_, rest)| rest);
    let hint = hint.split_once("\"\"\"").map_or(hint, |(hint, _)| hint);
    Entry {
        name: value("name").unwrap_or_default().trim().trim_matches('"').to_owned(),
        minutes: value("minutes").and_then(|minutes| minutes.trim().parse().ok()).unwrap_or(0),
        hints: hint.trim().split("\n\n").filter(|hint| !hint.is_empty()).map(str::to_owned).collect(),
    }
}

/// The exercise that a user means by `name`: all of its name, or its number.
///
/// # Errors
/// If there is no such exercise; the message has those that there are.
pub(crate) fn find<'a>(entries: &'a [Entry], name: &str) -> Result<&'a Entry> {
    let number = |name: &str| name.split('_').next().and_then(|number| number.parse::<u32>().ok());
    let only_number = name.parse::<u32>().ok();
    let means = |entry: &&Entry| entry.name == name || (only_number.is_some() && number(&entry.name) == only_number);
    let found = entries.iter().find(means);
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    found.ok_or_else(|| anyhow::anyhow!("there is no exercise `{name}`; there are {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::root;
    use std::fs;

    const TEXT: &str = "format_version = 1\nwelcome_message = \"\"\"\nname = \"no\"\n\"\"\"\n\n[[exercises]]\nname = \"01_a\"\n\
                        minutes = 5\nhint = \"\"\"\nHint 1. A = \"b\".\n\nHint 2. C\nd.\n\"\"\"\n[[exercises]]\nname = \"02_b\"\n\
                        minutes = 10\nhint = \"\"\"\nHint 1.\n\"\"\"\n";

    #[test]
    fn a_list_is_read() {
        let entries = entries(TEXT).unwrap();
        let expected = ["Hint 1. A = \"b\".", "Hint 2. C\nd."].map(str::to_owned).to_vec();
        assert_eq!(entries[0], Entry { name: "01_a".to_owned(), minutes: 5, hints: expected });
        assert_eq!((entries.len(), entries[1].minutes), (2, 10));
        for name in ["02", "2", "02_b"] {
            assert_eq!(find(&entries, name).unwrap().name, "02_b");
        }
        assert!(find(&entries, "b").unwrap_err().to_string().ends_with("there are 01_a, 02_b"));
    }

    #[test]
    fn an_entry_that_lacks_something_is_refused() {
        for (whole, broken) in [("minutes = 5\n", ""), ("name = \"02_b\"", ""), ("Hint 1.\n\"", "\"")] {
            assert!(entries(&TEXT.replace(whole, broken)).is_err(), "without {whole}");
        }
        assert!(entries("").is_err());
    }

    #[test]
    fn the_real_list_is_read() {
        let text = fs::read_to_string(root().join("exercises/info.toml")).unwrap();
        let entries = entries(&text).unwrap();
        assert_eq!(entries.len(), text.matches("\nname = ").count());
        assert!(entries.iter().all(|entry| entry.hints.len() == 3));
    }
}

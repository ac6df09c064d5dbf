//! Numbers from records: in a sentence, and as tables.
//!
//! A record is a JSON file that a measurement wrote. Its numbers are shown as they are spelt there,
//! unless the chapter asks for a scale or for rounding.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::names::nearest;

/// A JSON value that still has its spelling.
type Raw = Box<RawValue>;

/// What `{amd-epyc.0.step_seconds*1000:.1}` asks for.
#[derive(Debug, PartialEq)]
pub struct Wanted<'a> {
    /// The name of the record.
    pub record: &'a str,
    number: Number<'a>,
}

impl<'a> Wanted<'a> {
    /// Reads what stands between the braces; `None` if that is no path of a record.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let (record, rest) = text.split_once('.')?;
        let is_name = !record.is_empty() && record.chars().all(is_plain);
        Some(Self { record: Some(record).filter(|_| is_name)?, number: Number::parse(rest)? })
    }

    /// The number, or the words, that the record `json` has there.
    ///
    /// # Errors
    /// If there is nothing of that name, with the nearest; if it is no number and no text.
    pub fn value(&self, json: &str) -> Result<String, String> {
        self.number.of(&serde_json::from_str::<Raw>(json).map_err(|error| error.to_string())?)
    }
}

/// A place within a record, and how the number there is shown.
#[derive(Debug, PartialEq)]
struct Number<'a> {
    /// Keys and indices.
    path: Vec<&'a str>,
    /// What the number is multiplied by.
    scale: Option<f64>,
    decimals: Option<usize>,
}

impl<'a> Number<'a> {
    /// Reads `key.0`, `key*1000`, `key/1e6:.2`.
    fn parse(text: &'a str) -> Option<Self> {
        let (text, decimals) = match text.split_once(":.") {
            Some((text, decimals)) => (text, Some(decimals.parse().ok()?)),
            None => (text, None),
        };
        let (path, scale) = match text.split_once(['*', '/']) {
            Some((path, factor)) => {
                let factor: f64 = factor.trim().parse().ok()?;
                (path.trim(), Some(if text[path.len()..].starts_with('/') { 1.0 / factor } else { factor }))
            }
            None => (text, None),
        };
        let path: Vec<&str> = path.split('.').collect();
        let is_path = path.iter().all(|part| !part.is_empty() && part.chars().all(is_plain));
        is_path.then_some(Self { path, scale, decimals })
    }

    fn of(&self, value: &RawValue) -> Result<String, String> {
        let there = follow(value, &self.path)?;
        let path = self.path.join(".");
        if there.get().starts_with(['{', '[']) {
            return Err(format!("`{path}` is no number"));
        }
        let text = text(&there);
        if self.scale.is_none() && self.decimals.is_none() || there.get() == "null" {
            return Ok(text);
        }
        let number: f64 = text.parse().map_err(|_| format!("`{path}` is no number: {text}"))?;
        let number = number * self.scale.unwrap_or(1.0);
        Ok(self.decimals.map_or_else(|| number.to_string(), |decimals| format!("{number:.decimals$}")))
    }
}

/// A letter of a key.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_".contains(c)
}

/// What stands in `value` at the end of `path`.
fn follow(value: &RawValue, path: &[&str]) -> Result<Raw, String> {
    path.iter().try_fold(value.to_owned(), |here, part| child(&here, part))
}

fn child(value: &RawValue, part: &str) -> Result<Raw, String> {
    if value.get().starts_with('[') {
        let list: Vec<Raw> = serde_json::from_str(value.get()).map_err(|error| error.to_string())?;
        let length = list.len();
        let index = part.parse::<usize>().map_err(|_| format!("`{part}` is no index of a list of {length}"))?;
        return list
            .into_iter()
            .nth(index)
            .ok_or_else(|| format!("the list has {length} entries, and no number {index}"));
    }
    let Ok(Fields(fields)) = serde_json::from_str(value.get()) else {
        return Err(format!("there is nothing in which `{part}` could be"));
    };
    let nearest = nearest(part, fields.iter().map(|(key, _)| key.as_str()));
    let found = fields.into_iter().find(|(key, _)| key == part);
    found.map(|(_, value)| value).ok_or_else(|| format!("`{part}` is not there; nearest: {nearest}"))
}

/// The table at the path `name` of the record `json`, or the record itself if that is a table, in
/// Markdown; and what the record says about itself. `columns` chooses and names the columns:
/// `name, ms:.2, share*100:.0 as % of the peak`.
///
/// # Errors
/// If the record has no such table, or no such column.
pub fn table(json: &str, name: &str, columns: &str) -> Result<(String, String), String> {
    let whole: Raw = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let Fields(top) = serde_json::from_str(json).unwrap_or_default();
    let found = follow(&whole, &name.split('.').collect::<Vec<_>>());
    let (head, rows) = match &found {
        Ok(there) => {
            grid(there, columns)?.ok_or(format!("`{name}` is no table: neither `columns` and `rows`, nor objects"))?
        }
        Err(why) => grid(&whole, columns)?.ok_or(why.clone())?,
    };
    if let Some(row) = rows.iter().find(|row| row.len() != head.len()) {
        return Err(format!("table `{name}` has {} columns, and a row of {}", head.len(), row.len()));
    }
    let is_number = |cell: &str| cell.is_empty() || cell.starts_with(|c: char| c.is_ascii_digit() || "-–—".contains(c));
    let rule: Vec<String> = (0..head.len())
        .map(|column| if rows.iter().all(|row| is_number(&row[column])) { "---:" } else { "---" }.to_owned())
        .collect();
    let line = |cells: &[String]| {
        format!("| {} |\n", cells.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>().join(" | "))
    };
    let table = line(&head) + &line(&rule) + &rows.iter().map(|row| line(row)).collect::<String>();
    let about = ["caption", "cpu", "date", "commit", "command"].into_iter().filter_map(|key| {
        let value = text(&top.iter().find(|(known, _)| known == key)?.1);
        Some(match key {
            "commit" => format!("commit `{}`", value.chars().take(12).collect::<String>()),
            "command" => format!("`{value}`"),
            _ => value,
        })
    });
    Ok((table, about.collect::<Vec<_>>().join("; ")))
}

/// The head and the rows of a table.
type Grid = (Vec<String>, Vec<Vec<String>>);

/// The table that `value` is: a list of objects, or `columns` and `rows`.
fn grid(value: &RawValue, columns: &str) -> Result<Option<Grid>, String> {
    if let Ok(objects) = serde_json::from_str::<Vec<Fields>>(value.get()) {
        let all: Vec<String> =
            objects.first().into_iter().flat_map(|first| &first.0).map(|(key, _)| key.clone()).collect();
        let chosen = if columns.is_empty() { all.join(",") } else { columns.to_owned() };
        let raw: Vec<Raw> = serde_json::from_str(value.get()).map_err(|error| error.to_string())?;
        let mut head = Vec::new();
        let mut rows = vec![Vec::new(); raw.len()];
        for column in chosen.split(',').map(str::trim) {
            let (spec, name) = column.split_once(" as ").unwrap_or((column, ""));
            let number = Number::parse(spec.trim())
                .ok_or_else(|| format!("`{spec}` is no column: `key`, `key*100:.1 as name`"))?;
            head.push(if name.is_empty() { number.path.join(" ") } else { name.trim().to_owned() });
            for (row, object) in rows.iter_mut().zip(&raw) {
                row.push(number.of(object)?);
            }
        }
        return Ok(Some((head, rows)));
    }
    let Fields(fields) = serde_json::from_str(value.get()).unwrap_or_default();
    let list = |name: &str| fields.iter().find(|(key, _)| key == name).map_or("null", |(_, value)| value.get());
    let head: Result<Vec<Raw>, _> = serde_json::from_str(list("columns"));
    let rows: Result<Vec<Vec<Raw>>, _> = serde_json::from_str(list("rows"));
    let texts = |cells: &[Raw]| cells.iter().map(|cell| text(cell)).collect::<Vec<_>>();
    Ok(head.ok().zip(rows.ok()).map(|(head, rows)| (texts(&head), rows.iter().map(|row| texts(row)).collect())))
}

fn text(value: &RawValue) -> String {
    match value.get() {
        "null" => "–".to_owned(),
        spelt => serde_json::from_str::<String>(spelt).unwrap_or_else(|_| spelt.to_owned()),
    }
}

/// The fields of an object in the order of the file.
#[derive(Debug, Default)]
struct Fields(Vec<(String, Raw)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Fields;
            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        from.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, table};

    const RECORD: &str = r#"{"cpu": "A CPU", "date": "2026-11-29", "tile": {"gflops": 12.50, "list": [1, 0.25]},
        "ladder": {"columns": ["rung", "ms"], "rows": [["loops", 10.50], ["a|b", 3]]}, "pairs": [{"b": "x", "a": 1}, {"b": null, "a": 2}]}"#;

    fn value(wanted: &str) -> Result<String, String> {
        Wanted::parse(wanted).expect("a path").value(RECORD)
    }

    #[test]
    fn numbers_are_spelt_as_in_the_record() {
        for (wanted, expected) in [
            ("r.tile.gflops", "12.50"),
            ("r.tile.list.1", "0.25"),
            ("r.tile.list.1*1000", "250"),
            ("r.tile.gflops/10:.3", "1.250"),
            ("r.tile.gflops:.0", "12"),
            ("r.cpu", "A CPU"),
        ] {
            assert_eq!(value(wanted).unwrap(), expected, "{wanted}");
        }
        for other in ["r", "a b.c", "r..x", ".x", "r.x:.y", "r.x*y", "\\frac.a"] {
            assert_eq!(Wanted::parse(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_not_there_is_said_with_the_nearest() {
        for (wanted, why) in [
            ("r.tile.gflop", "`gflop` is not there; nearest: `gflops`"),
            ("r.tile.list.2", "2 entries"),
            ("r.tile.list.x", "no index"),
            ("r.tile", "no number"),
            ("r.cpu:.1", "no number"),
            ("r.cpu.x", "nothing in which"),
        ] {
            let error = value(wanted).unwrap_err();
            assert!(error.contains(why), "{wanted}: {error}");
        }
    }

    #[test]
    fn tables_have_two_forms() {
        let (ladder, about) = table(RECORD, "ladder", "").unwrap();
        assert_eq!(ladder, "| rung | ms |\n| --- | ---: |\n| loops | 10.50 |\n| a\\|b | 3 |\n");
        assert_eq!(about, "A CPU; 2026-11-29");
        assert_eq!(table(RECORD, "pairs", "").unwrap().0, "| b | a |\n| --- | ---: |\n| x | 1 |\n| – | 2 |\n");
        let own = r#"{"columns": ["a"], "rows": [[1.50]]}"#;
        assert_eq!(table(own, "whatever", "").unwrap().0, "| a |\n| ---: |\n| 1.50 |\n");
        let error = table(RECORD, "lader", "").unwrap_err();
        assert!(error.contains("`lader` is not there; nearest: `ladder`"), "{error}");
        assert!(table(RECORD, "tile", "").unwrap_err().contains("`tile` is no table"));
        assert!(table(r#"{"columns": ["a"], "rows": [[1, 2]]}"#, "x", "").is_err());
    }

    #[test]
    fn columns_are_chosen_named_and_rounded() {
        let record = r#"{"climbs": [{"rungs": [{"n": 0, "ms": 12.345, "x": null}, {"n": 1, "ms": 1, "x": 12.3}]}]}"#;
        let (rungs, _) = table(record, "climbs.0.rungs", "ms:.1 as time in ms, ms*2:.0, x:.0 as ×").unwrap();
        assert_eq!(rungs, "| time in ms | ms | × |\n| ---: | ---: | ---: |\n| 12.3 | 25 | – |\n| 1.0 | 2 | 12 |\n");
        let error = table(record, "climbs.0.rungs", "mss").unwrap_err();
        assert!(error.contains("`mss` is not there; nearest: `ms`"), "{error}");
        assert!(table(record, "climbs.0.rungs", "a b").unwrap_err().contains("no column"));
    }
}

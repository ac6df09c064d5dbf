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
    /// The parts of the path: a record, then keys and indices.
    pub path: Vec<&'a str>,
    /// What the number is multiplied by.
    scale: Option<f64>,
    decimals: Option<usize>,
}

impl<'a> Wanted<'a> {
    /// Reads what stands between the braces; `None` if that is no path of a record.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
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
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let path: Vec<&str> = Some(path).filter(|path| path.chars().all(is_plain))?.split('.').collect();
        (2 <= path.len() && path.iter().all(|part| !part.is_empty())).then_some(Self { path, scale, decimals })
    }

    /// The number, or the words, that the record `json` has there.
    ///
    /// # Errors
    /// If there is nothing of that name, with the nearest; if it is no number and no text.
    pub fn value(&self, json: &str) -> Result<String, String> {
        let mut here: Raw = serde_json::from_str(json).map_err(|error| error.to_string())?;
        for part in &self.path[1..] {
            here = child(&here, part)?;
        }
        let spelt = here.get();
        if spelt.starts_with(['{', '[']) {
            return Err(format!("`{}` is no number", self.path.join(".")));
        }
        let text = serde_json::from_str::<String>(spelt).unwrap_or_else(|_| spelt.to_owned());
        if self.scale.is_none() && self.decimals.is_none() {
            return Ok(text);
        }
        let number: f64 = text.parse().map_err(|_| format!("`{}` is no number: {text}", self.path.join(".")))?;
        let number = number * self.scale.unwrap_or(1.0);
        Ok(self.decimals.map_or_else(|| number.to_string(), |decimals| format!("{number:.decimals$}")))
    }
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

/// The table `name` of the record `json`, in Markdown, and what the record says about itself.
///
/// # Errors
/// If the record has no such table.
pub fn table(json: &str, name: &str) -> Result<(String, String), String> {
    let whole: Raw = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let Fields(top) = serde_json::from_str(json).unwrap_or_default();
    let own = top.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let (columns, rows) = grid(own.unwrap_or(&whole)).ok_or_else(|| {
        format!(
            "the record has no table `{name}`: neither `columns` and `rows`, nor a list of objects; nearest: {}",
            nearest(name, top.iter().map(|(key, _)| key.as_str()))
        )
    })?;
    if let Some(row) = rows.iter().find(|row| row.len() != columns.len()) {
        return Err(format!("table `{name}` has {} columns, and a row of {}", columns.len(), row.len()));
    }
    let is_number = |column: usize| {
        rows.iter().all(|row| row[column].starts_with(|c: char| c.is_ascii_digit() || "-–—".contains(c)))
    };
    let line = |cells: &[String]| {
        format!("| {} |\n", cells.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>().join(" | "))
    };
    let rule: Vec<String> =
        (0..columns.len()).map(|column| if is_number(column) { "---:" } else { "---" }.to_owned()).collect();
    let table = line(&columns) + &line(&rule) + &rows.iter().map(|row| line(row)).collect::<String>();
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

/// The columns and the rows of a table in either form.
fn grid(value: &RawValue) -> Option<(Vec<String>, Vec<Vec<String>>)> {
    let texts = |cells: &[Raw]| cells.iter().map(text).collect::<Vec<_>>();
    if let Ok(objects) = serde_json::from_str::<Vec<Fields>>(value.get()) {
        let columns: Vec<String> = objects.first()?.0.iter().map(|(key, _)| key.clone()).collect();
        let cell = |object: &Fields, column: &String| {
            object.0.iter().find(|(key, _)| key == column).map_or_else(String::new, |(_, value)| text(value))
        };
        let rows = objects.iter().map(|object| columns.iter().map(|column| cell(object, column)).collect()).collect();
        return Some((columns, rows));
    }
    let Fields(fields) = serde_json::from_str(value.get()).ok()?;
    let list = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.get());
    let columns: Vec<Raw> = serde_json::from_str(list("columns")?).ok()?;
    let rows: Vec<Vec<Raw>> = serde_json::from_str(list("rows")?).ok()?;
    Some((texts(&columns), rows.iter().map(|row| texts(row)).collect()))
}

fn text(value: &Raw) -> String {
    match value.get() {
        "null" => String::new(),
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
        "ladder": {"columns": ["rung", "ms"], "rows": [["loops", 10.50], ["a|b", 3]]}, "pairs": [{"b": "x", "a": 1}, {"a": 2}]}"#;

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
        let (ladder, about) = table(RECORD, "ladder").unwrap();
        assert_eq!(ladder, "| rung | ms |\n| --- | ---: |\n| loops | 10.50 |\n| a\\|b | 3 |\n");
        assert_eq!(about, "A CPU; 2026-11-29");
        assert_eq!(table(RECORD, "pairs").unwrap().0, "| b | a |\n| --- | ---: |\n| x | 1 |\n|  | 2 |\n");
        let error = table(RECORD, "lader").unwrap_err();
        assert!(error.contains("nearest: `ladder`"), "{error}");
        assert!(table(r#"{"columns": ["a"], "rows": [[1, 2]]}"#, "x").is_err());
    }
}

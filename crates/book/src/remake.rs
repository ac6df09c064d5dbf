//! The exact figures made again, to see that their commands still make them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::figures::{Figure, Figures, Kind};
use crate::repository::walk;

/// Where a chapter's figures are.
const COMMITTED: &str = "book/src/figures";

/// Where they are made again.
const MADE: &str = "target/book/figures";

/// Makes every exact figure of the repository at `root` again. It is either compared with the one
/// that is committed, or put in its place. Returns the names of the figures that were made.
///
/// # Errors
/// If a command fails, or a figure differs; if a figure is not there, or one is there that the list
/// does not know. One line for each.
pub fn remake(root: &Path, puts_in_place: bool) -> Result<Vec<String>, Vec<String>> {
    let list = root.join("book/figures.toml");
    if !list.exists() {
        return Ok(Vec::new());
    }
    let figures = Figures::read(&fs::read_to_string(list).map_err(|error| vec![error.to_string()])?)?;
    let folder = root.join(MADE);
    fs::create_dir_all(&folder).map_err(|error| vec![format!("{MADE}: {error}")])?;
    let mut made = Vec::new();
    let mut complaints = Vec::new();
    for figure in figures.all.iter().filter(|figure| figure.kind == Kind::Exact) {
        match again(root, figure, puts_in_place) {
            Ok(()) => made.push(figure.name.clone()),
            Err(why) => complaints.push(format!("figure `{}` {why}", figure.name)),
        }
    }
    let known: BTreeSet<&str> = figures.all.iter().map(|figure| figure.file.as_str()).collect();
    complaints.extend(
        known
            .iter()
            .filter(|file| !root.join(COMMITTED).join(file).exists())
            .map(|file| format!("{COMMITTED}/{file} is not there, and book/figures.toml names it")),
    );
    walk(&root.join(COMMITTED), &mut |path| {
        let file = path.strip_prefix(root.join(COMMITTED)).unwrap_or(path).to_string_lossy().into_owned();
        if !known.contains(file.as_str()) {
            complaints.push(format!("{COMMITTED}/{file} is there, and book/figures.toml does not name it"));
        }
    });
    if complaints.is_empty() { Ok(made) } else { Err(complaints) }
}

fn again(root: &Path, figure: &Figure, puts_in_place: bool) -> Result<(), String> {
    let place = root.join(MADE).join(&figure.file);
    let _ = fs::remove_file(&place);
    let relative = format!("{MADE}/{}", figure.file);
    let command = figure.command.as_deref().unwrap_or_default();
    let words: Vec<String> = command.split_whitespace().map(|word| word.replace("FILE", &relative)).collect();
    let (program, args) = words.split_first().ok_or("has no command")?;
    let output = Command::new(program).args(args).current_dir(root).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("cannot be made: `{command}`: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        return Err(format!("cannot be made: `{command}`: {}: {last}", output.status));
    }
    let made = fs::read(&place).map_err(|error| format!("was not written by `{command}`: {error}"))?;
    let committed = root.join(COMMITTED).join(&figure.file);
    if puts_in_place {
        return fs::create_dir_all(root.join(COMMITTED))
            .and_then(|()| fs::write(&committed, &made))
            .map_err(|error| format!("cannot be put in place: {error}"));
    }
    match fs::read(&committed) {
        Ok(there) if there == made => Ok(()),
        Ok(there) => {
            let first = there.iter().zip(&made).position(|(a, b)| a != b).unwrap_or(there.len().min(made.len()));
            Err(format!(
                "differs: {} bytes are committed, {} were made, and byte {first} is the first that differs; see {relative}",
                there.len(),
                made.len()
            ))
        }
        Err(error) => Err(format!("is not committed: {error}")),
    }
}

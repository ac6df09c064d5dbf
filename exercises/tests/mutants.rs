//! Wrong answers that nobody planned: each solution with one sign, index, factor or comparison
//! changed. At least 95 in 100 must be refused.
//!
//! A mutant is compiled by rustc alone, with the libraries that cargo has built, in half a second.
//! That takes minutes for all, so the test runs with `LONG_TESTS=1` and says so without.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

/// So many mutants of a solution are tried, if it has that many.
const MOST: usize = 30;

/// A mutant that runs so long has an endless loop, and a reader would see that.
const PATIENCE: Duration = Duration::from_secs(20);

/// What stands in a solution, and what stands there in a mutant.
const CHANGES: [(&str, &str); 40] = [
    (" + ", " - "),
    (" - ", " + "),
    (" * ", " + "),
    (" * ", " / "),
    (" / ", " * "),
    (" += ", " = "),
    (" += ", " -= "),
    (" -= ", " += "),
    (" < ", " <= "),
    (" <= ", " < "),
    (" == ", " != "),
    (" && ", " || "),
    (" || ", " && "),
    ("-", ""),
    ("0.0", "1.0"),
    ("1.0", "0.0"),
    ("2.0", "1.0"),
    ("0..", "1.."),
    ("[0]", "[1]"),
    ("[1]", "[0]"),
    ("pad.0", "pad.1"),
    ("oy", "ox"),
    ("ox", "oy"),
    ("ky", "kx"),
    ("iy", "ix"),
    ("down", "across"),
    ("across", "down"),
    ("height", "width"),
    ("width", "height"),
    ("ci", "co"),
    ("co", "ci"),
    ("kernel", "stride"),
    ("stride", "kernel"),
    ("rows", "columns"),
    ("columns", "rows"),
    ("max", "min"),
    ("true", "false"),
    ("mean", "variance"),
    ("beta1", "beta2"),
    (" 1", " 2"),
];

/// The solution with one place changed, for each change and each place.
fn mutants(solution: &str) -> Vec<(String, String)> {
    let end = solution.find("fn main() {}").expect("an empty main");
    let mut mutants = Vec::new();
    let mut at = 0;
    for line in solution[..end].lines() {
        let start = at;
        at += line.len() + 1;
        let code = line.split("//").next().unwrap();
        if code.trim_start().starts_with("use ") || code.contains("fn ") {
            continue;
        }
        for (from, to) in CHANGES {
            for (place, _) in code.match_indices(from) {
                let is_word = from.chars().all(char::is_alphanumeric);
                let beside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
                let before = code[..place].chars().next_back();
                let after = code[place + from.len()..].chars().next();
                if is_word && (beside(before) || beside(after)) {
                    continue;
                }
                let (head, tail) = (&solution[..start + place], &solution[start + place + from.len()..]);
                let changed = format!("{}{to}{}", &code[..place], &code[place + from.len()..]);
                mutants.push((changed.trim().to_owned(), format!("{head}{to}{tail}")));
            }
        }
    }
    mutants
}

/// The libraries of this package and of those that it depends on, by name.
fn libraries() -> BTreeMap<String, PathBuf> {
    let build = ["build", "--offline", "--lib", "--message-format=json"];
    let output = Command::new(env!("CARGO")).args(build).output().unwrap();
    let mut libraries = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        let files = message["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for file in files.filter(|file| file.ends_with(".rlib")) {
            libraries.insert(message["target"]["name"].as_str().unwrap().replace('-', "_"), file.into());
        }
    }
    libraries
}

/// What became of a mutant.
#[derive(PartialEq, Eq)]
enum Fate {
    DoesNotCompile,
    Refused { is_named: bool },
    Passes,
}

fn fate(mutant: &str, libraries: &BTreeMap<String, PathBuf>, folder: &Path) -> Fate {
    let (source, executable) = (folder.join("mutant.rs"), folder.join("mutant"));
    fs::write(&source, mutant).unwrap();
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition=2024", "--test", "-Copt-level=1", "-Coverflow-checks=on", "--cap-lints=allow", "-o"]);
    rustc.arg(&executable).arg(&source).stderr(Stdio::null());
    for (name, file) in libraries {
        rustc.arg("--extern").arg(format!("{name}={}", file.display()));
        rustc.arg("-L").arg(format!("dependency={}", file.parent().unwrap().join("deps").display()));
    }
    if !rustc.status().unwrap().success() {
        return Fate::DoesNotCompile;
    }
    let output = fs::File::create(folder.join("said")).unwrap();
    let mut child = Command::new(&executable).stdout(output).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    loop {
        match child.try_wait().unwrap() {
            Some(status) if status.success() => return Fate::Passes,
            Some(_) => break,
            None if PATIENCE < start.elapsed() => {
                child.kill().unwrap();
                child.wait().unwrap();
                break;
            }
            None => sleep(Duration::from_millis(2)),
        }
    }
    let said = fs::read_to_string(folder.join("said")).unwrap();
    Fate::Refused { is_named: said.contains("This is what comes out") }
}

#[test]
fn mutants_are_refused() {
    if std::env::var_os("LONG_TESTS").is_none() {
        println!("skipped: it takes minutes; LONG_TESTS=1 runs it");
        return;
    }
    let libraries = libraries();
    let folder = std::env::temp_dir().join(format!("exercises-mutants-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let info: toml::Table = fs::read_to_string("info.toml").unwrap().parse().unwrap();
    let mut survivors = Vec::new();
    let mut all = 0;
    println!("{:24} {:>8} {:>8} {:>8}", "exercise", "mutants", "refused", "named");
    for exercise in info["exercises"].as_array().unwrap() {
        let name = exercise["name"].as_str().unwrap();
        let solution = fs::read_to_string(format!("solutions/{name}.rs")).unwrap();
        let (mut tried, mut refused, mut named) = (0, 0, 0);
        let mutants = mutants(&solution);
        let step = mutants.len().div_ceil(MOST).max(1);
        // All that compile are alike; those in steps come first, in case there are too many.
        let order = (0..step).flat_map(|first| mutants.iter().skip(first).step_by(step));
        for (changed, mutant) in order {
            if tried == MOST {
                break;
            }
            match fate(mutant, &libraries, &folder) {
                Fate::DoesNotCompile => continue,
                Fate::Passes => survivors.push(format!("{name}: {changed}")),
                Fate::Refused { is_named } => {
                    refused += 1;
                    named += usize::from(is_named);
                }
            }
            tried += 1;
        }
        println!("{name:24} {tried:8} {refused:8} {named:8}");
        assert!(10 <= tried, "{name} has {tried} mutants");
        all += tried;
    }
    fs::remove_dir_all(&folder).unwrap();
    println!("{} of {all} pass:\n{}", survivors.len(), survivors.join("\n"));
    assert!(survivors.len() * 20 <= all, "{} of {all} mutants pass", survivors.len());
}

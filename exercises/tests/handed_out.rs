//! What is handed out: every exercise compiles without a warning and fails with its own message;
//! every solution passes; no file uses another; the hints are three and give nothing away.
//!
//! The tests run the executables that `cargo test` makes for the reader.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

struct Exercise {
    name: String,
    hint: String,
}

/// The exercises of `info.toml`, in order.
fn exercises() -> Vec<Exercise> {
    let info: toml::Table = fs::read_to_string("info.toml").unwrap().parse().unwrap();
    let text = |exercise: &toml::Value, key| exercise[key].as_str().unwrap().to_owned();
    let exercises = info["exercises"].as_array().unwrap();
    exercises.iter().map(|exercise| Exercise { name: text(exercise, "name"), hint: text(exercise, "hint") }).collect()
}

/// The test executable of each exercise and of each solution, and the warnings of the compiler.
struct Built {
    executables: BTreeMap<String, PathBuf>,
    warnings: Vec<String>,
}

static BUILT: LazyLock<Built> = LazyLock::new(|| {
    let build = ["test", "--no-run", "--bins", "--message-format=json", "--offline"];
    let output = Command::new(env!("CARGO")).args(build).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut built = Built { executables: BTreeMap::new(), warnings: Vec::new() };
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        if let Some(executable) = message["executable"].as_str() {
            built.executables.insert(message["target"]["name"].as_str().unwrap().to_owned(), executable.into());
        }
        if let Some(warning) = message["message"]["rendered"].as_str() {
            built.warnings.push(warning.to_owned());
        }
    }
    built
});

/// Whether the tests of an executable pass, and what they print.
fn run(name: &str) -> (bool, String) {
    let output = Command::new(&BUILT.executables[name]).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn nothing_compiles_with_a_warning() {
    assert_eq!(BUILT.warnings, [""; 0]);
}

#[test]
fn every_exercise_fails_with_its_own_message() {
    for Exercise { name, .. } in exercises() {
        let (passes, said) = run(&name);
        assert!(!passes, "{name} is solved");
        let own = format!("Error: exercise {name} is not solved yet: ");
        assert!(said.contains(&own), "{name} says\n{said}");
    }
}

#[test]
fn every_solution_passes() {
    for Exercise { name, .. } in exercises() {
        let (passes, said) = run(&format!("{name}_sol"));
        assert!(passes && said.contains("test tests::check ... ok"), "the solution of {name} says\n{said}");
    }
}

/// All that a file uses of this crate is `unsolved!`, `Mistake` and its own check, so no exercise
/// waits for another.
#[test]
fn no_exercise_uses_another() {
    for Exercise { name, .. } in exercises() {
        for folder in ["exercises", "solutions"] {
            let text = fs::read_to_string(format!("{folder}/{name}.rs")).unwrap();
            let mut checks = Vec::new();
            for used in text.split("exercises::").skip(1) {
                let word: &str = used.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap();
                assert!(["unsolved", "Mistake", "checks", "given"].contains(&word), "{folder}/{name}.rs uses {word}");
                checks.extend(used.strip_prefix("checks::").and_then(|check| check.split("::").next()));
            }
            assert_eq!(checks.len(), 1, "{folder}/{name}.rs calls its own check, once: {checks:?}");
            assert!(!text.contains("#[path") && !text.contains("include"), "{folder}/{name}.rs includes a file");
        }
    }
}

/// Five lines of lesson, the last with the minutes and a chapter; the solution has the same.
#[test]
fn every_exercise_has_its_lesson() {
    for Exercise { name, .. } in exercises() {
        let lesson = |folder: &str| {
            let text = fs::read_to_string(format!("{folder}/{name}.rs")).unwrap();
            text.lines().take_while(|line| line.starts_with("//!")).map(str::to_owned).collect::<Vec<_>>()
        };
        let lines = lesson("exercises");
        assert_eq!(lines.len(), 5, "exercises/{name}.rs has a lesson of five lines");
        assert!(lines[4].contains(" minutes. Chapter ") && lines[4].contains("book/src/"), "{name}: {}", lines[4]);
        assert_eq!(lines, lesson("solutions"), "{name}");
    }
}

#[test]
fn the_hints_are_three_and_no_line_of_the_solution() {
    for Exercise { name, hint } in exercises() {
        let hints: Vec<&str> = hint.trim().split("\n\n").collect();
        assert_eq!(hints.len(), 3, "{name} has three hints");
        let solution = fs::read_to_string(format!("solutions/{name}.rs")).unwrap();
        let lines = solution.lines().map(str::trim).filter(|line| 12 <= line.len() && !line.starts_with("//"));
        let lines: Vec<&str> = lines.collect();
        for (at, hint) in hints.iter().enumerate() {
            assert!(hint.starts_with(&format!("Hint {}. ", at + 1)), "{name}: {hint}");
            for line in &lines {
                assert!(!hint.contains(line), "{name}: hint {} is a line of the solution: {line}", at + 1);
            }
        }
    }
}

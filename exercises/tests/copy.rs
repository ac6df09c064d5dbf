//! What `cargo xtask learn` makes is what a reader needs: its tests stop at the first exercise, and
//! go on to the next when that one is solved.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The executable of xtask, built if need be.
fn xtask() -> PathBuf {
    let build = ["build", "--offline", "--package", "xtask", "--message-format=json"];
    let output = Command::new(env!("CARGO")).args(build).current_dir("..").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let messages = messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut executables = messages.filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?)));
    executables.next_back().expect("xtask is an executable")
}

/// A copy in a repository of its own, that has our crates, exercises and target directory. It is
/// always the same one, so that its crates are built once.
fn fresh_copy(xtask: &Path) -> PathBuf {
    let repository = xtask.parent().unwrap().join("learn-copy");
    let learning = repository.join("learning");
    if learning.exists() {
        fs::remove_dir_all(&learning).unwrap();
    }
    fs::create_dir_all(&repository).unwrap();
    for folder in ["crates", "exercises", "target", "Cargo.toml"] {
        let link = repository.join(folder);
        if fs::symlink_metadata(&link).is_err() {
            symlink(fs::canonicalize(format!("../{folder}")).unwrap(), link).unwrap();
        }
    }
    let status = Command::new(xtask).arg("learn").env("CARGO_MANIFEST_DIR", repository.join("xtask")).status().unwrap();
    assert!(status.success());
    learning
}

/// `cargo test` in the copy: whether all passes, and the exercise that does not.
fn first_unsolved(learning: &Path) -> Option<String> {
    let output = Command::new(env!("CARGO")).args(["test", "--offline"]).current_dir(learning).output().unwrap();
    if output.status.success() {
        return None;
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let name = said.split("Error: exercise ").nth(1).and_then(|rest| rest.split([':', ' ']).next());
    let name = name.unwrap_or_else(|| panic!("{said}\n{}", String::from_utf8_lossy(&output.stderr)));
    Some(name.to_owned())
}

#[test]
fn a_copy_fails_at_the_first_exercise_that_is_not_solved() {
    let learning = fresh_copy(&xtask());
    let info: toml::Table = fs::read_to_string("info.toml").unwrap().parse().unwrap();
    let names = info["exercises"].as_array().unwrap().iter().map(|exercise| exercise["name"].as_str().unwrap());
    for name in names.take(3) {
        assert_eq!(first_unsolved(&learning).as_deref(), Some(name));
        let file = format!("{name}.rs");
        fs::copy(learning.join("solutions").join(&file), learning.join("exercises").join(&file)).unwrap();
    }
    let next = first_unsolved(&learning);
    assert!(next.is_none_or(|next| 3 < next[..2].parse::<usize>().unwrap()));
}

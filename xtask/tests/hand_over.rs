//! Commands that belong to `dcgan` reach it unchanged: words, directory, exit code and signals.
//!
//! A script stands in for Cargo, so that nothing is built and every exit code can be had.
#![cfg(unix)]

use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// `xtask ARGS`, with the fake Cargo that ends as `fake` says.
fn xtask(args: &[&str], fake: &str) -> Command {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    xtask.args(args).env("CARGO", here.join("tests/fake-cargo")).env("FAKE", fake);
    xtask
}

#[test]
fn words_and_directory_are_the_callers() {
    let cwd = env::temp_dir().canonicalize().unwrap();
    let output = xtask(&["train-images", "--data", "my pictures/*", ""], "0").current_dir(&cwd).output();
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("Cargo.toml");
    let expected = format!(
        "{}\n[run]\n[--release]\n[--package]\n[cli]\n[--bin]\n[dcgan]\n[--manifest-path]\n[{}]\n[--]\n\
         [train-images]\n[--data]\n[my pictures/*]\n[]\n",
        cwd.display(),
        manifest.display()
    );
    assert_eq!(String::from_utf8(output.unwrap().stdout).unwrap(), expected);
}

#[test]
fn the_book_is_a_program_of_its_own() {
    let output = xtask(&["book", "--figures", "--write"], "0").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("[run]\n[--quiet]\n[--package]\n[book]\n[--manifest-path]\n"), "{text}");
    assert!(text.ends_with("[--]\n[--figures]\n[--write]\n"), "{text}");
}

/// So that the commands that the program prints can be typed.
#[test]
fn the_program_is_told_what_the_user_typed() {
    let output = xtask(&["generate", "run"], "called").output().unwrap();
    assert!(output.stdout.ends_with(b"\ncargo xtask\n"), "{output:?}");
}

#[test]
fn exit_codes_pass_through() {
    for code in [0, 2, 3, 101, 130, 143] {
        let status = xtask(&["no-such-command"], &code.to_string()).output().unwrap().status;
        assert_eq!(status.code(), Some(code));
    }
}

#[test]
fn a_signal_reaches_the_command_and_its_code_comes_back() {
    let mut child = xtask(&["train-mnist"], "wait").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "ready"));
    let kill = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status();
    assert!(kill.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn help_shows_both_lists() {
    for args in [&[][..], &["help"], &["--help"], &["-h"]] {
        let output = xtask(args, "0").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with("Usage: cargo xtask"), "{text}");
        assert!(text.contains("\n  check ") && text.ends_with("[--]\n[--help]\n"), "{text}");
    }
    let output = xtask(&["help", "train-mnist"], "0").output().unwrap();
    assert!(output.stdout.ends_with(b"[--]\n[help]\n[train-mnist]\n"));
}

#[test]
fn what_check_does_not_know_is_one_line_and_exit_2() {
    let output = xtask(&["check", "--fast"], "0").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.starts_with("xtask: check does not know `--fast`") && said.lines().count() == 1, "{said}");
}

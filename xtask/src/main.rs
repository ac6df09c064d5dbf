//! Automation: `cargo xtask CMD ARGS`.
//!
//! `check` is the one command that lives here. `ladder` belongs to the book's examples and every
//! other one to the `dcgan` binary. xtask only sees to it that these are built in release, because
//! training or measuring in a debug build is a mistake that nobody should be able to make. So that
//! `cargo xtask` itself builds in seconds, it depends on none of the crates that it builds.
#![forbid(unsafe_code)]

mod check;
mod console;
mod lexer;
mod markdown;
mod modules;
mod paths;
mod promises;
mod reading;
mod rules;
mod source;
mod tree;

use std::env;
use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitCode};

use console::{cargo, complain, root, say};
use tree::Tree;

const HELP: &str = "\
Usage: cargo xtask CMD [ARGS]

  check [--quick | STEP…]  everything that a change must pass; --quick leaves out what takes minutes
  ladder [ARGS]            one convolution from naive loops to the engine, timed here, in 40 s
  path                     how many lines there are to read on the path of ARCHITECTURE.md
  help                     this text

Every other command is handed over to `dcgan`, which is built in release first. Its commands:
";

fn main() -> ExitCode {
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    let words: Vec<&str> = args.iter().map_while(|arg| arg.to_str()).collect();
    match words[..] {
        [] | ["help" | "--help" | "-h"] if words.len() == args.len() => {
            say(HELP);
            hand_over(DCGAN, &["--help".into()])
        }
        ["check", ref rest @ ..] if words.len() == args.len() => check::main(&root(), rest),
        ["path"] if words.len() == args.len() => path(),
        ["ladder", ..] => hand_over(LADDER, &args[1..]),
        _ => hand_over(DCGAN, &args),
    }
}

/// Prints the reading path with its lines.
fn path() -> ExitCode {
    match Tree::read(&root()) {
        Ok(tree) => {
            say(&reading::table(&tree));
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

/// A program of the workspace: its package and its binary.
type Program = [&'static str; 2];

const DCGAN: Program = ["cli", "dcgan"];

const LADDER: Program = ["book-examples", "ladder"];

/// Becomes `cargo run --release --package PACKAGE --bin BINARY -- ARGS`, in the caller's directory.
///
/// Cargo shows its build, then becomes the binary in the same way. All of them are one process
/// in the end, so Ctrl-C and `kill` reach the training, and its exit code is the caller's.
fn hand_over([package, binary]: Program, args: &[OsString]) -> ExitCode {
    let mut run = cargo();
    run.args(["run", "--release", "--package", package, "--bin", binary, "--manifest-path"]);
    run.arg(root().join("Cargo.toml")).arg("--").args(args);
    run.env("DCGAN_CALLED_AS", "cargo xtask"); // for the commands that it prints
    let error = replace_with(run);
    complain(&format!("cargo could not be started: {error}"));
    ExitCode::from(2)
}

#[cfg(unix)]
fn replace_with(mut command: Command) -> io::Error {
    use std::os::unix::process::CommandExt;
    command.exec()
}

/// Where a process cannot become another one: waits for it and exits with its code.
#[cfg(not(unix))]
fn replace_with(mut command: Command) -> io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

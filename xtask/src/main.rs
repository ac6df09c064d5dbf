//! Automation: `cargo xtask CMD ARGS`.
//!
//! `check`, `learn`, `path` and `web` live here. `book` is a crate of its own, and `ladder` belongs
//! to the book's examples. Every other command belongs to the `dcgan` binary. xtask only sees to it
//! that what computes is built in release, because training or measuring in a debug build is a
//! mistake that nobody should be able to make. So that `cargo xtask` itself builds in seconds, it
//! depends on none of the crates that it builds but the lexer, which is one file.
#![forbid(unsafe_code)]

mod arm;
mod check;
mod console;
mod exchange;
mod learn;
mod markdown;
mod modules;
mod page;
mod paths;
mod promises;
mod reading;
mod rules;
mod source;
mod tree;
mod web;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use console::{cargo, complain, replace_with, root, say};
use tree::Tree;

const HELP: &str = "\
Usage: cargo xtask CMD [ARGS]

  check [--quick | STEP…]  everything that a change must pass; --quick leaves out what takes minutes
  book [--serve | …]       weaves the book and builds its pages; --help says what else it does
  ladder [ARGS]            one convolution from naive loops to the engine, timed here, in 40 s
  learn [--update | --reset NAME | --hint [NAME] | --bench NAME | --final]
                           the exercises, in a copy of your own: learning/; --final trains by yours
  web [--check]            the engine as WebAssembly, for pages; --check compares it with the sources
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
            hand_over(&["--help".into()])
        }
        ["check" | "learn" | "web" | "path", .., "--help" | "-h"] if words.len() == args.len() => {
            say(HELP.split_once("Every other").map_or(HELP, |(own, _)| own));
            ExitCode::SUCCESS
        }
        ["check", ref rest @ ..] if words.len() == args.len() => check::main(&root(), rest),
        ["book", ..] => become_cargo_run(&["--quiet", "--package", "book"], &args[1..]),
        ["ladder", ..] => become_cargo_run(&["--release", "--package", "book-examples", "--bin", "ladder"], &args[1..]),
        ["learn", ref rest @ ..] if words.len() == args.len() => learn::main(&root(), rest),
        ["web", ref rest @ ..] if words.len() == args.len() => web::main(&root(), rest),
        ["path"] if words.len() == args.len() => path(),
        ["path", ..] => {
            complain("path takes no arguments");
            ExitCode::from(2)
        }
        _ => hand_over(&args),
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

/// Becomes `cargo run --release --package cli --bin dcgan -- ARGS`, in the caller's directory.
///
/// Cargo shows its build, then becomes the binary in the same way. All of them are one process
/// in the end, so Ctrl-C and `kill` reach the training, and its exit code is the caller's.
fn hand_over(args: &[OsString]) -> ExitCode {
    become_cargo_run(&["--release", "--package", "cli", "--bin", "dcgan"], args)
}

/// Becomes `cargo run` of the program that `which` names, with `args`.
fn become_cargo_run(which: &[&str], args: &[OsString]) -> ExitCode {
    let mut run = cargo();
    run.arg("run").args(which).arg("--manifest-path").arg(root().join("Cargo.toml")).arg("--").args(args);
    run.env("DCGAN_CALLED_AS", "cargo xtask"); // for the commands that it prints
    let error = replace_with(run);
    complain(&format!("cargo could not be started: {error}"));
    ExitCode::from(2)
}

//! The `dcgan` command line; `dcgan::cli` is all of it.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    dcgan::cli::main(std::env::args_os())
}

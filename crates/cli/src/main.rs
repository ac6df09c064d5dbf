//! The `dcgan` command line; [`cli`] is all of it.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main(std::env::args_os())
}

//! What every command of xtask needs: where the repository is, its Cargo, two ways to speak, and a
//! way to become another program.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Cargo that runs us, so that both use one toolchain.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The root of the repository.
///
/// Cargo names our directory in the environment. What it named at compile time is second choice: a
/// clone that was moved with its `target` keeps an executable that remembers the old place.
pub(crate) fn root() -> PathBuf {
    let here = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&here).parent().map_or_else(|| OsStr::new(".").into(), Path::to_path_buf)
}

/// Prints to standard output; if nobody listens any more, that is no error.
pub(crate) fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints a line to standard error.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "xtask: {line}");
}

/// Becomes `command`: one process, so signals and the exit code need no forwarding. Returns why it
/// could not.
#[cfg(unix)]
pub(crate) fn replace_with(mut command: Command) -> io::Error {
    use std::os::unix::process::CommandExt;
    command.exec()
}

/// Where a process cannot become another one: waits for it and exits with its code.
#[cfg(not(unix))]
pub(crate) fn replace_with(mut command: Command) -> io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

//! `cargo xtask check exchange`: exported networks in ONNX Runtime, where Python and its packages
//! are.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::console::say;

/// What holds exported networks against other programs, and its arguments for the quick part.
const COMMAND: [&str; 5] = ["python3", "tests/exchange/check.py", "--onnx", "--profile", "dev"];
/// Its exit code where there are no packages; it has said so.
const NO_PACKAGES: i32 = 3;

/// Runs it. Where there is no Python, or it can have no packages, that is said and nothing is
/// wrong.
pub(crate) fn check(root: &Path) -> Result<()> {
    let [python, script @ ..] = COMMAND;
    match Command::new(python).args(script).current_dir(root).status() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            say(&format!("there is no {python}, so nothing is held against ONNX Runtime"));
            Ok(())
        }
        status => {
            let status = status.with_context(|| format!("{python} could not be started"))?;
            ensure!(status.success() || status.code() == Some(NO_PACKAGES), "{}: {status}", script[0]);
            Ok(())
        }
    }
}

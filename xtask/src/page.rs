//! The step `page` of `check`: the page to play with in a real browser, held against the command
//! line.
//!
//! `tests/page/page.mjs` drives it. Browser, Node.js and the driver are no dependencies of the
//! project; where one is missing, the step says so in a line and passes.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::console::{cargo, say};

/// What a browser of Chromium's kind is called.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// The folder of the tests, with the version of their driver.
const FOLDER: &str = "tests/page";

/// Drives the page, if the machine has what that takes.
///
/// # Errors
/// If the page is not as it should be.
pub(crate) fn check(root: &Path) -> Result<()> {
    let Some(browser) = BROWSERS.iter().find_map(|name| found(name)) else {
        return skipped("there is no Chromium; on Debian, apt-get install chromium");
    };
    if found("node").is_none() {
        return skipped("there is no Node.js");
    }
    if !root.join(FOLDER).join("node_modules/playwright-core").is_dir() {
        let npm = Command::new("npm").args(["ci", "--silent"]).current_dir(root.join(FOLDER)).status();
        if !npm.is_ok_and(|status| status.success()) {
            return skipped("the browser's driver could not be installed; try `npm ci` in tests/page");
        }
    }
    let status = cargo().args(["build", "--quiet", "--package", "cli", "--bin", "dcgan"]).current_dir(root).status()?;
    ensure!(status.success(), "the program could not be built");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    let mut drive = Command::new("node");
    drive.arg(format!("{FOLDER}/page.mjs")).arg(target.join("debug/dcgan")).arg(browser).current_dir(root);
    let status = drive.status().context("node could not be started")?;
    ensure!(status.success(), "the page is not as it should be");
    Ok(())
}

fn skipped(why: &str) -> Result<()> {
    say(&format!("the page is not driven: {why}\n"));
    Ok(())
}

/// The program of that name, if it can be called by it.
fn found(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::found;

    #[test]
    fn programs_are_found_by_name() {
        assert!(found("cargo").is_some());
        assert!(found("no-program-is-called-so").is_none());
    }
}

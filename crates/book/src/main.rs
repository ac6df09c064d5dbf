//! `cargo xtask book`: weaves the book and calls mdBook, which makes the pages.
//!
//! mdBook is a tool beside the project and no dependency of it. Without it the book is woven, and
//! one line says how to install it.
#![forbid(unsafe_code)]

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use book::{Summary, remake, weave};

const HELP: &str = "\
Usage: cargo xtask book [--serve | --figures [--write] | --words]

  (nothing)            weave book/src and build the pages: target/book/html/index.html
  --serve              the same, and again after every change; the pages are at http://localhost:3000
  --figures            make the exact figures again and compare them with those of book/src/figures
  --figures --write    make the exact figures again and put them there
  --words              weave, and count the words of each page
";

/// The version of mdBook that the pages were looked at with.
const MDBOOK: &str = "0.5.4";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    // Cargo names our folder; what it was at compile time is second choice, for a clone that moved.
    let here = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let root = Path::new(&here).ancestors().nth(2).unwrap_or_else(|| Path::new(".")).to_owned();
    let done = match args[..] {
        [] => woven(&root).and_then(|summary| build(&summary)),
        ["--serve"] => serve(&root),
        ["--figures"] => figures(&root, false),
        ["--figures", "--write"] => figures(&root, true),
        ["--words"] => woven(&root).map(|summary| {
            for (page, words) in &summary.words {
                say(&format!("{words:>6}  {page}"));
            }
        }),
        ["--help" | "-h"] | ["--serve" | "--figures" | "--words", "--help"] | ["--figures", "--write", "--help"] => {
            say(HELP.trim_end());
            Ok(())
        }
        _ => {
            complain(&format!("it does not take `{}`\n{}", args.join(" "), HELP.trim_end()));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn woven(root: &Path) -> Result<Summary> {
    let summary = weave(root).map_err(|complaints| listed(&complaints))?;
    say(&summary.contents);
    Ok(summary)
}

/// mdBook, from the path or from where Cargo installs; `None`, and a line that says so, without it.
fn mdbook() -> Option<Command> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let places = [Some("mdbook".into()), home.map(|home| home.join("bin/mdbook"))];
    let is_there = |program: &PathBuf| Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok();
    let program = places.into_iter().flatten().find(is_there);
    if program.is_none() {
        say(&format!("no mdbook, so no pages yet: cargo install mdbook --locked --version {MDBOOK}"));
    }
    program.map(Command::new)
}

/// Makes the pages. A warning of mdBook is a mistake of a chapter.
fn build(summary: &Summary) -> Result<()> {
    if let Some(mut mdbook) = mdbook() {
        let output = mdbook.arg("build").arg(&summary.folder).output().context("mdbook could not be started")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success() && !said.contains("WARN"), "mdbook build: {}\n{}", output.status, said.trim());
        say(&format!("{}", summary.folder.join("html/index.html").display()));
    }
    Ok(())
}

/// Weaves again every half second; mdBook builds whatever that changed, and tells the browser.
fn serve(root: &Path) -> Result<()> {
    let first = woven(root)?;
    let Some(mut mdbook) = mdbook() else {
        return Ok(());
    };
    let mut child = mdbook.arg("serve").arg(&first.folder).spawn().context("mdbook could not be started")?;
    let mut last = Ok(first);
    loop {
        if let Some(status) = child.try_wait()? {
            bail!("mdbook serve: {status}");
        }
        sleep(Duration::from_millis(500));
        let now = weave(root);
        if now != last {
            match &now {
                Ok(summary) => say(&summary.contents),
                Err(complaints) => complain(&complaints.join("\n")),
            }
            last = now;
        }
    }
}

fn figures(root: &Path, puts_in_place: bool) -> Result<()> {
    let start = Instant::now();
    let made = remake(root, puts_in_place).map_err(|complaints| listed(&complaints))?;
    let what = if puts_in_place { "made" } else { "made again, and the same" };
    say(&format!("{} figures {what}, in {:.1} s", made.len(), start.elapsed().as_secs_f64()));
    Ok(())
}

fn listed(complaints: &[String]) -> anyhow::Error {
    anyhow::anyhow!("{} to mend:\n{}", complaints.len(), complaints.join("\n"))
}

fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "book: {line}");
}

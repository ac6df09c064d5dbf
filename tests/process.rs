//! The program under test, from outside: how it is started, and what it leaves behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program that cargo has built beside this test.
///
/// # Panics
/// If the test does not run from where cargo puts it.
#[must_use]
pub fn program() -> Command {
    let test = std::env::current_exe().expect("a test has a path");
    let folder = test.parent().and_then(Path::parent).expect("target/PROFILE/deps/TEST");
    Command::new(folder.join("dcgan-under-test"))
}

/// Runs it to its end.
///
/// # Panics
/// If it cannot be started.
#[must_use]
pub fn dcgan(args: &[&str], folder: &Path) -> Output {
    program().args(args).current_dir(folder).output().expect("it starts")
}

/// Runs it from a shell, behind `before`, such as a limit.
///
/// # Panics
/// If there is no shell.
#[must_use]
pub fn under(before: &str, args: &[&str], folder: &Path) -> Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{before}; exec \"$0\" \"$@\"")]).arg(program().get_program()).args(args);
    // Errors are one line, but for whoever asks for more.
    shell.env_remove("RUST_BACKTRACE").current_dir(folder).output().expect("a shell")
}

/// Arguments of a run that takes no time, on the set in `data`.
///
/// # Panics
/// If the path is not UTF-8.
#[must_use]
pub fn quick<'a>(data: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["train-mnist", "--width", "4", "--batch-size", "4", "--data", data.to_str().expect("UTF-8")];
    args.extend(more);
    args
}

/// # Panics
/// If the bytes are not UTF-8.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Asserts that a command succeeded without a word on standard error.
///
/// # Panics
/// If it did not.
#[track_caller]
pub fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    assert_eq!("", text(&output.stderr));
    text(&output.stdout)
}

/// Asserts that a command failed with `code` and one line on standard error that contains every part.
///
/// # Panics
/// If it did not.
#[track_caller]
pub fn fails(output: &Output, code: i32, parts: &[&str]) {
    let stderr = text(&output.stderr);
    assert_eq!((Some(code), 1), (output.status.code(), stderr.lines().count()), "{stderr}");
    assert!(stderr.starts_with("dcgan: ") && !stderr.contains("panicked"), "{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "{part:?} is not in: {stderr}");
    }
}

/// Everything that a run's bits decide: its files by name, without the speed in the log, and without the
/// place and the machine in the config.
///
/// # Panics
/// If there is no run.
#[must_use]
pub fn bits(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(run, run, &mut files);
    let metrics = text(&files[Path::new("metrics.csv")]);
    let metrics: Vec<&str> = metrics.lines().map(|line| line.rsplit_once(',').expect("columns").0).collect();
    files.insert("metrics.csv".into(), metrics.join("\n").into_bytes());
    let config = text(&files[Path::new("config.toml")]);
    let config = config.split("[environment]").next().unwrap_or_default();
    files.insert("config.toml".into(), config.as_bytes().to_vec());
    for name in [".lock", "report.html"] {
        files.remove(Path::new(name)); // a report tells the time, and the place
    }
    files
}

fn collect(run: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(run, &path, files);
        } else {
            let name = path.strip_prefix(run).expect("below it").to_owned();
            files.insert(name, std::fs::read(&path).expect("a file"));
        }
    }
}

/// Asserts that two runs left the same files with the same bytes.
///
/// # Panics
/// If they did not, with the names of those that differ.
#[track_caller]
pub fn assert_same(expected: &BTreeMap<PathBuf, Vec<u8>>, found: &BTreeMap<PathBuf, Vec<u8>>, what: &str) {
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(expected), names(found), "{what}: the files");
    let differ: Vec<_> =
        expected.iter().filter(|(name, bytes)| found[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(differ.is_empty(), "{what}: {differ:?} differ");
}

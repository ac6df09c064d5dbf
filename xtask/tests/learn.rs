//! `learn` makes a copy that git does not see, and loses nothing of it, killed or not.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Instant;

/// A repository of its own with a copy of the real exercises, which are not in `target`'s way.
struct Repository(PathBuf);

impl Repository {
    fn new(name: &str) -> Self {
        let place = std::env::temp_dir().join(format!("xtask-learn-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&place);
        let real = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for path in files(&real.join("exercises")) {
            let copy = place.join("exercises").join(&path);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(real.join("exercises").join(&path), copy).unwrap();
        }
        fs::copy(real.join(".gitignore"), place.join(".gitignore")).unwrap();
        Self(place)
    }

    /// `xtask learn ARGS` in this repository.
    fn learn(&self, args: &[&str]) -> Command {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        xtask.arg("learn").args(args).env("CARGO_MANIFEST_DIR", self.0.join("xtask"));
        xtask.stdin(Stdio::null());
        xtask
    }

    fn says(&self, args: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.learn(args).output().unwrap();
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.0.join(path), text).unwrap();
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The files below a folder, by their paths in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let name = PathBuf::from(entry.unwrap().file_name());
        if folder.join(&name).is_dir() {
            found.extend(files(&folder.join(&name)).into_iter().map(|path| name.join(path)));
        } else {
            found.push(name);
        }
    }
    found
}

#[test]
fn a_copy_has_what_the_reader_needs_and_git_does_not_see_it() {
    let repository = Repository::new("copy");
    let git = |args: &[&str]| {
        let output = Command::new("git").args(args).current_dir(&repository.0).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    git(&["init", "--quiet"]);
    let before = git(&["status", "--short", "--untracked-files=all"]);
    let said = repository.says(&[]);
    assert!(
        said.contains("cargo install rustlings --locked") && said.contains("cargo test --bin 01_offsets"),
        "{said}"
    );
    let first = repository.read("exercises/exercises/01_offsets.rs");
    assert_eq!(first, repository.read("learning/exercises/01_offsets.rs"));
    assert!(repository.read("learning/Cargo.toml").contains("exercises = { path = \"../exercises\" }"));
    assert_eq!(before, git(&["status", "--short", "--untracked-files=all"]));
}

#[test]
fn hints_come_one_at_a_time() {
    let repository = Repository::new("hints");
    repository.says(&[]);
    for expected in ["Hint 1. ", "Hint 2. ", "Hint 3. ", "Hint 3. "] {
        let said = repository.says(&["--hint"]);
        assert!(said.starts_with(&format!("01_offsets, {expected}")), "{said}");
    }
    repository.write("learning/exercises/01_offsets.rs", "solved");
    assert!(!repository.says(&["--hint"]).starts_with("01_offsets, "));
    // rustlings knows better which exercise it is at.
    repository.write("learning/.rustlings-state.txt", "DON'T EDIT THIS FILE!\n\n08_conv_gradients\n\n01_offsets");
    assert!(repository.says(&["--hint"]).starts_with("08_conv_gradients, Hint 1. "));
    assert!(repository.says(&["--hint", "8"]).starts_with("08_conv_gradients, Hint 2. "));
}

#[test]
fn what_learn_does_not_know_is_one_line_and_exit_2() {
    let repository = Repository::new("usage");
    for args in [&["--reset"][..], &["--reset", "99_none"], &["--hint", "x", "y"], &["01_offsets"]] {
        let output = repository.learn(args).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    }
    assert!(!repository.0.join("learning").exists());
}

/// The reader's file is edited, and the originals change from round to round, so that an update
/// writes all other files. Whenever the process is killed, each file is one of its whole versions,
/// and the reader's is there, at its place or beside it.
#[test]
fn killed_at_any_moment_it_loses_nothing() {
    let repository = Repository::new("killed");
    repository.says(&[]);
    let time = |_| {
        let start = Instant::now();
        repository.says(&["--update"]);
        start.elapsed()
    };
    let whole = (0..5).map(time).min().unwrap();
    let originals: Vec<PathBuf> = files(&repository.0.join("exercises/exercises"));
    let first: BTreeMap<String, String> = originals
        .iter()
        .map(|path| path.display().to_string())
        .map(|name| (name.clone(), repository.read(&format!("exercises/exercises/{name}"))))
        .collect();
    let mut killed = 0;
    for round in 0..60_u32 {
        let mine = format!("// What I wrote in round {round}.\n{}", "// It is long.\n".repeat(2000));
        repository.write("learning/exercises/07_conv.rs", &mine);
        for (name, text) in &first {
            repository.write(&format!("exercises/exercises/{name}"), &format!("{text}// Round {round}.\n"));
        }
        let is_reset = round % 3 == 2;
        let args: &[&str] = if is_reset { &["--reset", "07_conv"] } else { &["--update"] };
        let mut child = repository.learn(args).stdout(Stdio::null()).spawn().unwrap();
        // A different moment each time; the last are after the end.
        thread::sleep(whole.mul_f64(1.3 * f64::from(round * 37 % 60) / 60.0));
        killed += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();

        for (name, text) in &first {
            let now = repository.read(&format!("learning/exercises/{name}"));
            let is_whole = now == *text
                || now
                    .strip_prefix(text.as_str())
                    .is_some_and(|rest| rest.starts_with("// Round ") && rest.ends_with(".\n"));
            assert!(is_whole || name == "07_conv.rs", "round {round}: {name} is\n{now}");
        }
        let now = repository.read("learning/exercises/07_conv.rs");
        if now != mine {
            assert!(is_reset, "round {round}: an update has touched an edited file");
            assert_eq!(now, repository.read("exercises/exercises/07_conv.rs"));
            let is_kept = |path: &PathBuf| repository.read(&format!("learning/exercises/{}", path.display())) == mine;
            assert!(files(&repository.0.join("learning/exercises")).iter().any(is_kept), "round {round}: mine is gone");
        }
    }
    assert!(5 < killed, "only {killed} of 60 were killed before their end");
    // And it is well again.
    repository.write("learning/exercises/07_conv.rs", "mine");
    repository.says(&["--update"]);
    assert_eq!(
        repository.read("learning/exercises/01_offsets.rs"),
        repository.read("exercises/exercises/01_offsets.rs")
    );
    assert_eq!(repository.read("learning/exercises/07_conv.rs"), "mine");
}

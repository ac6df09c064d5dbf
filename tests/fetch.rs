//! `fetch`, with a `curl` that is a script: what it writes, what it refuses, and that nothing half-written is left.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;
use tests::here;

/// A folder with `bin/curl`, which notes the address in `log` and then does what `script` says; `$file` is the last
/// part of the address, `$mnist` the folder of the real MNIST.
fn with_curl(script: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mnist = here("../datasets/mnist");
    let text = format!(
        "#!/bin/sh\nfor address; do :; done\necho \"$address\" >>'{}'\nfile=${{address##*/}}\nmnist='{}'\n{script}\n",
        folder.path().join("log").display(),
        mnist.display()
    );
    let curl = folder.path().join("bin/curl");
    std::fs::create_dir(folder.path().join("bin")).unwrap();
    std::fs::write(&curl, text).unwrap();
    std::fs::set_permissions(&curl, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn fetch(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dcgan-under-test"));
    let path = format!("{}:/usr/bin:/bin", folder.join("bin").display());
    command.arg("fetch").args(args).env("PATH", path).current_dir(folder).output().expect("it starts")
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Asserts exit code 2, and one line with every part.
#[track_caller]
fn fails(output: &Output, parts: &[&str]) {
    let stderr = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    assert_eq!((Some(2), 1), (output.status.code(), stderr.lines().count()), "{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "{part:?} is not in: {stderr}");
    }
}

fn log(folder: &Path) -> Vec<String> {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// The names in a folder; none if it is not there.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const FILES: [&str; 4] = [
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
];
const SECOND: &str = "https://ossci-datasets.s3.amazonaws.com/mnist/";

#[test]
fn a_set_is_fetched_once_and_mended_when_it_was_changed() {
    let folder = with_curl("exec cat \"$mnist/$file\"");
    let folder = folder.path();
    let stdout = succeeds(&fetch(folder, &["mnist", "--out", "digits"]));
    assert!(stdout.ends_with("dcgan-under-test train-mnist --data digits\n"), "{stdout}");
    assert_eq!(FILES, *names(&folder.join("digits")));
    assert_eq!(4, log(folder).len());

    let path = folder.join("digits/train-labels-idx1-ubyte.gz");
    let good = std::fs::read(&path).unwrap();
    let before = std::fs::metadata(&path).unwrap().modified().unwrap();
    let stdout = succeeds(&fetch(folder, &["mnist", "--data", "digits"]));
    assert_eq!((4, 4), (log(folder).len(), stdout.matches("already there, and as published").count()), "{stdout}");
    assert_eq!(before, std::fs::metadata(&path).unwrap().modified().unwrap());

    std::fs::write(&path, &good[..good.len() / 2]).unwrap();
    succeeds(&fetch(folder, &["mnist", "--out", "digits"]));
    assert_eq!(5, log(folder).len());
    assert!(std::fs::read(&path).unwrap() == good);

    // A whole file of that name may be another set, of which this is the only copy.
    let other = std::fs::read(folder.join("digits/t10k-labels-idx1-ubyte.gz")).unwrap();
    std::fs::write(&path, &other).unwrap();
    let parts = ["digits/train-labels-idx1-ubyte.gz: ", "(that of mnist's t10k-labels", "move it away first"];
    fails(&fetch(folder, &["mnist", "--out", "digits"]), &parts);
    fails(&fetch(folder, &["mnist", "--out", "digits", "--from", here("../datasets/mnist").to_str().unwrap()]), &parts);
    assert!(std::fs::read(&path).unwrap() == other);
    assert_eq!(5, log(folder).len());

    // By default it goes where training looks.
    std::fs::create_dir(folder.join("datasets")).unwrap();
    succeeds(&fetch(folder, &["mnist"]));
    assert_eq!(FILES, *names(&folder.join("datasets/mnist")));
}

#[test]
fn a_second_address_is_tried() {
    let folder = with_curl("case $address in *ossci*) exec cat \"$mnist/$file\";; esac; echo no >&2; exit 22");
    let stdout = succeeds(&fetch(folder.path(), &["mnist", "--out", "digits"]));
    assert!(stdout.contains(&format!("train-images-idx3-ubyte.gz: fetched from {SECOND}train-images")), "{stdout}");
    assert_eq!(8, log(folder.path()).len());
    assert_eq!(FILES, *names(&folder.path().join("digits")));
}

#[test]
fn what_goes_wrong_is_said_and_leaves_nothing() {
    let way_out = "--from FILE";
    let first = "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz: ";
    for (script, reason) in [
        ("echo 'curl: (6) Could not resolve host: x' >&2; exit 6", "curl: (6) Could not resolve host: x"),
        ("exit 28", "curl failed (exit status: 28)"),
        ("head -c 5000000 \"$mnist/$file\"; exit 18", "curl failed (exit status: 18)"),
        // A download that is cut without anybody noticing, a page in its place, and another file.
        ("head -c 5000000 \"$mnist/$file\"", "the gzip data is cut short"),
        ("echo '<html>log in here</html>'", "an HTML or XML page"),
        ("exec cat \"$mnist/t10k-images-idx3-ubyte.gz\"", "(that of mnist's t10k-images-idx3-ubyte)"),
        ("exit 0", "at byte 0"),
    ] {
        let folder = with_curl(script);
        let output = fetch(folder.path(), &["mnist", "--out", "digits"]);
        fails(&output, &[first, reason, SECOND, way_out]);
        assert!(names(&folder.path().join("digits")).is_empty(), "{script}");
    }

    let folder = with_curl("exit 6");
    let output = fetch(folder.path(), &["cifar10", "--out", "pictures"]);
    fails(&output, &["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz: curl failed", way_out]);
    fails(
        &fetch(folder.path(), &["fashion-mnist"]),
        &["http://fashion-mnist.s3-website", "https://github.com/", way_out],
    );
    fails(&fetch(folder.path(), &["imagenet"]), &["imagenet", "mnist, fashion-mnist, cifar10"]);

    let mut command = Command::new(env!("CARGO_BIN_EXE_dcgan-under-test"));
    let output = command
        .args(["fetch", "mnist", "--out", "digits"])
        .env("PATH", "/nowhere")
        .current_dir(folder.path())
        .output()
        .unwrap();
    fails(&output, &[first, "the command curl, which downloads, cannot be started", way_out]);

    let folder = with_curl("exec cat \"$mnist/$file\"");
    std::fs::write(folder.path().join("taken"), "").unwrap();
    fails(&fetch(folder.path(), &["mnist", "--out", "taken"]), &["taken: cannot be created", "--out"]);
    // An unzipped file would be read in place of the one that is fetched.
    std::fs::create_dir(folder.path().join("digits")).unwrap();
    std::fs::write(folder.path().join("digits/train-images-idx3-ubyte"), "changed").unwrap();
    let parts = ["digits/train-images-idx3-ubyte: ", "move it away"];
    fails(&fetch(folder.path(), &["mnist", "--out", "digits"]), &parts);
    assert_eq!(["train-images-idx3-ubyte"], *names(&folder.path().join("digits")));
}

#[test]
fn a_file_at_hand_needs_no_network() {
    let folder = with_curl("exit 6");
    let folder = folder.path();
    let (mnist, labels) = (here("../datasets/mnist"), here("../datasets/mnist/train-labels-idx1-ubyte.gz"));
    let from = |path: &Path, name: &str| fetch(folder, &[name, "--out", "digits", "--from", path.to_str().unwrap()]);

    let stdout = succeeds(&from(&labels, "mnist"));
    assert!(stdout.contains("still missing: train-images-idx3-ubyte.gz, t10k-images-idx3-ubyte.gz"), "{stdout}");
    assert_eq!(["train-labels-idx1-ubyte.gz"], *names(&folder.join("digits")));
    succeeds(&from(&mnist, "mnist"));
    assert_eq!(FILES, *names(&folder.join("digits")));
    assert!(log(folder).is_empty());

    std::fs::remove_dir_all(folder.join("digits")).unwrap();
    fails(&from(&labels, "fashion-mnist"), &["these are not the bytes of fashion-mnist's", "(that of mnist's"]);
    fails(&from(&labels, "cifar10"), &["train-labels-idx1-ubyte.gz: ", "tar archive"]);
    fails(&from(folder, "mnist"), &["train-images-idx3-ubyte.gz: No such file"]);
    fails(&from(&folder.join("bin/curl"), "mnist"), &["curl: this is none of mnist's files: train-images"]);
    assert!(!folder.join("digits").exists());
}

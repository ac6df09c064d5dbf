//! What a run keeps, and what it is kept from: a checkpoint of another name, its own pictures as data, a pipe or a device
//! in place of a file, a lock that is a link, a terminal that is gone.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use image::{GrayImage, Luma};
use tests::process::{assert_same, bits, dcgan, fails, program, quick, succeeds, text};
use tests::toy_set;

fn empty() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_run_without_its_checkpoint_is_not_begun_again() {
    let (set, place) = (toy_set(12), empty());
    let folder = place.path();
    succeeds(&dcgan(&quick(set.path(), &["--steps", "4", "--sample-every", "2", "--out", "run"]), folder));
    let run = folder.join("run");
    std::fs::rename(run.join("checkpoint.safetensors"), run.join("best.safetensors")).unwrap();
    let before = bits(&run);
    let found = ["run: there is no checkpoint.safetensors in it, but best.safetensors, which is of step 4"];
    let way_out = ["a log up to step 4", "samples up to step 4", "rename best.safetensors to checkpoint.safetensors"];
    fails(&dcgan(&["train-mnist", "--resume", "run"], folder), 2, &[&found[..], &way_out].concat());
    std::fs::remove_file(run.join("best.safetensors")).unwrap();
    let way_out = ["a log up to step 4", "remove metrics.csv and samples"];
    fails(&dcgan(&["train-mnist", "--resume", "run"], folder), 2, &way_out);
    let mut after = before.clone();
    after.remove(Path::new("best.safetensors"));
    assert_same(&after, &bits(&run), "refused");
    // Being told to is another matter.
    std::fs::remove_file(run.join("metrics.csv")).unwrap();
    std::fs::remove_dir_all(run.join("samples")).unwrap();
    let told = succeeds(&dcgan(&["train-mnist", "--resume", "run"], folder));
    assert!(told.contains("it begins again"), "{told}");
    assert_eq!(before[Path::new("samples/step-000004.png")], bits(&run)[Path::new("samples/step-000004.png")]);
}

/// A folder with as many different grey pictures.
fn pictures(folder: &Path, count: u8) {
    for i in 0..count {
        let picture = GrayImage::from_fn(20, 20, |x, y| Luma([(x * 9 + y) as u8 ^ (i * 20)]));
        picture.save(folder.join(format!("{i}.png"))).unwrap();
    }
}

const SMALL: [&str; 7] = ["train-images", "--size", "16", "--width", "8", "--batch-size", "4"];

#[test]
fn a_run_may_lie_in_its_own_pictures() {
    let place = empty();
    pictures(place.path(), 8);
    let start = [&SMALL[..], &["--data", ".", "--steps", "2", "--sample-every", "1"]].concat();
    let told = succeeds(&dcgan(&start, place.path()));
    assert!(told.contains("read 8 pictures"), "{told}");
    let run = std::fs::read_dir(place.path().join("runs")).unwrap().next().unwrap().unwrap().path();
    let run = run.to_str().unwrap();
    succeeds(&dcgan(&["generate", run, "--out", "generated.png"], place.path()));
    let told = succeeds(&dcgan(&["train-images", "--resume", run, "--steps", "3"], place.path()));
    assert!(told.contains("read 8 pictures"), "{told}");
    let told = succeeds(&dcgan(&start, place.path()));
    let left_out = "; pictures that dcgan made: 1; directories of runs: 1";
    assert!(told.contains("read 8 pictures") && told.contains(left_out), "{told}");
}

#[test]
fn a_picture_may_have_another_name_but_not_another_content() {
    let place = empty();
    pictures(place.path(), 8);
    succeeds(&dcgan(&[&SMALL[..], &["--data", ".", "--steps", "2", "--out", "run"]].concat(), place.path()));
    let resume = |steps| dcgan(&["train-images", "--resume", "run", "--steps", steps], place.path());
    std::fs::rename(place.path().join("0.png"), place.path().join("z.png")).unwrap();
    succeeds(&resume("3"));
    GrayImage::from_pixel(20, 20, Luma([7])).save(place.path().join("1.png")).unwrap();
    fails(&resume("4"), 2, &["8 other images than the 8", "at least one has changed"]);
    std::fs::remove_file(place.path().join("1.png")).unwrap();
    fails(&resume("4"), 2, &["7 other images than the 8", "some are gone"]);
}

/// As [`dcgan`], but for at most ten seconds and a gigabyte.
fn bounded(args: &[&str], folder: &Path) -> Output {
    let mut command = Command::new("timeout");
    command.args(["10", "sh", "-c", "ulimit -v 4000000; exec \"$0\" \"$@\""]).arg(program().get_program());
    command.args(args).current_dir(folder).output().unwrap()
}

#[test]
fn what_never_ends_is_refused_wherever_a_file_is_named() {
    let place = empty();
    let folder = place.path();
    assert!(Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    for what in ["/dev/zero", "pipe"] {
        for args in [
            &["generate", what][..],
            &["evaluate", what],
            &["train-mnist", "--config", what],
            &["train-mnist", "--data", what],
            &["train-cifar", "--data", what],
            &["fetch", "mnist", "--from", what, "--out", "sets"],
        ] {
            let output = bounded(args, folder);
            fails(&output, 2, &[what, "it is a pipe or a device, not a file"]);
        }
    }
    let run = folder.join("run");
    std::fs::create_dir(&run).unwrap();
    assert!(Command::new("mkfifo").arg(run.join("checkpoint.safetensors")).status().unwrap().success());
    fails(&bounded(&["train-mnist", "--resume", "run"], folder), 2, &["it is a pipe or a device"]);
    let set = folder.join("set");
    std::fs::create_dir(&set).unwrap();
    for i in 0..100 {
        GrayImage::from_pixel(28, 28, Luma([i])).save(set.join(format!("{i}.png"))).unwrap();
    }
    assert!(Command::new("mkfifo").arg(set.join("0a.png")).status().unwrap().success());
    fails(&bounded(&["evaluate", "set"], folder), 2, &["0a.png: it is a pipe or a device"]);
}

#[test]
fn a_lock_that_is_a_link_cuts_nothing() {
    let (set, place) = (toy_set(12), empty());
    let folder = place.path();
    succeeds(&dcgan(&quick(set.path(), &["--steps", "1", "--out", "run"]), folder));
    std::fs::write(folder.join("thesis.tex"), "ten years").unwrap();
    std::fs::remove_file(folder.join("run/.lock")).unwrap();
    std::os::unix::fs::symlink(folder.join("thesis.tex"), folder.join("run/.lock")).unwrap();
    let output = dcgan(&["train-mnist", "--resume", "run", "--steps", "2"], folder);
    fails(&output, 2, &[".lock: it is no lock of a run"]);
    assert_eq!("ten years", std::fs::read_to_string(folder.join("thesis.tex")).unwrap());
}

/// Whether this process has been told to ignore SIGHUP, as far as the system says so.
fn ignores_hangups() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[test]
fn a_terminal_that_is_gone_saves_the_run() {
    if ignores_hangups() {
        eprintln!("skipped: this process was started to ignore hangups, as `nohup` does, and so would its children");
        return;
    }
    let (set, place) = (toy_set(12), empty());
    let args = quick(set.path(), &["--epochs", "100000", "--out", "run"]);
    let mut child =
        program().args(args).current_dir(place.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("step 1/")), "the first step");
    assert!(Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap().success());
    lines.for_each(drop);
    fails(&child.wait_with_output().unwrap(), 129, &["saved after step", "--resume run"]);
    assert!(place.path().join("run/checkpoint.safetensors").exists());
}

/// `nohup` is the way to let a training outlive its terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_run_that_was_told_to_ignore_its_terminal_goes_on() {
    let (set, place) = (toy_set(12), empty());
    let args = quick(set.path(), &["--epochs", "100000", "--sample-every", "20", "--out", "run"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(program().get_program()).args(args);
    let mut child = shell.current_dir(place.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let signal = |name: &str| Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(lines.any(|line| line.unwrap().contains("step 20/")));
    assert!(signal("-HUP").success());

    assert!(lines.any(|line| line.unwrap().contains("step 200/")), "it goes on");
    assert!(signal("-TERM").success());
    lines.for_each(drop);
    fails(&child.wait_with_output().unwrap(), 143, &["saved after step"]);
}

#[test]
fn whoever_names_steps_gets_steps() {
    let (set, place) = (toy_set(12), empty());
    let told = succeeds(&dcgan(&quick(set.path(), &["--epochs", "1", "--steps", "5", "--out", "run"]), place.path()));
    assert!(told.contains("5 steps in"), "{told}");
    let told = succeeds(&dcgan(&["train-mnist", "--resume", "run", "--steps", "17"], place.path()));
    assert!(told.contains("17 steps in"), "{told}");

    pictures(place.path(), 8);
    let output = dcgan(&[&SMALL[..], &["--data", ".", "--dry-run"]].concat(), place.path());
    let told = succeeds(&output);
    assert!(told.contains("5000 steps in 2500 epochs"), "{told}");
    let told = succeeds(&dcgan(&[&SMALL[..], &["--data", ".", "--steps", "1", "--out", "few"]].concat(), place.path()));
    assert!(told.contains("8 pictures are few: a GAN wants 1000 or more of one kind"), "{told}");
    assert!(text(&output.stderr).is_empty());
}

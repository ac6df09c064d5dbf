//! Where a machine ends: full disks, folders that cannot be written or vanish, little memory, few processors. One line
//! says what is wrong, nothing is lost, and no half file has a real name.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use dcgan::picture::Picture;
use runs::checkpoint::Checkpoint;
use tests::process::{assert_same, bits, dcgan, fails, program, quick, succeeds, text, under};
use tests::toy_set;

/// Asserts that every file under its real name is whole.
fn all_whole(run: &Path) {
    for (name, bytes) in bits(run) {
        let text = name.to_string_lossy();
        if text.ends_with(".safetensors") {
            Checkpoint::from_bytes(&bytes).unwrap_or_else(|reason| panic!("{text}: {reason}"));
        }
        if text.ends_with(".png") {
            Picture::from_png(&bytes).unwrap_or_else(|reason| panic!("{text}: {reason}"));
        }
    }
}

/// A small file system of its own, where the system lets us have one.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new(kilobytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        mount(&["-t", "tmpfs", "-o", &format!("size={kilobytes}k"), "none"], folder.path()).then_some(Self(folder))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

fn mount(options: &[&str], path: &Path) -> bool {
    let output = Command::new("mount").args(options).arg(path).output();
    output.is_ok_and(|output| output.status.success())
}

const EVERY: [&str; 8] = ["--epochs", "4", "--sample-every", "1", "--checkpoint-every", "1", "--keep", "99"];

#[test]
fn a_full_disk_loses_nothing() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let whole = folder.path().join("whole");
    succeeds(&dcgan(&quick(set.path(), &[&EVERY[..], &["--out", "whole"]].concat()), folder.path()));
    for kilobytes in [16, 300, 500, 777] {
        let Some(disk) = Disk::new(kilobytes) else {
            eprintln!("skipped: no small file system can be mounted here");
            return;
        };
        let place = disk.0.path();
        let output = dcgan(&quick(set.path(), &[&EVERY[..], &["--out", "run"]].concat()), place);
        fails(&output, 2, &["run/", "cannot be written", "No space left on device"]);
        let run = place.join("run");
        assert_eq!(kilobytes != 16, run.join("checkpoint.safetensors").exists(), "{kilobytes} kB");
        all_whole(&run);
        assert!(bits(&run).keys().all(|name| !name.to_string_lossy().contains(".dcgan-tmp-")), "a part was left");
        assert!(mount(&["-o", "remount,size=4m"], place));
        // Without room for a checkpoint, it begins again.
        succeeds(&dcgan(&["train-mnist", "--resume", "run"], place));
        assert_same(&bits(&whole), &bits(&run), &format!("{kilobytes} kB"));
    }
}

/// A limit on the size of a file is met in the middle of it, as the end of a disk is.
#[test]
fn a_file_that_cannot_grow_is_no_file() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let args = quick(set.path(), &["--steps", "3", "--out", "run"]);
    let output = under("trap '' XFSZ; ulimit -f 100", &args, folder.path()); // 50 or 100 kB, by the shell
    fails(&output, 2, &["run/checkpoint.safetensors: cannot be written"]);
    assert!(!folder.path().join("run/checkpoint.safetensors").exists());
    all_whole(&folder.path().join("run"));
}

/// What it leaves without its weights is no run, so that nothing goes on from others.
#[test]
fn a_run_of_given_weights_is_none_without_them() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&quick(set.path(), &["--steps", "1", "--out", "first"]), folder.path()));
    succeeds(&dcgan(&["export", "first", "--torch", "torch"], folder.path()));
    let from = quick(set.path(), &["--steps", "1", "--from", "first", "--out", "run"]);
    for args in [&from[..], &["import", "torch", "--out", "run"]] {
        let output = under("trap '' XFSZ; ulimit -f 100", args, folder.path());
        fails(&output, 2, &["run/checkpoint.safetensors: cannot be written"]);
        fails(&dcgan(&["train-mnist", "--resume", "run"], folder.path()), 2, &["there is no run in it to resume"]);
        succeeds(&dcgan(args, folder.path()));
        std::fs::remove_dir_all(folder.path().join("run")).unwrap();
    }
}

#[test]
fn a_picture_that_is_only_looked_at_ends_no_training() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let place = |name: &str| folder.path().join(name);
    let train = |steps: &str, out: &str| {
        let flags = ["--steps", steps, "--sample-every", "1", "--out", out];
        succeeds(&dcgan(&quick(set.path(), &flags), folder.path()));
    };
    train("3", "whole");
    train("1", "run");
    // A folder cannot be replaced by a file.
    std::fs::remove_file(place("run/progress.png")).unwrap();
    std::fs::create_dir_all(place("run/progress.png/x")).unwrap();
    let output = dcgan(&["train-mnist", "--resume", "run", "--steps", "3"], folder.path());
    fails(&output, 2, &["run/progress.png: cannot be written", "the training is whole", "report run"]);
    assert!(text(&output.stdout).contains("now: "), "{}", text(&output.stdout));
    let resumed = dcgan(&["train-mnist", "--resume", "run"], folder.path());
    fails(&resumed, 2, &["run/progress.png: cannot be written", "report run"]);
    assert!(place("run/report.html").exists());
    std::fs::remove_dir_all(place("run/progress.png")).unwrap();
    succeeds(&dcgan(&["train-mnist", "--resume", "run", "--steps", "4"], folder.path()));
    succeeds(&dcgan(&["train-mnist", "--resume", "whole", "--steps", "4"], folder.path()));
    assert_same(&bits(&place("whole")), &bits(&place("run")), "with its pictures again");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("file"), "").unwrap();
    let args = quick(set.path(), &["--steps", "2", "--out", "file/run"]);
    fails(&dcgan(&args, folder.path()), 2, &["file/run: cannot be created"]);

    let Some(disk) = Disk::new(4000) else {
        eprintln!("skipped in part: no read-only file system can be mounted here");
        return;
    };
    let place = disk.0.path();
    succeeds(&dcgan(&quick(set.path(), &["--steps", "2", "--out", "run"]), place));
    let before = bits(&place.join("run"));
    assert!(mount(&["-o", "remount,ro"], place));
    fails(&dcgan(&quick(set.path(), &["--steps", "2", "--out", "other"]), place), 2, &["other: cannot be created"]);
    fails(&dcgan(&["train-mnist", "--resume", "run", "--steps", "3"], place), 2, &["run/.lock: cannot be written"]);
    fails(&dcgan(&["generate", "run"], place), 2, &["generated.png: cannot be written"]);
    assert_same(&before, &bits(&place.join("run")), "read-only");
}

#[test]
fn a_folder_that_vanishes_ends_the_run_in_a_line() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let (child, mut lines) = start(&quick(set.path(), &["--epochs", "100000", "--out", "run"]), folder.path());
    wait_for(&mut lines, "step 100/");
    std::fs::rename(folder.path().join("run"), folder.path().join("gone")).unwrap();
    lines.for_each(drop);
    let output = child.wait_with_output().unwrap();
    fails(&output, 2, &["run/", "cannot be written"]);
    all_whole(&folder.path().join("gone"));
    succeeds(&dcgan(&["train-mnist", "--resume", "gone", "--steps", "1"], folder.path()));
}

/// A run saves before it ends, and whoever goes on makes the row that is missing.
#[test]
fn a_row_that_cannot_be_written_costs_no_step() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let flags = ["--epochs", "60", "--sample-every", "1", "--checkpoint-every", "1000", "--out"];
    succeeds(&dcgan(&quick(set.path(), &[&flags[..], &["whole"]].concat()), folder.path()));
    let (child, mut lines) = start(&quick(set.path(), &[&flags[..], &["run"]].concat()), folder.path());
    wait_for(&mut lines, "step 10/");
    let (samples, away) = (folder.path().join("run/samples"), folder.path().join("away"));
    std::fs::rename(&samples, &away).unwrap();
    lines.for_each(drop);
    let parts = ["samples/step-", "cannot be written", "; saved after step ", " of 180; to go on: ", "--resume run"];
    fails(&child.wait_with_output().unwrap(), 2, &parts);
    std::fs::rename(away, samples).unwrap();
    succeeds(&dcgan(&["train-mnist", "--resume", "run"], folder.path()));
    assert_same(&bits(&folder.path().join("whole")), &bits(&folder.path().join("run")), "without its samples");
}

#[test]
fn a_picture_that_can_be_made_again_ends_no_training() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&quick(set.path(), &["--steps", "1", "--sample-every", "1", "--out", "run"]), folder.path()));
    let losses = folder.path().join("run/losses.png");
    std::fs::remove_file(&losses).unwrap();
    std::fs::create_dir_all(losses.join("in the way")).unwrap();
    let told = succeeds(&dcgan(&["train-mnist", "--resume", "run", "--steps", "3"], folder.path()));
    let lines: Vec<&str> = told.lines().filter(|line| line.contains("run/losses.png: cannot be written")).collect();
    assert!(lines.len() == 1 && lines[0].ends_with("; the training goes on"), "{told}");
}

#[test]
fn a_device_is_no_place_for_a_picture() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&quick(set.path(), &["--steps", "1", "--out", "run"]), folder.path()));
    for device in ["/dev/full", "/dev/null"] {
        let output = dcgan(&["generate", "run", "--out", device], folder.path());
        fails(&output, 2, &[device, "it is a device"]);
        assert!(!Path::new(device).metadata().unwrap().is_file(), "{device} is a file now");
    }
    // A result that nobody can read is none; what is said of a training is not worth failing for.
    let output = under("exec > /dev/full", &["fail"], folder.path());
    fails(&output, 2, &["standard output: cannot be written: No space left on device"]);
    let output = under("exec > /dev/full", &quick(set.path(), &["--steps", "2", "--out", "mute"]), folder.path());
    succeeds(&output);
    assert_eq!(2, Checkpoint::read(&folder.path().join("mute/checkpoint.safetensors")).unwrap().step);
}

#[test]
fn memory_that_is_not_there_is_missed_before_the_first_step() {
    let (set, folder) = (toy_set(64), tempfile::tempdir().unwrap());
    let data = set.path().to_str().unwrap();
    let args = ["train-mnist", "--data", data, "--steps", "1", "--threads", "1", "--out", "run"];
    fails(&under("ulimit -v 150000", &args, folder.path()), 2, &["MB of memory", "--width", "ulimit -v"]);
    assert!(!folder.path().join("run").exists());
    let speed = ["speed", "--threads", "1", "--cores", "2", "--width", "4096"];
    fails(&under("ulimit -v 150000", &speed, folder.path()), 2, &["MB of memory", "--width", "ulimit -v"]);
    // Whatever the limit: a run, or a line and no half file.
    for kilobytes in [20_000, 60_000, 100_000] {
        let args = [&args[..8], &["run", "--width", "64"]].concat();
        let output = under(&format!("ulimit -v {kilobytes}"), &args, folder.path());
        let stderr = text(&output.stderr);
        assert!(!stderr.contains("panicked") && stderr.lines().count() <= 1, "{kilobytes} kB: {stderr}");
        if folder.path().join("run").exists() {
            all_whole(&folder.path().join("run"));
            std::fs::remove_dir_all(folder.path().join("run")).unwrap();
        }
    }
}

fn start(args: &[&str], folder: &Path) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut command = program();
    command.args(args).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines)
}

fn wait_for(lines: &mut Lines<BufReader<ChildStdout>>, part: &str) {
    assert!(lines.any(|line| line.unwrap().contains(part)), "{part:?} never came");
}

/// Kilobytes that the process has resident, its open files, its threads.
fn footprint(child: &Child) -> (u64, usize, usize) {
    let proc = Path::new("/proc").join(child.id().to_string());
    let status = std::fs::read_to_string(proc.join("status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let count = |folder: &str| std::fs::read_dir(proc.join(folder)).unwrap().count();
    // The fewest of several moments, since a file may just be written.
    let files = (0..20).map(|_| (count("fd"), std::thread::sleep(Duration::from_millis(1))).0).min().unwrap();
    (resident.trim().strip_suffix(" kB").unwrap().parse().unwrap(), files, count("task"))
}

#[test]
fn a_long_run_grows_in_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let size = ["--width", "48", "--batch-size", "32", "--sample-every", "9", "--checkpoint-every", "9"];
    let args = [&["train-mnist", "--out", "run", "--threads", "2"], &size[..]].concat();
    let (mut child, _lines) = start(&args, folder.path());
    let mut at = |step: u64| {
        let line = format!("\n{step},");
        while !std::fs::read_to_string(folder.path().join("run/metrics.csv")).is_ok_and(|log| log.contains(&line)) {
            assert!(child.try_wait().unwrap().is_none(), "it ended before step {step}");
            std::thread::sleep(Duration::from_millis(5));
        }
        footprint(&child)
    };
    let (early, late) = (at(20), at(200));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((early.1, 2, 2), (late.1, early.2, late.2), "open files and threads");
    // A leak of 15 kB a step would show; a busy machine alone has made a difference of 2.5 %.
    let growth = late.0 as f64 / early.0 as f64 - 1.0;
    assert!(growth <= 0.04, "{} kB at step 20, {} kB at step 200", early.0, late.0);
}

#[test]
fn there_is_one_pool_of_as_many_threads_as_asked_for() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    for threads in [1, 3, 8] {
        let count = threads.to_string();
        let args = quick(set.path(), &["--epochs", "100000", "--threads", &count, "--out", &count]);
        let (mut child, mut lines) = start(&args, folder.path());
        wait_for(&mut lines, "step 1/");
        assert_eq!(threads, footprint(&child).2);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(program().get_program());
    command.args(quick(set.path(), &["--epochs", "100000", "--out", "one"])).current_dir(folder.path());
    match command.stdout(Stdio::piped()).spawn() {
        Ok(mut child) => {
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            wait_for(&mut lines, "step 1/");
            std::thread::sleep(Duration::from_millis(20));
            assert_eq!(1, footprint(&child).2, "one processor, one thread");
            child.kill().unwrap();
            child.wait().unwrap();
        }
        Err(error) => eprintln!("skipped in part: taskset: {error}"),
    }
}

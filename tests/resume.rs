//! A run that was killed, stopped, prolonged or moved to other threads ends with the bits of one that was not.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dcgan::feed::Feed;
use dcgan::gan::Gan;
use runs::checkpoint::Checkpoint;
use tests::process::{assert_same, bits, dcgan, fails, program, quick, succeeds, text};
use tests::toy_set;

/// A set of 12 pictures: three steps to an epoch of batches of 4, and a folder to run in.
struct Place {
    set: tempfile::TempDir,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { set: toy_set(12), folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the run `out`.
    #[track_caller]
    fn start(&self, out: &str, flags: &[&str]) -> String {
        let args = quick(self.set.path(), &[&["--out", out, "--sample-every", "2"], flags].concat());
        succeeds(&dcgan(&args, self.folder.path()))
    }

    /// Goes on with the run `out`.
    #[track_caller]
    fn resume(&self, out: &str, flags: &[&str]) -> String {
        succeeds(&dcgan(&[&["train-mnist", "--resume", out], flags].concat(), self.folder.path()))
    }

    fn bits(&self, out: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        bits(&self.path(out))
    }
}

#[test]
fn a_run_resumed_from_any_step_ends_with_the_same_bits() {
    let place = Place::new();
    place.start("whole", &["--epochs", "5"]);
    let whole = place.bits("whole");
    // 15 steps: after the first, in the middle of an epoch, at the end of one, in a third, before the last.
    for (steps, threads) in [("1", "2"), ("3", "1"), ("5", "3"), ("7", "8"), ("14", "1")] {
        let out = &format!("from-{steps}");
        place.start(out, &["--steps", steps]);
        let stdout = place.resume(out, &["--epochs", "5", "--threads", threads]);
        assert!(stdout.contains(&format!("goes on after step {steps} of 15")), "{stdout}");
        assert_same(&whole, &place.bits(out), out);
    }
    place.start("thrice", &["--steps", "2"]);
    place.resume("thrice", &["--steps", "3"]);
    place.resume("thrice", &["--steps", "8", "--threads", "2"]);
    place.resume("thrice", &["--epochs", "5"]);
    assert_same(&whole, &place.bits("thrice"), "three times in a row");
}

/// The doctor complains at once of a rate that moves nothing, and his state is in the checkpoint.
#[test]
fn the_doctor_of_a_resumed_run_does_not_repeat_himself() {
    let place = Place::new();
    let notes = || std::fs::read_to_string(place.path("run/notes.txt")).unwrap();
    let first = place.start("run", &["--lr", "1e-10", "--steps", "2"]);
    let before = notes();
    assert!(before.starts_with("step 1: nothing moves"), "{before}");
    let second = place.resume("run", &["--steps", "4"]);
    assert_eq!(before, notes());
    assert_eq!([1, 0], [&first, &second].map(|stdout| stdout.matches("doctor, at step").count()), "{first}{second}");
}

#[test]
fn a_finished_run_says_so_and_stays_as_it_is() {
    let place = Place::new();
    place.start("run", &["--steps", "4"]);
    let before = place.bits("run");
    for flags in [&[][..], &["--steps", "4"], &["--steps", "2"], &["--epochs", "1"]] {
        let stdout = place.resume("run", flags);
        assert!(stdout.contains("is finished: 4 steps are done") && stdout.contains("--epochs"), "{stdout}");
    }
    assert_same(&before, &place.bits("run"), "finished");

    // It is finished when the row of its last step is there.
    let row = place.path("run/samples/step-000004.png");
    std::fs::remove_file(&row).unwrap();
    let stdout = place.resume("run", &[]);
    assert!(row.exists() && !stdout.contains("is finished"), "{stdout}");
    assert_same(&before, &place.bits("run"), "with its last row again");
}

#[test]
fn what_may_change_changes_and_the_rest_is_refused_with_the_reason() {
    let place = Place::new();
    place.start("run", &["--steps", "4"]);
    let before = place.bits("run");
    for (flags, parts) in [
        (&["--batch-size", "3"][..], &["--batch-size 3: the run was started with 4"][..]),
        (&["--seed", "2"], &["--seed 2: the run was started with 1", "the same steps"]),
        (&["--lr", "0.01"], &["--lr 0.01: the run was started with 0.001"]),
        (&["--beta1", "0.5"], &["--beta1 0.5: the run was started with 0.4"]),
        (&["--dropout-keep", "0.5"], &["--dropout-keep 0.5: the run was started with 0.8"]),
        (&["--width", "8"], &["--width 8: the run was started with 4"]),
        (&["--sample-dropout"], &["--sample-dropout true: the run was started with false"]),
        (&["--recipe", "soup"], &["--recipe \"soup\""]),
        (&["--isa", "portable"], &["--isa portable: the run was computed with", "rounds differently"]),
        (&["--out", "other"], &["--out"]),
        (&["--config", "run/config.toml"], &["--config"]),
    ] {
        if flags[0] == "--isa" && tensor::fast::isa() == tensor::fast::Isa::Portable {
            continue;
        }
        let args = [&["train-mnist", "--resume", "run", "--steps", "6"], flags].concat();
        fails(&dcgan(&args, place.folder.path()), 2, parts);
    }
    assert_same(&before, &place.bits("run"), "refused");

    // What is the same as it was is no change.
    let same = ["--batch-size", "4", "--seed", "1", "--lr", "1e-3", "--recipe", "article"];
    place.resume("run", &[&same[..], &["--steps", "9", "--sample-every", "3", "--keep", "1"]].concat());
    let names: Vec<PathBuf> = place.bits("run").into_keys().filter(|name| name.starts_with("samples")).collect();
    let steps = [2, 4, 6, 9].map(|step| PathBuf::from(format!("samples/step-{step:06}.png")));
    assert_eq!(steps[..], names);

    fails(&dcgan(&["train-cifar", "--resume", "run"], place.folder.path()), 2, &["made by train-mnist"]);
    let other = toy_set(13);
    let args = ["train-mnist", "--resume", "run", "--epochs", "9", "--data", other.path().to_str().unwrap()];
    fails(&dcgan(&args, place.folder.path()), 2, &["13 other images than the 12", "--data"]);
    fails(&dcgan(&["train-mnist", "--resume", "nothing"], place.folder.path()), 2, &["nothing: there is no run in it"]);
    let file = dcgan(&["train-mnist", "--resume", "run/checkpoint.safetensors"], place.folder.path());
    fails(&file, 2, &["it is a file, and no run's folder; name its folder, run"]);
}

#[test]
fn a_config_makes_the_same_bits_again() {
    let place = Place::new();
    place.start("first", &["--steps", "5", "--seed", "7", "--lr", "0.002", "--keep", "1", "--checkpoint-every", "2"]);
    let again = ["train-mnist", "--config", "first/config.toml", "--out", "again"];
    succeeds(&dcgan(&again, place.folder.path()));
    assert_same(&place.bits("first"), &place.bits("again"), "by --config");
    let other = ["train-mnist", "--config", "first/config.toml", "--out", "other", "--seed", "8"];
    succeeds(&dcgan(&other, place.folder.path()));
    assert!(place.bits("first") != place.bits("other"));

    let config = std::fs::read_to_string(place.path("first/config.toml")).unwrap();
    for (from, to, part) in [
        ("batch_size = 4", "batch_size = 0", "batch_size must be at least 1"),
        ("batch_size = 4\n", "", "missing field `batch_size`"),
        ("batch_size", "bach_size", "unknown field `bach_size`"),
        ("batch_size = 4", "batch_size =", "config.toml: TOML parse error"),
        ("train-mnist", "train-cifar", "made by train-cifar"),
        ("images = 12", "images = 12 # so many", ""),
    ] {
        assert!(config.contains(from), "{from} is not in {config}");
        std::fs::write(place.path("config.toml"), config.replace(from, to)).unwrap();
        let output = dcgan(&["train-mnist", "--config", "config.toml", "--out", "edited"], place.folder.path());
        match part {
            "" => drop(succeeds(&output)),
            part => fails(&output, 2, &[part]),
        }
    }
}

/// A run of 75 steps that saves every one of them, killed at random moments; and another, until all kills are used up. A kill
/// counts if it left a checkpoint behind.
fn kill(kills: usize) {
    let place = Place::new();
    let flags = ["--epochs", "25", "--checkpoint-every", "1", "--sample-every", "7", "--keep", "2"];
    let started = Instant::now();
    assert!(place.spawn("whole", &flags).wait().unwrap().success());
    let mut pace = started.elapsed();
    let whole = place.bits("whole");
    let states = states(&place.path("whole/checkpoint.safetensors"), place.set.path());

    let mut random = 0x9E37_79B9_u32;
    let (mut killed, mut runs, mut early) = (0, 0, 0);
    while killed < kills {
        runs += 1;
        let out = format!("run-{runs}");
        loop {
            // A quarter of the time that a whole run takes, at most: some come before the first step.
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let delay = pace.mul_f64(f64::from(random >> 8) / f64::from(1 << 24) / 4.0);
            let mut child = place.spawn(&out, &flags);
            std::thread::sleep(if killed < kills { delay } else { Duration::from_secs(3600) });
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success());
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            let checkpoint = place.path(&out).join("checkpoint.safetensors");
            if checkpoint.exists() {
                killed += 1;
                let checkpoint = Checkpoint::read(&checkpoint).unwrap();
                assert_eq!([checkpoint.step; 2], checkpoint.adam_steps);
                assert_eq!(states[checkpoint.step as usize], checkpoint.tensors_sha256(), "step {}", checkpoint.step);
            } else {
                early += 1; // there was nothing to lose: this machine has become slower
                pace = pace.mul_f64(1.2);
            }
            if killed == kills {
                assert!(place.spawn(&out, &flags).wait().unwrap().success());
                break;
            }
        }
        assert_same(&whole, &place.bits(&out), &format!("after {killed} kills"));
    }
    eprintln!("{killed} kills of {runs} runs, and {early} before there was a checkpoint");
}

impl Place {
    /// Starts the run `out`, or goes on with what is left of it.
    fn spawn(&self, out: &str, flags: &[&str]) -> Child {
        let is_run = ["checkpoint.safetensors", "config.toml"].iter().any(|name| self.path(out).join(name).exists());
        let args = if is_run {
            vec!["train-mnist", "--resume", out]
        } else {
            quick(self.set.path(), &[&["--out", out], flags].concat())
        };
        program().args(args).current_dir(self.folder.path()).stdout(Stdio::null()).spawn().unwrap()
    }
}

/// The names of the states of a run, by step, as they follow from its config alone.
fn states(checkpoint: &Path, set: &Path) -> Vec<String> {
    let checkpoint = Checkpoint::read(checkpoint).unwrap();
    let config = &checkpoint.config;
    let dataset = cli::datasets::mnist::read_training(Some(set), false).unwrap();
    let mut gan = Gan::start(config).unwrap();
    let mut feed = Feed::new(&config.training, &dataset.images);
    let mut states = vec![runs::checkpoint::fingerprint(&gan)];
    while gan.step < checkpoint.step {
        feed.step(&mut gan).unwrap();
        states.push(runs::checkpoint::fingerprint(&gan));
    }
    assert_eq!(states.last(), Some(&checkpoint.tensors_sha256()));
    states
}

#[test]
fn ten_kills_at_random_moments_lose_nothing() {
    kill(10);
}

#[test]
fn a_hundred_kills_at_random_moments_lose_nothing() {
    match std::env::var_os("LONG_TESTS") {
        Some(_) => kill(100),
        None => eprintln!("skipped: takes a minute; set LONG_TESTS=1"),
    }
}

/// Waits until a line of standard output contains `part`.
fn wait_for(child: &mut Child, part: &str) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains(part)), "{part:?} never came");
    std::thread::spawn(move || lines.count()); // so that the pipe never fills
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_signal_saves_and_prints_the_line_that_resumes() {
    let place = Place::new();
    let flags = ["--epochs", "100", "--sample-every", "10", "--out"];
    succeeds(&dcgan(&quick(place.set.path(), &[&flags[..], &["whole"]].concat()), place.folder.path()));
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let out = format!("a run{name}");
        let mut child = program()
            .args(quick(place.set.path(), &[&flags[..], &[&out]].concat()))
            .current_dir(place.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for(&mut child, "step 10/");
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        fails(&output, code, &["saved after step", "of 300; to go on: "]);
        let stderr = text(&output.stderr);
        let line = stderr.split_once("to go on: ").unwrap().1;
        let resumed = Command::new("sh").args(["-c", line]).current_dir(place.folder.path()).output().unwrap();
        assert!(succeeds(&resumed).contains("goes on after step"), "{resumed:?}");
        assert_same(&place.bits("whole"), &place.bits(&out), name);
    }
}

#[test]
fn a_second_signal_ends_the_run_at_once() {
    let (set, folder) = (toy_set(64), tempfile::tempdir().unwrap());
    let mut child = program()
        .args(["train-mnist", "--width", "512", "--out", "run", "--data", set.path().to_str().unwrap()])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(&mut child, "the run is in");
    signal(&child, "-INT");
    std::thread::sleep(Duration::from_millis(20));
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!((Some(130), ""), (output.status.code(), &*text(&output.stderr)), "it did not wait for the step");
    assert!(!folder.path().join("run/checkpoint.safetensors").exists());
}

#[test]
fn a_signal_before_the_run_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program()
        .args(["train-mnist", "--width", "4", "--out", "run"])
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(30)); // reading the 60,000 images takes longer
    signal(&child, "-TERM");
    let status = child.wait().unwrap();
    assert_eq!(None, status.code(), "it read on, though it had nothing to save: {status}");
    assert!(!folder.path().join("run").exists());
}

#[test]
fn one_process_at_a_time() {
    let place = Place::new();
    let mut child = place.spawn("run", &["--epochs", "100000"]);
    while !place.path("run/checkpoint.safetensors").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let resume = ["train-mnist", "--resume", "run"];
    let holder = format!("another process ({})", child.id());
    fails(&dcgan(&resume, place.folder.path()), 2, &["run: ", &holder]);
    assert!(child.try_wait().unwrap().is_none(), "it waited");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(place.path("run/.lock").exists(), "a killed process cannot tidy up");
    place.resume("run", &["--steps", "1"]);
}

#[test]
fn what_a_dead_process_left_is_swept() {
    let place = Place::new();
    place.start("run", &["--steps", "4", "--keep", "1", "--checkpoint-every", "1"]);
    let before = place.bits("run");
    for name in [".dcgan-tmp-abc", "samples/.dcgan-tmp-def", "checkpoints/.dcgan-tmp-ghi"] {
        std::fs::write(place.path("run").join(name), "half a file").unwrap();
    }
    place.resume("run", &[]);
    assert_same(&before, &place.bits("run"), "swept");
}

#[test]
fn a_lost_or_damaged_part_is_named() {
    let place = Place::new();
    place.start("run", &["--epochs", "10"]);
    let resume = ["train-mnist", "--resume", "run", "--epochs", "11"];
    std::fs::write(place.path("run/notes.txt"), "step 1: a remark\n").unwrap();
    let before = place.bits("run");
    let damage = |name: &str, bytes: &[u8], part: &str| {
        let path = place.path("run").join(name);
        let good = std::fs::read(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
        fails(&dcgan(&resume, place.folder.path()), 2, &[name, part]);
        std::fs::write(&path, good).unwrap();
        assert_same(&before, &place.bits("run"), name);
    };
    damage("metrics.csv", b"step,epoch\n1,1\n", "the line of step 1 is missing or damaged; move the file elsewhere");
    damage("samples/step-000004.png", b"no picture", "remove it");
    damage("checkpoint.safetensors", b"", "use another checkpoint");
    damage("config.toml", b"[model]", "missing field");
    // Without a log or a row of samples, it goes on without them.
    std::fs::remove_file(place.path("run/metrics.csv")).unwrap();
    std::fs::remove_file(place.path("run/samples/step-000004.png")).unwrap();
    std::fs::remove_file(place.path("run/config.toml")).unwrap();
    let data = place.set.path().to_str().unwrap();
    succeeds(&dcgan(&[&resume[..], &["--data", data]].concat(), place.folder.path()));
    let metrics = std::fs::read_to_string(place.path("run/metrics.csv")).unwrap();
    assert!(metrics.lines().nth(1).unwrap().starts_with("32,"), "{metrics}");
}

#[test]
fn a_lost_or_broken_checkpoint_is_never_an_excuse_to_begin_again() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let args = ["--steps", "3", "--checkpoint-every", "1", "--sample-every", "1", "--keep", "9", "--out", "run"];
    succeeds(&dcgan(&quick(set.path(), &args), folder.path()));
    let (run, checkpoint) = (folder.path().join("run"), folder.path().join("run/checkpoint.safetensors"));
    let whole = std::fs::read(&checkpoint).unwrap();
    std::fs::remove_file(&checkpoint).unwrap();
    let resume = || dcgan(&["train-mnist", "--resume", "run", "--data", set.path().to_str().unwrap()], folder.path());
    for (broken, why) in [(None, "it is gone"), (Some(&whole[..50]), "this is no whole safetensors file")] {
        if let Some(bytes) = broken {
            std::fs::write(&checkpoint, bytes).unwrap();
        }
        let before = bits(&run);
        let advice = "copy run/checkpoints/step-000002.safetensors there, which is of step 2";
        fails(&resume(), 2, &["run/checkpoint.safetensors", why, advice]);
        assert_same(&before, &bits(&run), "after a refusal");
    }
    // As told.
    std::fs::copy(run.join("checkpoints/step-000002.safetensors"), &checkpoint).unwrap();
    succeeds(&resume());
    assert_eq!(whole, std::fs::read(&checkpoint).unwrap());
}

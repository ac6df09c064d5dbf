//! `--evaluate-every` and `compare` from outside: what they write and print, and one line for every error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tests::process::{assert_same, bits, dcgan, fails, succeeds};
use tests::toy_world;

/// A folder with `set`, both halves of an IDX set of toy pictures, of which training sees 200.
fn world() -> tempfile::TempDir {
    toy_world(200, 100)
}

/// Trains `out` on it.
#[track_caller]
fn train(world: &Path, out: &str, flags: &[&str]) -> String {
    let all = ["train-mnist", "--data", "set", "--batch-size", "20", "--width", "4", "--sample-every", "4"];
    succeeds(&dcgan(&[&all, &["--out", out][..], flags].concat(), world))
}

/// What decides a run's bits, but for its evaluations and whether there are any.
fn without_evaluations(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = bits(run);
    for name in ["evaluation.csv", "config.toml", "report.html"] {
        files.remove(Path::new(name));
    }
    // The config is in it too.
    let checkpoint = runs::checkpoint::Checkpoint::read(&run.join("checkpoint.safetensors")).unwrap();
    files.insert("checkpoint.safetensors".into(), checkpoint.tensors_sha256().into_bytes());
    files
}

#[test]
fn evaluations_go_on_without_gap_or_repeat_and_change_nothing() {
    let world = world();
    let here = world.path();
    let stdout = train(here, "whole", &["--steps", "8", "--evaluate-every", "2"]);
    for part in ["the judge looks at 200 real images first", "step 6: the Fréchet distance is "] {
        assert!(stdout.contains(part), "{part:?} is not in:\n{stdout}");
    }
    let csv = std::fs::read_to_string(here.join("whole/evaluation.csv")).unwrap();
    let steps: Vec<&str> = csv.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(["2", "4", "6", "8"], steps[..], "{csv}");

    train(here, "plain", &["--steps", "8"]);
    let [with, without] = ["whole", "plain"].map(|run| without_evaluations(&here.join(run)));
    assert_same(&without, &with, "evaluated");

    // Saved after step 3; what came after that is found again, on another number of threads.
    train(here, "resumed", &["--steps", "3", "--evaluate-every", "2"]);
    std::fs::write(here.join("resumed/evaluation.csv"), &csv).unwrap();
    succeeds(&dcgan(&["train-mnist", "--resume", "resumed", "--steps", "8", "--threads", "1"], here));
    assert_same(&bits(&here.join("whole")), &bits(&here.join("resumed")), "resumed");

    // A run whose last evaluation could not be written makes it.
    let cut: String = csv.lines().take(4).map(|line| format!("{line}\n")).collect();
    std::fs::write(here.join("resumed/evaluation.csv"), cut).unwrap();
    succeeds(&dcgan(&["train-mnist", "--resume", "resumed"], here));
    assert_same(&bits(&here.join("whole")), &bits(&here.join("resumed")), "with its last evaluation again");
}

/// 200 pictures are ten steps of 20 to an epoch.
#[test]
fn the_last_step_of_an_epoch_belongs_to_it() {
    let world = world();
    train(world.path(), "run", &["--steps", "20", "--evaluate-every", "10"]);
    for name in ["metrics.csv", "evaluation.csv"] {
        let csv = std::fs::read_to_string(world.path().join("run").join(name)).unwrap();
        let rows: Vec<[u64; 2]> = csv.lines().skip(1).map(step_and_epoch).collect();
        for row in [[10, 1], [20, 2]] {
            assert!(rows.contains(&row), "{row:?} is not in {name}:\n{csv}");
        }
    }
}

/// The first two columns of a row.
fn step_and_epoch(row: &str) -> [u64; 2] {
    let mut columns = row.split(',').map(|column| column.parse().unwrap());
    [columns.next().unwrap(), columns.next().unwrap()]
}

/// A dry run refuses what the run would, and counts its evaluations.
#[test]
fn a_dry_run_evaluates() {
    let world = world();
    let dry_run = ["--dry-run", "--steps", "9", "--evaluate-every", "2"];
    let stdout = train(world.path(), "nowhere", &dry_run);
    assert!(stdout.contains("            4 evaluations at "), "{stdout}");
    std::fs::remove_file(world.path().join("set/t10k-images-idx3-ubyte")).unwrap();
    let output = dcgan(&[&["train-mnist", "--data", "set", "--batch-size", "20"], &dry_run[..]].concat(), world.path());
    fails(&output, 2, &["t10k-images-idx3-ubyte"]);
}

#[test]
fn runs_are_compared() {
    let world = world();
    let here = world.path();
    train(here, "dcgan", &["--steps", "8", "--evaluate-every", "2"]);
    train(here, "mlp", &["--steps", "30", "--evaluate-every", "5", "--model", "mlp"]);
    let text = succeeds(&dcgan(&["compare", "dcgan", "mlp", "--threads", "2"], here));
    for part in ["2000 samples at a time, against the 200 training images", "a step takes", "0.80 epochs", "seconds"] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    let picture = std::fs::read(here.join("comparison.png")).unwrap();
    assert!(dcgan::picture::Picture::from_png(&picture).is_ok());

    let json = succeeds(&dcgan(&["compare", "dcgan", "mlp", "--json", "--out", "other.png"], here));
    let json: Value = serde_json::from_str(&json).unwrap();
    let standings = json["standings"].as_array().unwrap();
    assert_eq!((6, Some(0.8)), (standings.len(), standings[2]["amount"].as_f64()));
    let at_the_end = |run: usize| standings[2]["runs"][run]["step"].as_u64();
    assert_eq!((Some(8), Some(5)), (at_the_end(0), at_the_end(1)));
    assert!(json["runs"][1]["step_seconds"].as_f64().unwrap() > 0.0 && here.join("other.png").exists());
}

/// Steps of a conditional run ask for classes.
#[test]
fn conditional_runs_are_compared() {
    let world = world();
    for out in ["one", "two"] {
        train(world.path(), out, &["--steps", "2", "--evaluate-every", "2", "--conditional"]);
    }
    let text = succeeds(&dcgan(&["compare", "one", "two"], world.path()));
    assert!(text.contains("a step takes, measured here by turns: one "), "{text}");
}

#[test]
fn what_does_not_compare_is_said_in_one_line() {
    let world = world();
    let here = world.path();
    let fails = |args: &[&str], parts: &[&str]| fails(&dcgan(args, here), 2, parts);
    train(here, "one", &["--steps", "2", "--evaluate-every", "2"]);
    train(here, "plain", &["--steps", "1"]);
    fails(&["compare", "one"], &["2 values required"]);
    fails(&["compare", "one", "plain"], &["plain/evaluation.csv", "--evaluate-every"]);
    fails(&["compare", "one", "nowhere"], &["nowhere: there is no run in it"]);
    let csv = std::fs::read_to_string(here.join("one/evaluation.csv")).unwrap();
    std::fs::write(here.join("plain/evaluation.csv"), csv.replace(",2000,", ",100,")).unwrap();
    fails(&["compare", "one", "plain"], &["plain: at step 2 it was judged by mnist-", "do not compare"]);
    std::fs::write(here.join("plain/evaluation.csv"), "step\n").unwrap();
    fails(&["compare", "one", "plain"], &["plain/evaluation.csv", "damaged"]);
    fails(&["train-mnist", "--resume", "plain", "--steps", "2"], &["plain/evaluation.csv", "move it elsewhere"]);

    // Half a set has no other half.
    fails(&["train-mnist", "--evaluate-every", "0"], &["--evaluate-every must be at least 1"]);
    std::fs::rename(here.join("set/t10k-images-idx3-ubyte"), here.join("moved")).unwrap();
    fails(
        &["train-mnist", "--data", "set", "--batch-size", "20", "--evaluate-every", "2"],
        &["set: there is no t10k-images-idx3-ubyte in it", "; or leave --evaluate-every out"],
    );
    // What is damaged is named, also where the program's own pictures are.
    let cifar = here.join("datasets/cifar10");
    std::fs::create_dir_all(&cifar).unwrap();
    std::fs::copy(tests::here("../datasets/cifar10/train_horse.bin.gz"), cifar.join("train_horse.bin.gz")).unwrap();
    std::fs::write(cifar.join("test_horse.bin.gz"), "damaged").unwrap();
    fails(&["train-cifar", "--evaluate-every", "2"], &["test_horse.bin.gz: ", "; or leave --evaluate-every out"]);
    assert!(!here.join("runs").exists(), "refused before anything was written");
}

//! What shows a run: its last picture, the files that a killed command leaves, pictures made again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dcgan::picture::Picture;
use gallery::provenance::Provenance;
use tests::process::{assert_same, bits, dcgan, quick, succeeds};
use tests::toy_set;

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}

#[test]
fn the_last_step_is_sampled_also_between_two_rows() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    for (steps, sample_every, rows) in [("3", "100", 1), ("5", "2", 3), ("4", "2", 2)] {
        let flags = ["--epochs", "9", "--steps", steps, "--sample-every", sample_every, "--out", steps];
        succeeds(&dcgan(&quick(set.path(), &flags), folder.path()));
        let run = folder.path().join(steps);
        assert!(run.join(format!("samples/step-00000{steps}.png")).exists(), "{steps} steps");
        let sheet = Picture::from_png(&read(&run, "progress.png")).unwrap();
        assert_eq!(30 * rows, sheet.shape()[0], "{steps} steps");
        for picture in ["progress.png", "progress.apng"] {
            let origin = Provenance::read(&read(&run, picture)).unwrap();
            assert_eq!(steps, origin.step.to_string(), "{picture}");
        }
    }
}

#[test]
fn a_prolonged_run_has_no_samples_of_its_former_end() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let start = |steps: &str, out: &str| {
        let flags = ["--epochs", "9", "--steps", steps, "--sample-every", "4", "--out", out];
        succeeds(&dcgan(&quick(set.path(), &flags), folder.path()));
    };
    let prolong = |flags: &[&str]| {
        let args = [&["train-mnist", "--resume", "run"], flags].concat();
        succeeds(&dcgan(&args, folder.path()))
    };
    let files = |name: &str| -> BTreeMap<PathBuf, Vec<u8>> { bits(&folder.path().join(name)) };
    start("10", "whole");
    start("3", "run");
    prolong(&["--steps", "6"]);
    prolong(&["--steps", "10"]);
    assert_same(&files("whole"), &files("run"), "prolonged twice");
    // Rows that were due by the schedule of their time stay.
    prolong(&["--steps", "15", "--sample-every", "5"]);
    let names: Vec<PathBuf> = files("run").into_keys().filter(|name| name.starts_with("samples")).collect();
    let steps = [4, 8, 10, 15].map(|step| PathBuf::from(format!("samples/step-{step:06}.png")));
    assert_eq!(steps[..], names);
}

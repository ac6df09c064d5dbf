//! The switches of `variations` under the commands: runs with them go on with the same bits, are refused other ones, and
//! are reproduced.

use std::path::Path;

use tests::process::{assert_same, bits, dcgan, fails, quick, succeeds};
use tests::toy_set;

const SWITCHES: [&str; 7] = [
    "--spectral-norm",
    "--hinge",
    "--augment",
    "--batch-deviation",
    "--discriminator-rate=0.004",
    "--top-k=0.5",
    "--average-images=40",
];

fn trains(set: &Path, here: &Path, more: &[&str]) {
    succeeds(&dcgan(&quick(set, &[&SWITCHES, more].concat()), here));
}

#[test]
fn a_run_with_every_switch_goes_on_with_the_same_bits() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let here = folder.path();
    trains(set.path(), here, &["--steps", "7", "--out", "whole"]);
    for steps in ["1", "3"] {
        trains(set.path(), here, &["--steps", steps, "--out", steps]);
        succeeds(&dcgan(&["train-mnist", "--resume", steps, "--steps", "7", "--threads", "3"], here));
        assert_same(&bits(&here.join("whole")), &bits(&here.join(steps)), steps);
    }
    succeeds(&dcgan(&quick(set.path(), &["--config", "whole/config.toml", "--steps", "7", "--out", "again"]), here));
    assert_same(&bits(&here.join("whole")), &bits(&here.join("again")), "from its config");
    succeeds(&dcgan(&["generate", "whole", "--out", "grid.png"], here));
    assert!(succeeds(&dcgan(&["reproduce", "grid.png", "--checkpoint", "whole"], here)).contains("byte for byte"));
}

#[test]
fn a_config_lists_the_switches_that_are_on() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let here = folder.path();
    trains(set.path(), here, &["--steps", "1", "--out", "all"]);
    succeeds(&dcgan(&quick(set.path(), &["--steps", "1", "--out", "none"]), here));
    let [all, none] = ["all", "none"].map(|run| std::fs::read_to_string(here.join(run).join("config.toml")).unwrap());
    assert!(!none.contains("[variations]"), "{none}");
    for line in [
        "augment = true",
        "average_images = 40",
        "batch_deviation = true",
        "discriminator_rate = 0.004",
        "hinge = true",
        "spectral_norm = true",
        "top_k = 0.5",
    ] {
        assert!(all.contains(line), "{all}");
    }
}

/// On or off, a switch belongs to the run.
#[test]
fn another_switch_is_refused_in_the_middle_of_a_run() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let here = folder.path();
    trains(set.path(), here, &["--steps", "1", "--out", "all"]);
    succeeds(&dcgan(&quick(set.path(), &["--steps", "1", "--out", "none"]), here));
    let refused = |run: &str, flag: &str, part: &str| {
        fails(&dcgan(&["train-mnist", "--resume", run, "--steps", "4", flag], here), 2, &[part]);
    };
    refused("none", "--hinge", "--hinge true: the run would no longer make the same steps");
    refused("all", "--hinge=false", "--hinge off: the run was started with true, and would no longer");
    refused("all", "--top-k=0.6", "--top-k 0.6: the run was started with 0.5");
    refused("all", "--average=0.9", "--average 0.9: the run would no longer");
}

#[test]
fn switches_that_cannot_work_are_refused() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let refused = |flags: &[&str], part: &str| {
        fails(&dcgan(&quick(set.path(), &[flags, &["--steps", "1"]].concat()), folder.path()), 2, &[part]);
    };
    refused(&["--top-k", "0"], "--top-k must be above 0");
    refused(&["--discriminator-rate", "-1"], "--discriminator-rate must be a number above 0");
    refused(&["--average-images", "0"], "--average-images must be at least 1");
    refused(&["--average-images", "9", "--average", "0.9"], "cannot be used with");
    refused(&["--model", "mlp", "--hinge"], "--hinge has no use for a weight");
    refused(&["--model", "mlp", "--batch-deviation"], "--batch-deviation needs feature maps");
}

/// A new run may begin with the weights of one without spectral normalisation.
#[test]
fn weights_without_vectors_begin_a_run_with_them() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let here = folder.path();
    succeeds(&dcgan(&quick(set.path(), &["--steps", "2", "--out", "plain"]), here));
    let args = quick(set.path(), &["--steps", "2", "--out", "new", "--from", "plain", "--spectral-norm"]);
    succeeds(&dcgan(&args, here));
}

//! The switches of `variations` under the commands: runs with them go on with the same bits, are
//! refused other ones, and are reproduced.

use std::path::Path;

use dcgan::picture::Picture;
use tests::process::{assert_same, bits, dcgan, fails, quick, succeeds};
use tests::{idx_file, toy_set};

const SWITCHES: [&str; 8] = [
    "--spectral-norm",
    "--hinge",
    "--augment",
    "--batch-deviation",
    "--discriminator-rate=0.004",
    "--discriminator-slope=0.2",
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
        "discriminator_slope = 0.2",
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
    refused(&["--discriminator-slope", "1.5"], "--discriminator-slope must be from 0 to 1");
    refused(&["--model", "mlp", "--discriminator-slope", "0.2"], "--discriminator-slope is for DCGANs");
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

fn config(run: &Path) -> String {
    std::fs::read_to_string(run.join("config.toml")).unwrap()
}

/// A class on request: rows of all classes, one class, walks between two, and the same again.
#[test]
fn a_conditional_run_makes_what_it_is_asked_for() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let here = folder.path();
    let run = |steps: &str, out: &str| {
        succeeds(&dcgan(&quick(set.path(), &["--conditional", "--steps", steps, "--out", out]), here));
    };
    run("6", "run");
    run("2", "part");
    succeeds(&dcgan(&["train-mnist", "--resume", "part", "--steps", "6", "--threads", "3"], here));
    assert_same(&bits(&here.join("run")), &bits(&here.join("part")), "resumed");
    assert!(config(&here.join("run")).contains("[variations.conditional]"), "{}", config(&here.join("run")));
    let without = ["--config", "run/config.toml", "--conditional=false", "--steps", "1", "--out", "without"];
    succeeds(&dcgan(&quick(set.path(), &without), here));
    assert!(!config(&here.join("without")).contains("[variations.conditional]"), "the flag overrides the config");

    let shape = |file: &str| Picture::from_png(&std::fs::read(here.join(file)).unwrap()).unwrap().shape();
    let make = |args: &[&str], out: &str| {
        succeeds(&dcgan(&[args, &["--out", out]].concat(), here));
        assert!(succeeds(&dcgan(&["reproduce", out, "--checkpoint", "run"], here)).contains("byte for byte"), "{out}");
        std::fs::read(here.join(out)).unwrap()
    };
    make(&["generate", "run", "--count", "3"], "rows.png");
    assert_eq!([6 * 30, 3 * 30, 1], shape("rows.png"), "a row for each class");
    make(&["generate", "run", "--count", "3", "--class", "1,4"], "two.png");
    assert_eq!([2 * 30, 3 * 30, 1], shape("two.png"));
    let [two, five] = ["2", "5"].map(|class| make(&["generate", "run", "--count", "4", "--class", class], "one.png"));
    assert_eq!([2 * 30, 2 * 30, 1], shape("one.png"));
    assert!(two != five);
    make(&["generate", "run", "--count", "2", "--class", "1-2,4"], "range.png");
    assert_eq!([3 * 30, 2 * 30, 1], shape("range.png"));
    make(&["interpolate", "run", "--seeds", "4,4", "--class", "3,1"], "between.png");
    make(&["arithmetic", "run", "0-2", "-", "3", "--class", "5"], "sum.png");
    succeeds(&dcgan(&["generate", "run", "--class", "3", "--separate", "--count", "3", "--out", "folder"], here));
    succeeds(&dcgan(&["reproduce", "folder/seed-00001.png", "--checkpoint", "run"], here));
    succeeds(&dcgan(&["film", "run", "--out", "film.apng"], here));

    fails(&dcgan(&["generate", "run", "--class", "6"], here), 2, &["--class must be from 0 to 5, not 6"]);
    fails(&dcgan(&["generate", "run", "--class", "4-1000000000000"], here), 2, &["--class must be from 0 to 5, not 6"]);
    for class in ["horse", "4-2", "1-", "-1"] {
        let class = format!("--class={class}");
        fails(&dcgan(&["generate", "run", &class], here), 2, &["there is no such class"]);
    }
    let file = here.join("run/config.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    for (from, to, part) in [
        ("classes = 6", "classes = 4", "labels are of 6 classes"),
        ("images = 12", "images = 14", "12 other images than the 14"),
    ] {
        std::fs::write(here.join("edited.toml"), text.replace(from, to)).unwrap();
        fails(&dcgan(&quick(set.path(), &["--config", "edited.toml", "--out", "edited"]), here), 2, &[part]);
        assert!(!here.join("edited").exists());
    }
    succeeds(&dcgan(&quick(set.path(), &["--steps", "1", "--out", "plain"]), here));
    fails(&dcgan(&["generate", "plain", "--class", "1"], here), 2, &["--class is for a generator", "--conditional"]);
    fails(&dcgan(&quick(set.path(), &["--conditional", "--model", "mlp"]), here), 2, &["networks are DCGANs"]);
}

#[test]
fn a_class_that_no_image_has_is_named() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let labels = [&[0, 0, 8, 1, 0, 0, 0, 12][..], &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]].concat();
    std::fs::write(set.path().join("train-labels-idx1-ubyte"), labels).unwrap();
    let told = succeeds(&dcgan(&quick(set.path(), &["--conditional", "--steps", "1"]), folder.path()));
    assert!(told.contains("no image has the label 0, 2: "), "{told}");
}

#[test]
fn images_without_labels_cannot_be_asked_for_by_class() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    for name in ["train-labels-idx1-ubyte", "train-labels-idx1-ubyte.gz"] {
        let _ = std::fs::remove_file(set.path().join(name));
    }
    let args = quick(set.path(), &["--conditional", "--steps", "1"]);
    fails(&dcgan(&args, folder.path()), 2, &["--conditional: these images have no classes"]);
}

/// The recipe wants classes where there are any; one is none.
#[test]
fn a_set_of_one_class_trains_by_a_recipe_with_classes() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let here = folder.path();
    std::fs::write(set.path().join("train-labels-idx1-ubyte"), idx_file(&[12], &[0; 12])).unwrap();
    succeeds(&dcgan(&quick(set.path(), &["--recipe", "modern", "--steps", "1", "--out", "run"]), here));
    assert!(!config(&here.join("run")).contains("[variations.conditional]"));
    let args = quick(set.path(), &["--conditional", "--steps", "1"]);
    fails(&dcgan(&args, here), 2, &["--conditional must be of 2 to 256 classes"]);
}

/// Other labels would make other steps.
#[test]
fn a_conditional_run_goes_on_with_its_own_labels_alone() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let here = folder.path();
    succeeds(&dcgan(&quick(set.path(), &["--conditional", "--steps", "1", "--out", "run"]), here));
    let names = ["train-labels-idx1-ubyte", "train-labels-idx1-ubyte.gz"].map(|name| set.path().join(name));
    let labels = names.iter().find(|path| path.is_file()).expect("the toy set has labels");
    let bytes: Vec<u8> = [0, 0, 8, 1, 0, 0, 0, 12].into_iter().chain([1; 12]).collect();
    std::fs::remove_file(labels).unwrap();
    std::fs::write(&names[0], bytes).unwrap();
    fails(&dcgan(&["train-mnist", "--resume", "run", "--steps", "3"], here), 2, &["its labels are others"]);
}

/// Truncated pictures are made again, and half of the noise is another picture.
#[test]
fn truncation_is_part_of_a_picture() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let here = folder.path();
    succeeds(&dcgan(&quick(set.path(), &["--steps", "2", "--out", "run"]), here));
    for command in [&["generate", "run"][..], &["interpolate", "run"], &["arithmetic", "run", "0-2", "-", "3"]] {
        let made = ["1", "0.5"].map(|truncation| {
            succeeds(&dcgan(&[command, &["--truncation", truncation, "--out", "a.png"]].concat(), here));
            assert!(succeeds(&dcgan(&["reproduce", "a.png", "--checkpoint", "run"], here)).contains("byte for byte"));
            Picture::from_png(&std::fs::read(here.join("a.png")).unwrap()).unwrap()
        });
        assert!(made[0] != made[1], "{command:?}");
    }
    for bad in ["0", "1.1", "-1"] {
        let args = ["generate", "run", "--truncation", bad];
        fails(&dcgan(&args, here), 2, &["--truncation must be above 0 and at most 1"]);
    }
}

//! `train-judge` and `evaluate` from outside: what they write and print, and one line for every
//! error.

use serde_json::Value;
use tests::process::{dcgan, fails, program, succeeds};
use tests::{toy_world, write_toy_half};

/// A folder with `set`, both halves of an IDX set of toy pictures, and `run`, a generator that has
/// seen it for two steps.
fn world() -> tempfile::TempDir {
    let folder = toy_world(300, 120);
    let train = ["train-mnist", "--data", "set", "--out", "run", "--width", "4", "--batch-size", "4", "--steps", "2"];
    succeeds(&dcgan(&train, folder.path()));
    folder
}

#[test]
fn a_run_is_evaluated() {
    let world = world();
    let run = |more: &[&str]| {
        let args = [&["evaluate", "run", "--data", "set", "--count", "150"], more].concat();
        succeeds(&dcgan(&args, world.path()))
    };
    let table = run(&[]);
    for part in ["150 samples against 300 training images", "real, held out", "Fréchet distance", "of the judge mnist-"]
    {
        assert!(table.contains(part), "{part:?} is not in:\n{table}");
    }
    let read = |name: &str| std::fs::read(world.path().join("run").join(name)).unwrap();
    let (picture, json) = (read("evaluation.png"), read("evaluation.json"));
    assert!(dcgan::picture::Picture::from_png(&picture).is_ok());

    // The same on any number of threads; JSON is what the file holds.
    for threads in ["1", "3"] {
        assert_eq!(String::from_utf8(json.clone()).unwrap() + "\n", run(&["--json", "--threads", threads]));
    }
    assert!(picture == read("evaluation.png"));
    let json: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!((2, 300), (json["step"].as_u64().unwrap(), json["real"]["training_images"].as_u64().unwrap()));
    // 150 samples, then as many as there are held-out images.
    let images = |figures: &Value| figures["images"].as_u64().unwrap();
    let counts = [&json["samples"][0], &json["samples"][1], &json["held_out"]].map(images);
    assert_eq!([150, 120, 120], counts);
    for figure in ["frechet_distance", "inception_score", "class_entropy_bits", "precision", "recall", "suspects"] {
        assert!(json["samples"][0][figure].as_f64().unwrap().is_finite(), "{figure}");
    }
    let interval = &json["held_out"]["kernel_distance"]["interval"];
    assert!(interval.as_f64().unwrap().is_finite());
}

#[cfg(unix)]
#[test]
fn a_run_of_a_name_that_is_not_utf_8_is_evaluated() {
    let world = world();
    let name: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(b"r\xff".to_vec());
    std::fs::rename(world.path().join("run"), world.path().join(&name)).unwrap();
    let mut command = program();
    command.arg("evaluate").arg(name).args(["--data", "set", "--count", "100", "--json"]);
    let json: Value = serde_json::from_str(&succeeds(&command.current_dir(world.path()).output().unwrap())).unwrap();
    assert_eq!(Some("r\u{fffd}/checkpoint.safetensors"), json["path"].as_str());
}

/// Truncated samples have other figures, and the judge is asked whether it sees the class that was
/// asked for.
#[test]
fn truncation_and_classes_are_part_of_an_evaluation() {
    let world = world();
    let train = |data: &str, out: &str| {
        let args = ["train-mnist", "--data", data, "--out", out, "--width", "4", "--batch-size", "4", "--steps", "2"];
        succeeds(&dcgan(&[&args[..], &["--conditional"]].concat(), world.path()));
    };
    let evaluate =
        |run: &str, data: &str| succeeds(&dcgan(&["evaluate", run, "--data", data, "--count", "100"], world.path()));
    // The judge of MNIST does not know the classes of another set.
    train("set", "unknown");
    let table = evaluate("unknown", "set");
    assert!(table.contains("this judge cannot say") && table.contains("has learnt mnist, not set"), "{table}");

    std::fs::rename(world.path().join("set"), world.path().join("mnist")).unwrap();
    train("mnist", "classes");
    let json = |run: &str, more: &[&str]| -> Value {
        let args = [&["evaluate", run, "--data", "mnist", "--count", "100", "--json"], more].concat();
        serde_json::from_str(&succeeds(&dcgan(&args, world.path()))).unwrap()
    };
    let [whole, half] = [json("run", &[]), json("run", &["--truncation", "0.5"])];
    assert!(whole["truncation"].is_null() && whole["called_as_asked"].is_null());
    assert_eq!(Some(0.5), half["truncation"].as_f64());
    assert!(whole["samples"][0]["frechet_distance"] != half["samples"][0]["frechet_distance"]);
    // Two steps teach no class, so the judge is right about one in ten, more or less.
    let asked = json("classes", &[])["called_as_asked"].as_f64().unwrap();
    assert!((0.0..0.5).contains(&asked), "{asked}");
    let table = evaluate("classes", "mnist");
    assert!(table.contains("by the class that was asked for"), "{table}");
}

/// Of these sets no half is known that was held out: halves of the training images are compared.
#[test]
fn a_set_without_a_known_half_is_evaluated_by_halves_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("letters")).unwrap();
    write_toy_half(&path("letters"), "emnist-letters-train", 202);
    std::fs::create_dir(path("hundred")).unwrap();
    // Superclass 4, class 0, which is apple.
    let record = |i: u8| [&[4, 0][..], &(0..3072).map(|at| (at % 251) as u8 ^ i).collect::<Vec<_>>()].concat();
    std::fs::write(path("hundred/train.bin"), (0..202).flat_map(record).collect::<Vec<_>>()).unwrap();
    for (command, data, name) in
        [(&["train-mnist"][..], "letters", "letters"), (&["train-cifar", "--class", "apple"], "hundred", "cifar-apple")]
    {
        let run = &format!("run-{data}")[..];
        let quick = ["--width", "4", "--batch-size", "4", "--steps", "2", "--data", data, "--out", run];
        succeeds(&dcgan(&[command, &quick].concat(), folder.path()));
        let evaluate = |more: &[&str]| dcgan(&[&["evaluate", run, "--count", "100"], more].concat(), folder.path());
        fails(&evaluate(&[]), 2, &[&format!("it has learnt other images ({name}, 202 of them)"), "--data"]);
        // Of an older checkpoint too, whose config is a folder above.
        let older = path(run).join("checkpoints");
        std::fs::create_dir_all(&older).unwrap();
        std::fs::copy(path(run).join("checkpoint.safetensors"), older.join("step-000001.safetensors")).unwrap();
        let older = &format!("{run}/checkpoints/step-000001.safetensors");
        succeeds(&dcgan(&["evaluate", older, "--count", "100", "--data", data, "--out", "older"], folder.path()));
        let table = succeeds(&evaluate(&["--data", data]));
        let part = format!("100 samples against 101 training images of {name}, one half");
        assert!(table.contains(&part) && table.contains("one held against the other"), "{table}");
    }
    // Other images are named, and not a half that nobody asked for.
    std::fs::create_dir(path("others")).unwrap();
    write_toy_half(&path("others"), "emnist-letters-train", 203);
    let output = dcgan(&["evaluate", "run-letters", "--count", "100", "--data", "others"], folder.path());
    fails(&output, 2, &["203 other images than the 202"]);
    // A half that is there and broken is no half that is not known.
    write_toy_half(&path("letters"), "train", 202);
    write_toy_half(&path("letters"), "t10k", 100);
    std::fs::write(path("letters/t10k-images-idx3-ubyte"), "broken").unwrap();
    let output = dcgan(&["evaluate", "run-letters", "--count", "100", "--data", "letters"], folder.path());
    fails(&output, 2, &["letters/t10k-images-idx3-ubyte"]);
    // The set may be named by its training images.
    let images = "letters/train-images-idx3-ubyte";
    let output = dcgan(&["evaluate", "run-letters", "--count", "100", "--data", images], folder.path());
    fails(&output, 2, &["letters/t10k-images-idx3-ubyte"]);
}

#[test]
fn a_judge_is_trained_and_judges() {
    let world = world();
    let train = |out: &str, threads: &str| {
        let args = ["train-judge", "mnist", "--data", "set", "--epochs", "1", "--out", out, "--threads", threads];
        let stdout = succeeds(&dcgan(&args, world.path()));
        assert!(stdout.contains("epoch 1/1") && stdout.contains(out), "{stdout}");
        std::fs::read(world.path().join(out)).unwrap()
    };
    assert!(train("one", "1") == train("two", "2"), "threads show");
    let evaluate = ["evaluate", "run", "--data", "set", "--count", "100", "--judge", "one", "--out", "new/deep"];
    succeeds(&dcgan(&evaluate, world.path()));
    assert!(world.path().join("new/deep/evaluation.png").exists() && !world.path().join("run/evaluation.png").exists());

    fails(&dcgan(&["train-judge", "cifar10", "--data", "set"], world.path()), 2, &["data_batch_1.bin"]);
    std::fs::write(world.path().join("taken"), "a checkpoint, say").unwrap();
    let taken = ["train-judge", "mnist", "--data", "set", "--epochs", "1", "--out", "taken"];
    fails(&dcgan(&taken, world.path()), 2, &["taken: there is another file of that name"]);
    fails(&dcgan(&["train-judge", "horses"], world.path()), 2, &["horses", "mnist, cifar10"]);
    fails(&dcgan(&["train-judge", "mnist", "--epochs", "0"], world.path()), 2, &["--epochs"]);
}

#[test]
fn what_cannot_be_evaluated_is_said_in_one_line() {
    let world = world();
    let fails = |args: &[&str], parts: &[&str]| fails(&dcgan(&[&["evaluate"], args].concat(), world.path()), 2, parts);
    fails(&["nowhere"], &["nowhere"]);
    fails(&["set"], &["set: there is neither a checkpoint.safetensors nor a PNG file"]);
    fails(&["run/config.toml"], &["run/config.toml", "safetensors"]);
    fails(&["run", "--count", "99"], &["--count", "100"]);
    fails(&["run", "--count", "100"], &["it has learnt other images (set, 300 of them)", "--data"]);
    fails(&["run", "--count", "100", "--data", "run"], &["run: there is no train-images-idx3-ubyte"]);
    fails(&["run", "--count", "100", "--class", "horse"], &["--class"]);
    let judge = "run/checkpoint.safetensors";
    fails(&["run", "--count", "100", "--data", "set", "--judge", judge, "--out", "new"], &[judge, "is no judge"]);
    assert!(!world.path().join("new").exists(), "a refusal leaves no folder");
    fails(&["run/losses.png"], &["run/losses.png", "safetensors"]);

    // PNG files of a size that nobody judges; and too few.
    let pictures = world.path().join("pictures");
    std::fs::create_dir(&pictures).unwrap();
    fails(&["pictures"], &["pictures: there is neither"]);
    let losses = std::fs::read(world.path().join("run/losses.png")).unwrap();
    std::fs::write(pictures.join("0.png"), &losses).unwrap();
    fails(&["pictures"], &["pictures: 1 image is too few"]);
    (1..100).for_each(|i| std::fs::write(pictures.join(format!("{i}.png")), &losses).unwrap());
    fails(&["pictures"], &["pictures: its pictures are 720×960×3", "28×28×1", "evaluate the run that made them"]);
    std::fs::copy(world.path().join("run/reals.png"), pictures.join("50.png")).unwrap();
    fails(&["pictures"], &["50.png", "of one size"]);
    std::fs::write(pictures.join("50.png"), "no picture").unwrap();
    fails(&["pictures"], &["50.png"]);
    let mut promises = losses.clone();
    promises[16..24].copy_from_slice(&[0, 0x10, 0, 0, 0, 0x10, 0, 0]); // a million pixels wide and high
    std::fs::write(pictures.join("50.png"), promises).unwrap();
    fails(&["pictures"], &["50.png"]);
}

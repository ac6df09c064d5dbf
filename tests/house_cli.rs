//! The command line towards its user: what it refuses before it computes, what it replaces, what it
//! prints.

use std::path::Path;

use tests::process::{dcgan, fails, program, quick, succeeds};
use tests::{toy_set, toy_world};

/// A folder with `run`, three steps of training.
fn trained() -> tempfile::TempDir {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&quick(set.path(), &["--steps", "3", "--out", "run"]), folder.path()));
    folder
}

#[test]
fn separate_pictures_replace_nobody_elses_file() {
    let folder = trained();
    let photo = b"\xff\xd8\xff\xe0 a photograph";
    for place in ["each", "run/samples"] {
        let photo_path = folder.path().join(place).join("seed-00002.png");
        std::fs::create_dir_all(photo_path.parent().unwrap()).unwrap();
        std::fs::write(&photo_path, photo).unwrap();
        let args = ["generate", "run", "--count", "4", "--separate", "--out", place];
        fails(&dcgan(&args, folder.path()), 2, &["seed-00002.png: there is another file of that name"]);
        assert_eq!(photo[..], std::fs::read(&photo_path).unwrap());
        assert!(!photo_path.with_file_name("seed-00000.png").exists(), "names are checked before the first is written");
        std::fs::remove_file(&photo_path).unwrap();
        succeeds(&dcgan(&args, folder.path()));
        succeeds(&dcgan(&args, folder.path())); // its own may be replaced
    }
}

#[test]
fn what_cannot_be_written_is_refused_before_it_is_computed() {
    let folder = trained();
    let args = ["train-judge", "mnist", "--out", "missing/judge"];
    // Without the check it would train for minutes first.
    fails(&dcgan(&args, folder.path()), 2, &["missing/judge: cannot be written"]);
    let photo = folder.path().join("evaluation.png");
    std::fs::write(&photo, "a photograph").unwrap();
    let args = ["evaluate", "missing-run", "--out", "."];
    fails(&dcgan(&args, folder.path()), 2, &["evaluation.png: there is another file of that name"]);
    assert_eq!(b"a photograph"[..], std::fs::read(&photo).unwrap());
    std::fs::write(folder.path().join("file"), "").unwrap();
    fails(&dcgan(&["evaluate", "run", "--out", "file"], folder.path()), 2, &["file: cannot be created"]);
}

/// The table is what one has waited for: it is printed before anything is written.
#[test]
fn a_table_is_printed_though_its_files_cannot_be_written() {
    let world = toy_world(600, 600);
    succeeds(&dcgan(&quick(Path::new("set"), &["--steps", "3", "--out", "run"]), world.path()));
    let args = ["evaluate", "run", "--data", "set", "--count", "100", "--out", "new"];
    let stdout = succeeds(&dcgan(&args, world.path()));
    assert!(stdout.contains("Fréchet distance"), "{stdout}");
    assert!(world.path().join("new/evaluation.json").exists() && world.path().join("new/evaluation.png").exists());
    succeeds(&dcgan(&args, world.path())); // its own may be replaced

    #[cfg(unix)]
    {
        let limited = tests::process::under("trap '' XFSZ; ulimit -f 0", &args, world.path());
        let stdout = String::from_utf8(limited.stdout.clone()).unwrap();
        fails(&limited, 2, &["evaluation.json: cannot be written"]);
        assert!(stdout.contains("Fréchet distance"), "{stdout}");
    }
}

#[test]
fn a_printed_command_can_be_typed() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let args = quick(set.path(), &["--steps", "3", "--out", "my first run"]);
    let printed = |called_as: &str| {
        let output = program().args(&args).env("DCGAN_CALLED_AS", called_as).current_dir(folder.path()).output();
        let stdout = succeeds(&output.unwrap());
        std::fs::remove_dir_all(folder.path().join("my first run")).unwrap();
        stdout.lines().last().unwrap().split_once("; now: ").unwrap().1.to_owned()
    };
    assert_eq!("cargo xtask generate 'my first run'", printed("cargo xtask"));
    let path = program().get_program().to_string_lossy().into_owned();
    assert_eq!(format!("{path} generate 'my first run'"), printed(""));

    let told = succeeds(&dcgan(&quick(set.path(), &["--steps", "1", "--out=-run"]), folder.path()));
    assert!(told.ends_with(" generate ./-run\n"), "{told}");
    succeeds(&dcgan(&["generate", "./-run"], folder.path()));
}

#[cfg(unix)]
#[test]
fn no_name_of_a_file_reaches_the_terminal_raw() {
    let folder = trained();
    let name = "a\u{1b}[2J\nb\u{7}.png";
    fails(&dcgan(&["generate", name], folder.path()), 2, &[r"a\u001b[2J\nb\u0007.png: "]);
    let stdout = succeeds(&dcgan(&["generate", "run", "--out", name], folder.path()));
    assert!(stdout.ends_with("in a\\u001b[2J\\nb\\u0007.png\n"), "{stdout:?}");
    fails(&dcgan(&[name], folder.path()), 2, &["unrecognized subcommand"]);
}

#[test]
fn a_resumed_run_tells_the_steps_that_it_made() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let stdout = succeeds(&dcgan(&quick(set.path(), &["--steps", "1", "--out", "run"]), folder.path()));
    assert!(stdout.contains("\n1 step in "), "{stdout}");
    let stdout = succeeds(&dcgan(&["train-mnist", "--resume", "run", "--steps", "3"], folder.path()));
    assert!(stdout.contains("\n2 of 3 steps in "), "{stdout}");
}

#[test]
fn a_name_that_promises_another_format_is_refused() {
    let folder = trained();
    for (args, part) in [
        (&["generate", "run", "--out", "one.jpg"][..], "one.jpg: this command writes .png or .npy"),
        (&["generate", "run", "--out", "one.txt"], "one.txt: this command writes .png or .npy"),
        (&["interpolate", "run", "--out", "walk.mp4"], "walk.mp4: this command writes .png or .apng"),
        (&["arithmetic", "run", "0", "-", "1", "--out", "sum.npy"], "sum.npy: this command writes .png"),
    ] {
        fails(&dcgan(args, folder.path()), 2, &[part, "--out"]);
    }
    succeeds(&dcgan(&["generate", "run", "--out", "ONE.PNG"], folder.path()));
    let stdout = succeeds(&dcgan(&["generate", "run", "--count", "1"], folder.path()));
    assert!(stdout.starts_with("1 picture of step 3 in "), "{stdout}");
}

#[cfg(target_os = "linux")]
#[test]
fn pictures_that_do_not_fit_into_memory_are_refused_with_the_figure() {
    let folder = trained();
    let args = ["generate", "run", "--count", "10000", "--scale", "8", "--threads", "2"];
    let output = tests::process::under("ulimit -v 150000", &args, folder.path());
    fails(&output, 2, &[" MB of memory", "--scale"]);
    assert!(!folder.path().join("generated.png").exists());
}

/// 120 different grey pictures of 28×28 in `folder`, by turns as PNG and with another ending.
fn write_pictures(folder: &Path, endings: [&str; 2]) {
    let pixels = tests::toy_pictures(120);
    for (i, pixels) in pixels.chunks_exact(28 * 28).enumerate() {
        let picture = dcgan::picture::Picture::new([28, 28, 1], pixels.to_vec());
        std::fs::write(folder.join(format!("{i:03}.{}", endings[i % 2])), picture.to_png(&[])).unwrap();
    }
}

/// 120 pictures are few in batches of 64, and 50 epochs of them are enough one by one.
#[test]
fn the_length_of_a_run_on_few_pictures_follows_its_batch_size() {
    let folder = tempfile::tempdir().unwrap();
    write_pictures(folder.path(), ["png", "png"]);
    let train = |batch_size: &str| {
        let args =
            ["train-images", "--data", ".", "--size", "16", "--width", "4", "--dry-run", "--batch-size", batch_size];
        dcgan(&args, folder.path())
    };
    for (batch_size, length) in [("1", "6000 steps in 50 epochs"), ("60", "5000 steps in 2500 epochs")] {
        let told = succeeds(&train(batch_size));
        assert!(told.contains(length), "{length:?} is not in: {told}");
    }
    fails(&train("0"), 2, &["--batch-size must be at least 1"]);
}

#[test]
fn few_pictures_have_no_figures_but_are_seen_beside_their_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("photos")).unwrap();
    write_pictures(&path("photos"), ["png", "png"]);
    let train = |size: &'static str| {
        ["train-images", "--data", "photos", "--size", size, "--width", "8", "--batch-size", "8", "--steps", "2"]
    };
    // A judge knows pictures of the second size, but not these.
    for size in ["16", "32"] {
        let run = ["run-", size].concat();
        succeeds(&dcgan(&[&train(size)[..], &["--out", &run]].concat(), folder.path()));
        let told = succeeds(&dcgan(&["evaluate", &run], folder.path()));
        for part in [
            "photos: 120 pictures are too few for figures; 200 are enough",
            "200 samples beside their nearest training pictures",
        ] {
            assert!(told.contains(part), "{part:?} is not in: {told}");
        }
        let picture = std::fs::read(path(&run).join("nearest.png")).unwrap();
        assert!(dcgan::picture::Picture::from_png(&picture).is_ok());
        assert!(!path(&run).join("evaluation.json").exists());
    }
    fails(
        &dcgan(&["evaluate", "run-16", "--class", "cat"], folder.path()),
        2,
        &["--class is for runs on CIFAR-10; leave it out"],
    );
    fails(&dcgan(&["evaluate", "run-16", "--json"], folder.path()), 2, &["--json: there are no figures"]);

    std::fs::rename(path("photos"), path("moved")).unwrap();
    let way_out = ["run-16: no judge knows such pictures", "16×16×3, of photos", "--data"];
    fails(&dcgan(&["evaluate", "run-16"], folder.path()), 2, &way_out);
    for run in ["run-16", "run-32"] {
        succeeds(&dcgan(&["evaluate", run, "--data", "moved", "--out", "."], folder.path()));
        assert!(path("nearest.png").exists());
    }
    std::fs::write(path("nearest.png"), "a photograph").unwrap();
    fails(&dcgan(&["evaluate", "run-16", "--data", "moved", "--out", "."], folder.path()), 2, &["nearest.png"]);

    let evaluated = ["--data", "moved", "--evaluate-every", "1", "--out", "other"];
    let evaluated = [&["train-images", "--size", "32", "--width", "8", "--batch-size", "8"], &evaluated[..]].concat();
    let way_out = ["--evaluate-every: moved: 120 pictures are too few for figures", "leave the flag out"];
    fails(&dcgan(&evaluated, folder.path()), 2, &way_out);
    assert!(!path("other").exists());
}

/// Their figures are those of a judge of other images, which says so; the floor is one half against
/// the other.
#[test]
fn ones_own_pictures_have_figures_by_the_judge_of_the_most_like_images() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("photos")).unwrap();
    for (i, pixels) in tests::toy_pictures(230).chunks_exact(28 * 28).enumerate() {
        let picture = dcgan::picture::Picture::new([28, 28, 1], pixels.to_vec());
        std::fs::write(path("photos").join(format!("{i:03}.png")), picture.to_png(&[])).unwrap();
    }
    let train = ["train-images", "--data", "photos", "--width", "8", "--batch-size", "8", "--steps", "2"];
    let more = ["--size", "64", "--evaluate-every", "2", "--out", "run"];
    succeeds(&dcgan(&[&train[..], &more].concat(), folder.path()));
    let log = std::fs::read_to_string(path("run/evaluation.csv")).unwrap();
    assert!(log.contains("(64×64×3 fitted to 32×32×3)"), "{log}");

    let table = succeeds(&dcgan(&["evaluate", "run"], folder.path()));
    for part in [
        "230 samples against 115 training images of photos, one half",
        "of the judge cifar10-",
        "(64×64×3 fitted to 32×32×3)",
        "one held against the other",
        "the judge has learnt the classes of cifar10 at 32×32×3",
        "200 samples beside their nearest training pictures",
    ] {
        assert!(table.contains(part), "{part:?} is not in: {table}");
    }
    assert!(!table.contains("\\n"), "lines are lines: {table}");
    let json: serde_json::Value =
        serde_json::from_str(&succeeds(&dcgan(&["evaluate", "run", "--json"], folder.path()))).unwrap();
    // Two steps make no photograph, and a half is as good as the other half.
    let distance = |column: &serde_json::Value| column["frechet_distance"].as_f64().unwrap();
    assert!(3.0 * distance(&json["held_out"]) < distance(&json["samples"][0]), "{json}");
    assert!(path("run/nearest.png").exists() && path("run/evaluation.png").exists());

    let is_advised = |size: &str| {
        succeeds(&dcgan(
            &[&train[..3], &["--batch-size", "8", "--dry-run", "--width", "16", "--size", size]].concat(),
            folder.path(),
        ))
        .contains("expect layouts and colours")
    };
    assert!(is_advised("128") && !is_advised("64"));

    let grey = ["--grey", "--size", "16", "--out", "grey"];
    succeeds(&dcgan(&[&train[..], &grey].concat(), folder.path()));
    let table = succeeds(&dcgan(&["evaluate", "grey"], folder.path()));
    assert!(table.contains("of the judge mnist-") && table.contains("(16×16×1 fitted to 28×28×1)"), "{table}");
}

/// The judge takes some real horses for deer and dogs, which a generator of horses need not make.
#[test]
fn a_set_of_one_class_has_no_classes_to_cover() {
    let folder = tempfile::tempdir().unwrap();
    let train = ["train-cifar", "--recipe", "swift", "--width", "8", "--batch-size", "8", "--steps", "2"];
    succeeds(&dcgan(&[&train[..], &["--out", "run"]].concat(), folder.path()));
    let table = succeeds(&dcgan(&["evaluate", "run", "--count", "100"], folder.path()));
    assert!(table.contains("called by their class") && !table.contains("classes covered"), "{table}");
}

#[test]
fn help_fits_the_terminal() {
    for command in ["train-mnist", "train-images", "evaluate", "interpolate"] {
        let output = program().args([command, "--help"]).env("COLUMNS", "60").output().unwrap();
        let help = succeeds(&output);
        let widest = help.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(widest.chars().count() <= 60, "{widest}");
    }
}

#[test]
fn a_run_ends_with_what_the_doctor_has_said() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let run = |more: &[&str]| succeeds(&dcgan(&quick(set.path(), more), folder.path()));
    let last = |told: &str| told.lines().rev().nth(1).unwrap().to_owned();
    let told = last(&run(&["--steps", "3", "--lr", "1e-30", "--out", "still"]));
    assert!(told.starts_with("the doctor has complained: nothing moves (step 1); what to try is in still"), "{told}");
    let told = last(&run(&["--steps", "3", "--out", "well"]));
    assert!(told.starts_with("how it went"), "{told}");
}

#[test]
fn an_exhibit_is_not_trained_if_its_files_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let fail = |out: &str| dcgan(&["fail", "one-digit", "--steps", "1", "--width", "4", "--out", out], folder.path());
    let text = folder.path().join("museum/one-digit/words.md");
    std::fs::create_dir_all(text.parent().unwrap()).unwrap();
    std::fs::write(&text, "a thesis").unwrap();
    for (out, parts) in [
        ("museum", &["words.md: there is another file of that name"][..]),
        ("museum/one-digit/words.md", &["words.md/one-digit: cannot be created", "give --out another name"]),
    ] {
        let output = fail(out);
        fails(&output, 2, parts);
        assert!(output.stdout.is_empty(), "{output:?}");
    }
}

#[test]
fn a_killed_film_is_swept_by_the_next() {
    let folder = trained();
    let path = |name: &str| folder.path().join(name);
    let names = [".dcgan-tmp-film.apng-dead", ".dcgan-tmp-of-somebody-else"];
    names.iter().for_each(|name| std::fs::write(path(name), "half").unwrap());
    succeeds(&dcgan(&["film", "run"], folder.path()));
    assert_eq!([false, true], names.map(|name| path(name).exists()));
    assert!(path("film.apng").exists());
}

#[test]
fn pictures_that_evaluate_leaves_out_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let photos = folder.path().join("photos");
    std::fs::create_dir_all(photos.join("within")).unwrap();
    write_pictures(&photos, ["png", "JPG"]);
    std::fs::write(photos.join("within/1.png"), "").unwrap();
    let args = ["evaluate", "photos", "--out", "."];
    fails(&dcgan(&args, folder.path()), 2, &["60 images are too few", "61 other pictures", "left out"]);
}

#[test]
fn a_config_edited_by_hand_is_not_put_back_silently() {
    let folder = trained();
    let path = folder.path().join("run/config.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("learning_rate = 0.001", "learning_rate = 0.002")).unwrap();
    let resume = ["train-mnist", "--resume", "run", "--steps", "3"];
    let stdout = succeeds(&dcgan(&resume, folder.path()));
    assert!(stdout.contains("config.toml was edited (--lr 0.002)"), "{stdout}");
}

#[test]
fn one_is_not_several() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let flags = ["--dry-run", "--epochs", "1", "--steps", "1", "--sample-every", "1"];
    let stdout = succeeds(&dcgan(&quick(set.path(), &flags), folder.path()));
    for part in ["1 step in 1 epoch: ", "1 row of samples", "1 checkpoint at"] {
        assert!(stdout.contains(part), "{part:?} is not in:\n{stdout}");
    }
}

//! The command line from outside: what a run leaves behind, exit codes, and one line for every error.

use std::io::Write;
use std::process::Stdio;

use flate2::{Compression, write::GzEncoder};
use tests::process::{dcgan, fails, program, quick, succeeds};
use tests::{here, idx_file, toy_pictures, toy_set, write_toy_half};

#[test]
fn a_run_leaves_its_directory_and_can_be_sampled() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("toys");
    std::fs::create_dir(&set).unwrap();
    write_toy_half(&set, "train", 12);
    let stdout = succeeds(&dcgan(&quick(&set, &["--steps", "4", "--sample-every", "2"]), folder.path()));
    assert!(stdout.contains("step 1/4  epoch 1/2") && stdout.contains("runs/0001-toys"), "{stdout}");
    let run = folder.path().join("runs/0001-toys");
    for file in ["reals.png", "progress.png", "losses.png", "samples/step-000002.png", "samples/step-000004.png"] {
        let bytes = std::fs::read(run.join(file)).unwrap();
        assert!(dcgan::picture::Picture::from_png(&bytes).is_ok(), "{file}");
    }
    let metrics = std::fs::read_to_string(run.join("metrics.csv")).unwrap();
    let steps: Vec<&str> = metrics.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(["step", "1", "2", "4"], steps[..]);
    let config = std::fs::read_to_string(run.join("config.toml")).unwrap();
    assert!(config.contains("seed = 1\n") && config.contains("images = 12\n"), "{config}");

    succeeds(&dcgan(&["generate", "runs/0001-toys", "--count", "9", "--out", "nine.png"], folder.path()));
    succeeds(&dcgan(&["generate", "runs/0001-toys/checkpoint.safetensors", "--count", "9"], folder.path()));
    let picture = |name| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(picture("nine.png"), picture("generated.png"));

    succeeds(&dcgan(&quick(&set, &["--steps", "1"]), folder.path()));
    assert!(folder.path().join("runs/0002-toys/checkpoint.safetensors").exists());
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let set = toy_set(12);
    let run = |seed: &str, threads: &str| {
        let folder = tempfile::tempdir().unwrap();
        let more = ["--steps", "5", "--sample-every", "5", "--out", "run", "--seed", seed, "--threads", threads];
        succeeds(&dcgan(&quick(set.path(), &more), folder.path()));
        ["checkpoint.safetensors", "progress.png"]
            .map(|file| std::fs::read(folder.path().join("run").join(file)).unwrap())
    };
    let first = run("3", "1");
    for threads in ["1", "2", "3"] {
        assert!(first == run("3", threads), "{threads} threads");
    }
    assert!(first != run("4", "1"));
}

#[test]
fn wrong_flags_are_refused_in_a_sentence() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("file"), "").unwrap();
    for (flags, part) in [
        (&["--epochs", "0"][..], "--epochs must be at least 1"),
        (&["--epochs", "many"], "--epochs"),
        (&["--epochs", "-3"], "--epochs"),
        (&["--steps", "0"], "--steps must be at least 1"),
        (&["--batch-size", "0"], "--batch-size must be at least 1"),
        (&["--batch-size", "13"], "--batch-size must be at most 12"),
        (&["--batch-size", "99999999999999999999"], "--batch-size"),
        (&["--seed", "-1"], "--seed"),
        (&["--lr", "0"], "--lr must be a number above 0"),
        (&["--lr", "nan"], "--lr must be a number above 0"),
        (&["--lr", "-0.1"], "--lr must be a number above 0"),
        (&["--beta1", "1"], "--beta1 must be at least 0 and below 1"),
        (&["--recipe", "soup"], "--recipe must be article, swift or modern"),
        (&["--threads", "0"], "--threads"),
        (&["--threads", "1000000"], "--threads"),
        (&["--isa", "sse9"], "avx2"),
        (&["--sample-every", "0"], "--sample-every must be at least 1"),
        (&["--checkpoint-every", "0"], "--checkpoint-every must be at least 1"),
        (&["--width", "6"], "multiple of 4"),
        (&["--width", "0"], "multiple of 4"),
        (&["--out", "file"], "file: "),
        (&["--out", "."], "is not empty"),
        (&["--data", "nowhere"], "nowhere: cannot be opened"),
        (&["--nonsense"], "--nonsense"),
    ] {
        let mut args = quick(set.path(), &["--steps", "1"]);
        if flags[0] != "--nonsense" {
            // The last of a repeated flag counts nowhere: replace what is there already.
            if let Some(at) = args.iter().position(|arg| *arg == flags[0]) {
                args.drain(at..at + 2);
            }
        }
        args.extend(flags);
        fails(&dcgan(&args, folder.path()), 2, &[part]);
    }
    assert!(!folder.path().join("runs").exists(), "a refused run leaves nothing");
    fails(&dcgan(&[], folder.path()), 2, &["--help"]);
    fails(&dcgan(&["trian-mnist"], folder.path()), 2, &["trian-mnist"]);
    fails(&dcgan(&["generate"], folder.path()), 2, &["<RUN>"]);
    fails(&dcgan(&["generate", "nowhere"], folder.path()), 2, &["nowhere: "]);
    fails(&dcgan(&["generate", "."], folder.path()), 2, &["there is no run in it"]);
    fails(&dcgan(&["generate", "file"], folder.path()), 2, &["file: this is no whole safetensors file"]);
    fails(&dcgan(&["opcase", ".", "results"], folder.path()), 2, &["cases.json: "]);
    for unused in [["--seed", "7"], ["--out", "museum"]] {
        let args = [&["fail", "--seeds", "1"][..], &unused].concat();
        fails(&dcgan(&args, folder.path()), 2, &["cannot be used", unused[0]]);
    }
    succeeds(&dcgan(&["--help"], folder.path()));
    succeeds(&dcgan(&["train-mnist", "--help"], folder.path()));
    succeeds(&dcgan(&["--version"], folder.path()));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn malformed_data_is_refused_with_file_and_reason() {
    let good = idx_file(&[12, 28, 28], &toy_pictures(12));
    let zipped = gzip(&good);
    let with = |at: usize, bytes: &[u8]| {
        let mut file = good.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    let bit = |at: usize| {
        let mut file = zipped.clone();
        file[at] ^= 4;
        file
    };
    let longer = [&good[..], b"x"].concat();
    let page = b"<!DOCTYPE html><html><body>404</body></html>".to_vec();
    let images: [(&str, &str, Vec<u8>); 26] = [
        ("an empty file", "", vec![]),
        ("three bytes", "", good[..3].to_vec()),
        ("no magic", "", with(0, &[1])),
        ("another magic", "", with(1, &[8])),
        ("signed bytes", "", with(2, &[9])),
        ("floats", "", with(2, &[0x0d])),
        ("no dimensions", "", with(3, &[0])),
        ("labels where images should be", "", idx_file(&[12], &[7; 12])),
        ("255 dimensions", "", with(3, &[255])),
        ("a header cut", "", good[..9].to_vec()),
        ("only a header", "", good[..16].to_vec()),
        ("a pixel missing", "", good[..good.len() - 1].to_vec()),
        ("a byte too many", "", longer.clone()),
        ("one picture less than there are", "", with(4, &[0, 0, 0, 11])),
        ("one picture more than there are", "", with(4, &[0, 0, 0, 13])),
        ("no pictures", "", with(4, &[0, 0, 0, 0])),
        ("no rows", "", with(8, &[0, 0, 0, 0])),
        ("extents that overflow", "", with(4, &[0xff; 12])),
        ("four billion pictures", "", with(4, &[0xff; 4])),
        ("an HTML page", "", page.clone()),
        ("an HTML page called gzip", ".gz", page),
        ("gzip cut", ".gz", zipped[..zipped.len() / 2].to_vec()),
        ("gzip without its checksum", ".gz", zipped[..zipped.len() - 8].to_vec()),
        ("gzip with a flipped bit", ".gz", bit(zipped.len() / 2)),
        ("gzip with a flipped bit in its checksum", ".gz", bit(zipped.len() - 7)),
        ("trailing bytes inside gzip", ".gz", gzip(&longer)),
    ];
    let folder = tempfile::tempdir().unwrap();
    let run = |what: &str, name: &str| {
        let output = dcgan(&quick(folder.path(), &["--steps", "1", "--out", "run"]), folder.path());
        assert_eq!(Some(2), output.status.code(), "{what}: {output:?}");
        fails(&output, 2, &[name]);
        assert!(!folder.path().join("run").exists(), "a refused run leaves nothing");
    };
    for (what, ending, bytes) in images {
        let name = format!("train-images-idx3-ubyte{ending}");
        std::fs::write(folder.path().join(&name), bytes).unwrap();
        run(what, &name);
        std::fs::remove_file(folder.path().join(&name)).unwrap();
    }

    std::fs::create_dir(folder.path().join("train-images-idx3-ubyte")).unwrap();
    run("a folder", "there is no train-images-idx3-ubyte");
    std::fs::remove_dir(folder.path().join("train-images-idx3-ubyte")).unwrap();

    std::fs::write(folder.path().join("train-images-idx3-ubyte"), &good).unwrap();
    std::fs::write(folder.path().join("train-labels-idx1-ubyte"), idx_file(&[11], &[7; 11])).unwrap();
    run("a label missing", "train-labels-idx1-ubyte: there are 12 images but 11 labels");
    std::fs::write(folder.path().join("train-labels-idx1-ubyte"), &good).unwrap();
    run("images where labels should be", "train-labels-idx1-ubyte: ");
    std::fs::remove_file(folder.path().join("train-labels-idx1-ubyte")).unwrap();

    for (height, width, part) in [(28, 14, "28×14"), (20, 20, "not 20")] {
        let file = idx_file(&[12, height, width], &vec![0; (12 * height * width) as usize]);
        std::fs::write(folder.path().join("train-images-idx3-ubyte"), file).unwrap();
        run("extents of no network", part);
    }
}

#[test]
fn a_training_that_explodes_stops_and_keeps_the_checkpoint() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let output = dcgan(&quick(set.path(), &["--steps", "50", "--lr", "1e38", "--out", "run"]), folder.path());
    fails(&output, 3, &["step ", "is not finite", "--lr"]);
    assert!(!folder.path().join("run/checkpoint.safetensors").exists(), "no bad state is saved");
}

#[test]
fn nobody_has_to_listen() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let mut child = program()
        .args(quick(set.path(), &["--steps", "3", "--out", "run"]))
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert!(folder.path().join("run/checkpoint.safetensors").exists());
}

#[test]
fn operator_cases_run_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let cases = here("opcases/onnx");
    let stdout = succeeds(&dcgan(&["opcase", cases.to_str().unwrap(), "results"], folder.path()));
    assert!(stdout.starts_with("67 cases computed, 37 skipped"), "{stdout}");
    assert!(folder.path().join("results/skipped.json").exists());
}

#[test]
fn a_dry_run_says_what_it_would_be_and_writes_nothing() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let flags = ["--dry-run", "--epochs", "70", "--sample-every", "50", "--out", "run"];
    let stdout = succeeds(&dcgan(&quick(set.path(), &flags), folder.path()));
    for part in [
        "12 images of ",
        "28×28×1, in batches of 4",
        "conv2d_transpose_3                      14×14×1",
        "together, per image",
        "210 steps in 70 epochs",
        "5 rows of samples",
        "70 checkpoints",
        "nothing was written",
    ] {
        assert!(stdout.contains(part), "{part:?} is not in:\n{stdout}");
    }
    // No machine ends that one, and its time is no reason to break.
    let endless = quick(set.path(), &["--dry-run", "--epochs", "9223372036854775807"]);
    assert!(succeeds(&dcgan(&endless, folder.path())).contains("18446744073709551615 steps in "));
    assert_eq!(0, std::fs::read_dir(folder.path()).unwrap().count());
    fails(&dcgan(&["train-mnist", "--dry-run", "--resume", "run"], folder.path()), 2, &["--resume"]);

    let refused = |flags: &[&str], part| {
        fails(&dcgan(&quick(set.path(), &[&["--dry-run"], flags].concat()), folder.path()), 2, &[part]);
    };
    refused(&["--from", "nowhere"], "nowhere: ");
    std::fs::create_dir_all(folder.path().join("taken/full")).unwrap();
    refused(&["--out", "taken"], "taken: the folder is not empty");
}

/// On a machine that does nothing else.
#[test]
fn a_dry_run_is_right_about_the_time() {
    if std::env::var_os("LONG_TESTS").is_none() {
        eprintln!("skipped: measures time; set LONG_TESTS=1 on a quiet machine");
        return;
    }
    let (set, folder) = (toy_set(640), tempfile::tempdir().unwrap());
    let data = set.path().to_str().unwrap();
    let args = ["train-mnist", "--data", data, "--width", "128", "--epochs", "10"];
    let stdout = succeeds(&dcgan(&[&args[..], &["--dry-run"]].concat(), folder.path()));
    let line = stdout.lines().find_map(|line| line.strip_prefix("a step")).unwrap();
    let step: f64 = line.split_whitespace().next().unwrap().parse().unwrap();
    let started = std::time::Instant::now();
    succeeds(&dcgan(&args, folder.path()));
    let ratio = step * 100.0 / started.elapsed().as_secs_f64();
    assert!((0.8..=1.2).contains(&ratio), "{ratio}");
}

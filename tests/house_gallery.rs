//! What shows a run: its last picture, the files that a killed command leaves, pictures made again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dcgan::picture::Picture;
use gallery::provenance::Provenance;
use tests::process::{assert_same, bits, dcgan, fails, quick, succeeds};
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

/// A folder with `run`, a run of four steps with all its checkpoints and two rows of samples.
fn folder_with_run() -> tempfile::TempDir {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let flags = ["--steps", "4", "--sample-every", "2", "--checkpoint-every", "1", "--keep", "9", "--out", "run"];
    succeeds(&dcgan(&quick(set.path(), &[&["--epochs", "9"], &flags[..]].concat()), folder.path()));
    folder
}

#[test]
fn a_report_and_a_film_sweep_what_a_killed_one_left_and_nothing_else() {
    let folder = folder_with_run();
    for args in [&["report", "run"][..], &["film", "run"]] {
        for name in ["run/.dcgan-tmp-dead", "run/samples/.dcgan-tmp-dead", "run/.dcgan-tmp-alive"] {
            std::fs::write(folder.path().join(name), "half a file").unwrap();
        }
        let alive = std::fs::File::open(folder.path().join("run/.dcgan-tmp-alive")).unwrap();
        alive.lock().unwrap();
        succeeds(&dcgan(args, folder.path()));
        let exists = |name: &str| folder.path().join(name).exists();
        assert!(!exists("run/.dcgan-tmp-dead") && !exists("run/samples/.dcgan-tmp-dead"), "{args:?}");
        assert!(exists("run/.dcgan-tmp-alive"), "{args:?}: a living process writes it");
    }
}

/// As a message advises where one cannot be read.
#[test]
fn a_film_is_made_again_without_a_row_that_was_removed() {
    let folder = folder_with_run();
    let whole = read(folder.path(), "run/progress.apng");
    std::fs::remove_file(folder.path().join("run/samples/step-000002.png")).unwrap();
    succeeds(&dcgan(&["report", "run"], folder.path()));
    assert!(read(folder.path(), "run/progress.apng").len() < whole.len(), "a frame less");
}

#[test]
fn a_report_takes_the_log_of_a_spreadsheet_and_names_a_damaged_line() {
    let folder = folder_with_run();
    let log = String::from_utf8(read(folder.path(), "run/metrics.csv")).unwrap();
    let part = "metrics.csv has a damaged line behind step 1, where its curves end";
    for (text, is_damaged) in [(log.replace('\n', "\r\n"), false), (log.replace("\n2,", "\nx,"), true)] {
        std::fs::write(folder.path().join("run/metrics.csv"), text).unwrap();
        let stdout = succeeds(&dcgan(&["report", "run"], folder.path()));
        let page = String::from_utf8(read(folder.path(), "run/report.html")).unwrap();
        assert_eq!([is_damaged; 2], [&stdout, &page].map(|text| text.contains(part)), "{stdout}");
        assert_eq!(!is_damaged, page.contains("The log has 3 points"), "{page}");
    }
}

#[test]
fn a_run_reproduces_pictures_of_its_older_checkpoints() {
    let folder = folder_with_run();
    let reproduce = |picture: &str| dcgan(&["reproduce", picture, "--checkpoint", "run"], folder.path());
    for picture in ["run/samples/step-000002.png", "run/samples/step-000004.png"] {
        assert!(succeeds(&reproduce(picture)).contains("byte for byte"), "{picture}");
    }
    std::fs::remove_file(folder.path().join("run/checkpoints/step-000002.safetensors")).unwrap();
    fails(&reproduce("run/samples/step-000002.png"), 2, &["of step 2, not by", "of step 4"]);
}

/// What differs from its checkpoint may be the only copy.
#[test]
fn a_picture_that_differs_is_not_replaced_by_what_it_is_compared_with() {
    let folder = folder_with_run();
    let origin = Provenance::read(&read(folder.path(), "run/samples/step-000004.png")).unwrap();
    let changed = origin.to_png(&Picture::new([28, 28, 1], vec![7; 784]));
    std::fs::write(folder.path().join("changed.png"), &changed).unwrap();
    let reproduce =
        |out: &str| dcgan(&["reproduce", "changed.png", "--checkpoint", "run", "--out", out], folder.path());
    fails(&reproduce("run/../changed.png"), 2, &["changed.png: it is the picture itself", "--out"]);
    assert!(changed == read(folder.path(), "changed.png"));
    fails(&reproduce("again.png"), 2, &["changed.png: again.png differs from it"]);
}

#[test]
fn a_film_is_a_real_gif_and_other_endings_are_refused_by_name() {
    let folder = folder_with_run();
    let film = |out: &str| dcgan(&["film", "run", "--out", out], folder.path());
    for _ in 0..2 {
        assert!(succeeds(&film("film.gif")).contains("a film of 2 frames in film.gif"));
    }
    let gif = read(folder.path(), "film.gif");
    assert!(gif.starts_with(b"GIF89a"), "also the second time, over the first");
    for (out, part) in [("film.mp4", "a .mp4 file cannot be written"), ("film.npy", "no array"), ("f.jpg", ".jpg")] {
        fails(&film(out), 2, &[out, part]);
        assert!(!folder.path().join(out).exists());
    }
    succeeds(&dcgan(&["film", "run", "--frames", "1", "--out", "one.apng"], folder.path()));
    for out in ["c.jpg", "c.apng"] {
        fails(&dcgan(&["compare", "run", "run", "--out", out], folder.path()), 2, &[out]);
    }
}

#[test]
fn a_log_with_numbers_that_are_none_is_drawn_with_gaps_and_said() {
    let folder = folder_with_run();
    let path = folder.path().join("run/metrics.csv");
    let log = std::fs::read_to_string(&path).unwrap();
    let (head, last) = log.trim_end().rsplit_once('\n').unwrap();
    let mut fields: Vec<&str> = last.split(',').collect();
    fields[2] = "NaN";
    std::fs::write(&path, format!("{head}\n{}\n", fields.join(","))).unwrap();
    succeeds(&dcgan(&["report", "run"], folder.path()));
    let page = String::from_utf8(read(folder.path(), "run/report.html")).unwrap();
    assert!(page.contains("There is 1 line of the log with a value that is not finite"));
    assert!(!page.contains(">NaN<") && !page.contains("NaN,"));
}

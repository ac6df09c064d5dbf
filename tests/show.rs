//! Pictures of a trained generator: the same pixels in every form, made again byte for byte, and what is refused.

use std::path::Path;

use dcgan::picture::Picture;
use tests::process::{dcgan, fails, quick, succeeds};
use tests::toy_set;

/// A folder with a run of a few steps in it.
fn folder() -> tempfile::TempDir {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&quick(set.path(), &["--steps", "3", "--out", "run"]), folder.path()));
    folder
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}

#[test]
fn a_seed_has_one_picture_in_every_form() {
    let folder = folder();
    let run = |args: &[&str]| succeeds(&dcgan(args, folder.path()));
    run(&["generate", "run", "--seeds", "3,70000-70002", "--separate", "--out", "each"]);
    run(&["generate", "run/checkpoint.safetensors", "--seeds", "3,70000-70002", "--out", "all.npy"]);
    let (array, pixels) = (read(folder.path(), "all.npy"), 28 * 28);
    assert_eq!(128 + 4 * pixels, array.len());
    for (i, name) in ["seed-00003.png", "seed-70000.png", "seed-70001.png", "seed-70002.png"].iter().enumerate() {
        let alone = Picture::from_png(&read(&folder.path().join("each"), name)).unwrap();
        assert!(alone.pixels() == &array[128 + i * pixels..][..pixels], "{name}");
    }
    run(&["generate", "run", "--seeds", "0-69", "--scale", "2"]);
    let first = read(folder.path(), "generated.png");
    for more in [["--threads", "1"], ["--threads", "3"], ["--batch-size", "1"], ["--batch-size", "9"]] {
        run(&[&["generate", "run", "--count", "70", "--scale", "2", "--out", "again.png"][..], &more].concat());
        assert!(first == read(folder.path(), "again.png"), "{more:?}");
    }
}

#[test]
fn every_view_is_made_again_byte_for_byte() {
    let folder = folder();
    let run = |args: &[&str]| succeeds(&dcgan(args, folder.path()));
    run(&["generate", "run", "--seeds", "9,1-4", "--scale", "3"]);
    run(&["generate", "run", "--seeds", "7", "--separate", "--out", "."]);
    run(&["interpolate", "run", "--seeds", "5,3", "--frames", "4", "--path", "linear"]);
    run(&["interpolate", "run", "--loop", "--frames", "2", "--delay", "90", "--out", "walk.apng"]);
    run(&["arithmetic", "run", "0-2", "-", "3,5", "+", "6"]);
    for file in ["generated.png", "seed-00007.png", "interpolation.png", "walk.apng", "arithmetic.png"] {
        let stdout = run(&["reproduce", file, "--checkpoint", "run/checkpoint.safetensors"]);
        assert!(stdout.contains("byte for byte"), "{file}: {stdout}");
    }
    let arithmetic = read(folder.path(), "arithmetic.png");
    run(&["arithmetic", "run", "0-2 - 3,5 + 6", "--threads", "1", "--batch-size", "2"]);
    assert!(arithmetic == read(folder.path(), "arithmetic.png"));
}

#[test]
fn what_cannot_be_shown_is_refused_in_a_line() {
    let folder = folder();
    let refused = |args: &[&str], part: &str| fails(&dcgan(args, folder.path()), 2, &[part]);
    std::fs::write(folder.path().join("file"), "no folder").unwrap();
    for (flags, part) in [
        (&["--seeds", "tea"][..], "\"tea\" is no seed"),
        (&["--seeds", "-1"], "is no seed"),
        (&["--seeds", "9-3"], "goes down"),
        (&["--seeds", "0-99999999"], "more than 100000"),
        (&["--seeds", "1", "--count", "2"], "--count"),
        (&["--count", "0"], "--count"),
        (&["--seed", "18446744073709551615"], "at most 64 bits"),
        (&["--scale", "0"], "--scale"),
        (&["--batch-size", "0"], "--batch-size"),
        (&["--out", "all.npy", "--scale", "2"], "no use for"),
        (&["--out", "nowhere/all.npy"], "nowhere/all.npy: cannot be written"),
        (&["--out", "file/all.png"], "file/all.png: cannot be written"),
        (&["--separate", "--out", "file"], "file: cannot be created"),
        (&["--count", "9000", "--scale", "64"], "ask for fewer images or a smaller --scale"),
    ] {
        refused(&[&["generate", "run"], flags].concat(), part);
    }
    for (flags, part) in [
        (&["--frames", "0"][..], "0 frames"),
        (&["--frames", "-1"], "--frames"),
        (&["--frames", "4000000"], "100000 are the most"),
        (&["--seeds", "7"], "two or more"),
        (&["--seeds", "one,two"], "\"one\" is no seed"),
        (&["--path", "crooked"], "spherical"),
        (&["--delay", "0"], "--delay"),
        (&["--out", "nowhere/walk.apng"], "cannot be written"),
    ] {
        refused(&[&["interpolate", "run"], flags].concat(), part);
    }
    refused(&["arithmetic", "run"], "<SEEDS>");
    refused(&["arithmetic", "run", "1", "-"], "ends with seeds");
    refused(&["arithmetic", "run", "1", "-", "x"], "\"x\" is no seed");
    // The checkpoint of another model: its name for itself, and a shape that is not its own.
    let path = folder.path().join("other.safetensors");
    std::fs::copy(folder.path().join("run/checkpoint.safetensors"), &path).unwrap();
    let mut checkpoint = dcgan::checkpoint::Checkpoint::read(&path).unwrap();
    checkpoint.config.model.width = 8;
    checkpoint.write(&path).unwrap();
    for command in [
        &["generate", "other.safetensors"][..],
        &["interpolate", "other.safetensors"],
        &["arithmetic", "other.safetensors", "1"],
    ] {
        refused(command, "other.safetensors: ");
    }
    refused(&["reproduce", "file", "--checkpoint", "run/checkpoint.safetensors"], "file: ");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(3, left.len(), "{left:?}");
}

//! The same flags give the same bits: in any place, time zone, language, on any number of threads; and a picture
//! says what made it, so that it can be made again.

use std::path::Path;

use gallery::provenance::Provenance;
use tests::process::{assert_same, bits, dcgan, fails, program, quick, succeeds};
use tests::{toy_set, write_toy_half};

#[test]
fn a_run_depends_on_neither_place_nor_language_nor_threads() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = None;
    for (place, zone, language, threads) in [
        ("a", "UTC", "C", "1"),
        ("a longer path/with spaces", "Asia/Kathmandu", "de_DE.UTF-8", "2"),
        ("über/ñ", "America/St_Johns", "tr_TR.UTF-8", "3"),
        ("b", "Pacific/Apia", "zh_CN.GB18030", "8"),
        ("c", "UTC", "", "2"),
    ] {
        let place = folder.path().join(place);
        let set = place.join("toys");
        std::fs::create_dir_all(&set).unwrap();
        write_toy_half(&set, "train", 13);
        let flags =
            ["--epochs", "2", "--sample-every", "2", "--checkpoint-every", "2", "--keep", "1", "--threads", threads];
        let output = program()
            .args(quick(&set, &flags))
            .current_dir(&place)
            .env_clear()
            .env("TZ", zone)
            .env("LC_ALL", language)
            .env("LANG", language)
            .output()
            .unwrap();
        succeeds(&output);
        let found = bits(&place.join("runs/0001-toys"));
        assert_same(first.get_or_insert_with(|| found.clone()), &found, threads);
    }
}

fn origin(path: &Path) -> Provenance {
    Provenance::read(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_picture_is_made_again_byte_for_byte() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let path = |name: &str| folder.path().join(name);
    let run = |args: &[&str]| succeeds(&dcgan(args, folder.path()));
    let flags = ["--steps", "4", "--sample-every", "2", "--checkpoint-every", "2", "--keep", "5", "--sample-dropout"];
    run(&quick(set.path(), &[&flags[..], &["--seed", "5", "--out", "run"]].concat()));
    run(&["generate", "run", "--seed", "40", "--count", "7"]);

    let (older, newest) = ("run/checkpoints/step-000002.safetensors", "run/checkpoint.safetensors");
    for (picture, checkpoint, seed, step) in [
        ("run/samples/step-000002.png", older, 5, 2),
        ("run/samples/step-000004.png", newest, 5, 4),
        ("generated.png", newest, 40, 4),
    ] {
        let stdout = run(&["reproduce", picture, "--checkpoint", checkpoint]);
        assert!(stdout.contains("byte for byte"), "{stdout}");
        assert_eq!(std::fs::read(path(picture)).unwrap(), std::fs::read(path("reproduced.png")).unwrap());
        let found = origin(&path(picture));
        assert_eq!((seed, step), (found.seed, found.step));
        let saved = runs::checkpoint::Checkpoint::read(&path(checkpoint)).unwrap();
        assert_eq!(saved.tensors_sha256(), found.checkpoint);
    }

    let refused = |picture: &str, checkpoint: &str, part: &str| {
        fails(&dcgan(&["reproduce", picture, "--checkpoint", checkpoint], folder.path()), 2, &[picture, part]);
    };
    refused("run/samples/step-000002.png", newest, "of step 2, not by");
    refused("generated.png", older, "of step 4, not by");
    refused("run/progress.png", newest, "reproduce those");
    refused("run/reals.png", newest, "real images");
    refused("run/losses.png", newest, "metrics.csv");
    refused("nothing.png", newest, "");
    refused("run/config.toml", newest, "");
    let origin = origin(&path("generated.png"));
    let other = dcgan::picture::Picture::grid_of_bytes(&[0; 28 * 28 * 7], [7, 28, 28, 1], 2);
    std::fs::write(path("painted.png"), origin.to_png(&other)).unwrap();
    refused("painted.png", newest, "differs from it");
}

//! The fuzzer's seeds, and every input that ever crashed a parser, without the fuzzer.

#[path = "../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "in its own crate, the file is a library")]
mod properties;

use std::fs;

use dcgan::config::{Config, Data};
use dcgan::step::Gan;

/// Runs `property` on all files of `fuzz/seeds` and `fuzz/crashes` that are for `target`.
fn replay(target: &str, property: fn(&[u8])) {
    let mut replayed = 0;
    for folder in ["seeds", "crashes"] {
        let folder = format!("{}/../fuzz/{folder}/{target}", env!("CARGO_MANIFEST_DIR"));
        // Git keeps no empty folder: a target without crashes has none.
        for file in fs::read_dir(&folder).into_iter().flatten() {
            let path = file.unwrap().path();
            // Shown if the property fails.
            eprintln!("{}", path.display());
            property(&fs::read(path).unwrap());
            replayed += 1;
        }
    }
    assert!(0 < replayed, "there are seeds for {target}");
}

#[test]
fn idx() {
    replay("idx", properties::idx);
}

#[test]
fn cifar() {
    replay("cifar", properties::cifar);
}

#[test]
fn tar() {
    replay("tar", properties::tar);
}

#[test]
fn checkpoint() {
    replay("checkpoint", properties::checkpoint);
    // The seeds are too small to be networks.
    let data = Data { name: "toy".to_owned(), images: 100, sha256: String::new() };
    let mut config = Config::article(data, 16, 1, "article").unwrap();
    config.model.width = 4;
    let mut state = Gan::start(&config).unwrap().save(&config);
    properties::checkpoint(&state.to_bytes());
    state.tensors.pop_last();
    properties::checkpoint(&state.to_bytes());
}

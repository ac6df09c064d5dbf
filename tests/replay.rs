//! The fuzzer's seeds, and every input that ever crashed a parser, without the fuzzer; and checkpoints of anything.

#[path = "../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "in its own crate, the file is a library")]
mod properties;

use std::fs;

use dcgan::config::{Config, Data};
use dcgan::gan::Gan;
use proptest::{collection::btree_map, prelude::*};
use runs::checkpoint::Checkpoint;
use runs::doctor::Doctor;
use tensor::Tensor;

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
    let config = config();
    let mut state = Checkpoint::of(&Gan::start(&config).unwrap(), &config);
    for (i, tensor) in state.tensors.values_mut().enumerate() {
        tensor.data_mut().fill(1.0 + i as f32); // so that one taken for another shows
    }
    properties::checkpoint(&state.to_bytes());
    state.tensors.pop_last();
    properties::checkpoint(&state.to_bytes());
}

fn config() -> Config {
    let data = Data { name: "toy".to_owned(), images: 100, sha256: String::new() };
    let mut config = Config::from_recipe(data, 16, 1, "article").unwrap();
    config.model.width = 4;
    config
}

/// Of any finite bits, small and large, of either sign.
fn tensor() -> impl Strategy<Value = Tensor> {
    let number = any::<u32>().prop_map(f32::from_bits).prop_filter("finite", |x| x.is_finite());
    proptest::collection::vec(0..4usize, 0..4).prop_flat_map(move |shape| {
        let count: usize = shape.iter().product();
        proptest::collection::vec(number.clone(), count).prop_map(move |numbers| Tensor::new(&shape, numbers))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_state_comes_back(
        tensors in btree_map("\\PC{1,12}", tensor(), 0..6),
        step: u64, adam_steps: [u64; 2], lr in 0.0..1.0, exponent in -300..300, real_label in 0.0..1.0f32, seed in 0..=i64::MAX as u64,
    ) {
        let mut config = config();
        let training = &mut config.training;
        (training.learning_rate, training.real_label, training.seed) = (lr * 10.0f64.powi(exponent) + 1e-307, real_label, seed);
        let state = Checkpoint { step, adam_steps, config, doctor: Doctor::default(), tensors };
        let bytes = state.to_bytes();
        let read = Checkpoint::from_bytes(&bytes).unwrap();
        prop_assert_eq!((read.step, read.adam_steps, &read.config), (step, adam_steps, &state.config));
        prop_assert!(read.tensors.keys().eq(state.tensors.keys()));
        for (read, written) in read.tensors.values().zip(state.tensors.values()) {
            prop_assert_eq!(read.shape(), written.shape());
            prop_assert!(read.data().iter().map(|x| x.to_bits()).eq(written.data().iter().map(|x| x.to_bits())));
        }
        properties::checkpoint(&bytes);
    }
}

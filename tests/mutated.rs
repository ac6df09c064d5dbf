//! A checkpoint with any damage is refused, at the cost of little memory: four times the file and a megabyte, as for all parsers.
//!
//! The parsers of `data` have their like beside them. This test is a program of its own, since the allocator counts for
//! the whole process.

#[path = "../crates/data/tests/mutate/mod.rs"]
mod mutate;

use dcgan::config::{Config, Data};
use peak_alloc::PeakAlloc;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use runs::checkpoint::Checkpoint;
use runs::doctor::Doctor;
use tensor::Tensor;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The bytes of the tensors of [`whole`].
const TENSORS_BYTES: usize = 4 * (24 + 6 + 1);

/// A state of three tensors, as a file.
fn whole() -> Vec<u8> {
    let data = Data { name: "toy".to_owned(), images: 100, sha256: "00".repeat(32) };
    let noise = |shape: &[usize], count: u16| {
        Tensor::new(shape, (0..count).map(|i| f32::from(i % 17) - 8.0).collect::<Vec<_>>())
    };
    let tensors = [("a/kernel", noise(&[4, 6], 24)), ("a/bias", noise(&[6], 6)), ("b", Tensor::scalar(7.0))];
    Checkpoint {
        step: 12,
        adam_steps: [12, 11],
        config: Config::from_recipe(data, 28, 1, "article").unwrap(),
        doctor: Doctor::default(),
        tensors: tensors.map(|(name, tensor)| (name.to_owned(), tensor)).into(),
    }
    .to_bytes()
}

fn mutated(rng: &mut ChaCha8Rng, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    mutate::mutate(rng, &mut bytes);
    bytes
}

fn with_another_digit(rng: &mut ChaCha8Rng, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let digits: Vec<&mut u8> = bytes.iter_mut().filter(|byte| byte.is_ascii_digit()).collect();
    let at = rng.next_u32() as usize % digits.len();
    *digits.into_iter().nth(at).unwrap() = b'0' + (rng.next_u32() % 10) as u8;
    bytes
}

#[test]
fn two_hundred_thousand_mutations_are_refused_in_little_memory() {
    let whole = whole();
    assert_eq!(whole, Checkpoint::from_bytes(&whole).unwrap().to_bytes());
    let (header, tensors) = whole.split_at(whole.len() - TENSORS_BYTES);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut reasons = std::collections::BTreeMap::new();
    for i in 0..200_000 {
        let input = match i % 4 {
            // Nearly all of the file is its header, where most changes leave no JSON behind;
            0 => mutated(&mut rng, &whole),
            // so half of them change a digit alone,
            1 | 2 => with_another_digit(&mut rng, &whole),
            // and the rest change what is behind it.
            _ => [header, &mutated(&mut rng, tensors)].concat(),
        };
        MEMORY.reset_peak_usage();
        let before = MEMORY.peak_usage();
        let result = Checkpoint::from_bytes(&input);
        let bytes = MEMORY.peak_usage() - before;
        assert!(bytes <= 4 * input.len() + (1 << 20), "mutation {i}: {bytes} bytes for {} of input", input.len());
        match result {
            // Only where two changes undid each other, or the mutation wrote what was there.
            Ok(read) => assert!(input == whole || read.to_bytes() == whole, "mutation {i} was accepted"),
            Err(error) => {
                *reasons.entry(error.to_string().split(['(', ':']).next().unwrap().to_owned()).or_insert(0) += 1
            }
        }
    }
    for part in ["this is no whole safetensors file", "its metadata cannot be read", "it is not what was saved"] {
        let count: u32 = reasons.iter().filter(|(reason, _)| reason.starts_with(part)).map(|(_, count)| count).sum();
        assert!(2_000 <= count, "{reasons:?}");
    }
}

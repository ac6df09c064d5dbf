//! Chapter 11: three steps of a small GAN on 1, 2 and 3 threads, and a hash of every bit of the
//! state afterwards.
//!
//! The hash is that of the portable instruction set; another set rounds differently. Between
//! numbers of threads it does not differ.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use book_examples::sets;
use dcgan::gan::Gan;
use dcgan::models::{Architecture, DropoutKeys, Kind, LATENT};
use dcgan::streams::{Purpose, noise, stream};
use nn::AdamOptions;
use rayon::ThreadPoolBuilder;
use tensor::Tensor;
use tensor::fast::{self, Isa};

const BATCH: usize = 16;

/// FNV-1a, 64 bits: a hash of ten lines (Fowler, Noll and Vo 1991). It is no protection from
/// malice, and needs none here.
fn hash(tensors: impl Iterator<Item = Tensor>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for tensor in tensors {
        for byte in tensor.data().iter().flat_map(|x| x.to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

/// Three steps from the same start; the hash of weights, running statistics and Adam's averages.
fn train(x: &Tensor) -> u64 {
    let networks = Architecture { kind: Kind::Dcgan, size: 28, channels: 1, width: 32 };
    let pair = networks.build(&mut stream(1, Purpose::Weights, 0)).expect("there are networks of this size");
    let mut gan = Gan::new(pair, AdamOptions::default(), 0.001, 0.9);
    for step in 0..3 {
        let z = noise(&mut stream(1, Purpose::Noise, step), BATCH, LATENT);
        let mut keys = DropoutKeys::new(0.8, stream(1, Purpose::Dropout, step));
        gan.step(x, &z, &mut keys).expect("the numbers stay finite");
    }
    hash(gan.tensors().into_values())
}

fn main() {
    fast::limit(Isa::Portable);
    let digits = sets::digits();
    let mut x = vec![0.0; BATCH * digits.image_size()];
    data::scale::from_bytes(&digits.pixels()[..x.len()], &mut x);
    let x = Tensor::new(&[BATCH, 28, 28, 1], x);

    let hashes = [1, 2, 3].map(|threads| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        let hash = pool.install(|| train(&x));
        println!("{threads} thread{}: {hash:016x}", if threads == 1 { " " } else { "s" });
        hash
    });
    let is_same = hashes.iter().all(|hash| *hash == hashes[0]);
    println!("{}", if is_same { "the same bits" } else { "THE BITS DIFFER" });
}

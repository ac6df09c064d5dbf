//! Whole-system tests, and what they share: safetensors files, toy data sets, the binary.
//!
//! - `golden.rs`: three training steps beside PyTorch's, in `golden/`.
//! - `learning.rs`: a batch can be overfitted; a trace is the same every time and on any number of
//!   threads.
//! - `shards.rs`: the same bits by one process and by a group of any size.
//! - `mpi.rs`: several processes under `mpirun`, and what happens when one of them is gone.
//! - `compare.rs`: evaluations while a run goes on, and runs held against each other.
//! - `models.rs`: the fully connected pair, and variations of the algorithm, under the same
//!   commands.
//! - `tricks.rs`: the switches that change the algorithm, under the same commands.
//! - `opcases.rs`: ONNX's operator cases, in `opcases/`.
//! - `cli.rs`: the command line from outside: files, exit codes, one-line errors.
//! - `house_cli.rs`: what the command line refuses before it computes, replaces, and prints.
//! - `datasets.rs`: what may be trained on, what it looks like, and what is refused.
//! - `fetch.rs`: getting data sets, from a network that is a script.
//! - `resume.rs`: a run that is killed, stopped or prolonged ends as one that was not.
//! - `house_runs.rs`: a run that lost its checkpoint, lies in its own pictures, or is named by a
//!   device; signals.
//! - `same.rs`: the same bits anywhere, and pictures made again.
//! - `house_gallery.rs`: the last picture of a run, and what shows a run or is made again from it.
//! - `show.rs`: pictures of a trained generator, in every form.
//! - `broken.rs`: broken checkpoints, and hundreds of combinations of flags.
//! - `mutated.rs`: 200,000 damaged checkpoints, and the memory that reading them takes.
//! - `steady.rs`: what a step allocates, once it has all its buffers.
//! - `replay.rs`: the fuzzer's seeds, and what it once broke.
//! - `doctor.rs`: planted illnesses are named, healthy trainings hear nothing.
//! - `limits.rs`: full disks, little memory, few processors, devices for files.
//! - `exchange.rs`: networks out to ONNX and PyTorch and back, beside what those made of them, in
//!   `exchange/`.
//! - `exchange_mutated.rs`: damaged files on their way back, and the memory that reading them
//!   takes.
//! - `evaluate.rs`: the same for `train-judge` and `evaluate`.
#![forbid(unsafe_code)]

pub mod process;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors};

/// An array of a safetensors file, widened to `f64`.
#[derive(Clone, Debug)]
pub struct Array {
    /// Its extents.
    pub shape: Vec<usize>,
    /// Its type in the file.
    pub dtype: Dtype,
    /// Its elements.
    pub values: Vec<f64>,
}

impl Array {
    /// The elements as `f32`.
    #[must_use]
    pub fn to_f32(&self) -> Vec<f32> {
        self.values.iter().map(|&x| x as f32).collect()
    }

    /// The largest absolute value.
    #[must_use]
    pub fn largest(&self) -> f64 {
        self.values.iter().fold(0.0, |largest, x| x.abs().max(largest))
    }
}

/// A file of the folder of tests.
#[must_use]
pub fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Reads every array of a safetensors file.
///
/// # Panics
/// If it is none, or holds other than `f32`, `f64` and bytes.
#[must_use]
pub fn read_safetensors(path: &Path) -> BTreeMap<String, Array> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let array = |(name, view): (&str, safetensors::tensor::TensorView<'_>)| {
        let data = view.data();
        let values = match view.dtype() {
            Dtype::F32 => data.as_chunks::<4>().0.iter().map(|&word| f64::from(f32::from_le_bytes(word))).collect(),
            Dtype::F64 => data.as_chunks::<8>().0.iter().map(|&word| f64::from_le_bytes(word)).collect(),
            Dtype::U8 => data.iter().map(|&byte| f64::from(byte)).collect(),
            other => panic!("{name} has the type {other:?}"),
        };
        (name.to_owned(), Array { shape: view.shape().to_vec(), dtype: view.dtype(), values })
    };
    file.iter().map(array).collect()
}

/// The bytes of an IDX file of unsigned bytes.
///
/// # Panics
/// If there are more than 255 dimensions.
#[must_use]
pub fn idx_file(extents: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, u8::try_from(extents.len()).expect("a few dimensions")];
    file.extend(extents.iter().flat_map(|extent| extent.to_be_bytes()));
    file.extend(elements);
    file
}

/// `count` different pictures of 28×28: a square each, somewhere.
#[must_use]
pub fn toy_pictures(count: usize) -> Vec<u8> {
    let mut pixels = vec![0; count * 28 * 28];
    for (i, picture) in pixels.chunks_exact_mut(28 * 28).enumerate() {
        let (top, left, side) = (2 + i * 5 % 13, 3 + i * 7 % 11, 5 + i % 6);
        for y in top..top + side {
            picture[y * 28 + left..][..side].fill(255);
        }
    }
    pixels
}

/// Writes half an IDX set of [`toy_pictures`], of six classes by turns: `half` is `train` or
/// `t10k`.
///
/// # Panics
/// If it cannot be written.
pub fn write_toy_half(folder: &Path, half: &str, count: u32) {
    let write =
        |name: &str, bytes: Vec<u8>| std::fs::write(folder.join(format!("{half}-{name}")), bytes).expect("a file");
    write("images-idx3-ubyte", idx_file(&[count, 28, 28], &toy_pictures(count as usize)));
    write("labels-idx1-ubyte", idx_file(&[count], &(0..count).map(|i| (i % 6) as u8).collect::<Vec<_>>()));
}

/// A folder with `set`, both halves of an IDX set of [`toy_pictures`].
///
/// # Panics
/// If there is no place for temporary files.
#[must_use]
pub fn toy_world(train: u32, test: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let set = folder.path().join("set");
    std::fs::create_dir(&set).expect("a folder in it");
    write_toy_half(&set, "train", train);
    write_toy_half(&set, "t10k", test);
    folder
}

/// A folder with the training half of an IDX set of [`toy_pictures`].
///
/// # Panics
/// If there is no place for temporary files.
#[must_use]
pub fn toy_set(count: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_toy_half(folder.path(), "train", count);
    folder
}

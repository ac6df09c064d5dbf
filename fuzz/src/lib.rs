//! What must hold for any bytes, one function for each fuzz target.
//!
//! The fuzzer calls them with what it invents, and `cargo test` with the files in `seeds` and `crashes`
//! (`tests/replay.rs`). All of them demand more than that nothing panics: what is accepted accounts for every
//! byte of the input.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;

use data::{
    Source, archive,
    cifar::{self, CIFAR_10, CIFAR_100, CIFAR_100_COARSE},
    idx,
};
use dcgan::config::Config;
use runs::checkpoint::Checkpoint;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use tensor::Tensor;

/// Gzip may unzip to so much: enough for any structure, and little enough for many runs a second.
const LIMIT_BYTES: u64 = 1 << 20;

/// Pictures and labels that were accepted make, written again, the same file.
pub fn idx(bytes: &[u8]) {
    let mut source = Source::new(bytes, LIMIT_BYTES);
    if let Ok(images) = idx::read_images(&mut source) {
        assert!(images.count() != 0);
        let header = source.offset() - images.pixels().len() as u64;
        assert!(header == 16 || header == 20);
        if !is_gzip(bytes) {
            let extents = [images.count(), images.height(), images.width(), images.channels()];
            let extents = &extents[..(header as usize - 4) / 4];
            let written = extents.iter().flat_map(|&extent| (extent as u32).to_be_bytes());
            assert!(written.chain(images.pixels().iter().copied()).eq(bytes[4..].iter().copied()));
        }
    }
    let mut source = Source::new(bytes, LIMIT_BYTES);
    if let Ok(labels) = idx::read_labels(&mut source) {
        assert_eq!(source.offset(), 8 + labels.len() as u64);
        assert!(is_gzip(bytes) || bytes[8..] == labels);
    }
}

/// Records that were accepted are as many as the bytes make, and their labels are those of classes.
pub fn cifar(bytes: &[u8]) {
    for (layout, label_bytes) in [(&CIFAR_10, 1), (&CIFAR_100, 2), (&CIFAR_100_COARSE, 2)] {
        let mut source = Source::new(bytes, LIMIT_BYTES);
        let Ok(set) = cifar::read(&mut source, layout) else { continue };
        assert_eq!(source.offset(), (set.images().count() * (label_bytes + 3072)) as u64);
        assert!(set.labels().iter().all(|&label| usize::from(label) < layout.classes().len()));
    }
}

/// An archive that was accepted has each file that was wanted, and pictures in it.
pub fn tar(bytes: &[u8]) {
    for files in [CIFAR_10.train_files, CIFAR_10.test_files] {
        let Ok(members) = archive::read(&mut Source::new(bytes, LIMIT_BYTES), &CIFAR_10, files) else { continue };
        assert!(members.iter().map(|member| &member.name).eq(files));
        assert!(members.iter().all(|member| member.labelled.images().count() != 0));
    }
}

/// A state that was accepted is written and read again without a change, and only what fits its config becomes networks.
///
/// No fuzzer finds the SHA-256 that a file must have. So the file is also made one of which nothing but the hashes was
/// wrong, as if another program had saved that state.
pub fn checkpoint(bytes: &[u8]) {
    let found = Checkpoint::from_bytes(bytes).ok();
    for state in found.into_iter().chain(state(bytes)) {
        let written = state.to_bytes();
        let read = match Checkpoint::from_bytes(&written) {
            Ok(read) => read,
            Err(reason) => {
                assert!(reason.to_string().contains("is not finite"), "{reason}");
                continue;
            }
        };
        assert!(read.to_bytes() == written && read.tensors_sha256() == state.tensors_sha256());
        if let Ok(gan) = read.restore() {
            assert!(Checkpoint::of(&gan, &read.config).to_bytes() == written);
        }
    }
}

/// The state that a file describes, whatever its hashes.
fn state(bytes: &[u8]) -> Option<Checkpoint> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
    let mut header: serde_json::Value = serde_json::from_str(metadata.metadata().as_ref()?.get("dcgan")?).ok()?;
    let config: Config = serde_json::from_value(header["config"].take()).ok()?;
    config.check().ok()?;
    let tensor = |view: &TensorView<'_>| {
        let (words, _) = view.data().as_chunks::<4>();
        Tensor::new(view.shape(), words.iter().map(|&word| f32::from_le_bytes(word)).collect::<Vec<_>>())
    };
    let file = SafeTensors::deserialize(bytes).ok()?;
    let views: BTreeMap<&str, TensorView<'_>> = file.iter().collect();
    Some(Checkpoint {
        step: header["step"].as_u64()?,
        adam_steps: serde_json::from_value(header["adam_steps"].take()).ok()?,
        config,
        doctor: serde_json::from_value(header["doctor"].take()).unwrap_or_default(),
        tensors: views
            .iter()
            .map(|(name, view)| (view.dtype() == Dtype::F32).then(|| ((*name).to_owned(), tensor(view))))
            .collect::<Option<_>>()?,
    })
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

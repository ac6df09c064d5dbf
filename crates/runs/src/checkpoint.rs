//! A checkpoint: one safetensors file with everything that a run needs to go on.
//!
//! Tensors are little-endian `f32` under names that read like paths:
//!
//! ```text
//! generator/dense/kernel                  weights, and so on
//! generator/bn1/moving_mean               running statistics
//! adam_m/generator/dense/kernel           Adam's first moment
//! adam_v/generator/dense/kernel           Adam's second moment
//! average/generator/dense/kernel          G's moving average, if the run has one; its statistics too
//! ```
//!
//! Everything else is JSON under the single metadata key `dcgan`. (Several keys are written in
//! random order, and one state would then give different files.) The JSON holds the version of this
//! format, the step, the epoch, the config, the state of the doctor, and two SHA-256: that of the
//! tensors, and that of the JSON itself. The first is the *fingerprint* of the state, which
//! pictures carry; it stays the same when a run is only prolonged. Random numbers and the order of
//! the data are functions of seed and step, and need not be saved.
//!
//! Hashes, config, names and shapes are all checked before any of a file is used.

use std::io::{Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Error;
use crate::atomic;
use crate::doctor::Doctor;
use crate::input::{self, MOST_CHECKPOINT_BYTES};
use data::checksums::hex;
use dcgan::config::Config;
use dcgan::gan::Gan;
use nn::state_dict::{self, FileError, FileKind, Mismatch, StateDict, le_blocks, not_finite};

/// The format that this program writes and reads.
const FILE: FileKind = FileKind { name: "checkpoint of dcgan", key: "dcgan", format: 2 };
/// The longest header that the format allows.
const MOST_HEADER_BYTES: u64 = 100_000_000;

/// The state of a run after a step.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// Steps done.
    pub step: u64,
    /// Updates done by Adam: of the generator, of the discriminator.
    pub adam_steps: [u64; 2],
    /// What the run computes.
    pub config: Config,
    /// What the doctor has seen and said.
    pub doctor: Doctor,
    /// Every tensor of the state by name.
    pub tensors: StateDict,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: u32,
    step: u64,
    /// Whole epochs done; for readers, since it follows from the step.
    epoch: u64,
    adam_steps: [u64; 2],
    config: Config,
    #[serde(default, skip_serializing_if = "Doctor::is_new")]
    doctor: Doctor,
    tensors_sha256: String,
    /// Of this very JSON, with nothing between these quotes.
    sha256: String,
}

/// Why a file is no checkpoint, or not one of the networks that its config describes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CheckpointError {
    /// The bytes are no file of a checkpoint.
    #[error("{0}; use another checkpoint")]
    Format(#[from] FileError),
    /// The JSON is not that of a checkpoint.
    #[error("its metadata cannot be read: {0}")]
    Header(String),
    /// A bit of it has changed.
    #[error("it is not what was saved (its SHA-256 differs); use another checkpoint")]
    Changed,
    /// The config is one that no run can have.
    #[error("its config describes no run: {0}")]
    Config(dcgan::Error),
    /// A tensor has a NaN or an infinity.
    #[error("{0} is not finite; use another checkpoint")]
    Tensor(String),
    /// The networks of its config are larger than the file.
    #[error("it holds {found} numbers, and its config describes networks of {weights} weights")]
    TooSmall {
        /// The numbers in the file.
        found: usize,
        /// The weights of the networks.
        weights: usize,
    },
    /// Its networks cannot be built.
    #[error(transparent)]
    Gan(#[from] dcgan::Error),
    /// Its tensors are not those of its networks.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
}

impl Checkpoint {
    /// Writes the bytes of the file, a block at a time, so that no tensor is in memory twice. They
    /// are the same for the same state.
    ///
    /// # Errors
    /// Those of `out`.
    ///
    /// # Panics
    /// If the tensors are too large to be counted in bytes.
    pub fn write_to(&self, out: &mut impl Write) -> std::io::Result<()> {
        let header = Header {
            format: FILE.format,
            step: self.step,
            epoch: self.step / self.config.steps_per_epoch(),
            adam_steps: self.adam_steps,
            config: self.config.clone(),
            doctor: self.doctor.clone(),
            tensors_sha256: self.tensors_sha256(),
            sha256: String::new(),
        };
        let header = Header { sha256: header.sha256(), ..header };
        state_dict::write(out, FILE.key, header.to_json(), &self.tensors)
    }

    /// The state of `gan`, with a new doctor.
    #[must_use]
    pub fn of(gan: &Gan, config: &Config) -> Self {
        Self {
            step: gan.step,
            adam_steps: [gan.generator_adam.step, gan.discriminator_adam.step],
            config: config.clone(),
            doctor: Doctor::default(),
            tensors: gan.tensors(),
        }
    }

    /// The networks in the state that this checkpoint holds.
    ///
    /// # Errors
    /// If a tensor is missing, superfluous or of another shape than the config says: the first of
    /// each, by name.
    pub fn restore(&self) -> Result<Gan, CheckpointError> {
        let sizes = self.config.model.sizes()?;
        let weights: usize = sizes.iter().map(|size| size.parameters).sum();
        let found: usize = self.tensors.values().map(|tensor| tensor.data().len()).sum();
        // A small file cannot ask for networks that do not fit into memory.
        if found < weights {
            return Err(CheckpointError::TooSmall { found, weights });
        }
        let mut gan = Gan::start(&self.config)?;
        gan.set_tensors(&self.tensors, self.step, self.adam_steps)?;
        Ok(gan)
    }

    /// The bytes of the file, in memory.
    ///
    /// # Panics
    /// As [`write_to`](Checkpoint::write_to).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_to(&mut bytes).expect("memory takes everything");
        bytes
    }

    /// The name of the state, [`fingerprint`].
    #[must_use]
    pub fn tensors_sha256(&self) -> String {
        name(&self.tensors)
    }

    /// Replaces the file at `path`, whole or not at all.
    ///
    /// # Errors
    /// If it cannot be written, or a tensor is not finite: a bad state never replaces a good one.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        match not_finite(&self.tensors) {
            Some(name) => Err(Error::not_finite(self.step, name.to_owned())),
            None => atomic::write_by(path, |file| self.write_to(file)),
        }
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// If it is not there, cut, changed, of another version, or no checkpoint.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = input::read(path, MOST_CHECKPOINT_BYTES)?;
        Self::from_bytes(&bytes).map_err(|reason| Error::file(path, reason))
    }

    /// The step that the file at `path` says it is of, without reading the rest; nothing if it says
    /// none.
    #[must_use]
    pub fn step_of(path: &Path) -> Option<u64> {
        header_of(path)?["step"].as_u64()
    }

    /// The name of the state, [`fingerprint`], that the file at `path` says it holds, without
    /// reading the rest; nothing if it says none.
    #[must_use]
    pub fn name_of(path: &Path) -> Option<String> {
        header_of(path)?["tensors_sha256"].as_str().map(str::to_owned)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// As [`read`](Checkpoint::read), without the file's name.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let (json, tensors) = state_dict::read(bytes, FILE)?;
        let header: Result<Header, _> = serde_json::from_str(&json);
        let mut header = header.map_err(|error| CheckpointError::Header(error.to_string()))?;
        let canonical = header.to_json() == json;
        let sha256 = std::mem::take(&mut header.sha256);
        if !canonical || sha256 != header.sha256() || header.tensors_sha256 != name(&tensors) {
            return Err(CheckpointError::Changed);
        }
        header.config.check().map_err(CheckpointError::Config)?;
        if let Some(name) = not_finite(&tensors) {
            return Err(CheckpointError::Tensor(name.to_owned()));
        }
        let Header { step, adam_steps, config, doctor, .. } = header;
        Ok(Self { step, adam_steps, config, doctor, tensors })
    }
}

/// The header of the file at `path`, as it stands there.
fn header_of(path: &Path) -> Option<serde_json::Value> {
    let mut file = input::open(path).ok()?;
    let mut length = [0; 8];
    file.read_exact(&mut length).ok()?;
    let mut json = vec![];
    file.take(u64::from_le_bytes(length).min(MOST_HEADER_BYTES)).read_to_end(&mut json).ok()?;
    let json: serde_json::Value = serde_json::from_slice(&json).ok()?;
    serde_json::from_str(json["__metadata__"][FILE.key].as_str()?).ok()
}

impl Header {
    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a header is plain data")
    }

    /// Of a header that has none yet.
    fn sha256(&self) -> String {
        hex(&Sha256::digest(self.to_json()))
    }
}

/// The name of the state of `gan`: SHA-256 over name, shape and bytes of each tensor, in the order
/// of the names. It is that of its checkpoints, too.
#[must_use]
pub fn fingerprint(gan: &Gan) -> String {
    name(&gan.tensors())
}

/// The name of the state that is made of these tensors.
fn name(tensors: &StateDict) -> String {
    let mut sha = Sha256::new();
    for (name, tensor) in tensors {
        sha.update(format!("{name} {:?}\n", tensor.shape()));
        le_blocks(tensor).for_each(|block| sha.update(block));
    }
    hex(&sha.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use dcgan::config::Data;
    use safetensors::tensor::TensorView;
    use tensor::Tensor;

    fn checkpoint() -> Checkpoint {
        let data = Data { name: "toy".to_owned(), images: 100, sha256: String::new() };
        let tensors = [
            ("a/kernel", Tensor::new(&[2, 3], vec![1.0, -2.5, 0.0, -0.0, 1e-40, 3e38])),
            ("a/bias", Tensor::new(&[1], vec![0.1])),
            ("b", Tensor::scalar(7.0)),
        ];
        Checkpoint {
            step: 12,
            adam_steps: [12, 11],
            config: Config::from_recipe(data, 28, 1, "article").unwrap(),
            doctor: Doctor::default(),
            tensors: tensors.map(|(name, tensor)| (name.to_owned(), tensor)).into(),
        }
    }

    fn bits(checkpoint: &Checkpoint) -> Vec<(&str, Vec<usize>, Vec<u32>)> {
        let bits = |tensor: &Tensor| tensor.data().iter().map(|x| x.to_bits()).collect();
        checkpoint.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor.shape().to_vec(), bits(tensor))).collect()
    }

    #[test]
    fn a_state_comes_back_bit_for_bit() {
        let saved = checkpoint();
        let loaded = Checkpoint::from_bytes(&saved.to_bytes()).unwrap();
        assert_eq!((saved.step, saved.adam_steps, &saved.config), (loaded.step, loaded.adam_steps, &loaded.config));
        assert_eq!(bits(&saved), bits(&loaded));
        assert_eq!(saved.to_bytes(), loaded.to_bytes());
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_noticed() {
        let bytes = checkpoint().to_bytes();
        for len in 0..bytes.len() {
            assert!(Checkpoint::from_bytes(&bytes[..len]).is_err(), "cut to {len} bytes");
        }
        for bit in 0..8 * bytes.len() {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Checkpoint::from_bytes(&bytes).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_state_that_is_not_finite_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        checkpoint().write(&path).unwrap();
        assert_eq!((Some(12), None), (Checkpoint::step_of(&path), Checkpoint::step_of(folder.path())));
        assert_eq!(Some(checkpoint().tensors_sha256()), Checkpoint::name_of(&path));
        let mut broken = checkpoint();
        broken.tensors.insert("b".to_owned(), Tensor::scalar(f32::NAN));
        assert!(broken.write(&path).unwrap_err().to_string().contains("step 12: b is not finite"));
        assert!(Checkpoint::from_bytes(&broken.to_bytes()).unwrap_err().to_string().contains("b is not finite"));
        assert_eq!(checkpoint().to_bytes(), std::fs::read(&path).unwrap());
    }

    #[test]
    fn a_file_of_something_else_is_refused_in_words() {
        let refuse = |bytes: &[u8]| Checkpoint::from_bytes(bytes).unwrap_err().to_string();
        assert!(refuse(b"").contains("no whole safetensors file"));
        assert!(refuse(&[0xff; 64]).contains("no whole safetensors file"));
        let foreign = safetensors::serialize(Vec::<(&str, TensorView<'_>)>::new(), None).unwrap();
        assert!(refuse(&foreign).contains("no checkpoint of dcgan"));
        let text = String::from_utf8_lossy(&checkpoint().to_bytes()).into_owned();
        assert!(text.contains(r#"\"format\":2"#));
        let mut newer = checkpoint().to_bytes();
        let at = newer.windows(12).position(|window| window == br#"\"format\":2"#).unwrap();
        newer[at + 11] = b'3';
        assert!(refuse(&newer).contains("the format 3"));
    }

    #[test]
    fn a_state_that_does_not_fit_is_refused_by_name() {
        let data = Data { name: "toy".to_owned(), images: 10, sha256: String::new() };
        let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
        config.model.width = 4;
        let gan = Gan::start(&config).unwrap();
        let good = Checkpoint::of(&gan, &config);
        assert_eq!(fingerprint(&gan), fingerprint(&good.restore().unwrap()));
        let refused = |change: &dyn Fn(&mut Checkpoint), part: &str| {
            let mut checkpoint = good.clone();
            change(&mut checkpoint);
            let message = checkpoint.restore().err().expect("a refusal").to_string();
            assert!(message.contains(part), "{message}");
        };
        refused(&|checkpoint| drop(checkpoint.tensors.remove("generator/bn2/moving_mean")), "moving_mean is missing");
        refused(&|checkpoint| checkpoint.config.model.width = 8, "has the shape");
        refused(&|checkpoint| checkpoint.config.model.width = 4096, "networks of 254203906 weights");
        refused(&|checkpoint| checkpoint.config.model.size = 30, "not 30");
    }
}

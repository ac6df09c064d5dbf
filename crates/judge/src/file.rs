//! A judge as a safetensors file: its tensors by name, and its record as JSON under the metadata
//! key `judge`.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use data::checksums::hex;
use data::streams::stream;
use nn::state_dict::{self, FileKind};

use crate::network::Judge;
use crate::train::{JudgeRecipe, WEIGHTS};
use crate::{Domain, Error};

/// The format that this program writes and reads.
const FILE: FileKind = FileKind { name: "judge", key: "judge", format: 1 };

/// The files that come with the program.
const MNIST: &[u8] = include_bytes!("../judges/mnist.safetensors");
const CIFAR10: &[u8] = include_bytes!("../judges/cifar10.safetensors");

/// How a judge was trained, and how accurate it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The version of this format.
    format: u32,
    /// The data set it was trained on.
    #[serde(rename = "subject")]
    pub domain: Domain,
    /// The command that trains it again.
    pub command: String,
    /// The settings of that command.
    pub recipe: JudgeRecipe,
    /// The instruction set that it was trained with; another one rounds differently.
    pub instruction_set: String,
    /// The SHA-256 of the training images.
    pub trained_on: String,
    /// The number of test images.
    pub tested: usize,
    /// The number of those whose most probable class is their label.
    pub correct: usize,
}

impl Record {
    /// The record of a judge that this process trained, with the `command` that trains it again.
    #[must_use]
    pub fn new(
        domain: Domain,
        command: String,
        recipe: JudgeRecipe,
        trained_on: String,
        tested: usize,
        correct: usize,
    ) -> Self {
        Self {
            format: FILE.format,
            domain,
            command,
            recipe,
            instruction_set: tensor::fast::isa().name().to_owned(),
            trained_on,
            tested,
            correct,
        }
    }

    /// The share of test images whose most probable class is their label.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.tested as f64
    }
}

/// A judge, its record, and a name for both.
#[derive(Clone, Debug)]
pub struct LoadedJudge {
    /// The network.
    pub judge: Judge,
    /// How it was trained.
    pub record: Record,
    /// A name that no other judge has, such as `mnist-1f3a52c0`: its domain, and the start of its
    /// file's SHA-256.
    pub name: String,
}

impl LoadedJudge {
    /// The judge that comes with the program.
    ///
    /// # Panics
    /// Never: a test reads each of them.
    #[must_use]
    pub fn shipped(domain: Domain) -> Self {
        let bytes = match domain {
            Domain::Mnist => MNIST,
            Domain::Cifar10 => CIFAR10,
        };
        Self::from_bytes(bytes).expect("a test reads the judges that come with the program")
    }

    /// Reads the bytes of a judge's file.
    ///
    /// # Errors
    /// If they are damaged, or no judge.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (json, tensors) = state_dict::read(bytes, FILE)?;
        let record: Record = serde_json::from_str(&json).map_err(|error| Error::Record(error.to_string()))?;
        if let Some(name) = state_dict::not_finite(&tensors) {
            return Err(Error::Tensor(name.to_owned()));
        }
        let mut variances = tensors.iter().filter(|(name, _)| name.ends_with("moving_variance"));
        if let Some((name, _)) = variances.find(|(_, tensor)| tensor.data().iter().any(|&variance| variance < 0.0)) {
            return Err(Error::Variance(name.clone()));
        }
        let mut judge = Judge::new(record.domain, &mut stream(record.recipe.seed, WEIGHTS, 0));
        judge.set_tensors(&tensors)?;
        let name = format!("{}-{}", record.domain.name(), hex(&Sha256::digest(bytes)[..4]));
        Ok(Self { judge, record, name })
    }
}

/// The bytes of the file of a judge and its record: the same for the same judge.
///
/// # Panics
/// Never: a record is plain data, and memory takes everything.
#[must_use]
pub fn to_bytes(judge: &Judge, record: &Record) -> Vec<u8> {
    let json = serde_json::to_string(record).expect("a record is plain data");
    let mut bytes = Vec::new();
    state_dict::write(&mut bytes, FILE.key, json, &judge.tensors()).expect("memory takes everything");
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use safetensors::tensor::TensorView;
    use tensor::Tensor;

    use super::*;
    use crate::test_data::{digits, horses};
    use crate::train;

    fn untrained() -> (Judge, Record) {
        let recipe = JudgeRecipe::of(Domain::Mnist);
        let judge = Judge::new(Domain::Mnist, &mut stream(9, WEIGHTS, 0));
        (judge, Record::new(Domain::Mnist, "train it".to_owned(), recipe, "00".repeat(32), 10_000, 9930))
    }

    #[test]
    fn a_judge_comes_back_bit_for_bit() {
        let (judge, record) = untrained();
        let bytes = to_bytes(&judge, &record);
        let read = LoadedJudge::from_bytes(&bytes).unwrap();
        assert_eq!(record, read.record);
        assert_eq!(bytes, to_bytes(&read.judge, &read.record));
        assert!(read.name.starts_with("mnist-") && read.name.len() == 14, "{}", read.name);
        assert!((record.accuracy() - 0.993).abs() <= 1e-12);
    }

    #[track_caller]
    fn refused(bytes: &[u8], part: &str) {
        let reason = LoadedJudge::from_bytes(bytes).unwrap_err().to_string();
        assert!(reason.contains(part), "{reason}");
    }

    #[test]
    fn other_files_are_refused() {
        let (mut judge, record) = untrained();
        let bytes = to_bytes(&judge, &record);
        refused(&bytes[..bytes.len() - 1], "no whole safetensors file");
        refused(b"", "no whole safetensors file");
        let nothing: [(&str, TensorView<'_>); 0] = [];
        let no_judge = safetensors::serialize(nothing, Some(HashMap::from([("dcgan".to_owned(), "{}".to_owned())])));
        refused(&no_judge.unwrap(), "is no judge");
        refused(&to_bytes(&judge, &Record { format: 9, ..record.clone() }), "has the format 9");
        refused(&to_bytes(&judge, &Record { domain: Domain::Cifar10, ..record.clone() }), "has the shape");
        let json = serde_json::to_string(&record).unwrap();
        let mut tensors = judge.tensors();
        let variance = tensors.get_mut("bn1/moving_variance").unwrap();
        *variance = Tensor::new(variance.shape(), vec![-1.0; variance.data().len()]);
        let mut negative = Vec::new();
        state_dict::write(&mut negative, FILE.key, json, &tensors).unwrap();
        refused(&negative, "bn1/moving_variance has a negative variance");
        judge.parameters_mut().set("dense/bias", Tensor::new(&[10], vec![f32::NAN; 10]));
        refused(&to_bytes(&judge, &record), "dense/bias is not finite");
    }

    /// The promises of the documentation about the judges that come with the program.
    #[test]
    fn the_shipped_judges_are_small_and_right() {
        for (domain, bytes, least) in [(Domain::Mnist, MNIST, 0.992), (Domain::Cifar10, CIFAR10, 0.8)] {
            let LoadedJudge { judge, record, .. } = LoadedJudge::shipped(domain);
            assert!(bytes == to_bytes(&judge, &record), "it is written as it is shipped");
            assert!(bytes.len() <= 1_500_000, "{} bytes", bytes.len());
            assert_eq!(10_000, record.tested);
            assert_eq!(JudgeRecipe::of(domain), record.recipe, "the default recipe trains it again");
            assert!(least <= record.accuracy());
        }
    }

    /// The accuracy of the records, on the test images that are here: all digits, and the horses of
    /// CIFAR-10.
    #[test]
    fn the_shipped_judges_are_as_their_records_say() {
        let mnist = LoadedJudge::shipped(Domain::Mnist);
        let cifar10 = LoadedJudge::shipped(Domain::Cifar10);
        // The record of CIFAR-10's judge counts all ten classes. It got 886 of their 1,000 horses
        // right.
        for (judge, images, expected) in [(mnist.judge, digits(), mnist.record.correct), (cifar10.judge, horses(), 886)]
        {
            let correct = train::correct(&judge, &images);
            // Another instruction set rounds differently, which may change a close decision.
            assert!(correct.abs_diff(expected) <= 3, "{correct}, not {expected}");
        }
    }
}

//! A state by name: the tensors of a network, its statistics and its optimiser, as a file holds
//! them.
//!
//! The file is in the format *safetensors*. Its tensors are little-endian `f32`, and everything
//! else is one text of JSON under a single metadata key. (Several keys would be written in random
//! order, and one state would then give different files.) [`write()`] writes such a file, and
//! [`read`] reads it.
//!
//! The contents of a file are only a claim. [`compare`] checks the names and shapes of a state
//! against those of the network that is to load it, and [`not_finite`] checks every number. [`set`]
//! then replaces the parameters.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use safetensors::tensor::{Dtype, Metadata, SafeTensorError, SafeTensors, TensorInfo};
use tensor::Tensor;

use crate::Parameters;

/// Tensors by name, in the order of their names.
pub type StateDict = BTreeMap<String, Tensor>;

/// A kind of file: what it is called, and how it is told from others.
#[derive(Clone, Copy, Debug)]
pub struct FileKind {
    /// What a message calls such a file.
    pub name: &'static str,
    /// The metadata key of its text.
    pub key: &'static str,
    /// The version of the format, which the text has under the key `format`.
    pub format: u32,
}

/// Why bytes are no file of a [`FileKind`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The bytes are no whole safetensors file.
    #[error("this is no whole safetensors file ({0})")]
    Damaged(String),
    /// The file is of another kind.
    #[error("this safetensors file is no {name}: its metadata has no key '{key}'")]
    Foreign {
        /// The name of the kind.
        name: &'static str,
        /// Its metadata key.
        key: &'static str,
    },
    /// The text has no version.
    #[error("its metadata cannot be read: {0}")]
    Text(String),
    /// The file has another version of the format.
    #[error("this {name} has the format {found}; this program reads format {expected}")]
    Version {
        /// The name of the kind.
        name: &'static str,
        /// The version of the file.
        found: u32,
        /// The version that this program reads.
        expected: u32,
    },
    /// A tensor of the file is not made of `f32`.
    #[error("{tensor} has the type {dtype}; a {name} holds F32")]
    Dtype {
        /// The name of the kind.
        name: &'static str,
        /// The tensor.
        tensor: String,
        /// Its type.
        dtype: String,
    },
}

impl From<SafeTensorError> for FileError {
    fn from(error: SafeTensorError) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// What every version of every text has.
#[derive(serde::Deserialize)]
struct Version {
    format: u32,
}

/// The text of a file and its tensors. Neither has been compared with anything yet.
///
/// # Errors
/// If the bytes are damaged, or of another kind, version or type.
pub fn read(bytes: &[u8], kind: FileKind) -> Result<(String, StateDict), FileError> {
    let FileKind { name, key, format: expected } = kind;
    let (_, metadata) = SafeTensors::read_metadata(bytes)?;
    let text = metadata.metadata().as_ref().and_then(|texts| texts.get(key));
    let text = text.ok_or(FileError::Foreign { name, key })?;
    let version: Version = serde_json::from_str(text).map_err(|error| FileError::Text(error.to_string()))?;
    if version.format != expected {
        return Err(FileError::Version { name, found: version.format, expected });
    }
    let mut tensors = StateDict::new();
    for (tensor, view) in SafeTensors::deserialize(bytes)?.iter() {
        if view.dtype() != Dtype::F32 {
            return Err(FileError::Dtype { name, tensor: tensor.to_owned(), dtype: format!("{:?}", view.dtype()) });
        }
        tensors.insert(tensor.to_owned(), from_le_bytes(view.shape(), view.data()));
    }
    Ok((text.clone(), tensors))
}

/// Writes the file of a `text` under its `key` and of `tensors`, a block at a time, so that no
/// tensor is in memory twice. The bytes are the same for the same state.
///
/// # Errors
/// Those of `out`.
///
/// # Panics
/// If the tensors are too large to be counted in bytes.
pub fn write(out: &mut impl Write, key: &str, text: String, tensors: &StateDict) -> io::Result<()> {
    let mut end = 0;
    let infos = tensors.iter().map(|(name, tensor)| {
        let start = end;
        end += size_of_val(tensor.data());
        (name.clone(), TensorInfo { dtype: Dtype::F32, shape: tensor.shape().to_vec(), data_offsets: (start, end) })
    });
    let texts = HashMap::from([(key.to_owned(), text)]);
    let metadata = Metadata::new(Some(texts), infos.collect()).expect("each begins where the last one ends");
    let mut json = serde_json::to_vec(&metadata)?;
    json.resize(json.len().next_multiple_of(size_of::<u64>()), b' ');
    out.write_all(&(json.len() as u64).to_le_bytes())?;
    out.write_all(&json)?;
    tensors.values().flat_map(le_blocks).try_for_each(|block| out.write_all(&block))
}

/// The bytes of a tensor in a file, a few at a time.
pub fn le_blocks(tensor: &Tensor) -> impl Iterator<Item = Vec<u8>> {
    tensor.data().chunks(4096).map(|block| block.iter().flat_map(|x| x.to_le_bytes()).collect())
}

/// The tensor of `shape` whose elements are in `bytes`, as little-endian `f32`.
fn from_le_bytes(shape: &[usize], bytes: &[u8]) -> Tensor {
    let (words, _) = bytes.as_chunks::<4>();
    Tensor::new(shape, words.iter().map(|&word| f32::from_le_bytes(word)).collect::<Vec<_>>())
}

/// Why a state does not belong to a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The network has a tensor of this name, and the state has none.
    #[error("the tensor {0} is missing")]
    Missing(String),
    /// The tensors of this name differ in shape.
    #[error("{name} has the shape {found:?}, not {expected:?}")]
    Shape {
        /// The name of both.
        name: String,
        /// The shape in the state.
        found: Vec<usize>,
        /// The shape in the network.
        expected: Vec<usize>,
    },
    /// The state has a tensor of this name, and the network has none.
    #[error("the tensor {0} belongs to no part of this model")]
    Unknown(String),
}

/// Compares names and shapes.
///
/// # Errors
/// If a name or a shape differs. The error names the first difference, in the order of the names.
pub fn compare(expected: &StateDict, found: &StateDict) -> Result<(), Mismatch> {
    for (name, tensor) in expected {
        let Some(other) = found.get(name) else { return Err(Mismatch::Missing(name.clone())) };
        if other.shape() != tensor.shape() {
            return Err(Mismatch::Shape {
                name: name.clone(),
                found: other.shape().to_vec(),
                expected: tensor.shape().to_vec(),
            });
        }
    }
    match found.keys().find(|name| !expected.contains_key(*name)) {
        Some(name) => Err(Mismatch::Unknown(name.clone())),
        None => Ok(()),
    }
}

/// Replaces every parameter by the tensor named `prefix` followed by the parameter's name.
///
/// # Panics
/// If there is no such tensor, or its shape differs. Call [`compare`] first.
pub fn set(parameters: &mut Parameters, prefix: &str, tensors: &StateDict) {
    let names: Vec<String> = parameters.iter().map(|(name, _)| name.to_owned()).collect();
    for name in names {
        parameters.set(&name, tensors[&format!("{prefix}{name}")].clone());
    }
}

/// Whether all elements of `tensor` are finite.
#[must_use]
pub fn is_finite(tensor: &Tensor) -> bool {
    tensor.data().iter().all(|x| x.is_finite())
}

/// The name of the first tensor that contains a NaN or an infinity.
#[must_use]
pub fn not_finite(tensors: &StateDict) -> Option<&str> {
    tensors.iter().find_map(|(name, tensor)| (!is_finite(tensor)).then_some(&**name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(tensors: &[(&str, &[f32])]) -> StateDict {
        tensors.iter().map(|(name, x)| ((*name).to_owned(), Tensor::new(&[x.len()], x.to_vec()))).collect()
    }

    #[test]
    fn the_first_difference_is_named() {
        let network = state(&[("a", &[0.0]), ("b", &[0.0, 0.0])]);
        assert_eq!(Ok(()), compare(&network, &state(&[("a", &[7.0]), ("b", &[8.0, 9.0])])));
        for (found, complaint) in [
            (state(&[("b", &[0.0, 0.0])]), "the tensor a is missing"),
            (state(&[("a", &[0.0]), ("b", &[0.0])]), "b has the shape [1], not [2]"),
            (state(&[("a", &[0.0]), ("b", &[0.0; 2]), ("c", &[])]), "the tensor c belongs to no part of this model"),
        ] {
            assert_eq!(complaint, compare(&network, &found).unwrap_err().to_string());
        }
    }

    const KIND: FileKind = FileKind { name: "thing", key: "key", format: 7 };

    #[test]
    fn a_file_comes_back_and_is_the_same_for_the_same_state() {
        let tensors = state(&[("b", &[1.0, -0.0, 1e-40]), ("a", &[f32::MAX])]);
        let mut bytes = Vec::new();
        write(&mut bytes, "key", r#"{"format":7}"#.to_owned(), &tensors).unwrap();
        let (text, found) = read(&bytes, KIND).unwrap();
        assert_eq!(r#"{"format":7}"#, text);
        let mut again = Vec::new();
        write(&mut again, "key", text, &found).unwrap();
        assert!(bytes == again, "they differ");
        // The library writes the same bytes.
        let data = tensors.iter().map(|(name, tensor)| (name, le_blocks(tensor).flatten().collect::<Vec<u8>>()));
        let data: Vec<_> = data.collect();
        let views = data.iter().map(|(name, bytes)| {
            (name, safetensors::tensor::TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes).unwrap())
        });
        let texts = HashMap::from([("key".to_owned(), r#"{"format":7}"#.to_owned())]);
        assert!(bytes == safetensors::serialize(views, Some(texts)).unwrap(), "they differ from the library's");
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        let refused = |text: &str, kind: FileKind, message: &str| {
            let mut bytes = Vec::new();
            write(&mut bytes, "key", text.to_owned(), &state(&[("a", &[1.0])])).unwrap();
            let error = read(&bytes, kind).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        };
        refused("{}", FileKind { key: "other", ..KIND }, "this safetensors file is no thing: its metadata has no key");
        refused("{}", KIND, "its metadata cannot be read: missing field `format`");
        refused(r#"{"format":8}"#, KIND, "this thing has the format 8; this program reads format 7");
        assert!(matches!(read(b"", KIND), Err(FileError::Damaged(_))));
        let view = safetensors::tensor::TensorView::new(Dtype::F64, vec![1], &[0; 8]).unwrap();
        let texts = HashMap::from([("key".to_owned(), r#"{"format":7}"#.to_owned())]);
        let error = read(&safetensors::serialize([("x", view)], Some(texts)).unwrap(), KIND).unwrap_err();
        assert_eq!("x has the type F64; a thing holds F32", error.to_string());
    }

    #[test]
    fn parameters_are_found_behind_their_prefix() {
        let mut parameters = Parameters::new();
        parameters.add("a", Tensor::zeros(&[2]));
        set(&mut parameters, "adam_m/", &state(&[("a", &[1.0, 2.0]), ("adam_m/a", &[3.0, 4.0])]));
        assert_eq!([3.0, 4.0], parameters.get("a").expect("it is there").data());
    }

    #[test]
    fn what_is_not_finite_is_named() {
        assert_eq!(None, not_finite(&state(&[("a", &[f32::MAX, -0.0])])));
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(Some("b"), not_finite(&state(&[("a", &[1.0]), ("b", &[1.0, bad]), ("c", &[bad])])));
        }
    }
}

//! A state by name: the tensors of a network, its statistics and its optimiser, as a file holds
//! them.
//!
//! The contents of a file are only a claim. [`compare`] checks the names and shapes of a state
//! against those of the network that is to load it, and [`not_finite`] checks every number. [`set`]
//! then replaces the parameters.

use std::collections::BTreeMap;
use std::fmt;

use tensor::Tensor;

use crate::Parameters;

/// Tensors by name, in the order of their names.
pub type StateDict = BTreeMap<String, Tensor>;

/// Why a state does not belong to a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The network has a tensor of this name, and the state has none.
    Missing(String),
    /// The tensors of this name differ in shape.
    Shape {
        /// The name of both.
        name: String,
        /// The shape in the state.
        found: Vec<usize>,
        /// The shape in the network.
        expected: Vec<usize>,
    },
    /// The state has a tensor of this name, and the network has none.
    Unknown(String),
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the tensor {name} is missing"),
            Self::Shape { name, found, expected } => write!(f, "{name} has the shape {found:?}, not {expected:?}"),
            Self::Unknown(name) => write!(f, "the tensor {name} belongs to no part of this model"),
        }
    }
}

impl std::error::Error for Mismatch {}

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

/// The tensor of `shape` whose elements are in `bytes`, as little-endian `f32`.
///
/// # Panics
/// If the number of bytes does not fit the shape.
#[must_use]
pub fn from_le_bytes(shape: &[usize], bytes: &[u8]) -> Tensor {
    let (words, _) = bytes.as_chunks::<4>();
    Tensor::new(shape, words.iter().map(|&word| f32::from_le_bytes(word)).collect::<Vec<_>>())
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

//! Tensors by name, as a checkpoint and a judge hold them: what both ask of a file before they believe it.

use std::collections::BTreeMap;

use nn::Parameters;
use safetensors::tensor::TensorView;
use tensor::Tensor;

/// The tensor of a view of `F32`, little-endian.
pub(crate) fn tensor(view: &TensorView<'_>) -> Tensor {
    let (words, _) = view.data().as_chunks::<4>();
    Tensor::new(view.shape(), words.iter().map(|&word| f32::from_le_bytes(word)).collect::<Vec<_>>())
}

/// Whether there is neither a NaN nor an infinity in it.
pub(crate) fn is_finite(tensor: &Tensor) -> bool {
    tensor.data().iter().all(|x| x.is_finite())
}

/// The first tensor with a NaN or an infinity in it.
pub(crate) fn not_finite(tensors: &BTreeMap<String, Tensor>) -> Option<&str> {
    tensors.iter().find_map(|(name, tensor)| (!is_finite(tensor)).then_some(&**name))
}

/// Replaces every parameter by the tensor whose name is its own behind `prefix`.
pub(crate) fn set(parameters: &mut Parameters, prefix: &str, tensors: &BTreeMap<String, Tensor>) {
    let names: Vec<String> = parameters.iter().map(|(name, _)| name.to_owned()).collect();
    for name in names {
        parameters.set(&name, tensors[&format!("{prefix}{name}")].clone());
    }
}

/// Whether names and shapes are the same on both sides.
pub(crate) fn compare(expected: &BTreeMap<String, Tensor>, found: &BTreeMap<String, Tensor>) -> Result<(), String> {
    for (name, tensor) in expected {
        match found.get(name) {
            None => return Err(format!("the tensor {name} is missing")),
            Some(other) if other.shape() != tensor.shape() => {
                return Err(format!("{name} has the shape {:?}, not {:?}", other.shape(), tensor.shape()));
            }
            Some(_) => {}
        }
    }
    match found.keys().find(|name| !expected.contains_key(*name)) {
        Some(name) => Err(format!("the tensor {name} belongs to no part of this model")),
        None => Ok(()),
    }
}

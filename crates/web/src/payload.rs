//! A generator in few bytes, which a page carries.
//!
//! It is a safetensors file, like a checkpoint. It has the tensors of the generator alone, and its
//! kernels may have fewer bits:
//!
//! | precision | kernels | the rest |
//! |---|---|---|
//! | [`F32`](Precision::F32) | as they are | as it is |
//! | [`F16`](Precision::F16) | rounded to 11 significant bits | as it is |
//! | [`I8`](Precision::I8) | integers of 8 bits, and a factor for each output channel | as it is |
//!
//! Biases, scales, shifts and running statistics stay as they are: they are few, and all pixels
//! depend on each of them.

use std::collections::{BTreeMap, HashMap};

use dcgan::gan::Gan;
use dcgan::models::{Architecture, Extras};
use half::f16;
use nn::state_dict::StateDict;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use tensor::Tensor;

use crate::rounding;

/// The metadata key of its JSON.
const KEY: &str = "dcgan_page";
/// The version of the format.
const FORMAT: u32 = 1;
/// More classes than any training has.
const MOST_CLASSES: usize = 256;
/// What the factors of a kernel of integers are called, behind the kernel's name.
const FACTORS: &str = "/factors";

/// How exact the kernels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// As they were trained.
    F32,
    /// Half as large: 11 significant bits.
    F16,
    /// A quarter: 8 bits, and a factor for each output channel.
    I8,
}

/// A generator as a page has it.
#[derive(Clone, Debug)]
pub struct Network {
    /// Which networks these are.
    pub model: Architecture,
    /// The classes that it can be asked for; 0 if it knows none.
    pub classes: usize,
    /// The step of the training after which it was like this.
    pub step: u64,
    /// Weights and running statistics by name, such as `generator/dense/kernel`.
    pub tensors: StateDict,
}

impl Network {
    /// The parts of the generator that the article's has not.
    pub(crate) fn extras(&self) -> Extras {
        Extras { classes: self.classes, ..Extras::default() }
    }
}

/// Why bytes are no payload.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PayloadError {
    /// They are no whole file, or one of another kind.
    #[error("this is no generator that a page carries ({0}); make the page again")]
    Format(String),
    /// The networks are none.
    #[error("its networks cannot be: {0}; make the page again")]
    Model(#[from] dcgan::Error),
    /// A number that is none.
    #[error("{0} is not finite; make the page again")]
    NotFinite(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: u32,
    step: u64,
    model: Architecture,
    #[serde(default, skip_serializing_if = "is_none")]
    classes: usize,
}

/// The generator of `gan` from which samples come: the moving average, if there is one.
#[must_use]
pub fn generator_of(gan: &Gan, model: &Architecture) -> Network {
    let generator = gan.moving_average.as_ref().unwrap_or(&gan.generator);
    let parameters = generator.parameters().iter().map(|(name, tensor)| (name.to_owned(), tensor.clone()));
    let tensors = parameters.chain(generator.statistics()).collect();
    Network { model: model.clone(), classes: gan.classes(), step: gan.step, tensors }
}

/// The bytes of a network. They are the same for the same network.
///
/// # Panics
/// If the tensors are too large to be counted in bytes.
#[must_use]
pub fn write(network: &Network, precision: Precision) -> Vec<u8> {
    let Network { model, classes, step, .. } = network;
    let header = Header { format: FORMAT, step: *step, model: model.clone(), classes: *classes };
    let json = serde_json::to_string(&header).expect("a header is plain data");
    let mut stored: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)> = BTreeMap::new();
    for (name, tensor) in &network.tensors {
        let shape = tensor.shape().to_vec();
        match precision {
            Precision::F16 if is_kernel(name) => {
                let bytes = tensor.data().iter().flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect();
                stored.insert(name.clone(), (Dtype::F16, shape, bytes));
            }
            Precision::I8 if is_kernel(name) => {
                let (integers, factors) = rounding::integers(tensor, rounding::output_axis(name), 8);
                let bytes = integers.iter().map(|x| x.cast_unsigned()).collect();
                stored.insert(name.clone(), (Dtype::I8, shape, bytes));
                let bytes: Vec<u8> = factors.iter().flat_map(|x| x.to_le_bytes()).collect();
                stored.insert(format!("{name}{FACTORS}"), (Dtype::F32, vec![factors.len()], bytes));
            }
            _ => {
                let bytes = tensor.data().iter().flat_map(|x| x.to_le_bytes()).collect();
                stored.insert(name.clone(), (Dtype::F32, shape, bytes));
            }
        }
    }
    let views = stored.iter().map(|(name, (dtype, shape, bytes))| {
        let view = TensorView::new(*dtype, shape.clone(), bytes).expect("as many bytes as the shape says");
        (name.clone(), view)
    });
    safetensors::serialize(views, Some(HashMap::from([(KEY.to_owned(), json)]))).expect("all of it fits")
}

/// The network that `bytes` hold. Its tensors have not been compared with the model yet.
///
/// # Errors
/// If they hold none.
pub fn read(bytes: &[u8]) -> Result<Network, PayloadError> {
    let damaged = |reason: &dyn std::fmt::Display| PayloadError::Format(reason.to_string());
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(&error))?;
    let json = metadata.metadata().as_ref().and_then(|texts| texts.get(KEY));
    let json = json.ok_or_else(|| damaged(&format!("its metadata has no key '{KEY}'")))?;
    let header: Header = serde_json::from_str(json).map_err(|error| damaged(&error))?;
    let Header { format, step, model, classes } = header;
    if format != FORMAT {
        return Err(damaged(&format!("it has the format {format}, and this page reads {FORMAT}")));
    }
    model.check()?;
    if MOST_CLASSES < classes {
        return Err(damaged(&format!("it claims {classes} classes")));
    }
    let stored = SafeTensors::deserialize(bytes).map_err(|error| damaged(&error))?;
    let mut tensors = StateDict::new();
    for (name, view) in stored.iter() {
        if name.ends_with(FACTORS) {
            continue;
        }
        let tensor = match view.dtype() {
            Dtype::F32 => Tensor::new(view.shape(), floats(view.data())),
            Dtype::F16 => {
                let (words, _) = view.data().as_chunks::<2>();
                let numbers: Vec<f32> = words.iter().map(|&word| f16::from_le_bytes(word).to_f32()).collect();
                Tensor::new(view.shape(), numbers)
            }
            Dtype::I8 => {
                let factors = stored.tensor(&format!("{name}{FACTORS}")).map_err(|error| damaged(&error))?;
                let factors = floats(factors.data());
                let axis = rounding::output_axis(name);
                if view.shape().get(axis) != Some(&factors.len()) {
                    return Err(damaged(&format!("{name} has {} factors", factors.len())));
                }
                let integers: Vec<i8> = view.data().iter().map(|x| x.cast_signed()).collect();
                rounding::from_integers(view.shape(), &integers, axis, &factors)
            }
            other => return Err(damaged(&format!("{name} has the type {other:?}"))),
        };
        tensors.insert(name.to_owned(), tensor);
    }
    match nn::state_dict::not_finite(&tensors) {
        Some(name) => Err(PayloadError::NotFinite(name.to_owned())),
        None => Ok(Network { model, classes, step, tensors }),
    }
}

/// Whether there are no classes.
fn is_none(classes: &usize) -> bool {
    *classes == 0
}

fn is_kernel(name: &str) -> bool {
    name.ends_with("/kernel")
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(|&word| f32::from_le_bytes(word)).collect()
}

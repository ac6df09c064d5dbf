//! Why tensors from elsewhere are not those of a network.

/// Why a safetensors file is not taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The bytes are no whole safetensors file.
    #[error("this is no whole safetensors file ({0})")]
    Damaged(String),
    /// It holds fewer numbers than its network has.
    #[error("it holds {found} bytes of numbers, and the {network} of the config has {expected}: {model}")]
    TooSmall {
        /// Bytes of tensors in the file.
        found: usize,
        /// Bytes of weights in the network.
        expected: usize,
        /// Which network.
        network: &'static str,
        /// What the config describes.
        model: String,
    },
    /// The network has a tensor of this name, and the file has none.
    #[error("the tensor {name} is missing; the config describes {model}")]
    Missing {
        /// The tensor.
        name: String,
        /// What the config describes.
        model: String,
    },
    /// The file has a tensor of this name, and the network has none.
    #[error("the tensor {name} belongs to no part of this {network}; the config describes {model}")]
    Unknown {
        /// The tensor.
        name: String,
        /// Which network.
        network: &'static str,
        /// What the config describes.
        model: String,
    },
    /// The tensors of this name differ in shape.
    #[error("{name} has the shape {found:?}, not {expected:?}; the config describes {model}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// Its shape in the network.
        expected: Vec<usize>,
        /// What the config describes.
        model: String,
    },
    /// A tensor is not made of `f32`.
    #[error("{name} has the type {dtype}; it must be F32, as after .float() in PyTorch")]
    Dtype {
        /// The tensor.
        name: String,
        /// Its type.
        dtype: String,
    },
    /// A tensor has a NaN or an infinity.
    #[error("{0} is not finite: it has a NaN or an infinity")]
    NotFinite(String),
    /// A running variance is below zero, so that its root is none.
    #[error("{0} is a variance, and has a number below 0")]
    NegativeVariance(String),
}

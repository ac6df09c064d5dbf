//! ONNX and PyTorch: trained networks out, and back in.
//!
//! Inside, images are NHWC and kernels HWIO, as in TensorFlow. Everywhere else they are NCHW and
//! OIHW. This crate is the border between the two.
//!
//! 1. [`network`]: a network as a list of operations, which both formats are written from.
//! 2. [`layout`]: where each of its tensors goes, by name, shape and order of axes.
//! 3. [`onnx`]: a model that ONNX Runtime and browsers run.
//! 4. [`torch`]: safetensors for PyTorch's `load_state_dict`, out and in; [`model_py`]: the modules
//!    that take them.
//! 5. [`licence`]: what the data allows.
//!
//! It opens no file: bytes come in and go out.
#![forbid(unsafe_code)]

mod error;
pub mod layout;
pub mod licence;
pub mod model_py;
pub mod network;
pub mod onnx;
pub mod torch;

pub use error::ImportError;
pub use network::{Network, Role};

//! Layers, initialisers and Adam; the owner of the parameters.
//!
//! 1. [`Parameters`] owns the weights by name and puts them on a tape.
//! 2. [`Init`] draws their first values.
//! 3. The layers, [`Dense`], [`Conv2d`], [`ConvTranspose2d`], [`BatchNorm`] and [`Dropout`], know
//!    their shapes and names, and apply the operators of `tensor`.
//! 4. [`SpectralNorm`] lets the layers of a network compute with other kernels than those stored.
//! 5. [`augment`] changes pictures at random before a discriminator sees them.
//! 6. [`Adam`] updates the weights, [`norm`](norm()) measures their gradients, and an [`average`]
//!    follows them.
//! 7. [`state_dict`] compares all of these with the tensors of a file.
//!
//! This crate knows no pixels, files or clocks. The operators of `tensor` do all the computing of a
//! layer.
#![forbid(unsafe_code)]

pub mod adam;
pub mod augment;
pub mod average;
pub mod batch_norm;
mod chunks;
mod conv2d;
mod conv_transpose2d;
mod dense;
mod dropout;
mod init;
mod norm;
mod parameters;
mod spectral_norm;
pub mod state_dict;

pub use adam::{Adam, AdamForm, AdamOptions, UpdateNotFinite};
pub use batch_norm::{BatchNorm, RunningStatistics};
pub use conv_transpose2d::ConvTranspose2d;
pub use conv2d::Conv2d;
pub use dense::Dense;
pub use dropout::Dropout;
pub use init::Init;
pub use norm::norm;
pub use parameters::{Bound, Mode, ParamId, Parameters};
pub use spectral_norm::SpectralNorm;

/// Asserts that the shape `found` is a batch of `expected`.
fn assert_input(layer: &str, found: &[usize], expected: &[usize]) {
    if found.get(1..) != Some(expected) {
        let extents: Vec<_> = expected.iter().map(usize::to_string).collect();
        panic!("{layer}: expected an input of shape [n, {}], not {found:?}", extents.join(", "));
    }
}

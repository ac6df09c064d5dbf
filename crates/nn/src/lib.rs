//! Layers, initialisers and Adam; the owner of the parameters.
//!
//! 1. [`Parameters`] owns the weights by name and puts them on a tape.
//! 2. [`Init`] draws their first values.
//! 3. [`Adam`] moves them; [`norm`](norm()) measures their gradients.
//!
//! This crate combines the operators of `tensor`. It knows no pixels, files or clocks.
#![forbid(unsafe_code)]

pub mod adam;
mod init;
mod norm;
mod parameters;

pub use adam::{Adam, AdamForm, AdamOptions, NotFinite};
pub use init::Init;
pub use norm::norm;
pub use parameters::{Bound, Mode, ParamId, Parameters};

/// Elements per task of a sweep over parameters. A constant, so that results cannot depend on the number of threads.
const CHUNK: usize = 16 * 1024;

//! A training on disk: what a run leaves behind, and how it goes on.
//!
//! - [`directory`]: the directory of a run. [`record`]: its `config.toml`. [`checkpoint`]: its
//!   state, of which [`retention`] keeps the newest. [`metrics`] and [`evaluations`]: its logs,
//!   each a [`table`].
//! - [`resume`]: what a run has done so far. [`doctor`]: what goes wrong in it.
//! - [`loaded`]: a saved generator. [`samples`]: its images, or those in a folder.
//! - [`atomic`], [`lock`], [`overwrite`]: files that are whole, of one process, and nobody else's.
//!   [`input`]: files that are read with a bound.
#![forbid(unsafe_code)]

pub mod atomic;
pub mod checkpoint;
pub mod directory;
pub mod doctor;
mod error;
pub mod evaluations;
pub mod input;
pub mod loaded;
pub mod lock;
pub mod metrics;
pub mod overwrite;
pub mod record;
pub mod resume;
pub mod retention;
pub mod samples;
pub mod table;

pub use error::{Error, one_line};

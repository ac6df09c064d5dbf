//! The article's DCGAN: models, losses, the step, the loop. It knows no file, no clock and no flag.
//!
//! In the order in which one would read them:
//!
//! 1. [`models`]: the two networks. [`loss`]: what each of them minimises.
//! 2. [`gan`]: their gradients. [`step`]: one step of training.
//! 3. [`streams`]: random numbers. [`feed`]: the input of each step. [`training`]: the loop.
//! 4. [`config`]: all settings, with the [`variations`]. [`recipe`]: sets of them by name.
//! 5. [`wish`]: what may be asked of a generator. [`sample`]: images of a trained generator.
//!    [`picture`]: a grid of them as a PNG file.
//!
//! `tricks` is what the variations change within a step. `state` has the tensors of a checkpoint,
//! and `diagnosis` finds the first bad number of a step.
#![forbid(unsafe_code)]

pub mod config;
mod diagnosis;
mod error;
pub mod feed;
pub mod gan;
pub mod loss;
pub mod models;
pub mod picture;
pub mod recipe;
pub mod sample;
pub mod state;
pub mod step;
pub mod streams;
pub mod training;
mod tricks;
pub mod variations;
pub mod wish;

pub use error::Error;

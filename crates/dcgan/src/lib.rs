//! The article's DCGAN: models, losses, the step, the loop. It knows no file, no clock and no flag.
//!
//! In the order in which one would read them:
//!
//! 1. [`models`]: the two networks. [`loss`]: what each of them minimises.
//! 2. [`gan`]: both of them with their gradients. [`step`]: one step of training. [`diagnosis`]: what broke in it.
//! 3. [`streams`]: where random numbers come from. [`feed`]: what a step is fed. [`training`]: the loop.
//! 4. [`config`]: everything that decides the result, with its [`variations`]. [`recipe`]: choices that go together.
//! 5. [`sample`]: images from a trained generator. [`picture`]: how they become PNG files.
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
pub mod step;
pub mod streams;
pub mod training;
pub mod variations;

pub use error::Error;

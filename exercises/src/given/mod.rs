//! What the final needs beside the reader's operators: networks over a table of kernels, their
//! step, and the comparison of its first one with the project's.
//!
//! 1. [`kernels`]: the table. An entry is the reader's, or nothing: then the project computes it.
//! 2. `operators`: an operator on the tape for each layer, through the table. `patches` and
//!    `shares` are how a layer calls a kernel.
//! 3. [`networks`]: the project's pair of networks, made of these operators.
//! 4. [`trainer`]: a step of them. [`comparison`]: the same step, by the reader and by the project.
//!    [`rate`]: calls of single kernels, to be measured.

pub mod comparison;
pub mod kernels;
pub mod logs;
pub mod networks;
mod operators;
mod patches;
pub mod rate;
mod shares;
pub mod trainer;

pub use comparison::{Difference, compare_first_step};
pub use kernels::{
    BatchNorm, BatchNormBack, Convolve, ConvolveGradients, Faster, Halves, Kernels, Leaky, Multiply, OnePicture,
    Product, Update, Verdict,
};
pub use trainer::Trainer;

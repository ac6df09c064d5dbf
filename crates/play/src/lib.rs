//! The page to play with: one HTML file, made of any checkpoint, in which the project's own engine
//! runs.
//!
//! The file has everything in it: the engine compiled to WebAssembly, the generator as it was after
//! training and before, training images for a pair that learns in the page, and the scripts in the
//! folder `page`, which draw and ask. No arithmetic of networks is in them. The page forbids itself
//! the network by its Content-Security-Policy, so that the browser enforces it.
//!
//! 1. [`directions`]: along which lines through latent space the pictures change most.
//! 2. [`packed`]: bytes as text.
//! 3. [`page`](mod@page): all of it as one file.
#![forbid(unsafe_code)]

pub mod directions;
pub mod packed;
pub mod page;

//! A judge: a small classifier of real images, whose features measure fake ones.
//!
//! Pixels are a bad measure of likeness: a digit moved by one pixel is far from itself. A network
//! that was trained to tell digits apart turns an image into features, which describe its content,
//! and distances between features mean something (Salimans et al. 2016, Heusel et al. 2017). The
//! usual judge is Inception v3, trained on ImageNet, which has never seen a digit. Ours are trained
//! by this program, on the real images that the generator imitates, and take a megabyte each.
//!
//! **Figures of different judges do not compare.** A Fréchet distance of 5 here has nothing to do
//! with one of 5 in a paper. It compares with the figures that the same judge gives to other
//! samples, and to real images it was not trained on.
//!
//! [`LoadedJudge::shipped`] is the judge that comes with the program, and [`train`] trains another.

#![forbid(unsafe_code)]

mod augment;
mod domain;
mod error;
pub mod figures;
mod file;
mod network;
#[cfg(test)]
mod test_data;
pub mod train;

pub use augment::Augment;
pub use domain::Domain;
pub use error::Error;
pub use file::{LoadedJudge, Record, to_bytes};
pub use network::{Judge, Prediction};

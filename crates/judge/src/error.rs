//! The errors of a judge and of an evaluation.

use data::fitness::Unfit;
use nn::state_dict::{FileError, Mismatch};

/// Why there is no judge, or no evaluation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are no file of a judge.
    #[error("{0}; see train-judge")]
    Format(#[from] FileError),
    /// The record of the judge cannot be read.
    #[error("no record of a judge: {0}")]
    Record(String),
    /// A tensor of the file has a NaN or an infinity.
    #[error("{0} is not finite")]
    Tensor(String),
    /// A running variance of the file is negative.
    #[error("{0} has a negative variance")]
    Variance(String),
    /// The tensors of the file are not those of its judge.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// Images that a judge cannot learn from.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// A label beyond the classes that the judge tells apart.
    #[error("there is a label {label}; {domain} has labels 0 to 9")]
    Label {
        /// The label.
        label: u8,
        /// The name of the domain.
        domain: &'static str,
    },
    /// There is nothing to test a judge with.
    #[error("there are no test images")]
    NoTestImages,
    /// Figures of so few images are noise.
    #[error("{found} {} too few to evaluate; {fewest} will do", if *found == 1 { "image is" } else { "images are" })]
    TooFew {
        /// The number of images.
        found: usize,
        /// The fewest that can be evaluated.
        fewest: usize,
    },
    /// A NaN or an infinity in a training.
    #[error("step {step}: {what} is not finite")]
    NotFinite {
        /// The step that found it, counted from 1.
        step: u64,
        /// The tensor by name.
        what: String,
    },
}

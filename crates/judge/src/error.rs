//! What can go wrong with a judge.

/// Why there is no judge, or no evaluation.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// Bytes that are no judge.
    #[error("{0}")]
    Format(String),
    /// Images that a judge cannot learn from or look at.
    #[error("{0}")]
    Images(String),
    /// A NaN or an infinity in a training.
    #[error("step {step}: {what} is not finite")]
    NotFinite {
        /// The step that met it, counted from 1.
        step: u64,
        /// The tensor by name.
        what: String,
    },
}

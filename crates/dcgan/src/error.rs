//! The errors of a configuration and of a training step.

/// A setting that is out of its range, or a number that is not finite.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// A setting that is out of its range.
    #[error("{setting} {reason}")]
    Setting {
        /// The setting's name in a [`Config`](crate::config::Config), such as `batch_size`.
        setting: &'static str,
        /// The range; the name and the reason make a sentence.
        reason: String,
    },
    /// A NaN or an infinity where a number should be.
    #[error("step {step}: {what} is not finite")]
    NotFinite {
        /// The step that found it, counted from 1.
        step: u64,
        /// The tensor by name, or the operation and its layer.
        what: String,
    },
}

impl Error {
    /// `setting` is out of its range.
    pub(crate) fn setting(setting: &'static str, reason: impl Into<String>) -> Self {
        Self::Setting { setting, reason: reason.into() }
    }
}

//! What can go wrong in a configuration or in a training step.

/// Why there are no such networks, or why a training ended.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// A setting that no run can work with.
    #[error("{setting} {reason}")]
    Setting {
        /// The setting's name in a [`Config`](crate::config::Config), such as `batch_size`.
        setting: &'static str,
        /// What it must be, so that the name and the reason make a sentence.
        reason: String,
    },
    /// A NaN or an infinity where a number should be.
    #[error("step {step}: {what} is not finite")]
    NotFinite {
        /// The step that met it, counted from 1.
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

//! What can go wrong, and the exit code that says so.

use std::path::{Path, PathBuf};

/// Why a command stopped. Its message is one line that says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Flags or settings that cannot work.
    #[error("{0}")]
    Usage(String),
    /// A file or folder that cannot be read, written or believed.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it, and the way out.
        reason: String,
    },
    /// A NaN or an infinity where a number should be.
    #[error("step {step}: {what} is not finite; {way_out}")]
    NotFinite {
        /// The step that met it, counted from 1.
        step: u64,
        /// The tensor by name, or the operation and its layer.
        what: String,
        /// What to do.
        way_out: &'static str,
    },
    /// A signal that asked to stop, after everything was saved.
    #[error("{message}")]
    Stopped {
        /// 128 and the signal's number.
        code: u8,
        /// How to go on.
        message: String,
    },
}

impl Error {
    /// An error that blames `path`.
    pub fn file(path: &Path, reason: impl ToString) -> Self {
        Self::File { path: path.to_owned(), reason: one_line(&reason.to_string()) }
    }

    /// A GAN's training met a number that is not finite.
    #[must_use]
    pub fn not_finite(step: u64, what: impl Into<String>) -> Self {
        let way_out = "what was saved stays as it was; start anew with a lower --lr or another --seed";
        Self::NotFinite { step, what: what.into(), way_out }
    }

    /// The process's exit code: 2 for wrong flags or input, 3 for a training that failed, 130 or 143 for a signal.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::File { .. } => 2,
            Self::NotFinite { .. } => 3,
            &Self::Stopped { code, .. } => code,
        }
    }
}

/// `text` without line breaks: messages of other libraries may have some.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

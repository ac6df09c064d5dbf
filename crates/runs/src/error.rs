//! What can go wrong, and the exit code that says so.

use std::path::{Path, PathBuf};

/// Why a command stopped. Its message is one line that says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Flags or input that cannot work.
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
    /// A setting that no run can work with, or a training that met a number that is not finite.
    #[error(transparent)]
    Gan(#[from] dcgan::Error),
    /// A judge that cannot be trained or used.
    #[error(transparent)]
    Judge(#[from] judge::Error),
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

    /// The error, with what can be done about it if it is one of a file.
    #[must_use]
    pub fn with_way_out(self, way_out: &str) -> Self {
        match self {
            Self::File { path, reason } => Self::File { path, reason: format!("{reason}; {way_out}") },
            other => other,
        }
    }

    /// A GAN's training met a number that is not finite.
    #[must_use]
    pub fn not_finite(step: u64, what: impl Into<String>) -> Self {
        Self::Gan(dcgan::Error::NotFinite { step, what: what.into() })
    }

    /// The process's exit code: 2 for wrong flags or input, 3 for a training that failed, 129, 130
    /// or 143 for a signal.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Gan(dcgan::Error::NotFinite { .. }) | Self::Judge(judge::Error::NotFinite { .. }) => 3,
            Self::Usage(_) | Self::File { .. } | Self::Gan(_) | Self::Judge(_) => 2,
            &Self::Stopped { code, .. } => code,
        }
    }
}

/// `text` without line breaks: messages of other libraries may have some.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

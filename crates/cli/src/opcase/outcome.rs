//! What becomes of a case: its outputs, or the reason why it has none.

/// Why a case has no result.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// The engine lacks a feature: this one, in words.
    Skip(String),
    /// The case contradicts itself.
    Malformed(String),
}

/// A result, or why there is none.
pub(super) type Outcome<T> = Result<T, Refusal>;

/// The engine lacks `feature`.
pub(super) fn skip<T>(feature: impl Into<String>) -> Outcome<T> {
    Err(Refusal::Skip(feature.into()))
}

/// The case contradicts itself.
pub(super) fn malformed<T>(reason: impl Into<String>) -> Outcome<T> {
    Err(Refusal::Malformed(reason.into()))
}

//! Why a request is refused, in one sentence for whoever plays with the page.

/// A request that is refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum Error {
    /// The request is not one.
    #[error("the request cannot be read: {0}")]
    Request(String),
    /// It asks for what is not there, or cannot be.
    #[error("{0}")]
    Refused(String),
    /// A setting is out of its range, or the numbers of a training are not finite.
    #[error(transparent)]
    Gan(#[from] dcgan::Error),
    /// A file is no generator of a page.
    #[error(transparent)]
    Payload(#[from] crate::payload::PayloadError),
    /// A file is no checkpoint.
    #[error("this is no checkpoint to go on from: {0}")]
    Checkpoint(#[from] runs::checkpoint::CheckpointError),
    /// A generator whose images are none.
    #[error("{0}; the pair is broken: begin another")]
    Pixel(#[from] data::scale::PixelNotFinite),
}

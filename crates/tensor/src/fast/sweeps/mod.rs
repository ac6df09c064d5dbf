//! The loops that wait for memory: over elements, over channels, and over channels as straight
//! lines.

pub(crate) mod affine;
pub(crate) mod channelwise;
pub(crate) mod elementwise;
pub(crate) mod total;

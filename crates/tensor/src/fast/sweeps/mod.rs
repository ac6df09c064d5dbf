//! The loops that wait for memory: over elements, over channels, and over channels with an affine
//! map each.

pub(crate) mod affine;
pub(crate) mod channelwise;
pub(crate) mod elementwise;
pub(crate) mod total;

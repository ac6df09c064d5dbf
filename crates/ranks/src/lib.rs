//! A group of processes that train together: who they are, what connects them, and what they do
//! when one of them is gone.
//!
//! - [`launch`]: whether this process was started as one of several.
//! - `transport`: the group on MPI. `watch`: a second line between the processes, over which they
//!   hear of each other's end. Both need the feature `mpi`.
//! - [`meter`]: what a step moves between the processes, and how long that takes.
//! - [`network`]: how long it would take on another network.
#![forbid(unsafe_code)]

pub mod launch;
pub mod meter;
pub mod network;
#[cfg(feature = "mpi")]
pub mod transport;
#[cfg(feature = "mpi")]
pub mod watch;

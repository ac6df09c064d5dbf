//! The doctor: says in plain words what goes wrong in a training, and what to try.
//!
//! `vitals` measures, and `complaints` decides what the measurements mean.

mod complaints;
mod vitals;

pub use complaints::Doctor;

//! The rungs of the ladder, as a library that the program and the tests share.
//!
//! The other programs of this package are one file each, and use the crates of the project alone.
#![forbid(unsafe_code)]

pub mod ladder;

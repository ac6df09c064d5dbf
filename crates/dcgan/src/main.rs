//! The `dcgan` command line.
#![forbid(unsafe_code)]

fn main() {}

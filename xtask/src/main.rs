//! Automation: `cargo xtask CMD`.
#![forbid(unsafe_code)]

fn main() {}

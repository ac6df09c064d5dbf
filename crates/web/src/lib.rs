//! The engine in a browser: questions in, pictures and numbers out.
//!
//! 1. [`payload`]: a generator in few bytes, which a page carries.
#![forbid(unsafe_code)]

pub mod payload;
mod rounding;

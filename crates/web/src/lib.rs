//! The engine in a browser: questions in, pictures and numbers out.
//!
//! A page cannot call Rust. It sends bytes to a worker, `worker.js`, which puts them into the
//! memory of this crate, compiled to WebAssembly, and calls one function. So everything here is
//! also called and tested without a browser.
//!
//! 1. [`payload`]: a generator in few bytes, which a page carries. `rounding`: its weights.
//! 2. [`Engine`]: what a page can ask for. `request`, `wire`: how it asks.
//! 3. `anatomy`, `pixel`, `settings`: a look into a generator. `pair`: a training.
//! 4. `door`: the functions that WebAssembly exports. `page`: the module and its worker, as a page
//!    carries them.
#![deny(unsafe_code)]

mod anatomy;
#[cfg(target_family = "wasm")]
mod door;
mod engine;
mod error;
#[cfg(not(target_family = "wasm"))]
pub mod page;
mod pair;
pub mod payload;
mod pixel;
mod request;
mod rounding;
mod seed;
mod settings;
mod wire;

pub use engine::Engine;

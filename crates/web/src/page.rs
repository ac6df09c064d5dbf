//! The module and its worker, as a page carries them.

/// This crate as WebAssembly. `cargo xtask web` builds it.
pub const MODULE: &[u8] = include_bytes!("../engine.wasm");

/// The worker that owns the module. Its head says what it can be asked.
pub const WORKER: &str = include_str!("../worker.js");

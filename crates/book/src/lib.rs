//! The weaver of the book.
//!
//! A chapter in `book/src` holds no code, no measured number and no picture of its own. It asks for
//! them, and the weaver brings them from the files that are compiled, tested and measured. The
//! result, in `target/book/src`, is what mdBook makes pages from.
//!
//! # Directives
//!
//! A directive is a paragraph that is exactly one link, seen from `book/src`. So the raw text reads
//! well in any viewer.
//!
//! ```text
//! [code: Tape::backward](../../crates/tensor/src/tape.rs)
//! [code: reference::each](../../crates/tensor/src/ops/conv2d.rs "proved by NAME")
//! [code: Grads](../../crates/tensor/src/tape.rs "with docs, proved by NAME")
//! [code: f / "let a"](…)                one statement of `f`, with its block
//! [code: f / "let a" to "let b"](…)     from one statement to another
//! [test: NAME](…)                       like code, of a `#[test]`
//! [lesson](…)  [lesson: Heading](…)     the `//!` of a file, or a section of it
//! [figure: name](../figures.toml)       an entry of that list
//! [widget: name](widgets/name.js)       a script; its first line is the caption
//! [table: name](../records/file.json)   a table of a record
//! [output: name](../examples/…)         `book/examples/output/name.txt`, and the program it is of
//! [exercise: 08](../../exercises/… "words for as long as the file is not there")
//! ```
//!
//! An item is named as Rust paths are: a function, `Type::method`, `module::function`, a type, a
//! constant, `impl Trait for Type`. At most 45 lines of it are woven, without its `///`. In prose,
//! `{record.key.0:.2}` is a number of a record, `$…$` and `$$…$$` are equations in LaTeX.
//!
//! Whatever is not found, or found twice, stops the build with chapter, line and the nearest names.
#![forbid(unsafe_code)]

pub mod figures;
pub mod items;
pub mod lesson;
pub mod math;
pub mod records;
pub mod speech;

mod chapter;
mod directive;
mod names;
mod page;
mod remake;
mod repository;

pub use page::{Summary, weave};
pub use remake::remake;

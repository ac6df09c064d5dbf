//! What an evaluation found: as a table, as JSON, as a picture.

mod picture;
mod table;

pub(crate) use picture::below_table;
pub use picture::picture;
pub use table::{json, text};

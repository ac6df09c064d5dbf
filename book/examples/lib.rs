//! What the book's small programs share: the rungs of the ladder, and the pictures of the data
//! sets.
//!
//! The programs themselves are one file each. They print the same text on every machine, and a test
//! compares it with the file of that name in `output`.
#![forbid(unsafe_code)]

pub mod ladder;
pub mod pictures;
pub mod sets;

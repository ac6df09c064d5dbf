//! What judges the exercises: `checks` holds one check for each, and this crate the parts they
//! share.
//!
//! A check takes the reader's functions as arguments, so the same code judges an exercise as it
//! was handed out, its solution and every wrong answer in `wrong/`. It goes through its cases from
//! the smallest up and stops at the first that fails. Then it asks which of the known wrong answers
//! would have given the same results, in this case and in all others, and names that mistake if
//! there is exactly one.

mod draw;
mod exercise;
mod mistake;
mod outcome;
mod value;

pub mod checks;
pub mod given;

pub use draw::Draw;
pub use exercise::{Exercise, Part, Refusal, Wrong};
pub use mistake::Mistake;
pub use value::{Right, Value, list, taps};

/// The body of a function that the reader has yet to write. It panics with the name of the
/// exercise and with what is to do; after a semicolon stand the arguments, which it ignores.
#[macro_export]
macro_rules! unsolved {
    ($what:literal $(; $($argument:expr),*)?) => {{
        $($(let _ = &$argument;)*)?
        panic!("exercise {} is not solved yet: {}", $crate::name_of(file!()), $what)
    }};
}

/// The name of the exercise in `file`: `07_conv` for `exercises/07_conv.rs`.
#[must_use]
pub fn name_of(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    name.strip_suffix(".rs").unwrap_or(name)
}

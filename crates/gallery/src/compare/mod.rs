//! Which run is better, after equally many epochs, and after equally many seconds?
//!
//! A network that sees each image once more has an easier task, and so has one that computes for
//! longer. There are two questions with different answers: what did a run make of the same *images*
//! (equal epochs), and of the same *time* (equal seconds)? Both are answered from what runs have
//! saved: `evaluation.csv`, which `evaluate_every` asks for, and rows of samples.
//!
//! Seconds are steps times the time of a step. That time is measured here and now, for all runs by
//! turns, because the time that a run once took also tells what else its machine had to do.
//!
//! The comparison ends where the shortest run ends. A quarter and a half of the way show which run
//! was faster to get there. Of each run the last evaluation counts that was not too late.

mod clock;
mod comparison;
mod picture;
mod table;

pub use comparison::{Comparison, Contender, Measure, Standing};
pub use picture::{MOST, picture};
pub use table::{json, text};

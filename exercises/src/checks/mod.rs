//! One check for each exercise: its cases, the right results and the known wrong answers.

pub mod conv;
pub mod conv_gradients;
pub mod doctor;
pub mod faster;
pub mod offsets;
pub mod overlap;
pub mod transposed;
mod windows;

use crate::Refusal;

/// What the checks say about all wrong answers, exercise by exercise.
#[must_use]
pub fn refusals() -> Vec<Refusal> {
    let mut all = Vec::new();
    all.extend(offsets::EXERCISE.refusals());
    all.extend(conv::EXERCISE.refusals());
    all.extend(conv_gradients::EXERCISE.refusals());
    all.extend(transposed::EXERCISE.refusals());
    all.extend(overlap::EXERCISE.refusals());
    all.extend(doctor::EXERCISE.refusals());
    all.extend(faster::EXERCISE.refusals());
    all
}

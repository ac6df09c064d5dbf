//! One check for each exercise: its cases, the right results and the known wrong answers.

pub mod adam;
pub mod batch_norm;
pub mod batch_norm_back;
pub mod conv;
pub mod conv_gradients;
pub mod offsets;
pub mod one_picture;
mod small_networks;
pub mod step;
mod windows;

use crate::Refusal;

/// What the checks say about all wrong answers, exercise by exercise.
#[must_use]
pub fn refusals() -> Vec<Refusal> {
    let mut all = Vec::new();
    all.extend(offsets::EXERCISE.refusals());
    all.extend(conv::EXERCISE.refusals());
    all.extend(conv_gradients::EXERCISE.refusals());
    all.extend(batch_norm::EXERCISE.refusals());
    all.extend(batch_norm_back::EXERCISE.refusals());
    all.extend(one_picture::EXERCISE.refusals());
    all.extend(adam::EXERCISE.refusals());
    all.extend(step::EXERCISE.refusals());
    all
}

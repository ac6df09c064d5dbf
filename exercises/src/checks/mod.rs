//! One check for each exercise: its cases, the right results and the known wrong answers.

pub mod adam;
pub mod batch_norm;
pub mod batch_norm_back;
pub mod conv;
pub mod conv_gradients;
pub mod doctor;
pub mod faster;
pub mod idx;
pub mod leaky;
pub mod offsets;
pub mod one_picture;
pub mod overlap;
pub mod product;
pub mod slope;
mod small_networks;
pub mod step;
pub mod transposed;
pub mod used_twice;
pub mod verdict;
mod windows;

use crate::Refusal;

/// What the checks say about all wrong answers, exercise by exercise.
#[must_use]
pub fn refusals() -> Vec<Refusal> {
    let mut all = Vec::new();
    all.extend(offsets::EXERCISE.refusals());
    all.extend(slope::EXERCISE.refusals());
    all.extend(used_twice::EXERCISE.refusals());
    all.extend(leaky::EXERCISE.refusals());
    all.extend(product::EXERCISE.refusals());
    all.extend(verdict::EXERCISE.refusals());
    all.extend(conv::EXERCISE.refusals());
    all.extend(conv_gradients::EXERCISE.refusals());
    all.extend(transposed::EXERCISE.refusals());
    all.extend(overlap::EXERCISE.refusals());
    all.extend(batch_norm::EXERCISE.refusals());
    all.extend(batch_norm_back::EXERCISE.refusals());
    all.extend(one_picture::EXERCISE.refusals());
    all.extend(adam::EXERCISE.refusals());
    all.extend(idx::EXERCISE.refusals());
    all.extend(step::EXERCISE.refusals());
    all.extend(doctor::EXERCISE.refusals());
    all.extend(faster::EXERCISE.refusals());
    all
}

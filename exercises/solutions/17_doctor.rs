//! No single loss says whether two networks that play against each other still learn. But D's verdicts do.
//! D has won when it is sure of every image, for long: D(x) near 1 and D(G(z)) near 0.
//! Healthy trainings look like that too, for some steps, most of all at their beginning.
//! By hand: one step with D(x) = 0.95 and D(G(z)) = 0.02 is nothing, and a hundred in a row are a sign.
//! 20 minutes. Chapter 12: book/src/12-when-it-goes-wrong.md

use dcgan::step::StepMetrics;

/// Steps in a row after which a victory is one.
const PATIENCE: usize = 60;

/// Whether the discriminator has won at any time of a training. `log` has every step: `d_real` is
/// the mean of D(x), `d_fake` that of D(G(z)), and there are both losses and the norms of both
/// gradients. Thirty steps are no victory yet, and a hundred are one.
///
/// Logs of real trainings, healthy and sick, are in exercises/src/given/logs. All bounds are right
/// that tell the sick from the healthy, and a sign from the losses alone may do as well.
pub fn has_won(log: &[StepMetrics]) -> bool {
    let mut in_a_row = 0;
    for step in log {
        in_a_row = if 0.7 < step.d_real && step.d_fake < 0.1 { in_a_row + 1 } else { 0 };
        if PATIENCE <= in_a_row {
            return true;
        }
    }
    false
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::doctor::check(super::has_won)
    }
}

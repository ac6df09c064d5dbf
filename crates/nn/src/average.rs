//! A moving average of parameters: the weights of a training without the noise of its last steps.
//!
//! Adam never comes to rest. At a fixed learning rate the weights circle around their goal, and in
//! a GAN all the more, because two players circle around each other. The average of about the last
//! `1/(1 − decay)` positions is nearer to the centre than any of them (Polyak and Juditsky 1992).
//! It costs one sweep:
//!
//! ```text
//! average = average + (1 − decay)·(parameter − average)
//! ```
//!
//! By hand: an average of 1, a parameter of 3 and decay 0.75 give a new average of 1.5. The average
//! takes no part in the training, and nothing learns from it.
//!
//! In the first steps, the initial weights would dominate the average. The decay therefore grows
//! with the number of steps `t`, as in TensorFlow's `ExponentialMovingAverage`:
//! `min(decay, (1 + t)/(10 + t))`.
//!
//! The update reads 8 bytes per number and writes 4, in one parallel loop over chunks of all
//! tensors. Each element depends only on itself, so the bits do not depend on the number of
//! threads.

use tensor::Tensor;

use crate::Parameters;
use crate::chunks::{self, CHUNK};

/// The equation as a loop.
pub mod reference {
    use tensor::Real;

    /// Moves `average` towards `x`.
    pub fn follow<T: Real>(decay: T, average: &mut [T], x: &[T]) {
        for (average, &x) in average.iter_mut().zip(x) {
            *average = *average + (T::of(1.0) - decay) * (x - *average);
        }
    }
}

/// The decay of step `t` = 1, 2, …
#[must_use]
pub fn warmed_up(decay: f64, t: u64) -> f64 {
    decay.min((1.0 + t as f64) / (10.0 + t as f64))
}

/// Moves one tensor of averages towards `x`.
///
/// # Panics
/// If the shapes differ.
pub fn follow_tensor(decay: f64, average: &mut Tensor, x: &Tensor) {
    assert_eq!(average.shape(), x.shape(), "average: tensors of other shapes");
    sweep(decay, average.data_mut(), x.data());
}

/// Moves every average towards the parameter of the same name, which has the same place in its
/// store.
///
/// # Panics
/// If names or shapes differ.
pub fn follow(decay: f64, averages: &mut Parameters, parameters: &Parameters) {
    assert_eq!(averages.len(), parameters.len(), "average: as many averages as parameters");
    for ((name, average), (other, x)) in averages.iter().zip(parameters.iter()) {
        let (own, shape) = (average.shape(), x.shape());
        assert!(name == other && own == shape, "average: {name} {own:?} cannot follow {other} {shape:?}");
    }
    let tensors = averages.tensors_mut().zip(parameters.iter());
    let chunks: Vec<_> = tensors
        .flat_map(|(average, (_, x))| average.data_mut().chunks_mut(CHUNK).zip(x.data().chunks(CHUNK)))
        .collect();
    chunks::each(
        chunks,
        #[inline(always)]
        |(average, x)| sweep(decay, average, x),
    );
}

#[inline(always)]
fn sweep(decay: f64, average: &mut [f32], x: &[f32]) {
    let new = (1.0 - decay) as f32;
    for (average, &x) in average.iter_mut().zip(x) {
        *average += new * (x - *average);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor::check;

    fn store(x: &[f32]) -> Parameters {
        let mut parameters = Parameters::new();
        parameters.add("x", Tensor::new(&[x.len()], x.to_vec()));
        parameters
    }

    #[test]
    fn equals_the_reference() {
        for len in (1..=67).chain([CHUNK - 1, 2 * CHUNK + 3]) {
            let (start, x) = (check::noise(1, len), check::noise(2, len));
            let (mut averages, mut truth) = (store(&start), check::to_f64(&start));
            for decay in [0.5, 0.9, 0.999] {
                follow(decay, &mut averages, &store(&x));
                reference::follow(decay, &mut truth, &check::to_f64(&x));
            }
            let found = averages.get("x").expect("it is there").data();
            for (found, truth) in found.iter().zip(&truth) {
                // Three updates, each a difference, a product and a sum of numbers up to 2.
                assert!((f64::from(*found) - truth).abs() <= 12.0 * check::UNIT_ROUNDOFF, "{found}, not {truth}");
            }
        }
    }

    #[test]
    fn by_hand() {
        let mut average = Tensor::new(&[2], vec![1.0, -1.0]);
        follow_tensor(0.75, &mut average, &Tensor::new(&[2], vec![3.0, -1.0]));
        assert_eq!([1.5, -1.0], average.data());
    }

    #[test]
    fn the_beginning_is_soon_forgotten() {
        let decays = [1, 2, 90, 1_000_000].map(|t| warmed_up(0.9, t));
        assert_eq!([2.0 / 11.0, 0.25, 0.9, 0.9], decays);
    }

    #[test]
    #[should_panic(expected = "average: x [1] cannot follow x [2]")]
    fn another_shape_is_refused() {
        follow(0.5, &mut store(&[1.0]), &store(&[1.0, 2.0]));
    }
}

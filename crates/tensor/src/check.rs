//! The functions with which the tests check an operator: reproducible inputs, an error bound, and a
//! gradient check that can fail.
//!
//! A gradient is checked along *random* directions `v` with a *random* upstream gradient `dy`:
//!
//! ```text
//! ⟨dy, f(x + hv) − f(x − hv)⟩ / 2h  =  ⟨dx, v⟩ + O(h²)
//! ```
//!
//! Here `f` is the reference in `f64`, so `h` can be small, and the only error is the `f32`
//! arithmetic of `backward`. An upstream gradient of ones would prove nothing: the batch norm of
//! anything has a zero gradient under it, and a flipped kernel has the same sum. Every comparison
//! is written so that NaN fails.

use crate::ops::dropout::split_mix;
use crate::{Real, Tape, Tensor, Var, fast};

/// The unit roundoff of `f32`: 2⁻²⁴.
pub const UNIT_ROUNDOFF: f64 = 1.0 / 16_777_216.0;

/// Number `index` of the stream `seed`: the mixed state of SplitMix64 after that many steps.
fn bits(seed: u64, index: usize) -> u64 {
    let state = seed.wrapping_mul(0xD1B5_4A32_D192_ED03).wrapping_add(index as u64);
    split_mix(state.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// `len` numbers, uniform in [-1, 1). The same seed gives the same numbers.
#[must_use]
pub fn noise(seed: u64, len: usize) -> Vec<f32> {
    (0..len).map(|i| (bits(seed, i) >> 40) as f32 / 8_388_608.0 - 1.0).collect()
}

/// `len` whole numbers in [-3, 3]. Sums of their products are exact in `f32` in any order, as long
/// as they stay below 2²⁴.
#[must_use]
pub fn integers(seed: u64, len: usize) -> Vec<f32> {
    (0..len).map(|i| (bits(seed, i) % 7) as f32 - 3.0).collect()
}

/// The same numbers, exactly, in `f64`.
#[must_use]
pub fn to_f64(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

/// The absolute values.
#[must_use]
pub fn magnitudes<T: Real>(x: &[T]) -> Vec<T> {
    x.iter().map(|x| x.abs()).collect()
}

/// `⟨a, b⟩` in `f64`.
///
/// # Panics
/// If they differ in length.
#[must_use]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "dot: {} and {} elements", a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Asserts that two results are the same numbers (0 and −0 count as the same).
///
/// # Panics
/// If they are not. The message names the first difference.
pub fn exact(fast: &[f32], reference: &[f32]) {
    assert_eq!(reference.len(), fast.len(), "lengths differ");
    for (i, (fast, reference)) in fast.iter().zip(reference).enumerate() {
        assert!(fast.to_bits() == reference.to_bits() || fast == reference, "element {i} is {fast}, not {reference}");
    }
}

/// Asserts `|fast − truth| ≤ u·G·(4 + √K)` for every element.
///
/// `truth` is the result of the operator in `f64`, `gauge` (G) that of the same operator on
/// absolute values, and `terms` (K) the number of terms per sum. The rounding errors of a sum of
/// `K` terms behave like a random walk with steps of `u·G`, which explains the root (Higham and
/// Mary 2019). The 4 leaves room for roundings outside the sum.
///
/// # Panics
/// If the difference is larger for any element, or NaN.
pub fn within_bound(fast: &[f32], truth: &[f64], gauge: &[f64], terms: usize) {
    assert_eq!((truth.len(), truth.len()), (fast.len(), gauge.len()), "lengths differ");
    let factor = UNIT_ROUNDOFF * (4.0 + (terms as f64).sqrt());
    for (i, ((&fast, &truth), &gauge)) in fast.iter().zip(truth).zip(gauge).enumerate() {
        let (error, bound) = ((f64::from(fast) - truth).abs(), factor * gauge + f64::from(f32::MIN_POSITIVE));
        assert!(error <= bound, "element {i} is {fast}, {error:e} from {truth}; the bound is {bound:e}");
    }
}

/// Asserts that `backward` is the gradient of `forward` at `x`, along eight random directions.
///
/// `forward` is the reference in `f64`; `backward` takes the upstream gradient and returns the
/// gradient of `x`. The check finds an error of 1 in 1,000, and the rounding of `f32` passes.
///
/// # Panics
/// If the gradient differs.
pub fn gradient(x: &[f32], forward: impl Fn(&[f64]) -> Vec<f64>, backward: impl Fn(&[f32]) -> Vec<f32>) {
    const STEP: f64 = 1e-5;
    let exact_x = to_f64(x);
    let dy = noise(0x0D7, forward(&exact_x).len());
    let (dy64, dx) = (to_f64(&dy), to_f64(&backward(&dy)));
    assert_eq!(x.len(), dx.len(), "a gradient has the shape of its value");
    let norm = dot(&dx, &dx).sqrt();
    for direction in 0..8 {
        // The direction consists of signs, so that every element has the same weight.
        let v: Vec<f64> = noise(0xD1E + direction, x.len()).iter().map(|v| f64::from(v.signum())).collect();
        let shifted = |h: f64| forward(&exact_x.iter().zip(&v).map(|(x, v)| x + h * v).collect::<Vec<_>>());
        let slope = (dot(&dy64, &shifted(STEP)) - dot(&dy64, &shifted(-STEP))) / (2.0 * STEP);
        let claimed = dot(&dx, &v);
        // ⟨dx, v⟩ is about as large as |dx|, whatever the number of elements.
        let tolerance = 1e-4 * norm + 1e-9;
        let error = (slope - claimed).abs();
        assert!(error <= tolerance, "along direction {direction} the slope is {slope}, the gradient says {claimed}");
    }
}

/// The vector-Jacobian product of `op`: the gradients of its `inputs` that the tape computes from
/// the gradient `dy` of its result. Each input is a shape with its elements.
///
/// # Panics
/// If `dy` has another number of elements than the result of `op`.
pub fn vjp(inputs: &[(&[usize], &[f32])], dy: &[f32], op: impl FnOnce(&mut Tape, &[Var]) -> Var) -> Vec<Vec<f32>> {
    let mut tape = Tape::new();
    let leaves: Vec<Var> = inputs.iter().map(|(shape, x)| tape.leaf(Tensor::new(shape, x.to_vec()))).collect();
    let y = op(&mut tape, &leaves);
    let dy = Tensor::new(tape.value(y).shape(), dy.to_vec());
    let mut grads = tape.backward(y, dy);
    leaves.into_iter().map(|leaf| grads.take(leaf).data().to_vec()).collect()
}

/// Asserts that `run` returns the same bits on 1, 2 and 3 threads, and cut into tasks for more.
///
/// # Panics
/// If the bits differ, or if the threads cannot be started.
pub fn same_on_any_threads(run: impl Fn() -> Vec<f32> + Sync) {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        pool.install(&run).iter().map(|x| x.to_bits()).collect::<Vec<_>>()
    };
    let one = on(1);
    for threads in [2, 3] {
        assert_eq!(one, on(threads), "{threads} threads show in the result");
    }
    for threads in [8, 64, 1000] {
        let cut = fast::watched(threads, |_| (), &run).iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(one, cut, "to be cut for {threads} threads shows in the result");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks `f(x) = x³`. Its gradient is `3x²·dy`, which `spoil` changes.
    fn check_cube(spoil: impl Fn(usize, f32) -> f32) {
        let x = noise(1, 300);
        gradient(
            &x,
            |x| x.iter().map(|x| x * x * x).collect(),
            |dy| x.iter().zip(dy).enumerate().map(|(i, (x, dy))| spoil(i, 3.0 * x * x * dy)).collect(),
        );
    }

    #[test]
    fn a_right_gradient_passes() {
        check_cube(|_, dx| dx);
    }

    #[test]
    #[should_panic(expected = "the gradient says")]
    fn one_part_in_a_thousand_is_found() {
        check_cube(|_, dx| dx * 1.001);
    }

    #[test]
    #[should_panic(expected = "the gradient says")]
    fn a_zero_gradient_is_found() {
        check_cube(|_, _| 0.0);
    }

    #[test]
    #[should_panic(expected = "the gradient says NaN")]
    fn nan_is_found() {
        check_cube(|i, dx| if i == 7 { f32::NAN } else { dx });
    }

    /// `f(x) = A·x` for a 3×3 matrix; the gradient is `Aᵀ·dy`, and `A·dy` is wrong.
    #[test]
    #[should_panic(expected = "the gradient says")]
    fn a_transposed_gradient_is_found() {
        let a = noise(2, 9);
        let product = |x: &[f64]| (0..3).map(|i| (0..3).map(|j| f64::from(a[3 * i + j]) * x[j]).sum()).collect();
        gradient(&noise(3, 3), product, |dy| (0..3).map(|i| (0..3).map(|j| a[3 * i + j] * dy[j]).sum()).collect());
    }

    #[test]
    #[should_panic(expected = "element 1 is NaN")]
    fn nan_is_not_within_any_bound() {
        within_bound(&[1.0, f32::NAN], &[1.0, 1.0], &[1.0, 1.0], 1);
    }

    #[test]
    #[should_panic(expected = "the bound is")]
    fn the_bound_is_a_few_roundings() {
        within_bound(&[1.0 + 1e-6], &[1.0], &[1.0], 1);
    }

    #[test]
    #[should_panic(expected = "2 threads show in the result")]
    fn a_result_that_depends_on_the_threads_is_found() {
        same_on_any_threads(|| vec![rayon::current_num_threads() as f32]);
    }

    #[test]
    fn noise_fills_its_range() {
        let x = noise(5, 10_000);
        let mean = x.iter().sum::<f32>() / 1e4;
        assert!(x.iter().all(|x| (-1.0..1.0).contains(x)) && mean.abs() < 0.03, "mean {mean}");
        assert_ne!(x, noise(6, 10_000));
    }
}

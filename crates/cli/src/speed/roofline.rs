//! The two roofs of the roofline model: the machine's peak arithmetic and its memory bandwidth.
//!
//! A kernel that computes much with each byte is compared with the first, a kernel that computes
//! little with the second (Williams, Waterman and Patterson 2009, "Roofline"). Both are measured on
//! all threads, with the instruction set in use.

use serde::Serialize;
use tensor::fast::measure::{bandwidth, peak};

use super::timing::median_seconds;

/// Multiply-adds on all threads at once, in 10⁹ operations per second.
pub(super) fn peak_gflops() -> f64 {
    /// About 10 ms.
    const ROUNDS: usize = 2_000_000;
    median_rate(|| rayon::broadcast(|_| peak::multiply_adds(ROUNDS)).into_iter().sum())
}

/// The bytes that all threads read and write together, in 10⁹ per second.
pub(super) fn bandwidth_gb_per_second() -> f64 {
    /// Three slices of 64 MiB: more than the caches hold.
    const LEN: usize = 16 << 20;
    // Ones, since untouched zeros would all be the same page.
    let [mut a, b, c] = [(); 3].map(|()| vec![1.0; LEN]);
    median_rate(|| bandwidth::triad(&mut a, &b, &c))
}

/// The median rate of calls that return how much they did, in 10⁹ per second.
fn median_rate(mut call: impl FnMut() -> u64) -> f64 {
    let mut done = 0;
    let seconds = median_seconds(|| done = call());
    done as f64 / seconds / 1e9
}

/// The least memory traffic of an operation: operands are read once, results are written once.
///
/// An operator that sweeps twice over its operands moves more, unless a cache holds them. An
/// operator whose operand was just written moves less. So the share can exceed 1, and 1 is not
/// always within reach.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Traffic {
    /// Bytes of all calls of a step, or of the one that is shown.
    pub bytes: u64,
    /// The bytes over the time that they took.
    pub gb_per_second: f64,
    /// The share of the measured bandwidth.
    pub share_of_bandwidth: f64,
}

impl Traffic {
    pub(super) fn new(bytes: u64, seconds: f64, bandwidth_gb_per_second: f64) -> Self {
        let gb_per_second = bytes as f64 / seconds / 1e9;
        Self { bytes, gb_per_second, share_of_bandwidth: gb_per_second / bandwidth_gb_per_second }
    }
}

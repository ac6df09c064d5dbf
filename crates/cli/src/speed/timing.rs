//! How long a call takes.

use std::time::Instant;

use gallery::numbers::median;

/// The median of nine calls, after one that is not counted.
pub(super) fn median_seconds(mut call: impl FnMut()) -> f64 {
    call();
    let mut timed = || {
        let started = Instant::now();
        call();
        started.elapsed().as_secs_f64()
    };
    median((0..9).map(|_| timed()).collect())
}

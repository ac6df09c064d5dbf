//! Where the time of a step goes, by operation, as the tapes of the step report it.
//!
//! The engine knows no clock. It tells an observer which operation has just run; the time since the
//! last report is that operation's. The bytes of an element-wise operation follow from the shape of
//! its result.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tensor::{Direction, Tape};

use super::roofline::Traffic;

/// An operation and its share of a step.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Share {
    /// Such as `conv2d [64, 7, 7, 256] backward`.
    pub op: String,
    /// Calls per step.
    pub calls: f64,
    /// Milliseconds per step, all calls together.
    pub step_ms: f64,
    /// Of element-wise operations.
    pub traffic: Option<Traffic>,
}

/// Times by operation, for as long as its tapes are used.
#[derive(Clone)]
pub(super) struct Profile(Rc<RefCell<Times>>);

struct Times {
    last: Instant,
    by_op: BTreeMap<String, Total>,
}

#[derive(Default)]
struct Total {
    calls: usize,
    time: Duration,
    bytes: usize,
}

impl Profile {
    /// A profile that begins now.
    #[must_use]
    pub(super) fn new() -> Self {
        Self(Rc::new(RefCell::new(Times { last: Instant::now(), by_op: BTreeMap::new() })))
    }

    /// Forgets what was measured, and begins again.
    pub(super) fn restart(&self) {
        *self.0.borrow_mut() = Times { last: Instant::now(), by_op: BTreeMap::new() };
    }

    /// A tape whose operations are timed; what ran since the last of them is `between` tapes.
    #[must_use]
    pub(super) fn tape(&self) -> Tape {
        self.lap("between the tapes: Adam, norms, noise".to_owned(), 0);
        let this = self.clone();
        Tape::observed(move |seen| {
            let (direction, tensors) = match seen.direction {
                Direction::Forward => ("forward", 2),
                Direction::Backward => ("backward", 3),
            };
            let bytes = if seen.op.is_memory_bound { tensors * size_of_val(seen.value.data()) } else { 0 };
            this.lap(format!("{} {:?} {direction}", seen.op.name, seen.value.shape()), bytes);
        })
    }

    /// What was measured, per step of `steps`, the longest first.
    #[must_use]
    pub(super) fn shares(&self, steps: usize, bandwidth_gb_per_second: f64) -> Vec<Share> {
        let times = self.0.borrow();
        let share = |(op, total): (&String, &Total)| {
            let (seconds, bytes) = (total.time.as_secs_f64() / steps as f64, (total.bytes / steps) as u64);
            Share {
                op: op.clone(),
                calls: total.calls as f64 / steps as f64,
                step_ms: seconds * 1e3,
                traffic: (0 < bytes).then(|| Traffic::new(bytes, seconds, bandwidth_gb_per_second)),
            }
        };
        let mut shares: Vec<Share> = times.by_op.iter().map(share).collect();
        shares.sort_by(|a, b| b.step_ms.total_cmp(&a.step_ms));
        shares
    }

    fn lap(&self, op: String, bytes: usize) {
        let mut times = self.0.borrow_mut();
        let now = Instant::now();
        let time = now - times.last;
        times.last = now;
        let total = times.by_op.entry(op).or_default();
        total.calls += 1;
        total.time += time;
        total.bytes += bytes;
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::new()
    }
}

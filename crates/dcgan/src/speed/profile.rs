//! Where the time of a step goes, by operation, as the tapes of the step tell it.
//!
//! The engine knows no clock. It tells an observer which operation has just run, and the time since the
//! last such call is that operation's.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tensor::{Direction, Tape};

/// An operation and its share of a step.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Share {
    /// Such as `conv2d [64, 7, 7, 256] backward`.
    pub op: String,
    /// Calls per step.
    pub calls: f64,
    /// Milliseconds per step, all calls together.
    pub step_ms: f64,
}

/// Times by operation, for as long as its tapes are used.
#[derive(Clone)]
pub(super) struct Profile(Rc<RefCell<Times>>);

struct Times {
    last: Instant,
    by_op: BTreeMap<String, (usize, Duration)>,
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
        self.lap("between the tapes: Adam, norms, noise".to_owned());
        let this = self.clone();
        Tape::observed(move |direction, op, x| {
            let direction = match direction {
                Direction::Forward => "forward",
                Direction::Backward => "backward",
            };
            this.lap(format!("{op} {:?} {direction}", x.shape()));
        })
    }

    /// What was measured, per step of `steps`, the longest first.
    #[must_use]
    pub(super) fn shares(&self, steps: usize) -> Vec<Share> {
        let times = self.0.borrow();
        let mut shares: Vec<Share> = (times.by_op.iter())
            .map(|(op, &(calls, time))| Share {
                op: op.clone(),
                calls: calls as f64 / steps as f64,
                step_ms: time.as_secs_f64() * 1e3 / steps as f64,
            })
            .collect();
        shares.sort_by(|a, b| b.step_ms.total_cmp(&a.step_ms));
        shares
    }

    fn lap(&self, op: String) {
        let mut times = self.0.borrow_mut();
        let now = Instant::now();
        let time = now - times.last;
        times.last = now;
        let (calls, total) = times.by_op.entry(op).or_default();
        *calls += 1;
        *total += time;
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::new()
    }
}

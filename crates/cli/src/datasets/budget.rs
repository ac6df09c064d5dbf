//! A budget of memory that threads share while they decode pictures.
//!
//! One large picture takes half a gigabyte, and eight threads meet eight of them at once. Each
//! thread therefore takes what its picture needs out of one budget, and waits until there is as
//! much. A picture that needs more than all of it is decoded alone. The sum is thus at most the
//! budget, or one picture.

use std::sync::{Condvar, Mutex, PoisonError};

/// Bytes that threads may take.
#[derive(Debug)]
pub(super) struct Budget {
    all: u64,
    left: Mutex<u64>,
    returned: Condvar,
}

/// A part of a [`Budget`], until it is dropped.
#[derive(Debug)]
pub(super) struct Share<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Budget {
    /// A budget of `bytes`.
    pub(super) fn new(bytes: u64) -> Self {
        Self { all: bytes, left: Mutex::new(bytes), returned: Condvar::new() }
    }

    /// Takes `bytes`, or all that there are if they are fewer, and waits for them.
    pub(super) fn take(&self, bytes: u64) -> Share<'_> {
        let bytes = bytes.min(self.all);
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left = self.returned.wait_while(left, |left| *left < bytes).unwrap_or_else(PoisonError::into_inner);
        *left -= bytes;
        Share { budget: self, bytes }
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        *self.budget.left.lock().unwrap_or_else(PoisonError::into_inner) += self.bytes;
        self.budget.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    /// The most bytes that eight threads hold at a time, if each of their shares is of `bytes`.
    fn peak(budget: &Budget, bytes: u64) -> u64 {
        let (held, peak) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        let _share = budget.take(bytes);
                        let now = held.fetch_add(bytes, Ordering::SeqCst) + bytes;
                        peak.fetch_max(now, Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(1));
                        held.fetch_sub(bytes, Ordering::SeqCst);
                    }
                });
            }
        });
        peak.into_inner()
    }

    #[test]
    fn threads_never_hold_more_than_the_budget() {
        let budget = Budget::new(100);
        for (bytes, most) in [(1, 8), (30, 90), (60, 60), (100, 100)] {
            let peak = peak(&budget, bytes);
            assert!(peak <= most, "{peak} of at most {most}, by {bytes}");
        }
    }

    #[test]
    fn what_needs_more_than_all_is_alone() {
        assert_eq!(250, peak(&Budget::new(100), 250));
    }
}

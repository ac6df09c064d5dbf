//! A [`Group`] that counts what passes through it, and how long that takes.
//!
//! The time of a call is that of the wire and of waiting for the others, which are not told apart.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tensor::{Group, Tensor};

/// What has passed through a group since it was asked last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Elements that were summed over the shards.
    pub summed: usize,
    /// Numbers that this rank has brought to be gathered.
    pub gathered: usize,
    /// Calls.
    pub calls: usize,
    /// Time in these calls.
    pub time: Duration,
}

impl Traffic {
    /// The bytes that each of `ranks` sends, and receives, for this traffic of `shards` shards;
    /// `self` was measured by a rank with all of them if `local` is their number.
    ///
    /// A sum of `n` elements sends to each other rank its slice of each local part, and then its
    /// slice of the sum.
    #[must_use]
    pub fn bytes(&self, ranks: usize, shards: usize, local: usize) -> u64 {
        let (ranks, local_then) = (ranks as u64, (shards / ranks) as u64);
        let slices = self.summed as u64 * 4 * (ranks - 1) / ranks;
        let gathered = self.gathered as u64 * 8 * local_then / local as u64 * (ranks - 1);
        slices * (local_then + 1) + gathered
    }
}

/// Counts what passes through a group.
pub struct Meter {
    group: Rc<dyn Group>,
    traffic: Rc<Cell<Traffic>>,
}

impl Meter {
    /// A group that does what `group` does, and the place where it counts.
    #[must_use]
    pub fn of(group: Rc<dyn Group>) -> (Rc<dyn Group>, Rc<Cell<Traffic>>) {
        let traffic = Rc::default();
        (Rc::new(Self { group, traffic: Rc::clone(&traffic) }), traffic)
    }

    fn counted<T>(&self, summed: usize, gathered: usize, call: impl FnOnce(&dyn Group) -> T) -> T {
        let before = Instant::now();
        let result = call(&*self.group);
        let mut traffic = self.traffic.get();
        traffic.summed += summed;
        traffic.gathered += gathered;
        traffic.calls += 1;
        traffic.time += before.elapsed();
        self.traffic.set(traffic);
        result
    }
}

impl Group for Meter {
    fn rank(&self) -> usize {
        self.group.rank()
    }

    fn size(&self) -> usize {
        self.group.size()
    }

    fn gather(&self, mine: Vec<f64>) -> Vec<f64> {
        self.counted(0, mine.len(), |group| group.gather(mine))
    }

    fn sum(&self, parts: Vec<Tensor>) -> Tensor {
        self.counted(parts[0].data().len(), 0, |group| group.sum(parts))
    }

    fn broadcast(&self, from: usize, bytes: Vec<u8>) -> Vec<u8> {
        self.group.broadcast(from, bytes)
    }

    fn barrier(&self) {
        self.group.barrier();
    }
}

#[cfg(test)]
mod tests {
    use tensor::shards::Alone;

    use super::*;

    #[test]
    fn what_passes_is_counted() {
        let (group, traffic) = Meter::of(Rc::new(Alone));
        let sum = group.sum(vec![Tensor::zeros(&[100]), Tensor::zeros(&[100])]);
        assert_eq!((100, vec![1.0, 2.0]), (sum.data().len(), group.gather(vec![1.0, 2.0])));
        let Traffic { summed, gathered, calls, .. } = traffic.get();
        assert_eq!((100, 2, 2), (summed, gathered, calls));
    }

    /// By hand: of 100 elements in 4 shards, each of 4 ranks sends 75 elements of its part and then
    /// 25 to each of 3, and each of 2 ranks sends 50 of both of its parts and then 50.
    #[test]
    fn bytes_by_hand() {
        let traffic = Traffic { summed: 100, gathered: 8, ..Traffic::default() };
        assert_eq!(4 * (75 + 75) + 8 * 2 * 3, traffic.bytes(4, 4, 4));
        assert_eq!(4 * (50 + 50 + 50) + 8 * 4, traffic.bytes(2, 4, 4));
        assert_eq!(0, traffic.bytes(1, 4, 4));
    }
}

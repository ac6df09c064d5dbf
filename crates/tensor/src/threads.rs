//! A [`Group`] of the threads of one process: what several processes do, without a network.
//!
//! Tests use it. Its members share a board on which each puts its part, and wait for one another
//! before and after they read it. A sum is made as between processes: each member sums its own
//! slice of all parts, and then all slices are put together.

use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::shards::slice;
use crate::{Group, Tensor};

/// What the members share.
struct Shared {
    state: Mutex<State>,
    /// Wakes those who wait for the others.
    changed: Condvar,
}

struct State {
    /// What each member has put on the board.
    board: Vec<Message>,
    /// The number of members that wait for the others.
    waiting: usize,
    /// How often all have met.
    meetings: u64,
    /// Whether a member has panicked.
    is_broken: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all members are here.
    ///
    /// # Panics
    /// If a member has panicked, and will not come.
    fn meet(&self) {
        let mut state = self.state();
        let meeting = state.meetings;
        state.waiting += 1;
        if state.waiting == state.board.len() {
            (state.waiting, state.meetings) = (0, meeting + 1);
            self.changed.notify_all();
        }
        while state.meetings == meeting && !state.is_broken {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        assert!(state.meetings != meeting, "another member of the group has panicked");
    }
}

#[derive(Clone, Default)]
struct Message {
    numbers: Vec<f64>,
    tensors: Vec<Arc<Vec<f32>>>,
    bytes: Vec<u8>,
}

/// A member of a group of threads.
pub struct Thread {
    rank: usize,
    size: usize,
    shared: Arc<Shared>,
}

/// Runs `work` on `size` threads, each with its place in the group. Returns the results in the
/// order of their ranks.
///
/// # Panics
/// If a member panics.
pub fn run<T: Send>(size: usize, work: impl Fn(Rc<dyn Group>) -> T + Sync) -> Vec<T> {
    /// Tells the others if this member panics.
    struct Member(Arc<Shared>);
    impl Drop for Member {
        fn drop(&mut self) {
            self.0.state().is_broken |= std::thread::panicking();
            self.0.changed.notify_all();
        }
    }
    let state = State { board: vec![Message::default(); size], waiting: 0, meetings: 0, is_broken: false };
    let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
    let work = &work;
    let member = |rank| {
        let shared = Arc::clone(&shared);
        move || {
            let _member = Member(Arc::clone(&shared));
            work(Rc::new(Thread { rank, size, shared }))
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..size).map(|rank| scope.spawn(member(rank))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a member of the group")).collect()
    })
}

impl Thread {
    /// Puts `message` on the board, and returns what all members have put there.
    fn exchange(&self, message: Message) -> Vec<Message> {
        self.shared.state().board[self.rank] = message;
        self.shared.meet();
        let all = self.shared.state().board.clone();
        self.shared.meet(); // nobody writes before all have read
        all
    }
}

impl Group for Thread {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn gather(&self, mine: Vec<f64>) -> Vec<f64> {
        let all = self.exchange(Message { numbers: mine, ..Message::default() });
        all.into_iter().flat_map(|message| message.numbers).collect()
    }

    fn sum(&self, parts: Vec<Tensor>) -> Tensor {
        let shape = parts[0].shape().to_vec();
        let len = parts[0].data().len();
        let tensors = parts.iter().map(|part| Arc::new(part.data().to_vec())).collect();
        let all = self.exchange(Message { tensors, ..Message::default() });
        let mut parts = all.iter().flat_map(|message| &message.tensors);
        let slice = slice(len, self.rank, self.size);
        let mut sum = parts.next().expect("a part")[slice.clone()].to_vec();
        for part in parts {
            sum.iter_mut().zip(&part[slice.clone()]).for_each(|(sum, term)| *sum += term);
        }
        let all = self.exchange(Message { tensors: vec![Arc::new(sum)], ..Message::default() });
        let sums: Vec<f32> = all.iter().flat_map(|message| message.tensors[0].iter().copied()).collect();
        Tensor::new(&shape, sums)
    }

    fn broadcast(&self, from: usize, bytes: Vec<u8>) -> Vec<u8> {
        self.exchange(Message { bytes, ..Message::default() }).swap_remove(from).bytes
    }

    fn barrier(&self) {
        self.shared.meet();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shards::Alone;

    /// Those who wait for it do not wait for ever.
    #[test]
    #[should_panic(expected = "a member of the group")]
    fn a_member_that_panics_ends_the_group() {
        run(3, |group| match group.rank() {
            1 => panic!("of its own"),
            _ => group.barrier(),
        });
    }

    /// Sums of numbers whose order shows, in 4 parts, by groups of 1, 2 and 4.
    #[test]
    fn a_sum_has_the_bits_of_its_order_for_any_group() {
        for len in [1, 3, 1000] {
            let part = |i: usize| Tensor::new(&[len], crate::check::noise(i as u64, len));
            let alone = Alone.sum((0..4).map(part).collect());
            for size in [1, 2, 4] {
                let sums = run(size, |group| {
                    let local = 4 / size;
                    let mine = (0..local).map(|i| part(group.rank() * local + i)).collect();
                    group.sum(mine).data().to_vec()
                });
                assert!(sums.iter().all(|sum| sum == alone.data()), "{len} elements, {size} threads");
            }
        }
    }

    #[test]
    fn everybody_hears_everybody_in_order() {
        let heard = run(3, |group| {
            let rank = group.rank();
            group.barrier();
            (group.gather(vec![rank as f64, 0.5]), group.broadcast(1, vec![rank as u8]))
        });
        assert!(heard.iter().all(|heard| *heard == (vec![0.0, 0.5, 1.0, 0.5, 2.0, 0.5], vec![1])));
    }
}

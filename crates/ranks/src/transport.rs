//! The [`Group`] on MPI: the only file that knows its calls.
//!
//! MPI has a sum of its own, whose order is its own business and changes with the number of
//! processes. Here the order is that of the shards: each rank receives its slice of every part,
//! adds them in order, and sends the sum of its slice to all. A gradient of `n` bytes in `R` ranks
//! of one shard each is sent `2·n·(R − 1)/R` bytes per rank, which is as little as a ring sends.
//!
//! A call of MPI that fails ends the process, as MPI does by default; `watch` has usually said
//! before why.

use mpi::datatype::{Partition, PartitionMut};
use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives, Root};

use tensor::shards::add_to;
use tensor::shards::slice;
use tensor::{Buffer, Group, Tensor};

/// All processes that the launcher has started.
pub struct Mpi {
    rank: usize,
    size: usize,
    world: SimpleCommunicator,
}

impl Mpi {
    /// Joins the processes that were started together. Dropping the universe leaves them.
    ///
    /// # Errors
    /// If MPI has been joined before.
    pub fn join() -> Result<(Self, Universe), &'static str> {
        let universe = mpi::initialize().ok_or("MPI cannot be joined twice")?;
        let world = universe.world();
        Ok((Self { rank: world.rank() as usize, size: world.size() as usize, world }, universe))
    }
}

/// How many elements each of `size` slices of `len` has, and where each begins, as MPI counts.
fn cut(len: usize, size: usize) -> (Vec<i32>, Vec<i32>) {
    let count = |elements: usize| i32::try_from(elements).expect("a tensor of at most 2³¹ elements");
    (0..size).map(|rank| slice(len, rank, size)).map(|slice| (count(slice.len()), count(slice.start))).unzip()
}

impl Group for Mpi {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn gather(&self, mine: Vec<f64>) -> Vec<f64> {
        let mut all = vec![0.0; mine.len() * self.size];
        self.world.all_gather_into(&mine[..], &mut all[..]);
        all
    }

    fn sum(&self, mut parts: Vec<Tensor>) -> Tensor {
        let len = parts[0].data().len();
        let own = slice(len, self.rank, self.size).len();
        let (counts, firsts) = cut(len, self.size);
        let (own_counts, own_firsts) = cut(own * self.size, self.size);
        let mine_of_all = |part: &Tensor| {
            let mut all = Buffer::scratch(own * self.size);
            let send = Partition::new(part.data(), &counts[..], &firsts[..]);
            self.world.all_to_all_varcount_into(
                &send,
                &mut PartitionMut::new(&mut all[..], &own_counts[..], &own_firsts[..]),
            );
            all
        };
        let received: Vec<Buffer> = parts.iter().map(mine_of_all).collect();
        let mut terms = (0..self.size).flat_map(|rank| received.iter().map(move |all| &all[rank * own..][..own]));
        let mut total = Buffer::copy_of(terms.next().unwrap_or_default());
        terms.for_each(|term| add_to(&mut total, term));
        let mut sum = parts.swap_remove(0);
        let mut whole = PartitionMut::new(sum.data_mut(), &counts[..], &firsts[..]);
        self.world.all_gather_varcount_into(&total[..], &mut whole);
        sum
    }

    fn broadcast(&self, from: usize, mut bytes: Vec<u8>) -> Vec<u8> {
        let root = self.world.process_at_rank(from as i32);
        let mut len = bytes.len() as u64;
        root.broadcast_into(&mut len);
        bytes.resize(len as usize, 0);
        // MPI counts in 32 bits.
        bytes.chunks_mut(1 << 30).for_each(|bytes| root.broadcast_into(bytes));
        bytes
    }

    fn barrier(&self) {
        self.world.barrier();
    }
}

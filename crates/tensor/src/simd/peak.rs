//! The machine's peak: multiply-adds that wait for nothing.
//!
//! What a CPU could do at most is measured, not looked up, because clocks differ from day to day and from one
//! instruction set to the next. The loop keeps 12 independent chains in registers, more than the
//! 8 that two units with a latency of four cycles need, and touches no memory.

use super::task::{self, Task};
use super::vector::Vector;
use super::{Isa, isa};

/// Independent chains of multiply-adds: with factor and summand they fit into 16 registers.
const CHAINS: usize = 12;

struct Chains {
    rounds: usize,
    factor: f32,
    sums: std::cell::Cell<f32>,
}

impl Task for Chains {
    #[inline(always)]
    unsafe fn compute<V: Vector, const REGISTERS: usize>(&self) {
        // SAFETY: the number is readable, and the caller has enabled the instruction set.
        let factor = unsafe { V::splat(&raw const self.factor) };
        let mut chains = [factor; CHAINS];
        for _ in 0..self.rounds {
            for chain in &mut chains {
                // SAFETY: the caller has enabled the instruction set.
                *chain = unsafe { factor.add_product(*chain, factor) };
            }
        }
        let mut sum = chains[0];
        for chain in &chains[1..] {
            // SAFETY: the caller has enabled the instruction set.
            sum = unsafe { sum.add(*chain) };
        }
        let mut lanes = [0.0; 16];
        // SAFETY: no vector has more than 16 lanes.
        unsafe { sum.store(lanes.as_mut_ptr()) };
        self.sums.set(lanes[0]);
    }
}

/// Computes `rounds` rounds of multiply-adds on this thread with the instruction set [in use](isa), and
/// returns how many floating-point operations that was (a multiply-add counts as two).
#[must_use]
pub fn multiply_adds(rounds: usize) -> u64 {
    let isa = isa();
    let lanes = match isa {
        Isa::Portable => 4,
        Isa::Avx2 => 8,
        Isa::Avx512 => 16,
    };
    // Read and written where the compiler cannot see, or it would compute nothing.
    let chains = Chains { rounds, factor: std::hint::black_box(0.5), sums: std::cell::Cell::new(0.0) };
    // SAFETY: `isa` is available, and the task asks for nothing else.
    unsafe { task::run(isa, 1, &chains) };
    std::hint::black_box(chains.sums.get());
    (rounds * CHAINS * lanes * 2) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x ← x/2 + 1/2 goes to 1, so the work was done.
    #[test]
    fn the_chains_are_computed() {
        let chains = Chains { rounds: 100, factor: 0.5, sums: std::cell::Cell::new(0.0) };
        for isa in Isa::available() {
            // SAFETY: `isa` is available.
            unsafe { task::run(isa, 1, &chains) };
            assert_eq!(CHAINS as f32, chains.sums.get());
        }
    }
}

//! The machine's peak: multiply-adds that wait for nothing.
//!
//! The peak of a CPU is measured, not looked up, because clocks differ from day to day and from one
//! instruction set to the next. The loop keeps 12 independent chains in registers and touches no
//! memory. Two units with a latency of four cycles need at least 8 chains.

use std::cell::Cell;
use std::hint::black_box;

use crate::fast::gemm::routine::{self, Routine};
use crate::fast::gemm::vector::Vector;
use crate::fast::isa;

/// The number of independent chains of multiply-adds. Together with factor and summand they fit
/// into 16 registers.
const CHAINS: usize = 12;

/// The number that each chain starts with. They differ, because otherwise the compiler could
/// compute one chain for all.
const STARTS: [f32; CHAINS] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0];

struct Chains {
    rounds: usize,
    factor: f32,
    /// The sum of the chains' first lanes at the end.
    sum: Cell<f32>,
    /// The number of floating-point operations.
    operations: Cell<u64>,
}

impl Routine for Chains {
    #[inline(always)]
    unsafe fn compute<V: Vector, const REGISTERS: usize>(&self) {
        // SAFETY: the number is readable, and the caller has enabled the instruction set.
        let factor = unsafe { V::splat(&raw const self.factor) };
        // SAFETY: as above.
        let mut chains = STARTS.map(|start| unsafe { V::splat(&raw const start) });
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
        self.sum.set(lanes[0]);
        self.operations.set((self.rounds * CHAINS * V::LANES * 2) as u64);
    }
}

/// Computes `rounds` rounds of multiply-adds on this thread with the instruction set [in
/// use](isa()). Returns the number of floating-point operations; a multiply-add counts as two.
#[must_use]
pub fn multiply_adds(rounds: usize) -> u64 {
    // `black_box` hides the factor from the compiler, which would otherwise compute nothing at run
    // time.
    let chains = Chains { rounds, factor: black_box(0.5), sum: Cell::default(), operations: Cell::default() };
    // SAFETY: `isa` is available, and the task asks for nothing else.
    unsafe { routine::run_on(isa(), 1, &chains) };
    black_box(chains.sum.get());
    chains.operations.get()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fast::Isa;

    /// x ← x/2 + 1/2 converges to 1 from anywhere, so a sum of ones shows that the work was done.
    #[test]
    fn the_chains_are_computed_and_counted() {
        for isa in Isa::available() {
            let chains = Chains { rounds: 100, factor: 0.5, sum: Cell::default(), operations: Cell::default() };
            // SAFETY: `isa` is available.
            unsafe { routine::run_on(isa, 1, &chains) };
            assert_eq!(CHAINS as f32, chains.sum.get());
            let bits = match isa {
                Isa::Portable => 128,
                Isa::Avx2 => 256,
                Isa::Avx512 => 512,
            };
            assert_eq!(100 * CHAINS as u64 * 2 * bits / 32, chains.operations.get(), "{isa:?}");
        }
    }
}

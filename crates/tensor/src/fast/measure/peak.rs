//! The machine's peak: multiply-adds that wait for nothing.
//!
//! The peak of a CPU is measured, not looked up, because clocks differ from day to day and from one
//! instruction set to the next. The loop keeps independent chains in registers and touches no
//! memory: as many as a tile of the instruction set has sums. These are 12 in 16 registers, which
//! keep two units with a latency of four cycles busy, and 24 in 32 registers, which keep four such
//! units busy, as some ARM cores have them.

use std::cell::Cell;
use std::hint::black_box;

use crate::fast::gemm::panels::PanelWidth;
use crate::fast::gemm::routine::{self, Routine};
use crate::fast::gemm::tile::ROWS;
use crate::fast::gemm::vector::Vector;
use crate::fast::{Isa, isa};

/// The number that each chain starts with. They differ, because otherwise the compiler could
/// compute one chain for all.
const STARTS: [[f32; ROWS]; 4] = [
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
    [6.0, 7.0, 8.0, 9.0, 10.0, 11.0],
    [12.0, 13.0, 14.0, 15.0, 16.0, 17.0],
    [18.0, 19.0, 20.0, 21.0, 22.0, 23.0],
];

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
        let mut chains: [[V; ROWS]; REGISTERS] =
            std::array::from_fn(|r| STARTS[r].map(|start| unsafe { V::splat(&raw const start) }));
        for _ in 0..self.rounds {
            for chain in chains.as_flattened_mut() {
                // SAFETY: the caller has enabled the instruction set.
                *chain = unsafe { factor.add_product(*chain, factor) };
            }
        }
        // SAFETY: as above.
        let mut sum = unsafe { V::zero() };
        for chain in chains.as_flattened() {
            // SAFETY: the caller has enabled the instruction set.
            sum = unsafe { sum.add(*chain) };
        }
        let mut lanes = [0.0; 16];
        // SAFETY: no vector has more than 16 lanes.
        unsafe { sum.store(lanes.as_mut_ptr()) };
        self.sum.set(lanes[0]);
        self.operations.set((self.rounds * REGISTERS * ROWS * V::LANES * 2) as u64);
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
    unsafe { routine::run_on(isa(), widest(isa()), &chains) };
    black_box(chains.sum.get());
    chains.operations.get()
}

/// The number of registers across the widest tile.
fn widest(isa: Isa) -> usize {
    PanelWidth::new(isa, usize::MAX).registers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x ← x/2 + 1/2 converges to 1 from anywhere, so a sum of ones shows that the work was done.
    #[test]
    fn the_chains_are_computed_and_counted() {
        for isa in Isa::available() {
            let chains = Chains { rounds: 100, factor: 0.5, sum: Cell::default(), operations: Cell::default() };
            // SAFETY: `isa` is available.
            unsafe { routine::run_on(isa, widest(isa), &chains) };
            let count = widest(isa) * ROWS;
            assert_eq!(count as f32, chains.sum.get());
            let bits = match isa {
                Isa::Portable | Isa::Neon => 128,
                Isa::Avx2 => 256,
                Isa::Avx512 => 512,
            };
            assert_eq!(100 * count as u64 * 2 * bits / 32, chains.operations.get(), "{isa:?}");
        }
    }
}

//! Work that is written once and compiled for every vector register.

use super::Isa;
use super::vector::Vector;

/// A piece of work over vectors of any width.
pub(super) trait Task {
    /// Does the work with tiles of `REGISTERS` registers of `V`.
    ///
    /// Must be `#[inline(always)]`, so that it is compiled with the instruction set of its caller.
    ///
    /// # Safety
    /// The instruction set of `V` is enabled in the caller, and what the implementation asks for holds.
    unsafe fn compute<V: Vector, const REGISTERS: usize>(&self);
}

/// Does the work with the vectors of `isa`.
///
/// # Safety
/// `isa` is [available](Isa::available), and what the task asks for holds.
pub(super) unsafe fn run(isa: Isa, registers: usize, task: &impl Task) {
    #[cfg(target_arch = "x86_64")]
    match (isa, registers) {
        // SAFETY: the caller promises that AVX-512 is available.
        (Isa::Avx512, 4) => return unsafe { avx512::<4>(task) },
        // SAFETY: as above.
        (Isa::Avx512, 2) => return unsafe { avx512::<2>(task) },
        // SAFETY: as above.
        (Isa::Avx512, _) => return unsafe { avx512::<1>(task) },
        // SAFETY: the caller promises that AVX2 is available.
        (Isa::Avx2, 2) => return unsafe { avx2::<2>(task) },
        // SAFETY: as above.
        (Isa::Avx2, _) => return unsafe { avx2::<1>(task) },
        (Isa::Portable, _) => {}
    }
    match registers {
        // SAFETY: these vectors need no instruction set; the caller vouches for the rest.
        2 => unsafe { task.compute::<wide::f32x4, 2>() },
        // SAFETY: as above.
        _ => unsafe { task.compute::<wide::f32x4, 1>() },
    }
}

/// # Safety
/// As [`run`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
unsafe fn avx512<const REGISTERS: usize>(task: &impl Task) {
    // SAFETY: AVX-512 is enabled here; the caller vouches for the rest.
    unsafe { task.compute::<std::arch::x86_64::__m512, REGISTERS>() }
}

/// # Safety
/// As [`run`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<const REGISTERS: usize>(task: &impl Task) {
    // SAFETY: AVX2 is enabled here; the caller vouches for the rest.
    unsafe { task.compute::<std::arch::x86_64::__m256, REGISTERS>() }
}

//! Work that is written once and compiled for every width of vector register.

use super::vector::Vector;
use crate::fast::Isa;

/// A piece of work over vectors of any width.
pub(crate) trait Routine {
    /// Does the work with tiles of `REGISTERS` registers of `V`.
    ///
    /// An implementation must be `#[inline(always)]`, so that it is compiled with the instruction
    /// set of its caller.
    ///
    /// # Safety
    /// The instruction set of `V` is enabled in the caller, and the requirements of the
    /// implementation hold.
    unsafe fn compute<V: Vector, const REGISTERS: usize>(&self);
}

/// Does the work with the vectors of `isa`.
///
/// # Panics
/// If this CPU does not have `isa`.
///
/// # Safety
/// The requirements of the routine hold.
pub(crate) unsafe fn run_on(isa: Isa, registers: usize, routine: &impl Routine) {
    isa.assert_available();
    #[cfg(target_arch = "x86_64")]
    match (isa, registers) {
        // SAFETY: AVX-512 is available, by the assertion; the caller vouches for the rest.
        (Isa::Avx512, 4) => return unsafe { avx512::<4>(routine) },
        // SAFETY: as above.
        (Isa::Avx512, 2) => return unsafe { avx512::<2>(routine) },
        // SAFETY: as above.
        (Isa::Avx512, _) => return unsafe { avx512::<1>(routine) },
        // SAFETY: AVX2 is available, by the assertion; the caller vouches for the rest.
        (Isa::Avx2, 2) => return unsafe { avx2::<2>(routine) },
        // SAFETY: as above.
        (Isa::Avx2, _) => return unsafe { avx2::<1>(routine) },
        (Isa::Portable | Isa::Neon, _) => {}
    }
    #[cfg(target_arch = "aarch64")]
    if isa == Isa::Neon {
        use std::arch::aarch64::float32x4_t;
        match registers {
            // SAFETY: every 64-bit ARM has NEON; the caller vouches for the rest.
            4 => return unsafe { routine.compute::<float32x4_t, 4>() },
            // SAFETY: as above.
            2 => return unsafe { routine.compute::<float32x4_t, 2>() },
            // SAFETY: as above.
            _ => return unsafe { routine.compute::<float32x4_t, 1>() },
        }
    }
    match registers {
        // SAFETY: these vectors need no instruction set; the caller vouches for the rest.
        2 => unsafe { routine.compute::<wide::f32x4, 2>() },
        // SAFETY: as above.
        _ => unsafe { routine.compute::<wide::f32x4, 1>() },
    }
}

/// # Safety
/// As [`run_on`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
unsafe fn avx512<const REGISTERS: usize>(routine: &impl Routine) {
    // SAFETY: AVX-512 is enabled here; the caller vouches for the rest.
    unsafe { routine.compute::<std::arch::x86_64::__m512, REGISTERS>() }
}

/// # Safety
/// As [`run_on`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<const REGISTERS: usize>(routine: &impl Routine) {
    // SAFETY: AVX2 is enabled here; the caller vouches for the rest.
    unsafe { routine.compute::<std::arch::x86_64::__m256, REGISTERS>() }
}

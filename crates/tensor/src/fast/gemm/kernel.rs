//! Work that is written once and compiled for every width of vector register.

use super::vector::Vector;
use crate::fast::Isa;

/// A piece of work over vectors of any width.
pub(crate) trait Kernel {
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
/// The requirements of the kernel hold.
pub(crate) unsafe fn run_on(isa: Isa, registers: usize, kernel: &impl Kernel) {
    isa.assert_available();
    #[cfg(target_arch = "x86_64")]
    match (isa, registers) {
        // SAFETY: AVX-512 is available, by the assertion; the caller vouches for the rest.
        (Isa::Avx512, 4) => return unsafe { avx512::<4>(kernel) },
        // SAFETY: as above.
        (Isa::Avx512, 2) => return unsafe { avx512::<2>(kernel) },
        // SAFETY: as above.
        (Isa::Avx512, _) => return unsafe { avx512::<1>(kernel) },
        // SAFETY: AVX2 is available, by the assertion; the caller vouches for the rest.
        (Isa::Avx2, 2) => return unsafe { avx2::<2>(kernel) },
        // SAFETY: as above.
        (Isa::Avx2, _) => return unsafe { avx2::<1>(kernel) },
        (Isa::Portable, _) => {}
    }
    match registers {
        // SAFETY: these vectors need no instruction set; the caller vouches for the rest.
        2 => unsafe { kernel.compute::<wide::f32x4, 2>() },
        // SAFETY: as above.
        _ => unsafe { kernel.compute::<wide::f32x4, 1>() },
    }
}

/// # Safety
/// As [`run_on`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
unsafe fn avx512<const REGISTERS: usize>(kernel: &impl Kernel) {
    // SAFETY: AVX-512 is enabled here; the caller vouches for the rest.
    unsafe { kernel.compute::<std::arch::x86_64::__m512, REGISTERS>() }
}

/// # Safety
/// As [`run_on`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<const REGISTERS: usize>(kernel: &impl Kernel) {
    // SAFETY: AVX2 is enabled here; the caller vouches for the rest.
    unsafe { kernel.compute::<std::arch::x86_64::__m256, REGISTERS>() }
}

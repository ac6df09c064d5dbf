//! The instruction set, chosen when the program starts.
//!
//! One binary runs on every x86-64. The build assumes only the baseline (SSE2), and the program
//! asks the CPU for more. On 64-bit ARM, NEON is the baseline and nothing needs to be asked. Two
//! mechanisms use the answer:
//!
//! - [`dispatch`] compiles one body of plain Rust several times, once for each instruction set, and
//!   calls the best one. Loops over slices become wider vectors without another line of code. This
//!   is enough for everything that waits for memory.
//! - Matrix products wait for arithmetic, and for them the compiler is not enough. They have
//!   hand-written routines, in `gemm`.
//!
//! Other architectures take the portable path. With NEON, a dispatched loop is the same as on the
//! portable path, whose 128-bit vectors are NEON's there. The products differ: only the routines of
//! the NEON set multiply and add in one instruction, because plain Rust rounds in between.

#![allow(unsafe_code, reason = "calling code compiled for an instruction set is unsafe; this file is where it may be")]

use std::sync::atomic::{AtomicU8, Ordering};

/// An instruction set, from the narrowest to the widest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    /// The set that every target has: 128-bit vectors on x86-64 and 64-bit ARM.
    Portable,
    /// 64-bit ARM: 128 bits with fused multiply-adds (ARMv8 2011).
    Neon,
    /// x86-64 with AVX2 and FMA: 256 bits (Haswell 2013, Zen 2017).
    Avx2,
    /// x86-64 with AVX-512 F, VL, BW and DQ: 512 bits (Skylake-X 2017, Zen 4 2022).
    Avx512,
}

impl Isa {
    /// The name that command lines and records use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Neon => "neon",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// All sets that this CPU supports, the widest last.
    #[must_use]
    pub fn available() -> Vec<Self> {
        OF_ARCHITECTURE.iter().copied().filter(|&isa| isa <= detected()).collect()
    }

    /// Refuses a set that this CPU does not support. All calls of compiled routines rely on this
    /// check.
    ///
    /// # Panics
    /// If the CPU does not have it.
    pub(crate) fn assert_available(self) {
        self.assert_at_most(detected());
    }

    fn assert_at_most(self, widest: Self) {
        let is_here = OF_ARCHITECTURE.contains(&self) && self <= widest;
        assert!(is_here, "this processor has no {}, only {}", self.name(), widest.name());
    }
}

/// The sets that processors of this architecture may have, the widest last.
const OF_ARCHITECTURE: &[Isa] = if cfg!(target_arch = "x86_64") {
    &[Isa::Portable, Isa::Avx2, Isa::Avx512]
} else if cfg!(target_arch = "aarch64") {
    &[Isa::Portable, Isa::Neon]
} else {
    &[Isa::Portable]
};

/// The widest set that this CPU has.
fn detected() -> Isa {
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq");
        if avx2 && avx512 {
            return Isa::Avx512;
        }
        if avx2 {
            return Isa::Avx2;
        }
    }
    // A set of any other architecture is part of its baseline.
    if cfg!(target_arch = "x86_64") { Isa::Portable } else { OF_ARCHITECTURE[OF_ARCHITECTURE.len() - 1] }
}

/// The upper limit set by [`limit`], as `Isa as u8`.
static LIMIT: AtomicU8 = AtomicU8::new(Isa::Avx512 as u8);

/// The instruction set in use: the widest that the CPU has and [`limit`] allows.
#[must_use]
pub fn isa() -> Isa {
    let limit = match LIMIT.load(Ordering::Relaxed) {
        0 => Isa::Portable,
        1 => Isa::Neon,
        2 => Isa::Avx2,
        _ => Isa::Avx512,
    };
    #[cfg(test)]
    let limit = limit.min(*tests::NAMED);
    let widest = detected().min(limit);
    OF_ARCHITECTURE.iter().copied().rfind(|&isa| isa <= widest).unwrap_or(Isa::Portable)
}

/// Forces this process to use no set wider than `isa`, for tests and measurements of a narrower
/// one.
///
/// Call it before anything is computed, because different sets round differently.
pub fn limit(isa: Isa) {
    LIMIT.store(isa as u8, Ordering::Relaxed);
}

/// Runs `body` compiled for the instruction set [in use](isa).
///
/// A function that is not inlined is compiled for the baseline. `body` is therefore an
/// `#[inline(always)]` closure. It calls only `#[inline(always)]` functions of plain loops, and
/// starts no work on other threads. Without the attribute on `body` itself, a third of the loops of
/// this crate stay outside and run at the speed of the baseline.
///
/// The formula of a single element, which such a loop calls, needs no attribute if it is a closure
/// of a few operations: the compiler inlines it anyway, and its machine code is the same with and
/// without. Whether something is inlined changes no result.
#[inline]
pub fn dispatch<R>(body: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        let isa = isa();
        if isa == Isa::Avx512 {
            // SAFETY: `isa` is at most what `detected` found: avx512f, vl, bw, dq, avx2 and fma.
            return unsafe { with_avx512(body) };
        }
        if isa == Isa::Avx2 {
            // SAFETY: `isa` is at most what `detected` found: avx2 and fma.
            return unsafe { with_avx2(body) };
        }
    }
    body()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
fn with_avx512<R>(body: impl FnOnce() -> R) -> R {
    body()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<R>(body: impl FnOnce() -> R) -> R {
    body()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    /// The environment variable that makes all tests of a process run on a narrower set:
    /// `portable`, `neon`, `avx2` or `avx512`.
    const VARIABLE: &str = "TENSOR_ISA";

    /// The set that the variable names, or the widest one.
    pub(super) static NAMED: LazyLock<Isa> = LazyLock::new(|| {
        let Ok(name) = std::env::var(VARIABLE) else { return Isa::Avx512 };
        // A named set that is missing is an error. Silently testing a narrower one would prove
        // nothing.
        let isa = Isa::available().into_iter().find(|isa| isa.name() == name);
        isa.unwrap_or_else(|| panic!("{VARIABLE}={name}: this processor has no such set"))
    });

    #[test]
    #[should_panic(expected = "this processor has no avx512, only avx2")]
    #[cfg(target_arch = "x86_64")]
    fn a_set_that_is_missing_is_refused() {
        Isa::Avx2.assert_at_most(Isa::Avx2);
        Isa::Avx512.assert_at_most(Isa::Avx2);
    }

    #[test]
    #[should_panic(expected = "this processor has no ")]
    fn a_set_of_another_architecture_is_refused() {
        let foreign = if cfg!(target_arch = "x86_64") { Isa::Neon } else { Isa::Avx2 };
        foreign.assert_available();
    }

    /// Runs the tests of this crate again for every set that this CPU has, because a
    /// [dispatched](dispatch) loop runs only on the set in use.
    #[test]
    fn all_tests_pass_on_every_set() {
        if std::env::var_os(VARIABLE).is_some() {
            return; // this process is one of those runs
        }
        for isa in Isa::available() {
            let tests = std::env::current_exe().expect("the tests are a program");
            let output =
                std::process::Command::new(tests).env(VARIABLE, isa.name()).output().expect("it can be started");
            let told = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{}:\n{told}", isa.name());
        }
    }
}

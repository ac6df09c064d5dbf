//! One vector register, as the matrix routines need it, in four forms.

/// A register of `f32` lanes.
///
/// # Safety
/// The methods of an implementation may be called only where its instruction set is enabled. They
/// are meant to be inlined into a function with the right `#[target_feature]`.
pub(crate) trait Vector: Copy {
    /// The number of `f32` in a register.
    const LANES: usize;
    /// A register whose lanes are all 0.
    unsafe fn zero() -> Self;
    /// A register whose lanes are all `*from`.
    unsafe fn splat(from: *const f32) -> Self;
    /// The `LANES` numbers at `from`, which need no alignment.
    unsafe fn load(from: *const f32) -> Self;
    /// Writes the `LANES` numbers to `to`, which needs no alignment.
    unsafe fn store(self, to: *mut f32);
    /// Prefetches a line into the second-level cache, if that pays, because it will be read soon.
    /// The address need not exist.
    #[inline(always)]
    unsafe fn fetch(_address: *const f32) {}
    /// `self + other`.
    unsafe fn add(self, other: Self) -> Self;
    /// `a·b + self`, rounded once if the hardware can, and twice otherwise.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
    /// Calls `work`, compiled for the instruction set, as a function of its own. There, the
    /// compiler finds registers for a whole tile. In the middle of a routine it did not in every
    /// build, and spilled some of them in every round. Products then took up to three times as
    /// long.
    #[inline(never)]
    unsafe fn apart(work: impl FnOnce()) {
        work();
    }
}

/// Four lanes in plain Rust, for every architecture: SSE2 and NEON both have them. The product is
/// rounded before it is added.
impl Vector for wide::f32x4 {
    const LANES: usize = 4;
    #[inline(always)]
    unsafe fn zero() -> Self {
        Self::ZERO
    }
    #[inline(always)]
    unsafe fn splat(from: *const f32) -> Self {
        // SAFETY: the caller promises one readable number.
        Self::splat(unsafe { from.read() })
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller promises four readable numbers.
        Self::new(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller promises four writable numbers.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.to_array()) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self + other
    }
    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        a * b + self
    }
}

/// Four lanes of NEON, which adds a product with one rounding.
#[cfg(target_arch = "aarch64")]
mod arm {
    use std::arch::aarch64::*;

    use super::Vector;

    impl Vector for float32x4_t {
        const LANES: usize = 4;
        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: every 64-bit ARM has NEON.
            unsafe { vdupq_n_f32(0.0) }
        }
        #[inline(always)]
        unsafe fn splat(from: *const f32) -> Self {
            // SAFETY: the caller promises one readable number.
            unsafe { vld1q_dup_f32(from) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller promises four readable numbers.
            unsafe { vld1q_f32(from) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller promises four writable numbers.
            unsafe { vst1q_f32(to, self) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            // SAFETY: every 64-bit ARM has NEON.
            unsafe { vaddq_f32(self, other) }
        }
        #[inline(always)]
        unsafe fn add_product(self, a: Self, b: Self) -> Self {
            // SAFETY: every 64-bit ARM has NEON.
            unsafe { vfmaq_f32(self, a, b) }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::Vector;

    macro_rules! vector {
        ($register:ty, $lanes:literal, $zero:ident, $splat:ident, $load:ident, $store:ident, $add:ident, $fma:ident, $features:literal) => {
            impl Vector for $register {
                const LANES: usize = $lanes;
                #[inline(always)]
                unsafe fn zero() -> Self {
                    // SAFETY: the caller has enabled the instruction set.
                    unsafe { $zero() }
                }
                #[inline(always)]
                unsafe fn splat(from: *const f32) -> Self {
                    // SAFETY: the caller promises one readable number.
                    let number = unsafe { from.read() };
                    // SAFETY: the caller has enabled the instruction set.
                    unsafe { $splat(number) }
                }
                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: the caller has enabled the set and promises readable numbers.
                    unsafe { $load(from) }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    // SAFETY: the caller has enabled the set and promises writable numbers.
                    unsafe { $store(to, self) }
                }
                #[inline(always)]
                unsafe fn fetch(address: *const f32) {
                    // SAFETY: a hint, which reads nothing; the caller has enabled the set.
                    unsafe { _mm_prefetch::<_MM_HINT_T1>(address.cast()) }
                }
                #[inline(always)]
                unsafe fn add(self, other: Self) -> Self {
                    // SAFETY: the caller has enabled the instruction set.
                    unsafe { $add(self, other) }
                }
                #[inline(always)]
                unsafe fn add_product(self, a: Self, b: Self) -> Self {
                    // SAFETY: the caller has enabled the instruction set.
                    unsafe { $fma(a, b, self) }
                }
                #[inline(always)]
                unsafe fn apart(work: impl FnOnce()) {
                    #[inline(never)]
                    #[target_feature(enable = $features)]
                    fn call(work: impl FnOnce()) {
                        work();
                    }
                    // SAFETY: the caller has enabled the instruction set.
                    unsafe { call(work) }
                }
            }
        };
    }

    vector!(
        __m256,
        8,
        _mm256_setzero_ps,
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_add_ps,
        _mm256_fmadd_ps,
        "avx2,fma"
    );
    vector!(
        __m512,
        16,
        _mm512_setzero_ps,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_fmadd_ps,
        "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"
    );
}

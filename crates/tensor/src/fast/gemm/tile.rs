//! The innermost loop of every matrix product: a tile of the result, held in registers.
//!
//! A tile is up to [`ROWS`] rows by 1, 2 or 4 vector registers. For each `k` it loads the vectors
//! of one row of B, broadcasts one number of A per row, and multiplies and adds:
//!
//! ```text
//!            b₀  b₁  b₂  b₃         6 × 4 registers of sums, 4 of B, 1 of A: 29 of AVX-512's 32.
//!     a₀  →  c   c   c   c          Per k: 10 loads and 24 multiply-adds. A core that starts
//!     a₁  →  c   c   c   c          2 of each per cycle is busy with arithmetic 12 cycles out
//!     …      …   …   …   …          of 12, and the loads fit in between.
//!     a₅  →  c   c   c   c
//! ```
//!
//! NEON has 32 registers too, of 4 numbers each: a tile of the same 29, and 16 columns. AVX2 and
//! the portable path have 16 registers: 6 × 2 sums, 2 of B, 1 of A.
//!
//! A is read where it is stored, because a broadcast does not need contiguous numbers. For this
//! reason, a convolution can read pixels in place, with no im2col matrix and no packing. B is read
//! from a [panel](mod@super::panels), a contiguous copy that stays in the nearest caches while all
//! rows use it.
//!
//! When few rows share a panel, the next one has to come from a distant cache meanwhile. A tile
//! therefore prefetches one line for each k: as many tiles as a panel has lines across fetch the
//! next panel. The convolutions with the largest kernels take a tenth less time on an Intel core
//! (Sapphire Rapids). Four lines for each k, all in the first tile, were slower there than none.

#![allow(clippy::multiple_unsafe_ops_per_block, reason = "an address and what happens there are one thought")]

use super::vector::Vector;

/// The number of rows of a full tile.
pub(crate) const ROWS: usize = 6;

/// The number of columns of the widest tile of any instruction set: 4 registers of 16.
pub(crate) const MAX_COLUMNS: usize = 64;

/// The place of `A(i, k)`.
#[derive(Clone, Copy)]
pub(crate) enum Lhs<'a> {
    /// The rows of A are contiguous: `A(i, k) = a[rows[i] + k]`. There is one offset for each row
    /// of the tile.
    Rows(&'a [usize]),
    /// The columns of A are contiguous: `A(i, k) = a[columns[k] + i]`. There is one offset for each
    /// k.
    Columns(&'a [usize]),
}

/// The place of the rows of B.
#[derive(Clone, Copy)]
pub(crate) enum Panel<'a> {
    /// The rows follow one another: `B(k, j) = b[k·width + j]`. If there is an address, the line
    /// there is prefetched meanwhile, and for each k the one a row of B further on.
    Packed(&'a [f32], Option<*const f32>),
    /// The rows are anywhere: `B(k, j) = b[rows[k] + j]`. There is one offset for each k.
    Rows(&'a [f32], &'a [usize]),
}

/// Adds `A·B` to a tile of C: `c[c_rows[i] + j] += Σₖ A(i, k)·B(k, j)`.
///
/// The tile has `rows ≤ ROWS` rows and is `REGISTERS` vectors wide. The sum runs over `depth`
/// values of k.
///
/// # Safety
/// The instruction set of `V` is enabled where this is inlined; every `A(i, k)` is readable; the
/// `depth` rows of B are readable over `REGISTERS` vectors; `c_rows` has `rows` offsets of rows
/// that are writable over the tile's width, and used by no other thread.
#[inline(always)]
pub(crate) unsafe fn add_product<V: Vector, const REGISTERS: usize>(
    rows: usize,
    depth: usize,
    a: *const f32,
    lhs: Lhs<'_>,
    panel: Panel<'_>,
    c: *mut f32,
    c_rows: &[usize],
) {
    macro_rules! of_height {
        ($height:literal, $a:ident, $b:ident) => {{
            let c_rows: &[usize; $height] = c_rows[..$height].try_into().expect("a slice of that length");
            let a = $a!($height);
            // SAFETY: the caller's promises, passed on.
            unsafe {
                V::apart(
                    #[inline(always)]
                    || registers::<V, $height, REGISTERS>(depth, a, $b, c, c_rows),
                );
            }
        }};
    }
    macro_rules! of_any_height {
        ($a:ident, $b:ident) => {
            match rows {
                6 => of_height!(6, $a, $b),
                5 => of_height!(5, $a, $b),
                4 => of_height!(4, $a, $b),
                3 => of_height!(3, $a, $b),
                2 => of_height!(2, $a, $b),
                1 => of_height!(1, $a, $b),
                _ => unreachable!("a tile has 1 to {ROWS} rows, not {rows}"),
            }
        };
    }
    let packed = |b: &[f32], k: usize| {
        // SAFETY: the caller promises `depth` rows, one after the other.
        unsafe { b.as_ptr().add(k * REGISTERS * V::LANES) }
    };
    match lhs {
        Lhs::Rows(offsets) => {
            macro_rules! a {
                ($height:literal) => {{
                    let offsets: &[usize; $height] = offsets[..$height].try_into().expect("a slice of that length");
                    // SAFETY: the caller promises that the rows of A are readable over `depth`.
                    let row = offsets.map(|offset| unsafe { a.add(offset) });
                    // SAFETY: as above: i < height and k < depth.
                    move |i: usize, k: usize| unsafe { row[i].add(k) }
                }};
            }
            match panel {
                Panel::Packed(b, Some(next)) => {
                    let b = |k: usize| {
                        // SAFETY: the instruction set is enabled; the address need not exist.
                        unsafe { V::fetch(next.wrapping_add(k * REGISTERS * V::LANES)) };
                        packed(b, k)
                    };
                    of_any_height!(a, b);
                }
                Panel::Packed(b, None) => {
                    let b = |k: usize| packed(b, k);
                    of_any_height!(a, b);
                }
                Panel::Rows(..) => unreachable!("rows of A are multiplied with panels"),
            }
        }
        Lhs::Columns(offsets) => {
            let offsets = &offsets[..depth];
            // SAFETY: the caller promises that A(i, k) is readable.
            let at = |i: usize, k: usize| unsafe { a.add(*offsets.get_unchecked(k) + i) };
            macro_rules! a {
                ($height:literal) => {
                    at
                };
            }
            match panel {
                Panel::Packed(b, _) => {
                    let b = |k: usize| packed(b, k);
                    of_any_height!(a, b);
                }
                Panel::Rows(b, offsets) => {
                    let offsets = &offsets[..depth];
                    // SAFETY: the caller promises that the rows of B are readable over the width.
                    let b = |k: usize| unsafe { b.as_ptr().add(*offsets.get_unchecked(k)) };
                    of_any_height!(a, b);
                }
            }
        }
    }
}

/// The tile itself, with every extent known to the compiler, so that `sums` lives in registers.
///
/// # Safety
/// As [`add_product`]: `a` and `b` give readable addresses for each `k` below `depth`.
#[inline(always)]
unsafe fn registers<V: Vector, const HEIGHT: usize, const REGISTERS: usize>(
    depth: usize,
    a: impl Fn(usize, usize) -> *const f32,
    b: impl Fn(usize) -> *const f32,
    c: *mut f32,
    c_rows: &[usize; HEIGHT],
) {
    // SAFETY: the caller has enabled the instruction set.
    let zero = unsafe { V::zero() };
    let mut sums = [[zero; REGISTERS]; HEIGHT];
    for k in 0..depth {
        let row = b(k);
        // SAFETY: row k of B is readable over `REGISTERS` vectors, and k < depth.
        let b: [V; REGISTERS] = std::array::from_fn(|r| unsafe { V::load(row.add(r * V::LANES)) });
        for (i, sums) in sums.iter_mut().enumerate() {
            // SAFETY: A(i, k) is readable for i < HEIGHT and k < depth.
            let a = unsafe { V::splat(a(i, k)) };
            for (sum, b) in sums.iter_mut().zip(b) {
                // SAFETY: the caller has enabled the instruction set.
                *sum = unsafe { sum.add_product(a, b) };
            }
        }
    }
    for (sums, row) in sums.iter().zip(c_rows) {
        for (r, sum) in sums.iter().enumerate() {
            // SAFETY: the rows of C are writable over the tile's width, and no other thread uses
            // them.
            unsafe {
                let c = c.add(row + r * V::LANES);
                V::load(c).add(*sum).store(c);
            }
        }
    }
}

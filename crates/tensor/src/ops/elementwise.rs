//! The two loops behind every element-wise operator: chunks in parallel, each compiled for the
//! instruction set in use. An element depends on no other, so the chunks cannot show in the result.
//!
//! A function is passed by value, so that what it has captured (a slope, a factor) sits in a register.
//! Behind a reference it would be read again for every element, since the compiler cannot know that `y`
//! does not overlap it, and the loop would not become vectors.

use rayon::prelude::*;

use super::CHUNK;
use crate::{Buffer, simd};

/// `f(x)` for each `x`.
pub(super) fn map(x: &[f32], f: impl Fn(f32) -> f32 + Copy + Sync) -> Buffer {
    let mut y = Buffer::scratch(x.len());
    y.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(y, x)| simd::dispatch(|| map_chunk(f, x, y)));
    y
}

/// `f(a, b)` for each pair.
///
/// # Panics
/// If `a` and `b` differ in length, in the name of `op`.
pub(super) fn map2(op: &str, a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32 + Copy + Sync) -> Buffer {
    assert_eq!(a.len(), b.len(), "{op}: its two operands differ in length");
    let mut y = Buffer::scratch(a.len());
    (y.par_chunks_mut(CHUNK).zip(a.par_chunks(CHUNK)).zip(b.par_chunks(CHUNK)))
        .for_each(|((y, a), b)| simd::dispatch(|| map2_chunk(f, a, b, y)));
    y
}

#[inline(always)]
fn map_chunk(f: impl Fn(f32) -> f32, x: &[f32], y: &mut [f32]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = f(x);
    }
}

#[inline(always)]
fn map2_chunk(f: impl Fn(f32, f32) -> f32, a: &[f32], b: &[f32], y: &mut [f32]) {
    for ((y, &a), &b) in y.iter_mut().zip(a).zip(b) {
        *y = f(a, b);
    }
}

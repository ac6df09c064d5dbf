//! The loop behind every element-wise operator: chunks in parallel, each compiled for the
//! instruction set in use. An element depends on no other, so the chunks do not affect the result.
//!
//! A function is passed by value, so that its captured numbers (a slope, a factor) are in
//! registers. Behind a reference they would be read again for every element, because the compiler
//! cannot know that `y` does not overlap them, and the loop would not become vectors.

use crate::Buffer;
use crate::fast::parallel::CHUNK;
use crate::fast::{self, parallel};

/// Computes `f(x)` for each `x`.
pub(crate) fn map(x: &[f32], f: impl Fn(f32) -> f32 + Copy + Sync) -> Buffer {
    map_indexed(x, move |x, _| f(x))
}

/// Computes `f(a, b)` for each pair.
///
/// # Panics
/// If `a` and `b` differ in length. The message names `op`.
pub(crate) fn map2(op: &str, a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32 + Copy + Sync) -> Buffer {
    map2_indexed(op, a, b, move |a, b, _| f(a, b))
}

/// Computes `f(x, index)` for each `x`. `index` is the lower 32 bits of the element's index.
pub(crate) fn map_indexed(x: &[f32], f: impl Fn(f32, u32) -> f32 + Copy + Sync) -> Buffer {
    let mut y = Buffer::scratch(x.len());
    parallel::chunks_mut(&mut y, CHUNK, &|i, y| {
        let x = &x[i * CHUNK..][..y.len()];
        fast::dispatch(
            #[inline(always)]
            || map_chunk(f, i * CHUNK, x, y),
        );
    });
    y
}

/// Computes `f(a, b, index)` for each pair. `index` is the lower 32 bits of the pair's index.
///
/// # Panics
/// If `a` and `b` differ in length. The message names `op`.
pub(crate) fn map2_indexed(op: &str, a: &[f32], b: &[f32], f: impl Fn(f32, f32, u32) -> f32 + Copy + Sync) -> Buffer {
    assert_eq!(a.len(), b.len(), "{op}: its two operands differ in length");
    let mut y = Buffer::scratch(a.len());
    parallel::chunks_mut(&mut y, CHUNK, &|i, y| {
        let [a, b] = [a, b].map(|x| &x[i * CHUNK..][..y.len()]);
        fast::dispatch(
            #[inline(always)]
            || map2_chunk(f, i * CHUNK, a, b, y),
        );
    });
    y
}

#[inline(always)]
fn map_chunk(f: impl Fn(f32, u32) -> f32, first: usize, x: &[f32], y: &mut [f32]) {
    let first = first as u32;
    for (i, (y, &x)) in y.iter_mut().zip(x).enumerate() {
        *y = f(x, first.wrapping_add(i as u32));
    }
}

#[inline(always)]
fn map2_chunk(f: impl Fn(f32, f32, u32) -> f32, first: usize, a: &[f32], b: &[f32], y: &mut [f32]) {
    let first = first as u32;
    for (i, ((y, &a), &b)) in y.iter_mut().zip(a).zip(b).enumerate() {
        *y = f(a, b, first.wrapping_add(i as u32));
    }
}

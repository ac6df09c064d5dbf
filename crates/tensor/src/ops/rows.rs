//! Sums over the rows of a matrix, one per column.
//!
//! Activations are NHWC: seen as a matrix, a row is a pixel and a column is a channel. A bias
//! gathers its gradient by such sums, a batch norm its statistics and the gradients of its
//! parameters.
//!
//! Rows are cut into chunks of a constant number, each chunk fills its own partial sums, and the
//! partial sums are added in order of the chunks: the same bits for any number of threads. Sums are
//! `f64`, because there may be 100,000 rows: a sum in `f32` would lose two of its seven digits.

use std::ops::Range;

use rayon::prelude::*;

use super::CHUNK;
use crate::simd;

/// Elements per chunk of a tensor with this many channels: whole rows, about [`CHUNK`] in all.
pub(super) fn chunk(channels: usize) -> usize {
    (CHUNK / channels).max(1) * channels
}

/// The number of rows of `elements`.
///
/// # Panics
/// If they are no whole rows, in the name of `op`.
pub(super) fn count(op: &str, elements: usize, channels: usize) -> usize {
    assert!(
        0 < channels && elements.is_multiple_of(channels),
        "{op}: {elements} elements are no whole rows of {channels} channels"
    );
    elements / channels
}

/// Adds up `S` sums per channel over `elements` elements in rows.
///
/// `add` receives the elements of a chunk of whole rows and adds their terms to that chunk's sums,
/// which start at 0.
pub(super) fn sums<const S: usize>(
    elements: usize,
    channels: usize,
    add: impl Fn(Range<usize>, [&mut [f64]; S]) + Sync,
) -> [Vec<f64>; S] {
    let chunk = chunk(channels);
    let mut partials = vec![0.0; elements.div_ceil(chunk) * S * channels];
    partials.par_chunks_mut(S * channels).enumerate().for_each(|(i, partial)| {
        let range = i * chunk..elements.min((i + 1) * chunk);
        let mut rest = partial;
        let sums = std::array::from_fn(|_| rest.split_off_mut(..channels).expect("S sums per channel"));
        simd::dispatch(|| add(range, sums));
    });
    std::array::from_fn(|s| {
        let mut total = vec![0.0; channels];
        for partial in partials.chunks_exact(S * channels) {
            for (total, term) in total.iter_mut().zip(&partial[s * channels..]) {
                *total += term;
            }
        }
        total
    })
}

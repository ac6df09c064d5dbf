//! One parallel loop over the chunks of all tensors of a network.
//!
//! A network has large kernels and small biases. Cut into chunks and put in one list, fifty biases
//! are not fifty parallel loops. The chunks depend on the shapes alone, and results come back in
//! the order of the chunks, so the number of threads cannot show.

use rayon::prelude::*;
use tensor::fast;

pub(crate) use tensor::fast::CHUNK;

/// `work(chunk)` for each chunk, compiled for the instruction set in use; the results in order.
///
/// `work` should be `#[inline(always)]`, for the reason that [`fast::dispatch`] gives.
pub(crate) fn each<C: Send, R: Send>(chunks: Vec<C>, work: impl Fn(C) -> R + Sync) -> Vec<R> {
    let compiled = |chunk| {
        fast::dispatch(
            #[inline(always)]
            || work(chunk),
        )
    };
    chunks.into_par_iter().map(compiled).collect()
}

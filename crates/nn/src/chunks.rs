//! One parallel loop over the chunks of all tensors of a network.
//!
//! A network has large kernels and small biases. All tensors are cut into chunks and put in one
//! list, so that fifty biases do not need fifty parallel loops. The chunks depend only on the
//! shapes, and the results come back in the order of the chunks. The number of threads therefore
//! cannot affect a result.

use tensor::fast;

pub(crate) use tensor::fast::CHUNK;

/// Calls `work(chunk)` for each chunk, compiled for the instruction set in use. Returns the results
/// in order.
///
/// `work` should be an `#[inline(always)]` closure: [`fast::dispatch`] compiles it once for each
/// instruction set, and a function that is not inlined is compiled once, for the oldest processor.
pub(crate) fn each<C: Send, R: Send>(chunks: Vec<C>, work: impl Fn(C) -> R + Sync) -> Vec<R> {
    let mut slots: Vec<(Option<C>, Option<R>)> = chunks.into_iter().map(|chunk| (Some(chunk), None)).collect();
    fast::chunks_mut(&mut slots, 1, &|_, slot| {
        let (chunk, result) = &mut slot[0];
        let chunk = chunk.take().expect("each task takes its own chunk");
        *result = Some(fast::dispatch(
            #[inline(always)]
            || work(chunk),
        ));
    });
    slots.into_iter().map(|(_, result)| result.expect("each task leaves a result")).collect()
}

//! Work on all cores, cut by the extents alone.
//!
//! The loops of rayon are generic, and every body gets copies of its own of all that splits, steals
//! and joins: a third of the time in which this crate compiled. Bodies are called through a pointer
//! here, which costs nothing beside a chunk of work.

use rayon::prelude::*;

/// Elements per task of an element-wise pass: 64 KiB, so that a chunk of two or three operands fits
/// into a core's second-level cache. A constant, so that results cannot depend on the number of
/// threads.
pub const CHUNK: usize = 16 * 1024;

/// `work(i)` for each `i` below `count`, each a task of its own.
pub(crate) fn tasks(count: usize, work: &(dyn Fn(usize) + Sync)) {
    (0..count).into_par_iter().with_max_len(1).for_each(work);
}

/// `work(i, chunk)` for each chunk of `len` elements, of which the last may be shorter.
///
/// # Panics
/// If `len` is 0.
pub(crate) fn chunks_mut<T: Send>(elements: &mut [T], len: usize, work: &(dyn Fn(usize, &mut [T]) + Sync)) {
    elements.par_chunks_mut(len).enumerate().for_each(|(i, chunk)| work(i, chunk));
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn everything_once() {
        let mut elements = [0; 11];
        chunks_mut(&mut elements, 4, &|i, chunk| {
            let len = chunk.len();
            chunk.iter_mut().for_each(|x| *x += 10 * i + len);
        });
        assert_eq!([4, 4, 4, 4, 14, 14, 14, 14, 23, 23, 23], elements);
        chunks_mut(&mut [0; 0], 4, &|_, _| panic!("there is no chunk"));

        let calls: [AtomicUsize; 5] = Default::default();
        tasks(5, &|i| {
            calls[i].fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!([1; 5], calls.map(AtomicUsize::into_inner));
    }
}

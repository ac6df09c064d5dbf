//! Work on all cores, cut into tasks: by the extents, and where no bit depends on it by the number
//! of threads.
//!
//! The loops of rayon are generic, so every body gets its own copies of the code that splits,
//! steals and joins. These copies took a third of the compile time of this crate. Here, bodies are
//! called through a pointer, which costs nothing compared with a chunk of work.
//!
//! A loop can be [watched](mod@super::watch). Its tasks then run one after the other on the calling
//! thread, with the same results.

use rayon::prelude::*;

use super::watch::{self, Mark};

/// The number of elements of a task of an element-wise pass: 64 KiB. A chunk of two or three
/// operands then fits into a core's second-level cache. It is a constant, so that results cannot
/// depend on the number of threads.
pub const CHUNK: usize = 16 * 1024;

/// The number of threads that share the tasks. It may decide which tasks there are only where no
/// bit depends on that.
pub(crate) fn threads() -> usize {
    watch::threads().unwrap_or_else(rayon::current_num_threads)
}

/// The number of multiply-adds below which a loop stays on its thread: some ten microseconds of
/// work. To wake another thread takes as long, and one image of a narrow generator needs a dozen
/// such loops: with two threads, an Intel Xeon then made fewer images a second than with one.
const FEW_PRODUCTS: usize = 1 << 21;

/// The number of threads that share so many `products`.
pub(crate) fn threads_for(products: usize) -> usize {
    if products < FEW_PRODUCTS { 1 } else { threads() }
}

/// Calls `work(i)` for each `i` below `count`, each as a task of its own. Together they make
/// `products` multiply-adds, those with the padding of panels included.
pub(crate) fn tasks(count: usize, products: usize, work: &(dyn Fn(usize) + Sync)) {
    if products < FEW_PRODUCTS {
        return (0..count).for_each(work);
    }
    if let Some(watcher) = watch::watcher() {
        return one_by_one(&*watcher, 0..count, work);
    }
    (0..count).into_par_iter().with_max_len(1).for_each(work);
}

/// Calls `work(i, chunk)` for each chunk of `len` elements. The last chunk may be shorter.
///
/// # Panics
/// If `len` is 0.
pub fn chunks_mut<T: Send>(elements: &mut [T], len: usize, work: &(dyn Fn(usize, &mut [T]) + Sync)) {
    if let Some(watcher) = watch::watcher() {
        return one_by_one(&*watcher, elements.chunks_mut(len).enumerate(), |(i, chunk)| work(i, chunk));
    }
    elements.par_chunks_mut(len).enumerate().for_each(|(i, chunk)| work(i, chunk));
}

/// The same on this thread, for a watcher.
fn one_by_one<I>(watcher: &dyn Fn(Mark), tasks: impl Iterator<Item = I>, work: impl Fn(I)) {
    watcher(Mark::LoopBegins);
    for task in tasks {
        work(task);
        watcher(Mark::TaskIsDone);
    }
    watcher(Mark::LoopEnds);
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
        tasks(5, FEW_PRODUCTS, &|i| {
            calls[i].fetch_add(1, Ordering::Relaxed);
        });
        tasks(5, 0, &|i| {
            calls[i].fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!([2; 5], calls.map(AtomicUsize::into_inner));
    }
}

//! Where the parallel loops of a computation begin and end, and their tasks, for an observer.
//!
//! The engine knows no clock. An observer that has one learns how long each task takes on one
//! thread, and can compute what any number of cores would make of them. While nobody watches, a
//! loop asks once whether somebody does.

use std::cell::RefCell;
use std::rc::Rc;

/// A point of a computation that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A parallel loop begins, and its first task if it has any. Loops can be inside tasks.
    LoopBegins,
    /// A task of the innermost loop is done. The next one begins, if there is one.
    TaskIsDone,
    /// The innermost loop ends.
    LoopEnds,
}

type Watcher = Rc<dyn Fn(Mark)>;

thread_local! {
    static WATCHER: RefCell<Option<(usize, Watcher)>> = const { RefCell::new(None) };
}

/// Runs `run`, cut into tasks for `threads` threads, and tells `watcher` about its parallel loops.
///
/// Their tasks run one after the other on this thread. The result is the same as without a watcher,
/// because no bit depends on how the work is cut.
pub fn watched<R>(threads: usize, watcher: impl Fn(Mark) + 'static, run: impl FnOnce() -> R) -> R {
    /// The watch that this one is inside, which goes on when this one ends, even if `run` panics.
    struct Outer(Option<(usize, Watcher)>);
    impl Drop for Outer {
        fn drop(&mut self) {
            WATCHER.set(self.0.take());
        }
    }
    let _outer = Outer(WATCHER.replace(Some((threads, Rc::new(watcher)))));
    run()
}

/// The watcher of this thread, if it has one.
pub(super) fn watcher() -> Option<Watcher> {
    WATCHER.with_borrow(|watch| watch.as_ref().map(|(_, watcher)| Rc::clone(watcher)))
}

/// The number of threads for which work is cut under a watcher.
pub(super) fn threads() -> Option<usize> {
    WATCHER.with_borrow(|watch| watch.as_ref().map(|(threads, _)| *threads))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fast::parallel;

    #[test]
    fn a_loop_inside_a_task_is_seen_inside_it() {
        use Mark::{LoopBegins, LoopEnds, TaskIsDone};
        let marks = Rc::new(RefCell::new(vec![]));
        let seen = Rc::clone(&marks);
        let mut elements = [0; 3];
        watched(
            7,
            move |mark| seen.borrow_mut().push(mark),
            || {
                assert_eq!(7, parallel::threads());
                parallel::chunks_mut(&mut elements, 2, &|i, chunk| {
                    parallel::tasks(i, usize::MAX, &|_| ());
                    chunk.fill(i + 1);
                });
            },
        );
        assert_eq!([1, 1, 2], elements);
        let empty = [LoopBegins, LoopEnds, TaskIsDone];
        let of_one = [LoopBegins, TaskIsDone, LoopEnds, TaskIsDone];
        assert_eq!([&[LoopBegins][..], &empty, &of_one, &[LoopEnds]].concat(), *marks.borrow());

        parallel::tasks(2, usize::MAX, &|_| ());
        assert_eq!(9, marks.borrow().len(), "the watch has ended");
    }

    #[test]
    fn a_watch_goes_on_after_one_inside_it() {
        let threads = watched(
            2,
            |_| (),
            || {
                watched(3, |_| (), || ());
                parallel::threads()
            },
        );
        assert_eq!(2, threads);
    }
}

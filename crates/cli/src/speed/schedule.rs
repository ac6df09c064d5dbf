//! List scheduling: how long some cores take for recorded tasks.
//!
//! A core that is free takes the task that became ready first (Graham 1969). No core is ever idle
//! while a task is ready, so the time is at most twice the shortest possible.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::recording::{Stretch, Task};

/// A task under way.
struct Running<'a> {
    stretches: &'a [Stretch],
    /// The tasks of its own loop that are not done.
    children: usize,
    /// The task whose loop it belongs to.
    parent: Option<usize>,
}

/// The seconds that `cores` cores take for `task` and the loops in it. What moves and starts tasks
/// costs nothing.
///
/// # Panics
/// If there are no cores.
pub(super) fn seconds(task: &Task, cores: usize) -> f64 {
    assert!(0 < cores, "a schedule needs a core");
    let mut tasks = vec![Running { stretches: task, children: 0, parent: None }];
    let mut ready = VecDeque::from([0]);
    // Ends of stretches, in nanoseconds, which have an order.
    let mut ends: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let mut now = 0;
    loop {
        while ends.len() < cores
            && let Some(i) = ready.pop_front()
        {
            let [stretch, rest @ ..] = tasks[i].stretches else {
                if let Some(parent) = tasks[i].parent {
                    tasks[parent].children -= 1;
                    if tasks[parent].children == 0 {
                        ready.push_front(parent);
                    }
                }
                continue;
            };
            tasks[i].stretches = rest;
            match stretch {
                Stretch::Alone(seconds) => ends.push(Reverse((now + (seconds * 1e9).round() as u64, i))),
                Stretch::Tasks(children) if children.is_empty() => ready.push_front(i),
                Stretch::Tasks(children) => {
                    tasks[i].children = children.len();
                    ready.extend(tasks.len()..tasks.len() + children.len());
                    let child = |stretches| Running { stretches, children: 0, parent: Some(i) };
                    tasks.extend(children.iter().map(|stretches| child(&stretches[..])));
                }
            }
        }
        let Some(Reverse((end, i))) = ends.pop() else { break };
        now = end;
        ready.push_front(i); // its core goes on with it
    }
    now as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::Stretch::{Alone, Tasks};
    use super::*;

    #[test]
    fn equal_tasks_share_the_cores_evenly() {
        let task = vec![Alone(1.0), Tasks(vec![vec![Alone(1.0)]; 6]), Alone(1.0)];
        let found = [1, 2, 3, 4, 6, 100].map(|cores| seconds(&task, cores));
        assert_eq!([8.0, 5.0, 4.0, 4.0, 3.0, 3.0], found);
    }

    #[test]
    fn a_long_last_task_is_waited_for() {
        let task = vec![Tasks(vec![vec![Alone(1.0)], vec![Alone(1.0)], vec![Alone(5.0)]])];
        assert_eq!([7.0, 6.0, 5.0], [1, 2, 3].map(|cores| seconds(&task, cores)));
    }

    /// Two tasks, each with a loop of four. Eight cores do all of these at once. Of two or four
    /// cores, one ends the first task before it takes its part of the other's loop. So the last
    /// part of that loop begins a second late, and at the end one core works alone.
    #[test]
    fn loops_inside_tasks_are_shared_too() {
        let inner = vec![Alone(1.0), Tasks(vec![vec![Alone(2.0)]; 4]), Alone(1.0)];
        let task = vec![Tasks(vec![inner; 2]), Tasks(vec![])];
        assert_eq!([20.0, 11.0, 7.0, 4.0], [1, 2, 4, 8].map(|cores| seconds(&task, cores)));
    }
}

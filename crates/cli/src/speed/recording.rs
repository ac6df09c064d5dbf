//! The tasks of a step with their times on one thread.
//!
//! A step makes the same loops with the same tasks every time, so several steps give several times
//! of the same tasks. The median of each is free of what else the machine did meanwhile.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use gallery::numbers::median;
use tensor::fast::{self, Mark};
use tensor::{Direction, Tape};

/// A stretch of work.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stretch {
    /// On one core, in seconds.
    Alone(f64),
    /// Tasks that any cores may share. The work goes on when all are done.
    Tasks(Vec<Task>),
}

/// What one core does, in order.
pub(super) type Task = Vec<Stretch>;

/// What ended a stretch of time.
#[derive(Clone, Debug, PartialEq)]
enum Event {
    Mark(Mark),
    /// An operation of this name.
    Operation(String),
}

/// Events of a step, with the seconds that passed before each of them.
type Entries = Vec<(Event, f64)>;

/// What is recorded of the step under way.
struct Log {
    last: Instant,
    entries: Entries,
    /// What the operations of all steps read and wrote at least.
    bytes: usize,
}

/// A recorder of steps that are cut into tasks for some number of cores.
#[derive(Clone)]
pub(super) struct Recording {
    cores: usize,
    log: Rc<RefCell<Log>>,
    /// The logs of whole steps.
    steps: Rc<RefCell<Vec<Entries>>>,
}

impl Recording {
    pub(super) fn new(cores: usize) -> Self {
        let log = Log { last: Instant::now(), entries: vec![], bytes: 0 };
        Self { cores, log: Rc::new(RefCell::new(log)), steps: Rc::default() }
    }

    /// A tape whose operations are recorded.
    pub(super) fn tape(&self) -> Tape {
        self.event(between_the_tapes);
        let this = self.clone();
        Tape::observed(move |seen| {
            let (direction, tensors) = match seen.direction {
                Direction::Forward => ("forward", 2),
                Direction::Backward => ("backward", 3),
            };
            this.event(|| Event::Operation(format!("{} {:?} {direction}", seen.op.name, seen.value.shape())));
            this.log.borrow_mut().bytes += tensors * size_of_val(seen.value.data());
        })
    }

    /// Records one `step`, on this thread alone.
    pub(super) fn record<R>(&self, step: impl FnOnce() -> R) -> R {
        let this = self.clone();
        self.log.borrow_mut().last = Instant::now();
        let result = fast::watched(self.cores, move |mark| this.event(|| Event::Mark(mark)), step);
        self.event(between_the_tapes);
        self.steps.borrow_mut().push(std::mem::take(&mut self.log.borrow_mut().entries));
        result
    }

    /// The operations of a step in their order, with the median times of all recorded steps.
    ///
    /// # Panics
    /// If no step was recorded, or if the steps differ in more than their times.
    pub(super) fn operations(&self) -> Vec<(String, Task)> {
        let steps = self.steps.borrow();
        let first = steps.first().expect("a step was recorded");
        for step in steps.iter() {
            assert!(step.iter().map(|(event, _)| event).eq(first.iter().map(|(event, _)| event)), "equal steps");
        }
        let times = (0..first.len()).map(|i| median(steps.iter().map(|step| step[i].1).collect()));
        operations(first.iter().map(|(event, _)| event.clone()).zip(times))
    }

    /// The bytes that the operations of a step read and write at least, but for the parameters: a
    /// value is written once and read once, and its gradient is computed from two operands.
    pub(super) fn least_bytes(&self) -> u64 {
        (self.log.borrow().bytes / self.steps.borrow().len()) as u64
    }

    fn event(&self, event: impl FnOnce() -> Event) {
        let now = Instant::now();
        let mut log = self.log.borrow_mut();
        let seconds = (now - log.last).as_secs_f64();
        log.entries.push((event(), seconds));
        log.last = Instant::now(); // what recording takes is nobody's
    }
}

fn between_the_tapes() -> Event {
    Event::Operation("between the tapes: Adam, norms, noise".to_owned())
}

/// Builds the tasks from the events of a step.
fn operations(events: impl Iterator<Item = (Event, f64)>) -> Vec<(String, Task)> {
    let mut operations = vec![];
    let mut task: Task = vec![];
    // For each loop that is open: its finished tasks, and the task that it is part of.
    let mut open: Vec<(Vec<Task>, Task)> = vec![];
    for (event, seconds) in events {
        task.push(Stretch::Alone(seconds));
        match event {
            Event::Operation(name) => operations.push((name, std::mem::take(&mut task))),
            Event::Mark(Mark::LoopBegins) => open.push((vec![], std::mem::take(&mut task))),
            Event::Mark(Mark::TaskIsDone) => {
                let (tasks, _) = open.last_mut().expect("a task is inside a loop");
                tasks.push(std::mem::take(&mut task));
            }
            Event::Mark(Mark::LoopEnds) => {
                let (tasks, outer) = open.pop().expect("a loop ends after it has begun");
                task = outer;
                task.push(Stretch::Tasks(tasks));
            }
        }
    }
    operations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_are_inside_the_tasks_that_make_them() {
        use Mark::{LoopBegins, LoopEnds, TaskIsDone};
        let marks = [LoopBegins, LoopBegins, TaskIsDone, LoopEnds, TaskIsDone, TaskIsDone, LoopEnds];
        let events = marks.map(Event::Mark).into_iter().chain([Event::Operation("both".to_owned())]);
        let found = operations(events.zip([1.0, 2.0, 3.0, 0.0, 4.0, 5.0, 0.0, 6.0]));
        let alone = Stretch::Alone;
        let inner = Stretch::Tasks(vec![vec![alone(3.0)]]);
        let outer = Stretch::Tasks(vec![vec![alone(2.0), inner, alone(4.0)], vec![alone(5.0)]]);
        assert_eq!(vec![("both".to_owned(), vec![alone(1.0), outer, alone(6.0)])], found);
    }

    #[test]
    fn a_step_is_recorded_with_its_loops() {
        let recording = Recording::new(2);
        for _ in 0..3 {
            recording.record(|| fast::chunks_mut(&mut [0; 5], 2, &|_, chunk| chunk.fill(1)));
        }
        let operations = recording.operations();
        assert!(
            matches!(&operations[..], [(_, task)] if matches!(&task[1], Stretch::Tasks(tasks) if tasks.len() == 3))
        );
    }
}

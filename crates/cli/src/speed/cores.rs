//! `speed --cores N`: what N cores would make of a step, computed from its tasks on this machine.
//!
//! A real step is cut into tasks for so many cores. The tasks are recorded with their times on one
//! thread, and list scheduling shares them among the cores. The parts between the loops stay on one
//! core, as they do in the step.
//!
//! The model leaves out what many cores share or have to say to one another: the bandwidth of the
//! memory and of the last cache, the clock that falls when all cores compute, and the hand-over of
//! tasks. Nor does it know that a thread of rayon takes half of the tasks that are left and not one
//! after the other. The bandwidth has a bound of its own: every operation reads its operands and
//! writes its result at least once, so that a step of `t` seconds needs `bytes/t`.

use std::fmt::Write;

use serde::Serialize;
use tensor::Tape;
use tensor::fast;

use crate::progress::count;

use super::recording::{Recording, Task};
use super::{Training, Workload, roofline, schedule};
use runs::Error;

/// The report; the fields are the keys of `--json`.
#[derive(Debug, Serialize)]
pub struct CoresReport {
    model: &'static str,
    recipe: &'static str,
    batch_size: usize,
    isa: &'static str,
    /// The threads of the measured step.
    threads: usize,
    /// A step on these threads, measured.
    measured_ms: f64,
    /// The tasks of a step that is cut for one core.
    one_core_ms: f64,
    /// From one core to the most.
    by_cores: Vec<OnCores>,
    /// Bytes that a step reads and writes at least.
    least_bytes: u64,
    /// What this machine's memory moves at its best, in 10⁹ bytes per second.
    bandwidth_gb_per_second: f64,
    /// The operations, those first whose time on the most cores is longest.
    ops: Vec<Operation>,
}

/// A step on some cores.
#[derive(Debug, Serialize)]
struct OnCores {
    cores: usize,
    step_ms: f64,
    /// One core's time over theirs.
    times_one: f64,
    /// `least_bytes` over their time, in 10⁹ per second.
    needed_gb_per_second: f64,
}

/// All calls of an operation in a step.
#[derive(Debug, Serialize)]
struct Operation {
    op: String,
    one_core_ms: f64,
    most_cores_ms: f64,
}

/// Records steps of `workload` and computes what up to `most` cores would make of them.
///
/// # Errors
/// If there are no such networks or no memory for them, or training breaks.
pub fn measure(workload: &Workload, most: usize) -> Result<CoresReport, Error> {
    let mut training = Training::warmed_up(workload)?;
    let measured_seconds = training.median_step(workload.steps)?;
    let cores: Vec<usize> = (0..).map(|i| 1 << i).take_while(|&cores| cores < most).chain([most]).collect();
    let recordings: Vec<Recording> = cores.iter().map(|&cores| Recording::new(cores)).collect();
    let progress = count((workload.steps * recordings.len()) as u64, "steps");
    // In turn, so that what else the machine does meets all alike.
    for recording in (0..workload.steps).flat_map(|_| &recordings) {
        let observed = recording.clone();
        training.gan.tapes = Box::new(move || observed.tape());
        recording.record(|| training.step())?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    training.gan.tapes = Box::new(Tape::new);
    let recorded: Vec<_> = recordings.iter().map(Recording::operations).collect();

    let step = |(operations, &cores): (&Vec<(String, Task)>, &usize)| -> f64 {
        operations.iter().map(|(_, task)| schedule::seconds(task, cores)).sum()
    };
    let one = step((&recorded[0], &1));
    let least_bytes = recordings[0].least_bytes() + training.parameter_bytes();
    let by_cores = recorded.iter().zip(&cores).map(|(operations, cores)| {
        let seconds = step((operations, cores));
        let needed_gb_per_second = least_bytes as f64 / seconds / 1e9;
        OnCores { cores: *cores, step_ms: seconds * 1e3, times_one: one / seconds, needed_gb_per_second }
    });
    let by_cores = by_cores.collect();
    let mut ops: Vec<Operation> = vec![];
    for ((name, on_one), (_, on_most)) in recorded[0].iter().zip(&recorded[cores.len() - 1]) {
        let one_core_ms = schedule::seconds(on_one, 1) * 1e3;
        let most_cores_ms = schedule::seconds(on_most, most) * 1e3;
        match ops.iter_mut().find(|seen| seen.op == *name) {
            Some(seen) => {
                seen.one_core_ms += one_core_ms;
                seen.most_cores_ms += most_cores_ms;
            }
            None => ops.push(Operation { op: name.clone(), one_core_ms, most_cores_ms }),
        }
    }
    ops.sort_by(|a, b| b.most_cores_ms.total_cmp(&a.most_cores_ms));
    Ok(CoresReport {
        model: workload.model,
        recipe: workload.recipe,
        batch_size: workload.batch_size,
        isa: fast::isa().name(),
        threads: rayon::current_num_threads(),
        measured_ms: measured_seconds * 1e3,
        one_core_ms: one * 1e3,
        by_cores,
        least_bytes,
        bandwidth_gb_per_second: roofline::bandwidth_gb_per_second(),
        ops,
    })
}

impl CoresReport {
    /// The report for programs: the keys are the fields.
    #[must_use]
    pub fn json(&self) -> String {
        format!("{:#}", serde_json::json!(self))
    }

    /// The report for people.
    #[must_use]
    pub fn table(&self) -> String {
        let Self { model, recipe, batch_size, isa, threads, measured_ms, one_core_ms, .. } = self;
        let mut table = String::new();
        let mut line = |text: String| {
            let _ = writeln!(table, "{text}"); // writing to a String cannot fail
        };
        let most = self.by_cores.last().map_or(1, |on| on.cores);
        line(format!("{model}, {recipe}, batch {batch_size}, {isa}: the tasks of a step, shared by list scheduling"));
        line(format!("measured      {measured_ms:8.1} ms on {threads} threads"));
        line(format!("tasks         {one_core_ms:8.1} ms one after the other"));
        line(String::new());
        line("cores        ms   times one   GB/s needed".to_owned());
        for OnCores { cores, step_ms, times_one, needed_gb_per_second } in &self.by_cores {
            line(format!("{cores:5} {step_ms:9.2} {times_one:11.2} {needed_gb_per_second:13.1}"));
        }
        line(String::new());
        line(format!(
            "Left out: bandwidth, shared caches, clocks, the hand-over of tasks. A step moves {:.2} GB at least,",
            self.least_bytes as f64 / 1e9
        ));
        line(format!(
            "which take {:.1} ms at the {:.1} GB/s of this machine: memory of that speed allows {:.1} times one core.",
            self.least_bytes as f64 / self.bandwidth_gb_per_second / 1e6,
            self.bandwidth_gb_per_second,
            one_core_ms * 1e6 * self.bandwidth_gb_per_second / self.least_bytes as f64,
        ));
        line(String::new());
        line(format!("{:<58}   1 core {most:4} cores   times", "ms of a step, by operation"));
        for Operation { op, one_core_ms, most_cores_ms } in &self.ops {
            let times = one_core_ms / most_cores_ms;
            line(format!("  {op:<56} {one_core_ms:8.2} {most_cores_ms:10.3} {times:7.1}"));
        }
        table
    }
}

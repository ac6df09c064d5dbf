//! What a run would be: its networks layer by layer, its memory, its time. Nothing is written.
//!
//! The time is measured: real steps on real images, a row of samples, a checkpoint (without the
//! disk) and an evaluation, each multiplied by how often the run would make it.

use std::fmt::Write;
use std::hint::black_box;
use std::io;
use std::time::{Duration, Instant};

use crate::datasets::Dataset;
use crate::group::Ranks;
use crate::memory::peak_rss_bytes;
use crate::progress::{plural, times};
use dcgan::config::Config;
use dcgan::feed::Feed;
use dcgan::gan::Gan;
use dcgan::models::{Layer, step_multiply_adds};
use dcgan::sample;
use gallery::chart;
use gallery::numbers::duration;
use gallery::provenance::{PictureKind, Provenance};
use judge::figures::Evaluator;
use ranks::meter::Meter;
use runs::Error;
use runs::checkpoint::{Checkpoint, fingerprint};
use runs::evaluations;
use tensor::Shards;

/// Steps are measured until there are three of them, and this time has passed.
const AT_LEAST: Duration = Duration::from_secs(1);

/// Pixels a side from which on pictures are mostly not worth their time. 1,200 steps of width 128
/// on 400 drawings of 128×128 gave skies above grounds, and no thing on them.
const LARGE: usize = 128;

/// Makes a few steps of the run that `config` describes, and says what the whole run would take,
/// with the evaluations of `evaluator`.
///
/// Every rank of a group calls it, and rank 0 prints what it says.
///
/// # Errors
/// If the networks cannot be built, or the first steps already fail.
pub(crate) fn dry_run(
    config: &Config,
    dataset: &Dataset,
    evaluator: Option<&Evaluator>,
    ranks: &Ranks,
) -> Result<String, Error> {
    let mut gan = Gan::start(config)?;
    let (group, traffic) = Meter::of(ranks.group());
    gan.shards = Shards::new(config.training.shards, group);
    let mut feed = Feed::new(&config.training, &dataset.images);
    feed.step(&mut gan)?; // the first one allocates
    let measured = traffic.take();
    let mut steps = 0u32;
    let step = step_time(&|more| ranks.group().gather(vec![f64::from(u8::from(more))])[0] > 0.0, || {
        steps += 1;
        feed.step(&mut gan).map(drop)
    })?;
    let exchange = traffic.take().time / steps;
    let sample = timed(|| {
        if let Ok(row) = sample::row(&gan, config) {
            black_box(
                Provenance::here(PictureKind::Samples, config.training.seed, gan.step, fingerprint(&gan), 1)
                    .to_png(&row),
            );
        }
        black_box(chart::losses(&[]).to_png(&[]));
    });
    let mut file = Counter { bytes: 0 };
    let save = timed(|| drop(black_box(Checkpoint::of(&gan, config).write_to(&mut file))));
    let evaluate =
        evaluator.map(|evaluator| timed(|| drop(black_box(evaluations::EvaluationRow::of(&gan, 1, evaluator)))));

    let total = config.total_steps();
    let schedule = &config.schedule;
    let samples = total.div_ceil(schedule.sample_every); // the last step has one, too
    let saves = total.div_ceil(schedule.checkpoint_every.unwrap_or(config.steps_per_epoch()));
    let evaluations = schedule.evaluate_every.zip(evaluate).map(|(every, time)| (total / every, time));
    let all = [(total, step), (samples, sample), (saves, save), evaluations.unwrap_or_default()];
    let whole =
        all.map(|(count, time)| times(time, count as f64)).into_iter().fold(Duration::ZERO, Duration::saturating_add);

    let (generator, discriminator) = (gan.generator.layers(), gan.discriminator.layers());
    let batch_size = config.training.batch_size;
    let (size, channels, images) = (config.model.size, config.model.channels, config.data.images);
    let mut text = String::new();
    let mut line = |line: String| {
        let _ = writeln!(text, "{line}"); // writing to a String cannot fail
    };
    line(format!(
        "{} of {}, {size}×{size}×{channels}, in batches of {batch_size}",
        plural(images as u64, "image"),
        dataset.path.display()
    ));
    line(String::new());
    for (name, layers) in [("generator", &generator), ("discriminator", &discriminator)] {
        line(format!("{name:<32} {:>16} {:>14} {:>16}", "output", "parameters", "multiply-adds"));
        for Layer { name, output, parameters, multiply_adds, .. } in layers {
            let output = output.iter().map(ToString::to_string).collect::<Vec<_>>().join("×");
            let name = name.split_once('/').map_or(&**name, |(_, layer)| layer);
            line(format!("  {name:<30} {output:>16} {parameters:>14} {multiply_adds:>16}"));
        }
        let parameters: usize = layers.iter().map(|layer| layer.parameters).sum();
        let multiply_adds: u64 = layers.iter().map(|layer| layer.multiply_adds).sum();
        line(format!("  {:<30} {:>16} {parameters:>14} {multiply_adds:>16}", "together, per image", ""));
        line(String::new());
    }
    let count = step_multiply_adds(&generator, &discriminator, batch_size) as f64;
    let (count, unit) = if count < 1e8 { (count / 1e6, "million") } else { (count / 1e9, "billion") };
    let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
    line(format!("a step      {:.3} s for {count:.1} {unit} multiply-adds", step.as_secs_f64()));
    if 1 < config.training.shards {
        let (shards, local) = (config.training.shards, config.training.shards / ranks.size());
        let among = if 1 < ranks.size() { ranks.size() } else { shards };
        let bytes = megabytes(measured.bytes(among, shards, local));
        let calls = measured.calls;
        line(match ranks.size() {
            1 => format!("exchange    none; {shards} ranks would each send {bytes} MB for each step, in {calls} calls"),
            _ => format!(
                "exchange    {bytes} MB sent by each of {among} ranks for each step, in {calls} calls: {:.3} s, {:.0} % of the step",
                exchange.as_secs_f64(),
                100.0 * exchange.as_secs_f64() / step.as_secs_f64()
            ),
        });
    }
    let (steps, epochs) = (plural(total, "step"), plural(config.total_epochs(), "epoch"));
    line(format!("the run     {steps} in {epochs}: {}", duration(whole)));
    let each = [sample, save].map(|time| time.as_secs_f64());
    let (samples, saves) = (plural(samples, "row"), plural(saves, "checkpoint"));
    line(format!("            {samples} of samples at {:.3} s, {saves} at {:.3} s", each[0], each[1]));
    if let Some((count, time)) = evaluations {
        line(format!("            {} at {:.3} s", plural(count, "evaluation"), time.as_secs_f64()));
    }
    if let Some(bytes) = peak_rss_bytes() {
        line(format!("memory      {} MB at most", megabytes(bytes)));
    }
    line(format!("on disk     {} MB for each checkpoint", megabytes(file.bytes)));
    if LARGE <= size {
        line(format!(
            "advice      expect layouts and colours at {size}×{size}, and hardly things: Radford et al. stop at 64×64, and \
             --size 64 takes a fraction of the time"
        ));
    }
    line("nothing was written".to_owned());
    Ok(text)
}

/// A file that only has a length.
struct Counter {
    bytes: u64,
}

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The median time of a step: the first ones find cold caches and a slow clock, and a mean would
/// count them. `agreed` gives all ranks the same answer, that of rank 0.
fn step_time<E>(agreed: &dyn Fn(bool) -> bool, mut step: impl FnMut() -> Result<(), E>) -> Result<Duration, E> {
    let started = Instant::now();
    let mut times = vec![];
    while agreed(times.len() < 3 || started.elapsed() < AT_LEAST) {
        let before = Instant::now();
        step()?;
        times.push(before.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn timed(act: impl FnOnce()) -> Duration {
    let started = Instant::now();
    act();
    started.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_first_steps_do_not_count() {
        let mut calls = 0;
        let step = step_time(&|more| more, || {
            calls += 1;
            std::thread::sleep(Duration::from_millis(if calls <= 2 { 400 } else { 10 }));
            Ok::<_, ()>(())
        });
        let step = step.unwrap();
        assert!(Duration::from_millis(10) <= step && step < Duration::from_millis(100), "{step:?}");
    }
}

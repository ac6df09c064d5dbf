//! The measurement: every rung is checked on integers, then timed in turn with the others.
//!
//! Rounds are interleaved: each round times every rung once, and the two roofs, so that a machine
//! that slows down slows all of them. A time is the median of the rounds, and the spread is the
//! distance of its quartiles over it. A roof is the best of the rounds.

use std::hint::black_box;
use std::time::Instant;

use book_examples::ladder::{BESIDE, RUNGS, Rung};
use rayon::ThreadPool;
use serde::Serialize;
use tensor::fast::measure::{bandwidth, peak};
use tensor::ops::conv2d::reference;
use tensor::{Axis, Window, check};

/// Images in a batch of the article.
pub(crate) const BATCH: usize = 64;

/// How long a rung runs in each round, in seconds, if one call does not take longer.
const SLICE: f64 = 0.06;

/// A wide convolution of the article's discriminator for MNIST.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layer {
    pub(crate) name: &'static str,
    pub(crate) window: Window,
    pub(crate) ci: usize,
    pub(crate) co: usize,
}

impl Layer {
    pub(crate) fn named(name: &str) -> Option<Self> {
        let layer = |name, input, ci, co| {
            let axis = Axis::same(input, 3, 2);
            Self { name, window: Window { down: axis, across: axis }, ci, co }
        };
        [layer("d2", 14, 128, 256), layer("d3", 7, 256, 512)].into_iter().find(|layer| layer.name == name)
    }

    /// Floating-point operations of one pass over `n` images, padding included.
    fn operations(&self, n: usize) -> f64 {
        2.0 * (n * self.window.output_pixels() * self.window.kernel_taps() * self.ci * self.co) as f64
    }

    /// `x`, `w` and `dy` for `n` images.
    fn operands(&self, n: usize, fill: fn(u64, usize) -> Vec<f32>) -> [Vec<f32>; 3] {
        let Self { window, ci, co, .. } = *self;
        let lengths = [n * window.input_pixels() * ci, window.kernel_taps() * ci * co, n * window.output_pixels() * co];
        [fill(1, lengths[0]), fill(2, lengths[1]), fill(3, lengths[2])]
    }
}

/// The names of the passes, in the order of [`Rung::passes`].
pub(crate) const DIRECTIONS: [&str; 3] = ["forward", "dx", "dw"];

/// A rung's measured time.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Step {
    pub(crate) number: usize,
    pub(crate) name: &'static str,
    pub(crate) threads: usize,
    /// The images that were computed. The time is scaled to a batch of 64.
    pub(crate) images: usize,
    pub(crate) ms: f64,
    pub(crate) gflops: f64,
    /// The share of the peak of all threads.
    pub(crate) share_of_peak: f64,
    /// How many times as fast as the rung before; `None` for the first.
    pub(crate) times_before: Option<f64>,
    pub(crate) spread: f64,
    pub(crate) waits_for: &'static str,
}

impl Step {
    /// A rung whose calls took the seconds of these quartiles.
    fn new(
        layer: &Layer,
        rung: &Rung,
        [lower, middle, upper]: [f64; 3],
        peak_gflops: f64,
        before: Option<&Self>,
    ) -> Self {
        let gflops = layer.operations(images(rung)) / middle / 1e9;
        Self {
            number: rung.number,
            name: rung.name,
            threads: if rung.is_parallel { rayon::current_num_threads() } else { 1 },
            images: images(rung),
            ms: 1e3 * middle * BATCH as f64 / images(rung) as f64,
            gflops,
            share_of_peak: gflops / peak_gflops,
            times_before: before.map(|before| gflops / before.gflops),
            spread: (upper - lower) / middle,
            waits_for: rung.waits_for,
        }
    }
}

/// All rungs of one pass.
#[derive(Debug, Serialize)]
pub(crate) struct Climb {
    pub(crate) direction: &'static str,
    pub(crate) rungs: Vec<Step>,
    /// Another library's product, on one thread.
    pub(crate) matrixmultiply: Step,
    /// Multiply-adds at their best, in 10⁹ operations per second, on one thread.
    pub(crate) peak_gflops_one_thread: f64,
    /// The same on all threads.
    pub(crate) peak_gflops: f64,
    /// The distance of its quartiles over the best.
    pub(crate) peak_spread: f64,
    /// Bytes that the memory moves at its best, in 10⁹ per second, on all threads.
    pub(crate) bandwidth_gb_per_second: f64,
}

/// The images that a rung computes: the slow ones get fewer.
fn images(rung: &Rung) -> usize {
    match rung.number {
        0 => 4,
        1 => 16,
        _ => BATCH,
    }
}

/// Compares every rung with the reference on small integers, for two images of the layer.
pub(crate) fn check(layer: &Layer, direction: usize) {
    let extents = [2, layer.ci, layer.co];
    let operands = layer.operands(2, check::integers);
    let [left, right] = sides(direction, &operands);
    let truth = match direction {
        0 => reference::forward(layer.window, extents, left, right),
        1 => reference::input_gradient(layer.window, extents, left, right),
        _ => reference::kernel_gradient(layer.window, extents, left, right),
    };
    for rung in RUNGS.iter().chain([&BESIDE]) {
        check::exact(&rung.passes[direction](layer.window, extents, left, right), &truth);
    }
}

/// The operands of a pass.
fn sides(direction: usize, [x, w, dy]: &[Vec<f32>; 3]) -> [&[f32]; 2] {
    [[x, w], [w, dy], [x, dy]][direction].map(|side| &side[..])
}

/// The mean time of a call of one rung, in seconds. Operands are those of a whole batch.
fn time(layer: &Layer, direction: usize, rung: &Rung, operands: &[Vec<f32>; 3], one_thread: &ThreadPool) -> f64 {
    let n = images(rung);
    let part = |operand: usize| match &operands[operand] {
        w if operand == 1 => &w[..], // the kernel is the same for any number of images
        images => &images[..images.len() / BATCH * n],
    };
    let [left, right] = [[0, 1], [1, 2], [0, 2]][direction].map(part);
    let pass = rung.passes[direction];
    let call = || drop(black_box(pass(layer.window, [n, layer.ci, layer.co], black_box(left), black_box(right))));
    if rung.is_parallel { seconds_of(call) } else { one_thread.install(|| seconds_of(call)) }
}

/// Times every rung of one pass.
pub(crate) fn climb(layer: &Layer, direction: usize, rounds: usize, one_thread: &ThreadPool) -> Climb {
    let operands = layer.operands(BATCH, check::noise);
    let rungs: Vec<&Rung> = RUNGS.iter().chain([&BESIDE]).collect();
    let mut times = vec![vec![]; rungs.len()];
    let [mut one_peak, mut peak, mut moved] = [vec![], vec![], vec![]];
    let mut memory = [(); 3].map(|()| vec![1.0_f32; 16 << 20]); // 64 MiB each: more than the caches hold
    for _ in 0..rounds {
        for (rung, times) in rungs.iter().zip(&mut times) {
            times.push(time(layer, direction, rung, &operands, one_thread));
        }
        one_peak.push(rate(|| one_thread.install(multiply_adds)));
        let on_all = || rayon::broadcast(|_| multiply_adds()).into_iter().sum();
        let _: u64 = on_all(); // a core that slept needs a moment to be there
        peak.push(rate(on_all));
        let [a, b, c] = &mut memory;
        moved.push(rate(|| bandwidth::triad(a, b, c)));
    }
    let peak_gflops = best(&peak);
    let [lower, _, upper] = quartiles(peak);
    let mut steps: Vec<Step> = Vec::new();
    for (rung, times) in rungs.into_iter().zip(times) {
        let step = Step::new(layer, rung, quartiles(times), peak_gflops, steps.last());
        steps.push(step);
    }
    let matrixmultiply = Step { times_before: None, ..steps.pop().expect("it was measured last") };
    Climb {
        direction: DIRECTIONS[direction],
        rungs: steps,
        matrixmultiply,
        peak_gflops_one_thread: best(&one_peak),
        peak_gflops,
        peak_spread: (upper - lower) / peak_gflops,
        bandwidth_gb_per_second: best(&moved),
    }
}

/// The mean time of a call, in seconds, over as many as fit into the slice after one that is not
/// counted.
fn seconds_of(call: impl Fn()) -> f64 {
    let started = Instant::now();
    call();
    let calls = (SLICE / started.elapsed().as_secs_f64()).clamp(1.0, 40.0) as usize;
    let started = Instant::now();
    (0..calls).for_each(|_| call());
    started.elapsed().as_secs_f64() / calls as f64
}

/// About 10 ms of multiply-adds.
fn multiply_adds() -> u64 {
    peak::multiply_adds(2_000_000)
}

/// What a call says it did, in 10⁹ per second.
fn rate(call: impl FnOnce() -> u64) -> f64 {
    let started = Instant::now();
    let done = call();
    done as f64 / started.elapsed().as_secs_f64() / 1e9
}

/// The best of all rounds: a roof is what the machine can do when nothing disturbs it.
fn best(rates: &[f64]) -> f64 {
    rates.iter().copied().fold(0.0, f64::max)
}

/// The lower quartile, the median and the upper quartile.
fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| {
        let place = quarter as f64 / 4.0 * (values.len() - 1) as f64;
        let [below, above] = [place.floor(), place.ceil()].map(|place| values[place as usize]);
        below + (above - below) * place.fract()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_the_values() {
        assert_eq!([2.0, 3.0, 4.0], quartiles(vec![5.0, 1.0, 3.0, 2.0, 4.0]));
        assert_eq!([1.25, 1.5, 1.75], quartiles(vec![2.0, 1.0]));
        assert_eq!([7.0; 3], quartiles(vec![7.0]));
    }

    #[test]
    fn the_layer_is_the_articles() {
        let d2 = Layer::named("d2").expect("it is listed");
        assert_eq!((7, 7, (0, 1)), (d2.window.down.output, d2.window.across.output, d2.window.down.pad));
        assert_eq!(2.0 * 64.0 * 49.0 * 9.0 * 128.0 * 256.0, d2.operations(BATCH));
        assert!(Layer::named("d9").is_none());
    }
}

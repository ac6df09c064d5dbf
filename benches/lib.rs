//! Criterion benches of kernels and of whole steps, on the shapes of the article's networks.
//!
//! `cargo bench` climbs the rungs: the naive `reference`, then the portable kernels, AVX2 and AVX-512, each as far as the
//! CPU has it. Throughput is printed in elements per second, where an element is a floating-point operation (so
//! `Gelem/s` reads GFLOP/s), or in bytes for what waits for memory: each operand counts as read once and each result as
//! written once, however often a kernel passes over them. What a cache holds can be faster than memory.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use tensor::fast::{self, Isa};
use tensor::{Axis, Window};

/// Images in a batch of the article.
pub const BATCH: usize = 64;

/// A group that is quick: what is measured here takes milliseconds.
pub fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group
}

/// What a bench calls.
pub type Call<'a> = Box<dyn Fn() + 'a>;

/// A call of `work`, whatever it returns.
pub fn call<'a, T>(work: impl Fn() -> T + 'a) -> Call<'a> {
    Box::new(move || drop(black_box(work())))
}

/// An operation that waits for memory.
pub struct Sweep<'a> {
    /// What is benched, such as `tanh forward`.
    pub name: &'static str,
    /// Numbers that it reads and writes at least.
    pub numbers: usize,
    /// What runs.
    pub fast: Call<'a>,
    /// The bottom rung, where there is one.
    pub reference: Option<Call<'a>>,
}

/// Benches each operation on every rung.
pub fn sweeps(criterion: &mut Criterion, name: &str, sweeps: &[Sweep<'_>]) {
    let mut group = group(criterion, name);
    for Sweep { name, numbers, fast, reference } in sweeps {
        group.throughput(Throughput::Bytes((numbers * size_of::<f32>()) as u64));
        if let Some(reference) = reference {
            group.bench_function(format!("{name}/reference"), |bencher| bencher.iter(reference));
        }
        for isa in Isa::available() {
            fast::limit(isa);
            group.bench_function(format!("{name}/{}", isa.name()), |bencher| bencher.iter(fast));
        }
    }
    group.finish();
}

/// A wide convolution of the article's MNIST networks. The transposed ones are named by the convolution they transpose.
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    /// G or D and its number in the article.
    pub name: &'static str,
    /// How the kernel slides.
    pub window: Window,
    /// Channels of the larger image.
    pub ci: usize,
    /// Channels of the smaller image.
    pub co: usize,
    /// Whether the layer goes from the smaller image to the larger.
    pub transposed: bool,
}

impl Layer {
    /// Floating-point operations of one pass (forward, or one gradient), counted as the article's networks are:
    /// padding included, two per multiply-add.
    #[must_use]
    pub fn flops(&self) -> u64 {
        2 * (BATCH * self.window.output_pixels() * self.window.kernel_taps() * self.ci * self.co) as u64
    }
}

/// The wide convolutions of the article's MNIST networks.
#[must_use]
pub fn layers() -> Vec<Layer> {
    let square = |axis| Window { down: axis, across: axis };
    let layer = |name, axis, ci, co, transposed| Layer { name, window: square(axis), ci, co, transposed };
    vec![
        layer("G2", Axis::transposed_valid(4, 4, 1), 256, 512, true),
        layer("G3", Axis::transposed_same(7, 3, 2), 128, 256, true),
        layer("D2", Axis::same(14, 3, 2), 128, 256, false),
        layer("D3", Axis::same(7, 3, 2), 256, 512, false),
    ]
}

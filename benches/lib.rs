//! Criterion benches of kernels and of whole steps, on the shapes of the article's networks.
//!
//! `cargo bench` climbs the rungs: the naive `reference`, then the portable kernels, AVX2 and AVX-512, each as far as the
//! CPU has it. Throughput is printed in elements per second, where an element is a floating-point operation (so
//! `Gelem/s` reads GFLOP/s) or a byte for what waits for memory.

use tensor::{Axis, Window};

/// Images in a batch of the article.
pub const BATCH: usize = 64;

/// A convolution of the article's MNIST networks. The transposed ones are named by the convolution they transpose.
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

/// The convolutions of the article's MNIST networks.
#[must_use]
pub fn layers() -> Vec<Layer> {
    let square = |axis| Window { y: axis, x: axis };
    let layer = |name, axis, ci, co, transposed| Layer { name, window: square(axis), ci, co, transposed };
    vec![
        layer("G2", Axis::transposed_valid(4, 4, 1), 256, 512, true),
        layer("G3", Axis::transposed_same(7, 3, 2), 128, 256, true),
        layer("G4", Axis::transposed_same(14, 3, 2), 1, 128, true),
        layer("D1", Axis::same(28, 3, 2), 1, 128, false),
        layer("D2", Axis::same(14, 3, 2), 128, 256, false),
        layer("D3", Axis::same(7, 3, 2), 256, 512, false),
    ]
}

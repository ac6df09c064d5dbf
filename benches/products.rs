//! The products that a training step is made of: wide convolutions, forward and both gradients, rung by rung; and plain
//! matrix products beside the `matrixmultiply` crate, the baseline.

#![allow(missing_docs, reason = "Criterion's macros write functions without")]

use std::hint::black_box;

use benches::{BATCH, Layer, group, layers};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tensor::fast::measure::matrixmultiply_baseline;
use tensor::fast::{self, Isa};
use tensor::ops::{conv2d, matmul};
use tensor::{Tensor, check};

fn convolutions(criterion: &mut Criterion) {
    for layer in layers() {
        let Layer { name, window, ci, co, transposed } = layer;
        let extents = [BATCH, ci, co];
        let large = check::noise(1, BATCH * window.input_pixels() * ci);
        let kernel = Tensor::new(&[window.kernel_taps(), ci, co], check::noise(2, window.kernel_taps() * ci * co));
        let small = check::noise(3, BATCH * window.output_pixels() * co);
        let to_small = if transposed { "dx" } else { "forward" };
        let to_large = if transposed { "forward" } else { "dx" };
        let mut group = group(criterion, name);
        group.throughput(Throughput::Elements(layer.flops()));
        for isa in Isa::available() {
            fast::limit(isa);
            let isa = isa.name();
            group.bench_function(format!("{to_small}/{isa}"), |bencher| {
                bencher.iter(|| conv2d::forward(window, extents, black_box(&large), black_box(kernel.data()), None));
            });
            group.bench_function(format!("{to_large}/{isa}"), |bencher| {
                bencher.iter(|| conv2d::input_gradient(window, extents, black_box(kernel.data()), black_box(&small)));
            });
            group.bench_function(format!("dw/{isa}"), |bencher| {
                bencher.iter(|| conv2d::kernel_gradient(window, extents, black_box(&large), black_box(&small)));
            });
        }
        // The bottom rung, on one image: sixty-four of them would take a minute.
        let (large, small) = (&large[..large.len() / BATCH], &small[..small.len() / BATCH]);
        group.throughput(Throughput::Elements(layer.flops() / BATCH as u64));
        group.bench_function(format!("{to_small}/reference"), |bencher| {
            bencher
                .iter(|| conv2d::reference::forward(window, [1, ci, co], black_box(large), black_box(kernel.data())));
        });
        group.bench_function("dw/reference", |bencher| {
            bencher
                .iter(|| conv2d::reference::kernel_gradient(window, [1, ci, co], black_box(large), black_box(small)));
        });
        group.finish();
    }
}

/// `[m, n, k]` of G's dense layer, and of a square product that fits no cache.
const MATRICES: [[usize; 3]; 2] = [[BATCH, 8192, 100], [1024, 1024, 1024]];

fn matrices(criterion: &mut Criterion) {
    for [m, n, k] in MATRICES {
        let (a, b) = (check::noise(1, m * k), check::noise(2, k * n));
        let mut group = group(criterion, &format!("matmul {m}x{n}x{k}"));
        group.throughput(Throughput::Elements(2 * (m * n * k) as u64));
        for isa in Isa::available() {
            fast::limit(isa);
            for (name, transpose) in [("plain", [false, false]), ("left", [true, false]), ("right", [false, true])] {
                group.bench_function(format!("{name}/{}", isa.name()), |bencher| {
                    bencher.iter(|| matmul::forward([m, n, k], transpose, black_box(&a), black_box(&b)));
                });
            }
        }
        let mut c = vec![0.0; m * n];
        group.bench_function("plain/matrixmultiply, one thread", |bencher| {
            bencher.iter(|| matrixmultiply_baseline::matmul([m, n, k], black_box(&a), black_box(&b), &mut c));
        });
        group.finish();
    }
}

criterion_group!(products, convolutions, matrices);
criterion_main!(products);

//! The convolutions between images and the first wide layer: D's first, and the one that G's last transposes.
//!
//! With 1 or 3 channels on one side they move more than they compute.

#![allow(missing_docs, reason = "Criterion's macros write functions without")]

use benches::{BATCH, Sweep, call, sweeps};
use criterion::{Criterion, criterion_group, criterion_main};
use tensor::check::noise;
use tensor::fast::conv::im2col;
use tensor::ops::conv2d;
use tensor::{Axis, Window};

/// Channels on the wide side.
const CO: usize = 128;

/// Extent and channels of the images.
const IMAGES: [[usize; 2]; 2] = [[28, 1], [32, 3]];

fn convolutions(criterion: &mut Criterion) {
    for [extent, ci] in IMAGES {
        let axis = Axis::same(extent, 3, 2);
        let (window, extents) = (Window { down: axis, across: axis }, [BATCH, ci, CO]);
        let image = noise(1, BATCH * window.input_pixels() * ci);
        let kernel = noise(2, window.kernel_taps() * ci * CO);
        let maps = noise(3, BATCH * window.output_pixels() * CO);
        let columns = noise(4, BATCH * window.output_pixels() * window.kernel_taps() * ci);
        let (image, kernel, maps) = (&image[..], &kernel[..], &maps[..]);
        let all = image.len() + kernel.len() + maps.len();
        let table = [
            Sweep {
                name: "D forward, G dx",
                numbers: all,
                fast: call(|| conv2d::forward(window, extents, image, kernel, None)),
                reference: Some(call(|| conv2d::reference::forward(window, extents, image, kernel))),
            },
            Sweep {
                name: "D dx, G forward",
                numbers: all,
                fast: call(|| conv2d::input_gradient(window, extents, kernel, maps)),
                reference: Some(call(|| conv2d::reference::input_gradient(window, extents, kernel, maps))),
            },
            Sweep {
                name: "dW",
                numbers: all,
                fast: call(|| conv2d::kernel_gradient(window, extents, image, maps)),
                reference: Some(call(|| conv2d::reference::kernel_gradient(window, extents, image, maps))),
            },
            Sweep {
                name: "im2col gather",
                numbers: image.len() + columns.len(),
                fast: call(|| im2col::gather(window, BATCH, ci, image)),
                reference: None,
            },
            Sweep {
                name: "im2col scatter",
                numbers: image.len() + columns.len(),
                fast: call(|| im2col::scatter(window, BATCH, ci, &columns, None)),
                reference: None,
            },
        ];
        sweeps(criterion, &format!("thin {extent}x{extent}x{ci}"), &table);
    }
}

criterion_group!(thin, convolutions);
criterion_main!(thin);

//! Chapter 6: how many taps of a transposed convolution reach each pixel.
//!
//! A kernel of 3 with stride 2 reaches neighbouring pixels once and twice in turn, and in two
//! dimensions once, twice and four times: a checkerboard, before any training. A kernel of 4 is a
//! multiple of its stride and reaches all pixels equally often, but those at the edges.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use tensor::{Axis, Window};

/// For each pixel of the large picture, the taps that reach it.
fn counts(window: Window) -> Vec<usize> {
    let mut counts = vec![0; window.input_pixels()];
    for tap in window.taps() {
        for (large, _small) in tap.pairs {
            counts[large] += 1;
        }
    }
    counts
}

fn main() {
    let one = Axis::valid(1, 1, 1); // a picture of one row
    for kernel in [3, 4] {
        let x = Axis::transposed_same(7, kernel, 2);
        println!("kernel {kernel}, stride 2, 7 → {} pixels, padding {:?}", x.input, x.pad);
        println!("  a row:");
        print(x.input, &counts(Window { down: one, across: x }));
        println!("  a picture:");
        print(x.input, &counts(Window { down: x, across: x }));
        println!();
    }
}

fn print(width: usize, counts: &[usize]) {
    for row in counts.chunks(width) {
        let row: Vec<String> = row.iter().map(usize::to_string).collect();
        println!("    {}", row.join(" "));
    }
}

//! Chapter 7: what ten layers do to the size of numbers, with batch norm and without.
//!
//! Each layer is a matrix product and a leaky ReLU. The weights are a little too small on purpose:
//! half of Glorot's deviation. It prints the standard deviation behind each layer.
//! `activations FIGURE.svg` also draws the histograms behind layers 1, 4, 7 and 10.
//!
//! All arithmetic is that of the references in `f64`, so the output is the same everywhere.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use std::fmt::Write;

use tensor::check::{noise, to_f64};
use tensor::ops::{batch_norm, leaky_relu, matmul};

const ROWS: usize = 256;
const UNITS: usize = 64;
const LAYERS: usize = 10;
/// Bins of the histogram from −3 to 3.
const BINS: usize = 36;

/// The numbers behind each layer, before its leaky ReLU.
fn run(normalise: bool) -> Vec<Vec<f64>> {
    let mut x = to_f64(&noise(1, ROWS * UNITS));
    let mut all = Vec::new();
    for layer in 0..LAYERS {
        // Glorot's uniform limit for as many inputs as outputs is √(3/n).
        let limit = 0.5 * (3.0 / UNITS as f64).sqrt();
        let w: Vec<f64> = to_f64(&noise(100 + layer as u64, UNITS * UNITS)).iter().map(|w| w * limit).collect();
        let mut y = matmul::reference::forward([ROWS, UNITS, UNITS], [false, false], &x, &w);
        if normalise {
            y = batch_norm::reference::forward(1e-3, &y, &[1.0; UNITS], &[0.0; UNITS]);
        }
        x = leaky_relu::reference::forward(0.01, &y);
        all.push(y);
    }
    all
}

fn deviation(x: &[f64]) -> f64 {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    (x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / x.len() as f64).sqrt()
}

/// One row of four histograms; `top` is its upper edge.
fn row(svg: &mut String, top: usize, name: &str, layers: &[Vec<f64>]) {
    writeln!(svg, "<text x=\"20\" y=\"{}\" fill=\"currentColor\">{name}</text>", top + 16).unwrap();
    for (column, layer) in [0, 3, 6, 9].into_iter().enumerate() {
        let left = 20 + 155 * column;
        let mut bins = [0usize; BINS];
        for x in &layers[layer] {
            let bin = ((x + 3.0) * BINS as f64 / 6.0).floor();
            if (0.0..BINS as f64).contains(&bin) {
                bins[bin as usize] += 1;
            }
        }
        let tallest = bins.iter().max().copied().unwrap_or(1).max(1);
        for (i, count) in bins.iter().enumerate().filter(|(_, count)| 0 < **count) {
            let height = (100 * count).div_ceil(tallest);
            let (x, y) = (left + 4 * i, top + 130 - height);
            writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"4\" height=\"{height}\" fill=\"#4a7dbd\" fill-opacity=\"0.6\"/>"
            )
            .unwrap();
        }
        let (right, middle, base) = (left + 4 * BINS, left + 2 * BINS, top + 130);
        writeln!(svg, "<path d=\"M{left} {base}H{right}\" stroke=\"currentColor\"/>").unwrap();
        for (x, label) in [(left + 10, "−3"), (middle, "0"), (right - 6, "3")] {
            writeln!(
                svg,
                "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"currentColor\">{label}</text>",
                base + 18
            )
            .unwrap();
        }
        writeln!(
            svg,
            "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\" fill=\"currentColor\">layer {}</text>",
            base + 38,
            layer + 1
        )
        .unwrap();
    }
}

fn main() {
    let [without, with] = [false, true].map(run);
    println!("standard deviation behind each layer");
    println!("layer   without norm   with norm");
    for (layer, (without, with)) in without.iter().zip(&with).enumerate() {
        println!("{:5}   {:12.5}   {:9.5}", layer + 1, deviation(without), deviation(with));
    }
    if let Some(file) = std::env::args().nth(1) {
        let mut svg = String::from(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 380\" role=\"img\" \
             font-family=\"sans-serif\" font-size=\"16\">\n",
        );
        row(&mut svg, 4, "without batch norm", &without);
        row(&mut svg, 196, "with batch norm", &with);
        svg.push_str("</svg>\n");
        std::fs::write(&file, svg).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

//! Chapter 13: the Fréchet distance of two Gaussians in two dimensions, by hand and by the judge.
//!
//! ```text
//! d² = |m₁ − m₂|² + tr C₁ + tr C₂ − 2·tr √(C₁C₂)
//! ```
//!
//! The root of a 2 × 2 matrix M with eigenvalues `a` and `b`, both positive, has the trace
//! `√a + √b`. Squared, this is `a + b + 2√(ab) = tr M + 2√(det M)`, and needs no eigenvalue.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use judge::figures::frechet::{Gaussian, distance};

type Matrix = [[f64; 2]; 2];

fn trace(m: Matrix) -> f64 {
    m[0][0] + m[1][1]
}

fn determinant(m: Matrix) -> f64 {
    m[0][0] * m[1][1] - m[0][1] * m[1][0]
}

fn product(a: Matrix, b: Matrix) -> Matrix {
    [0, 1].map(|i| [0, 1].map(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j]))
}

/// `d²`, with every part of it printed.
fn by_hand(means: [[f64; 2]; 2], [c1, c2]: [Matrix; 2]) -> f64 {
    let of_means = (means[0][0] - means[1][0]).powi(2) + (means[0][1] - means[1][1]).powi(2);
    let both = product(c1, c2);
    let root = (trace(both) + 2.0 * determinant(both).sqrt()).sqrt();
    println!("  |m₁ − m₂|²   {of_means:8.4}");
    println!("  tr C₁        {:8.4}", trace(c1));
    println!("  tr C₂        {:8.4}", trace(c2));
    println!("  tr C₁C₂      {:8.4}", trace(both));
    println!("  det C₁C₂     {:8.4}", determinant(both));
    println!("  tr √(C₁C₂)   {root:8.4}");
    of_means + trace(c1) + trace(c2) - 2.0 * root
}

fn main() {
    let round = [[1.0, 0.0], [0.0, 1.0]];
    let cases = [
        ("the same", [[0.0, 0.0], [0.0, 0.0]], [round, round]),
        ("moved by (3, 4)", [[0.0, 0.0], [3.0, 4.0]], [round, round]),
        ("half as wide", [[0.0, 0.0], [0.0, 0.0]], [round, [[0.25, 0.0], [0.0, 0.25]]]),
        ("collapsed to a line", [[0.0, 0.0], [0.0, 0.0]], [round, [[1.0, 0.0], [0.0, 0.0]]]),
        ("turned", [[0.0, 0.0], [1.0, 0.0]], [[[2.0, 1.0], [1.0, 2.0]], [[2.0, -1.0], [-1.0, 2.0]]]),
    ];
    for (name, means, covariances) in cases {
        println!("{name}");
        let by_hand = by_hand(means, covariances);
        let [one, two] = [0, 1].map(|side: usize| Gaussian {
            mean: means[side].to_vec(),
            covariance: covariances[side].iter().map(|row| row.to_vec()).collect(),
        });
        let by_judge = distance(&one, &two);
        println!("  d²           {by_hand:8.4}   by the judge {by_judge:.4}\n");
        assert!((by_hand - by_judge).abs() <= 1e-9, "the judge says {by_judge}");
    }
}

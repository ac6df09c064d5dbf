//! Chapter 3: the slope of a function against the gradient that the tape computes.
//!
//! The function is `⟨dy, tanh(x·w)⟩`, with random `x`, `w` and `dy`. Its slope along a direction
//! `v` is measured by a central difference in `f64`, for smaller and smaller steps `h`. The tape
//! claims `⟨dx, v⟩`, once as it is, and once with the derivative of tanh wrong by 1 in 1,000.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use tensor::fast::{self, Isa};
use tensor::ops::{dense, tanh};
use tensor::{Tape, Tensor, Var, check};

/// The extents of the product: rows, columns, depth.
const EXTENTS: [usize; 3] = [4, 5, 6];

/// The function, as the references of its two operators.
fn f(x: &[f64], w: &[f64], dy: &[f64]) -> f64 {
    check::dot(&tanh::reference::forward(&dense::reference::forward(EXTENTS, x, w)), dy)
}

/// The same function in `f32`. Each tanh is rounded from `f64`, so that its last bit is that of no
/// particular C library.
fn f_in_f32(x: &[f32], w: &[f32], dy: &[f32]) -> f32 {
    let y = dense::reference::forward(EXTENTS, x, w).into_iter().map(|y| f64::from(y).tanh() as f32);
    y.zip(dy).map(|(y, &dy)| y * dy).sum()
}

/// tanh, with a derivative that is `factor` times the right one.
fn tanh_with(tape: &mut Tape, factor: f32, x: Var) -> Var {
    let saved = tape.value(x);
    let y = Tensor::new(saved.shape(), tanh::forward(saved.data()));
    tape.record("tanh", &[x], y, move |dy, grads| {
        let mut dx = tanh::backward(saved.data(), dy.data());
        dx.iter_mut().for_each(|dx| *dx *= factor);
        grads.add_buffer(x, || dx);
    })
}

/// `⟨dx, v⟩` by the tape.
fn claimed(factor: f32, x: &[f32], w: &[f32], dy: &[f32], v: &[f64]) -> f64 {
    let [n, columns, depth] = EXTENTS;
    let mut tape = Tape::new();
    let x = tape.leaf(Tensor::new(&[n, depth], x.to_vec()));
    let w = tape.constant(Tensor::new(&[depth, columns], w.to_vec()));
    let product = tape.dense(x, w, None);
    let y = tanh_with(&mut tape, factor, product);
    let dx = tape.backward(y, Tensor::new(&[n, columns], dy.to_vec())).take(x);
    check::dot(&check::to_f64(dx.data()), v)
}

fn main() {
    fast::limit(Isa::Portable);
    let [n, columns, depth] = EXTENTS;
    let (x, w, dy) = (check::noise(1, n * depth), check::noise(2, depth * columns), check::noise(3, n * columns));
    let (exact_x, exact_w, exact_dy) = (check::to_f64(&x), check::to_f64(&w), check::to_f64(&dy));
    let v: Vec<f64> = check::noise(4, x.len()).iter().map(|v| f64::from(v.signum())).collect();
    let right = claimed(1.0, &x, &w, &dy, &v);
    let wrong = claimed(1.001, &x, &w, &dy, &v);

    println!("gradient along v: {right:.6}; with tanh' 0.1 % too large: {wrong:.6}\n");
    println!("     h       slope   error of the right   of the wrong   slope in f32");
    for digit in 1..=7 {
        let h = 10_f64.powi(-digit);
        let shifted = |h: f64| exact_x.iter().zip(&v).map(|(x, v)| x + h * v).collect::<Vec<f64>>();
        let slope = (f(&shifted(h), &exact_w, &exact_dy) - f(&shifted(-h), &exact_w, &exact_dy)) / (2.0 * h);
        let short = |h: f64| shifted(h).iter().map(|&x| x as f32).collect::<Vec<f32>>();
        let in_f32 = f64::from(f_in_f32(&short(h), &w, &dy) - f_in_f32(&short(-h), &w, &dy)) / (2.0 * h);
        let error = |claimed: f64| (claimed / slope - 1.0).abs();
        println!("  1e-{digit}  {slope:10.6}  {:19.0e}  {:13.0e}  {in_f32:13.3}", error(right), error(wrong));
    }
}

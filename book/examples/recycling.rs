//! Chapter 2: after the first step of a training, no step needs memory that no step had before.
//!
//! A step is a forward and a backward pass of two dense layers. An observer of the tape notes where
//! the elements of each result and of each gradient lie. A large buffer at an address that was not
//! seen before is fresh memory.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use tensor::fast::{self, Isa};
use tensor::{Observation, Tape, Tensor, check};

const BATCH: usize = 64;
const PIXELS: usize = 28 * 28;
const UNITS: usize = 256;

/// Smaller buffers are not recycled.
const LARGE: usize = 1024;

/// Addresses of large buffers with their numbers of elements.
type Seen = BTreeSet<(usize, usize)>;

/// A step. Returns the buffers that the observer saw, in the order of the passes.
fn step(weights: &[Tensor; 2], x: &Tensor, dy: &Tensor) -> Vec<(usize, usize)> {
    let seen = Rc::new(RefCell::new(vec![]));
    let log = Rc::clone(&seen);
    let mut tape = Tape::observed(move |observation: Observation<'_>| {
        let elements = observation.value.data();
        log.borrow_mut().push((elements.as_ptr().addr(), elements.len()));
    });
    let x = tape.constant(x.clone());
    let [first, second] = weights.clone().map(|w| tape.leaf(w));
    let hidden = tape.dense(x, first, None);
    let hidden = tape.leaky_relu(0.2, hidden);
    let y = tape.dense(hidden, second, None);
    let y = tape.tanh(y);
    let _ = tape.backward(y, dy.clone());
    seen.take()
}

fn main() {
    fast::limit(Isa::Portable);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started");
    pool.install(|| {
        let shapes = [[PIXELS, UNITS], [UNITS, PIXELS]];
        let weights = shapes.map(|shape| Tensor::new(&shape, check::noise(3, PIXELS * UNITS)));
        let [x, dy] = [1, 2].map(|seed| Tensor::new(&[BATCH, PIXELS], check::noise(seed, BATCH * PIXELS)));
        let mut before = Seen::new();
        println!("step   tensors seen   at new addresses   fresh KiB");
        for number in 1..=4 {
            let now: Vec<_> = step(&weights, &x, &dy).into_iter().filter(|&(_, len)| LARGE <= len).collect();
            let fresh: Seen = now.iter().copied().filter(|buffer| !before.contains(buffer)).collect();
            let kib = fresh.iter().map(|(_, len)| len * size_of::<f32>() / 1024).sum::<usize>();
            println!("{number:4}   {:12}   {:16}   {kib:9}", now.len(), fresh.len());
            before.extend(fresh);
        }
    });
}

//! Exercise 14: updates of Adam.

use nn::{AdamForm, AdamOptions, adam::reference};
use tensor::check::{UNIT_ROUNDOFF, to_f64};

use crate::{Draw, Exercise, Mistake, Part, Right, list};

#[path = "../../wrong/14_adam.rs"]
mod wrong;

/// `update(options, lr, done, p, m, v, g)`.
pub type Update = fn(&AdamOptions, f64, u64, &mut [f32], &mut [f32], &mut [f32], &[f32]);

/// Some updates in a row.
pub struct Updates {
    options: AdamOptions,
    lr: f64,
    /// The updates before the first of these.
    done: u64,
    p: Vec<f32>,
    m: Vec<f32>,
    v: Vec<f32>,
    /// The gradients of each update.
    g: Vec<Vec<f32>>,
}

/// The numbers after the updates.
struct After<T> {
    p: Vec<T>,
    m: Vec<T>,
    v: Vec<T>,
}

const FORM: AdamForm = AdamForm::TensorFlow;

impl Updates {
    /// From the start, with the moments 0.
    fn first(constants: [f64; 4], p: &[f32], g: &[&[f32]]) -> Self {
        let [lr, beta1, beta2, epsilon] = constants;
        let options = AdamOptions { beta1, beta2, epsilon, form: FORM };
        let zeros = vec![0.0; p.len()];
        let g = g.iter().map(|g| g.to_vec()).collect();
        Self { options, lr, done: 0, p: p.to_vec(), m: zeros.clone(), v: zeros, g }
    }

    fn fixed() -> Vec<Self> {
        let by_hand = [0.1, 0.5, 0.36, 0.1];
        let usual = [1.0, 0.9, 0.999, 1e-8];
        vec![
            Self::first(by_hand, &[1.0], &[&[0.5]]),
            Self::first(by_hand, &[1.0], &[&[-0.5]]),
            Self::first(usual, &[0.0, 0.0, 0.0], &[&[1000.0, 0.001, -1.0]]),
            Self::first(by_hand, &[1.0], &[&[0.5], &[2.0]]),
            Self::first(usual, &[0.0, 0.0], &[&[1.0, 1.0], &[-1.0, 1.0], &[0.5, 2.0]]),
            Self { done: 4, m: vec![0.5], v: vec![4.0], ..Self::first(by_hand, &[1.0], &[&[1.0]]) },
            Self { done: 9, m: vec![0.5, -1.0], v: vec![4.0, 0.25], ..Self::first(usual, &[0.0; 2], &[&[1.0, 2.0]]) },
        ]
    }

    fn drawn(draw: &mut Draw) -> Self {
        let len = draw.between(1, 3);
        let updates = draw.between(1, 3);
        let options = AdamOptions {
            beta1: draw.one_of(&[0.4, 0.9]),
            beta2: draw.one_of(&[0.7, 0.95, 0.999]),
            epsilon: draw.one_of(&[1e-8, 0.03, 0.3]),
            form: FORM,
        };
        let size = draw.one_of(&[1.0, 0.01]);
        let mut noise = |len| draw.noise(len).iter().map(|x| size * x).collect::<Vec<f32>>();
        let g = (0..updates).map(|_| noise(len)).collect();
        let m = noise(len);
        let v = noise(len).iter().map(|x| x * x).collect();
        let start = Self { options, lr: 0.01, done: 0, p: draw.noise(len), m: vec![0.0; len], v: vec![0.0; len], g };
        match draw.one_of(&[0, 0, 2, 10]) {
            0 => start,
            done => Self { done, m, v, ..start },
        }
    }

    fn show(&self) -> String {
        let AdamOptions { beta1, beta2, epsilon, .. } = self.options;
        let g: Vec<String> = self.g.iter().map(|g| list(g)).collect();
        let numbers =
            format!("p = {}  m = {}  v = {}  g = {}", list(&self.p), list(&self.m), list(&self.v), g.join(", "));
        format!("{numbers}  lr = {}  β₁ = {beta1}  β₂ = {beta2}  ε = {epsilon}  done = {}", self.lr, self.done)
    }

    fn yours(&self, update: Update) -> After<f32> {
        let mut after = After { p: self.p.clone(), m: self.m.clone(), v: self.v.clone() };
        for (done, g) in (self.done..).zip(&self.g) {
            update(&self.options, self.lr, done, &mut after.p, &mut after.m, &mut after.v, g);
        }
        after
    }

    fn right(&self) -> After<f64> {
        self.right_after(self.g.len())
    }

    /// After the first of the updates alone.
    fn right_after(&self, updates: usize) -> After<f64> {
        let mut after = After { p: to_f64(&self.p), m: to_f64(&self.m), v: to_f64(&self.v) };
        for (done, g) in (self.done..).zip(&self.g[..updates]) {
            let After { p, m, v } = &mut after;
            reference::update(&self.options, self.lr, done + 1, p, m, v, &to_f64(g));
        }
        after
    }

    /// The largest gradient or moment of each number: what cancels in m.
    fn sizes(&self) -> Vec<f64> {
        let largest = |i: usize| self.g.iter().fold(self.m[i].abs(), |size, g| size.max(g[i].abs()));
        (0..self.p.len()).map(|i| f64::from(largest(i))).collect()
    }

    fn right_m(&self) -> Right {
        let tolerance = self.sizes().iter().map(|size| 16.0 * UNIT_ROUNDOFF * size).collect();
        Right::within_each(tolerance, self.right().m)
    }

    fn right_v(&self) -> Right {
        let v = self.right().v;
        Right::within_each(v.iter().map(|v| 16.0 * UNIT_ROUNDOFF * v).collect(), v)
    }

    /// The tolerance is some roundings of p, and of steps in which m is as large as it can be.
    fn right_p(&self) -> Right {
        let p = self.right().p;
        let AdamOptions { beta1, beta2, epsilon, .. } = self.options;
        let largest_step = |update: usize, i: usize| {
            let t = (self.done + update as u64) as f64;
            let rate = self.lr * (1.0 - beta2.powf(t)).sqrt() / (1.0 - beta1.powf(t));
            rate * self.sizes()[i] / (self.right_after(update).v[i].sqrt() + epsilon)
        };
        let steps = |i: usize| (1..=self.g.len()).map(|update| largest_step(update, i)).sum::<f64>();
        let of = |i: usize| UNIT_ROUNDOFF * (8.0 * (p[i].abs() + f64::from(self.p[i].abs())) + 16.0 * steps(i));
        let tolerances = (0..p.len()).map(of).collect();
        Right::within_each(tolerances, p)
    }
}

/// What is judged.
pub const EXERCISE: Exercise<Update, Updates> = Exercise {
    name: "14_adam",
    chapter: "chapter 8, \"Steps of the right length\"",
    file: "crates/nn/src/adam.rs, reference::update",
    fixed: Updates::fixed,
    drawn: Updates::drawn,
    size: |case| case.p.len() * case.g.len(),
    show: Updates::show,
    parts: &[
        Part { name: "m", yours: |yours, case| case.yours(*yours).m.into(), right: Updates::right_m },
        Part { name: "v", yours: |yours, case| case.yours(*yours).v.into(), right: Updates::right_v },
        Part { name: "p", yours: |yours, case| case.yours(*yours).p.into(), right: Updates::right_p },
    ],
    wrong: wrong::WRONG,
};

/// Judges the reader's update.
///
/// # Errors
/// The smallest failure.
pub fn check(update: Update) -> Result<(), Mistake> {
    EXERCISE.check(&update)
}

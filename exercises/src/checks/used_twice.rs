//! Exercise 03: the product on the tape, and the sum of contributions.

use tensor::{Tape, Tensor, Var};

use crate::{Draw, Exercise, Mistake, Part, Right, Value, list};

#[path = "../../wrong/03_used_twice.rs"]
mod wrong;

/// The reader's functions.
pub struct UsedTwice {
    /// `add(sum, contribution)`.
    pub add: fn(&mut Option<Vec<f32>>, &[f32]),
    /// `mul(tape, a, b)`.
    pub mul: fn(&mut Tape, Var, Var) -> Var,
}

/// A chain of products, and what reaches it from behind.
///
/// The values are `x`, `y` and `z`, as many as there are, and then the products in their order. A
/// product is written as the numbers of its factors.
pub struct Chain {
    inputs: Vec<Vec<f32>>,
    /// The inputs from this number on are constants.
    leaves: usize,
    products: Vec<[usize; 2]>,
    dy: Vec<f32>,
    /// The contributions that are to be added up.
    contributions: Vec<Vec<f32>>,
}

impl Chain {
    fn new(inputs: &[&[f32]], products: &[[usize; 2]], dy: &[f32], contributions: &[&[f32]]) -> Self {
        let owned = |lists: &[&[f32]]| lists.iter().map(|list| list.to_vec()).collect::<Vec<_>>();
        Self {
            inputs: owned(inputs),
            leaves: inputs.len(),
            products: products.to_vec(),
            dy: dy.to_vec(),
            contributions: owned(contributions),
        }
    }

    /// With all inputs but the first ones constant.
    fn leaves(self, leaves: usize) -> Self {
        Self { leaves, ..self }
    }

    fn fixed() -> Vec<Self> {
        vec![
            Self::new(&[&[2.0], &[3.0]], &[[0, 1]], &[1.0], &[&[3.0]]),
            Self::new(&[&[3.0]], &[[0, 0]], &[1.0], &[&[3.0], &[4.0]]),
            Self::new(&[&[3.0]], &[[0, 0]], &[10.0], &[&[1.0, 2.0], &[10.0, 20.0]]),
            Self::new(&[&[2.0], &[3.0]], &[[0, 1]], &[10.0], &[&[1.0], &[10.0], &[100.0]]),
            Self::new(&[&[2.0], &[3.0]], &[[1, 0]], &[1.0], &[&[0.0], &[5.0]]),
            Self::new(&[&[2.0], &[5.0]], &[[0, 1]], &[1.0], &[&[-2.0], &[2.0]]).leaves(1),
            Self::new(&[&[2.0], &[5.0]], &[[1, 0]], &[1.0], &[&[1.0, 2.0, 3.0]]).leaves(1),
            Self::new(&[&[1.0, 2.0], &[3.0, 4.0]], &[[0, 1]], &[1.0, 10.0], &[&[1.0, 0.0], &[0.0, 1.0]]),
            Self::new(&[&[3.0]], &[[0, 0], [1, 0]], &[1.0], &[&[9.0], &[9.0], &[9.0]]),
            Self::new(&[&[2.0], &[3.0]], &[[0, 0], [2, 1]], &[1.0], &[&[6.0], &[6.0]]),
            Self::new(&[&[3.0]], &[[0, 0], [1, 1]], &[1.0], &[&[27.0], &[27.0], &[27.0], &[27.0]]),
        ]
    }

    fn drawn(draw: &mut Draw) -> Self {
        let len = draw.between(1, 4);
        let inputs: Vec<Vec<f32>> = (0..draw.between(1, 3)).map(|_| draw.integers(len)).collect();
        let first = inputs.len();
        let products = (first..first + draw.between(1, 3)).map(|at| [draw.between(0, at - 1), at - 1]).collect();
        let leaves = draw.between(1, first);
        let dy = draw.integers(len);
        let contributions = (0..draw.between(1, 4)).map(|_| draw.integers(len)).collect();
        Self { inputs, leaves, products, dy, contributions }
    }

    /// `(x·x)·y`: the name of a value.
    fn name(&self, value: usize) -> String {
        let Some(product) = value.checked_sub(self.inputs.len()) else {
            return ["x", "y", "z"][value].to_owned();
        };
        let [a, b] = self.products[product].map(|factor| {
            let name = self.name(factor);
            if factor < self.inputs.len() { name } else { format!("({name})") }
        });
        format!("{a}·{b}")
    }

    fn show(&self) -> String {
        let mut text = String::new();
        for (at, input) in self.inputs.iter().enumerate() {
            let constant = if at < self.leaves { "" } else { " constant" };
            text += &format!("{} = {}{constant}  ", self.name(at), list(input));
        }
        let last = self.inputs.len() + self.products.len() - 1;
        let contributions: Vec<String> = self.contributions.iter().map(|numbers| list(numbers)).collect();
        text += &format!("d({}) = {}", self.name(last), list(&self.dy));
        format!("{text}  (contributions to add: {})", contributions.join(" "))
    }

    /// The last product and the gradients of the leaves, one behind the other.
    fn run(&self, mul: fn(&mut Tape, Var, Var) -> Var) -> [Vec<f32>; 2] {
        let mut tape = Tape::new();
        let mut values: Vec<Var> = Vec::new();
        for (at, input) in self.inputs.iter().enumerate() {
            let tensor = Tensor::new(&[input.len()], input.clone());
            values.push(if at < self.leaves { tape.leaf(tensor) } else { tape.constant(tensor) });
        }
        for &[a, b] in &self.products {
            let product = mul(&mut tape, values[a], values[b]);
            values.push(product);
        }
        let last = values[values.len() - 1];
        let y = tape.value(last).data().to_vec();
        let mut grads = tape.backward(last, Tensor::new(&[self.dy.len()], self.dy.clone()));
        let dx = values[..self.leaves].iter().flat_map(|&leaf| grads.take(leaf).data().to_vec()).collect();
        [y, dx]
    }

    /// The same as loops, without a tape.
    fn right(&self) -> [Vec<f32>; 2] {
        let mut values = self.inputs.clone();
        for &[a, b] in &self.products {
            values.push(values[a].iter().zip(&values[b]).map(|(a, b)| a * b).collect());
        }
        let mut grads = vec![vec![0.0; self.dy.len()]; values.len()];
        let last = values.len() - 1;
        grads[last].clone_from(&self.dy);
        for (product, &[a, b]) in self.products.iter().enumerate().rev() {
            let dy = grads[self.inputs.len() + product].clone();
            for (i, dy) in dy.iter().enumerate() {
                grads[a][i] += dy * values[b][i];
                grads[b][i] += dy * values[a][i];
            }
        }
        [values.remove(last), grads[..self.leaves].concat()]
    }
}

/// What is judged.
pub const EXERCISE: Exercise<UsedTwice, Chain> = Exercise {
    name: "03_used_twice",
    chapter: "chapter 3, \"The way back\"",
    file: "crates/tensor/src/tape.rs, Grads::add",
    fixed: Chain::fixed,
    drawn: Chain::drawn,
    size: |case| (case.inputs.len() + case.products.len()) * case.dy.len(),
    show: Chain::show,
    parts: &[
        Part {
            name: "the sum",
            yours: |yours, case| {
                let mut sum = None;
                for contribution in &case.contributions {
                    (yours.add)(&mut sum, contribution);
                }
                sum.map_or_else(|| Value::from("None".to_owned()), Value::from)
            },
            right: |case| {
                let sum = |i| case.contributions.iter().map(|contribution: &Vec<f32>| contribution[i]).sum();
                Right::exactly((0..case.contributions[0].len()).map(sum).collect::<Vec<f32>>())
            },
        },
        Part {
            name: "the product",
            yours: |yours, case| {
                let [y, _] = case.run(yours.mul);
                y.into()
            },
            right: |case| {
                let [y, _] = case.right();
                Right::exactly(y)
            },
        },
        Part {
            name: "the gradient",
            yours: |yours, case| {
                let [_, dx] = case.run(yours.mul);
                dx.into()
            },
            right: |case| {
                let [_, dx] = case.right();
                Right::exactly(dx).axes(&[("value", case.leaves), ("i", case.dy.len())])
            },
        },
    ],
    wrong: wrong::WRONG,
};

/// Judges the reader's functions.
///
/// # Errors
/// The smallest failure.
pub fn check(add: fn(&mut Option<Vec<f32>>, &[f32]), mul: fn(&mut Tape, Var, Var) -> Var) -> Result<(), Mistake> {
    EXERCISE.check(&UsedTwice { add, mul })
}

//! Exercise 05: the product of two matrices and both of its gradients.

use tensor::ops::matmul::reference;

use crate::{Draw, Exercise, Mistake, Part, Right, list};

#[path = "../../wrong/05_product.rs"]
mod wrong;

/// A product, from `[m, n, k]` and two matrices.
pub type OfTwo = fn([usize; 3], &[f32], &[f32]) -> Vec<f32>;

/// The reader's functions.
pub struct Product {
    /// `product([m, n, k], a, b)`.
    pub product: OfTwo,
    /// `da([m, n, k], b, dc)`.
    pub da: OfTwo,
    /// `db([m, n, k], a, dc)`.
    pub db: OfTwo,
}

/// Matrices of whole numbers.
pub struct Matrices {
    /// m, n, k.
    extents: [usize; 3],
    a: Vec<f32>,
    b: Vec<f32>,
    dc: Vec<f32>,
}

impl Matrices {
    fn new(extents: [usize; 3], a: &[f32], b: &[f32], dc: &[f32]) -> Self {
        let [m, n, k] = extents;
        assert_eq!([m * k, k * n, m * n], [a.len(), b.len(), dc.len()], "the numbers of the matrices");
        Self { extents, a: a.to_vec(), b: b.to_vec(), dc: dc.to_vec() }
    }

    fn of([m, n, k]: [usize; 3], draw: &mut Draw) -> Self {
        Self { extents: [m, n, k], a: draw.integers(m * k), b: draw.integers(k * n), dc: draw.integers(m * n) }
    }

    /// From one number up; the first squares come before the first that are none.
    fn fixed() -> Vec<Self> {
        let draw = &mut Draw::new(5);
        let square = [1.0, 2.0, 3.0, 4.0];
        vec![
            Self::new([1, 1, 1], &[2.0], &[3.0], &[10.0]),
            Self::new([1, 1, 2], &[1.0, 2.0], &[3.0, 4.0], &[10.0]),
            Self::new([1, 2, 1], &[2.0], &[3.0, 4.0], &[10.0, 1.0]),
            Self::new([2, 1, 1], &[1.0, 2.0], &[3.0], &[10.0, 1.0]),
            Self::new([2, 2, 2], &square, &[1.0, 0.0, 0.0, 1.0], &[1.0, 10.0, 100.0, 1000.0]),
            Self::new([2, 2, 2], &[1.0, 0.0, 0.0, 1.0], &square, &[1.0, 10.0, 100.0, 1000.0]),
            Self::new([2, 2, 2], &square, &[5.0, 6.0, 7.0, 8.0], &[1.0, 10.0, 100.0, 1000.0]),
            Self::of([2, 3, 1], draw),
            Self::of([1, 3, 2], draw),
            Self::of([2, 3, 2], draw),
            Self::of([2, 2, 3], draw),
            Self::of([3, 2, 2], draw),
            Self::of([3, 3, 3], draw),
            Self::of([2, 3, 4], draw),
            Self::of([4, 2, 3], draw),
            Self::of([3, 4, 2], draw),
        ]
    }

    fn show(&self) -> String {
        let [m, n, k] = self.extents;
        let Self { a, b, dc, .. } = self;
        let matrix =
            |name, rows, columns, numbers: &Vec<f32>| format!("{name} [{rows}, {columns}] = {}", list(numbers));
        format!("{}  {}  {}", matrix("A", m, k, a), matrix("B", k, n, b), matrix("dC", m, n, dc))
    }
}

/// What is judged.
pub const EXERCISE: Exercise<Product, Matrices> = Exercise {
    name: "05_product",
    chapter: "chapter 4, \"A judge of pictures\"",
    file: "crates/tensor/src/ops/matmul.rs, reference::forward",
    fixed: Matrices::fixed,
    drawn: |draw| {
        let extents = [draw.between(1, 5), draw.between(1, 5), draw.between(1, 5)];
        Matrices::of(extents, draw)
    },
    size: |case| case.a.len() + case.b.len() + case.dc.len(),
    show: Matrices::show,
    parts: &[
        Part {
            name: "C",
            yours: |yours, case| (yours.product)(case.extents, &case.a, &case.b).into(),
            right: |case| {
                let [m, n, _] = case.extents;
                let c = reference::forward(case.extents, [false, false], &case.a, &case.b);
                Right::exactly(c).axes(&[("i", m), ("j", n)])
            },
        },
        Part {
            name: "dA",
            yours: |yours, case| (yours.da)(case.extents, &case.b, &case.dc).into(),
            right: |case| {
                let [m, n, k] = case.extents;
                let da = reference::forward([m, k, n], [false, true], &case.dc, &case.b);
                Right::exactly(da).axes(&[("i", m), ("p", k)])
            },
        },
        Part {
            name: "dB",
            yours: |yours, case| (yours.db)(case.extents, &case.a, &case.dc).into(),
            right: |case| {
                let [m, n, k] = case.extents;
                let db = reference::forward([k, n, m], [true, false], &case.a, &case.dc);
                Right::exactly(db).axes(&[("p", k), ("j", n)])
            },
        },
    ],
    wrong: wrong::WRONG,
};

/// Judges the reader's functions.
///
/// # Errors
/// The smallest failure.
pub fn check(product: OfTwo, da: OfTwo, db: OfTwo) -> Result<(), Mistake> {
    EXERCISE.check(&Product { product, da, db })
}

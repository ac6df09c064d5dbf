//! Exercise 18: a product in the order of memory, in tiles, and on all cores.
//!
//! Operands are small whole numbers, so any order of summation gives the same result. Only the last
//! part has noise, whose sums round: there the bits of 1, 2 and 3 threads are compared.

use tensor::check;
use tensor::ops::matmul::reference;

use crate::given::Multiply;
use crate::{Draw, Exercise, Mistake, Part, Right, list};

#[path = "../../wrong/18_faster.rs"]
mod wrong;

/// The reader's functions.
#[derive(Clone, Copy)]
pub struct Answer {
    /// `rows([m, n, k], a, b)`.
    pub rows: Multiply,
    /// `tiles([m, n, k], a, b)`.
    pub tiles: Multiply,
    /// `threads([m, n, k], a, b)`.
    pub threads: Multiply,
}

/// Two matrices.
pub struct Matrices {
    extents: [usize; 3],
    a: Vec<f32>,
    b: Vec<f32>,
}

impl Matrices {
    fn draw(draw: &mut Draw, [m, n, k]: [usize; 3]) -> Self {
        Self { extents: [m, n, k], a: draw.integers(m * k), b: draw.integers(k * n) }
    }

    fn fixed() -> Vec<Self> {
        let mut cases = vec![
            Self { extents: [1, 1, 2], a: vec![1.0, 2.0], b: vec![3.0, 4.0] },
            Self { extents: [2, 1, 2], a: vec![1.0, 2.0, 3.0, 4.0], b: vec![1.0, 1.0] },
            Self { extents: [2, 2, 1], a: vec![1.0, 2.0], b: vec![3.0, 4.0] },
        ];
        // Whole tiles, then an edge at the bottom, at the right, at both; then several tiles.
        let draw = &mut Draw::new(18);
        for extents in [[6, 16, 2], [7, 16, 2], [6, 17, 2], [5, 15, 3], [13, 16, 3], [12, 32, 3], [7, 33, 40]] {
            cases.push(Self::draw(draw, extents));
        }
        cases
    }

    fn drawn(draw: &mut Draw) -> Self {
        let extents = [draw.between(1, 20), draw.between(1, 40), draw.between(1, 40)];
        Self::draw(draw, extents)
    }

    fn show(&self) -> String {
        let [m, n, k] = self.extents;
        let head = format!("A is [{m}, {k}], B is [{k}, {n}]");
        if self.a.len() + self.b.len() <= 16 {
            format!("{head}  A = {}  B = {}", list(&self.a), list(&self.b))
        } else {
            format!("{head}, of whole numbers from -3 to 3")
        }
    }

    fn right(&self) -> Right {
        let [m, n, _] = self.extents;
        let c = reference::forward(self.extents, [false; 2], &self.a, &self.b);
        Right::exactly(c).axes(&[("row", m), ("column", n)])
    }
}

/// The product on so many threads.
fn on(threads: usize, work: impl FnOnce() -> Vec<f32> + Send) -> Vec<f32> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of a few threads");
    pool.install(work)
}

/// What is said of threads that change no bits.
const SAME_BITS: &str = "the same bits on 1, 2 and 3 threads";

/// On how many threads the bits of a product of noise are not those of one thread, in words.
fn bits_on_threads(multiply: Multiply, [m, n, k]: [usize; 3]) -> String {
    let (a, b) = (check::noise(1, m * k), check::noise(2, k * n));
    let bits =
        |threads| -> Vec<u32> { on(threads, || multiply([m, n, k], &a, &b)).into_iter().map(f32::to_bits).collect() };
    let one = bits(1);
    let others = [1, 2, 3].into_iter().filter(|&threads| bits(threads) != one);
    let others: Vec<String> = others.map(|threads| threads.to_string()).collect();
    if others.is_empty() {
        return SAME_BITS.to_owned();
    }
    format!("on {} threads the bits differ from those on 1: a sum over k was divided", others.join(" and "))
}

/// What is judged.
pub const EXERCISE: Exercise<Answer, Matrices> = Exercise {
    name: "18_faster",
    chapter: "chapter 14, \"Fast, part 1: the same sum\"",
    file: "crates/tensor/src/fast/gemm/tile.rs",
    fixed: Matrices::fixed,
    drawn: Matrices::drawn,
    size: |case| case.a.len() + case.b.len(),
    show: Matrices::show,
    parts: &[
        Part {
            name: "rows",
            yours: |answer, case| (answer.rows)(case.extents, &case.a, &case.b).into(),
            right: Matrices::right,
        },
        Part {
            name: "tiles",
            yours: |answer, case| (answer.tiles)(case.extents, &case.a, &case.b).into(),
            right: Matrices::right,
        },
        Part {
            name: "threads",
            yours: |answer, case| on(3, || (answer.threads)(case.extents, &case.a, &case.b)).into(),
            right: Matrices::right,
        },
        Part {
            name: "C on several threads",
            yours: |answer, case| bits_on_threads(answer.threads, case.extents).into(),
            right: |_| Right::exactly(SAME_BITS.to_owned()),
        },
    ],
    wrong: wrong::WRONG,
};

/// Judges the reader's three rungs.
///
/// # Errors
/// The smallest failure.
pub fn check(rows: Multiply, tiles: Multiply, threads: Multiply) -> Result<(), Mistake> {
    EXERCISE.check(&Answer { rows, tiles, threads })
}

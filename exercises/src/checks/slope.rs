//! Exercise 02: the slope of a function along a direction, and the check of a gradient.
//!
//! All numbers are whole or have a few binary places, so every slope is exact.

use crate::{Draw, Exercise, Mistake, Part, Right, Value, list};

#[path = "../../wrong/02_slope.rs"]
mod wrong;

/// A function of some numbers.
pub type Function = fn(&[f64]) -> f64;

/// The reader's functions.
pub struct Slope {
    /// `slope(f, x, v, h)`.
    pub slope: fn(Function, &[f64], &[f64], f64) -> f64,
    /// `passes(slope, dx, v, tolerance)`.
    pub passes: fn(f64, &[f64], &[f64], f64) -> bool,
}

/// A function whose gradient is known.
struct Known {
    name: &'static str,
    inputs: usize,
    f: Function,
    gradient: fn(&[f64]) -> Vec<f64>,
}

const CUBE: &Known =
    &Known { name: "x³", inputs: 1, f: |x| x[0] * x[0] * x[0], gradient: |x| vec![3.0 * x[0] * x[0]] };

const SUM: &Known = &Known {
    name: "x³ + 2·y",
    inputs: 2,
    f: |x| x[0] * x[0] * x[0] + 2.0 * x[1],
    gradient: |x| vec![3.0 * x[0] * x[0], 2.0],
};

const PRODUCT: &Known = &Known {
    name: "x·y·z",
    inputs: 3,
    f: |x| x[0] * x[1] * x[2],
    gradient: |x| vec![x[1] * x[2], x[0] * x[2], x[0] * x[1]],
};

const MIXED: &Known = &Known {
    name: "x²·y − y·z + 5",
    inputs: 3,
    f: |x| x[0] * x[0] * x[1] - x[1] * x[2] + 5.0,
    gradient: |x| vec![2.0 * x[0] * x[1], x[0] * x[0] - x[2], -x[1]],
};

/// A function, a place and a direction; and a gradient that somebody claims.
pub struct Probe {
    known: &'static Known,
    x: Vec<f64>,
    v: Vec<f64>,
    h: f64,
    dx: Vec<f64>,
    tolerance: f64,
}

impl Probe {
    fn new(known: &'static Known, x: &[f64], v: &[f64], h: f64) -> Self {
        Self { known, x: x.to_vec(), v: v.to_vec(), h, dx: (known.gradient)(x), tolerance: 1.0 }
    }

    /// With another claim than the right one.
    fn claims(self, dx: &[f64], tolerance: f64) -> Self {
        Self { dx: dx.to_vec(), tolerance, ..self }
    }

    fn fixed() -> Vec<Self> {
        let cube = |v, h| Self::new(CUBE, &[2.0], &[v], h);
        let sum = |v: &[f64]| Self::new(SUM, &[1.0, 3.0], v, 0.5);
        vec![
            cube(1.0, 0.5),
            cube(1.0, 0.25),
            cube(-1.0, 0.5),
            cube(3.0, 0.25),
            cube(1.0, 0.5).claims(&[12.25], 0.0),
            cube(1.0, 0.5).claims(&[12.0], 0.25),
            cube(1.0, 0.5).claims(&[11.0], 0.5),
            cube(1.0, 0.5).claims(&[13.0], 0.5),
            cube(1.0, 0.5).claims(&[-12.25], 0.5),
            cube(1.0, 0.5).claims(&[f64::NAN], 0.5),
            cube(2.0, 0.5),
            cube(-1.0, 0.5).claims(&[12.0], 0.125),
            sum(&[1.0, 1.0]),
            sum(&[1.0, -1.0]),
            sum(&[0.0, 1.0]),
            sum(&[-1.0, 2.0]).claims(&[0.0, 0.0], 0.5),
            sum(&[1.0, -1.0]).claims(&[2.0, 3.0], 0.5),
            sum(&[1.0, 1.0]).claims(&[3.0, f64::NAN], 4.0),
            Self::new(PRODUCT, &[1.0, 2.0, 3.0], &[1.0, -1.0, 1.0], 0.5),
            Self::new(MIXED, &[3.0, -1.0, 2.0], &[2.0, 1.0, -1.0], 0.25),
        ]
    }

    /// The claim is the right gradient, or has one wrong element.
    fn drawn(draw: &mut Draw) -> Self {
        let known = draw.one_of(&[CUBE, SUM, PRODUCT, MIXED]);
        let numbers = |draw: &mut Draw| draw.integers(known.inputs).into_iter().map(f64::from).collect::<Vec<_>>();
        let x = numbers(draw);
        let mut v = numbers(draw);
        let moving = draw.between(0, known.inputs - 1);
        v[moving] = draw.one_of(&[-2.0, 1.0, 2.0]);
        let h = draw.one_of(&[0.125, 0.25, 0.5]);
        let mut probe = Self::new(known, &x, &v, h);
        let wrong = draw.between(0, known.inputs - 1);
        probe.dx[wrong] += draw.one_of(&[-2.0, -0.5, 0.0, 0.0, 0.25, 1.0]);
        probe.tolerance = draw.one_of(&[0.25, 0.5, 1.0, 2.0, 4.0]);
        probe
    }

    fn slope(&self) -> f64 {
        let at = |step: f64| {
            let shifted: Vec<f64> = self.x.iter().zip(&self.v).map(|(x, v)| x + step * v).collect();
            (self.known.f)(&shifted)
        };
        (at(self.h) - at(-self.h)) / (2.0 * self.h)
    }

    fn show(&self) -> String {
        let numbers = |numbers: &[f64]| list(&numbers.iter().map(|&x| x as f32).collect::<Vec<_>>());
        let Self { known, x, v, h, dx, tolerance } = self;
        let at = format!("f = {}  x = {}  v = {}  h = {h}", known.name, numbers(x), numbers(v));
        format!("{at}  (slope {}  dx = {}  tolerance {tolerance})", self.slope(), numbers(dx))
    }
}

fn verdict(passes: bool) -> Value {
    Value::from(if passes { "yes" } else { "no" }.to_owned())
}

/// What is judged.
pub const EXERCISE: Exercise<Slope, Probe> = Exercise {
    name: "02_slope",
    chapter: "chapter 3, \"The way back\"",
    file: "crates/tensor/src/check.rs, gradient",
    fixed: Probe::fixed,
    drawn: Probe::drawn,
    size: |case| case.x.len(),
    show: Probe::show,
    parts: &[
        Part {
            name: "slope",
            yours: |yours, case| (yours.slope)(case.known.f, &case.x, &case.v, case.h).into(),
            right: |case| Right::exactly(case.slope()),
        },
        Part {
            name: "passes",
            yours: |yours, case| verdict((yours.passes)(case.slope(), &case.dx, &case.v, case.tolerance)),
            right: |case| {
                let claim: f64 = case.dx.iter().zip(&case.v).map(|(dx, v)| dx * v).sum();
                Right::exactly(verdict((claim - case.slope()).abs() <= case.tolerance))
            },
        },
    ],
    wrong: wrong::WRONG,
};

/// Judges the reader's functions.
///
/// # Errors
/// The smallest failure.
pub fn check(
    slope: fn(Function, &[f64], &[f64], f64) -> f64,
    passes: fn(f64, &[f64], &[f64], f64) -> bool,
) -> Result<(), Mistake> {
    EXERCISE.check(&Slope { slope, passes })
}

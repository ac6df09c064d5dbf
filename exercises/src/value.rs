//! What an answer gives, what it should give, and how both are printed.

use std::fmt::Write;
use std::slice;

/// What a part of an answer gives: numbers, or words where there are none.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// One number.
    Number(f64),
    /// Numbers in order: a tensor, a gradient, an offset.
    Numbers(Vec<f64>),
    /// Anything else, as it is printed.
    Text(String),
}

impl Value {
    /// The numbers, if it has some.
    fn numbers(&self) -> Option<&[f64]> {
        match self {
            Self::Number(number) => Some(slice::from_ref(number)),
            Self::Numbers(numbers) => Some(numbers),
            Self::Text(_) => None,
        }
    }
}

impl From<Vec<f32>> for Value {
    fn from(numbers: Vec<f32>) -> Self {
        Self::Numbers(numbers.into_iter().map(f64::from).collect())
    }
}

impl From<&[f32]> for Value {
    fn from(numbers: &[f32]) -> Self {
        Self::Numbers(numbers.iter().map(|&x| f64::from(x)).collect())
    }
}

impl From<Vec<f64>> for Value {
    fn from(numbers: Vec<f64>) -> Self {
        Self::Numbers(numbers)
    }
}

impl From<Vec<usize>> for Value {
    fn from(numbers: Vec<usize>) -> Self {
        Self::Numbers(numbers.into_iter().map(|x| x as f64).collect())
    }
}

impl From<f32> for Value {
    fn from(number: f32) -> Self {
        Self::Number(f64::from(number))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as f64)
    }
}

impl From<bool> for Value {
    fn from(answer: bool) -> Self {
        Self::Text(answer.to_string())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// The right value, and how far from it an answer may be.
#[derive(Clone, Debug)]
pub struct Right {
    value: Value,
    /// For each number, or one for all.
    tolerance: Vec<f64>,
    /// The names and extents of the axes, if the numbers are a tensor.
    axes: Vec<(&'static str, usize)>,
}

impl Right {
    /// Exactly this. 0 and −0 count as the same, and NaN must be NaN.
    pub fn exactly(value: impl Into<Value>) -> Self {
        Self { value: value.into(), tolerance: vec![0.0], axes: Vec::new() }
    }

    /// Each number within `tolerance` of these.
    pub fn within(tolerance: f64, value: impl Into<Value>) -> Self {
        Self { value: value.into(), tolerance: vec![tolerance], axes: Vec::new() }
    }

    /// Each number within its own tolerance of these.
    pub fn within_each(tolerance: Vec<f64>, value: impl Into<Value>) -> Self {
        Self { value: value.into(), tolerance, axes: Vec::new() }
    }

    /// The numbers are a tensor with these axes, for instance `("oy", 3)`. A message then says
    /// where the first wrong number stands.
    #[must_use]
    pub fn axes(mut self, axes: &[(&'static str, usize)]) -> Self {
        self.axes = axes.to_vec();
        self
    }

    /// The right value itself.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Whether `yours` is right.
    #[must_use]
    pub fn accepts(&self, yours: &Value) -> bool {
        self.agree(yours, &self.value, 1.0)
    }

    /// Whether two answers are the same one. Each may be a tolerance away from it.
    pub(crate) fn same(&self, a: &Value, b: &Value) -> bool {
        self.agree(a, b, 2.0)
    }

    fn agree(&self, a: &Value, b: &Value, times: f64) -> bool {
        match (a.numbers(), b.numbers()) {
            (Some(a), Some(b)) => {
                a.len() == b.len() && (0..a.len()).all(|i| near(a[i], b[i], times * self.tolerance_of(i)))
            }
            _ => a == b,
        }
    }

    fn tolerance_of(&self, i: usize) -> f64 {
        let last = self.tolerance.len() - 1;
        self.tolerance[i.min(last)]
    }

    /// Where `yours` first differs, in words; nothing if the whole value is short enough to be seen
    /// at a glance.
    pub(crate) fn difference(&self, yours: &Value) -> Option<String> {
        let (yours, right) = (yours.numbers()?, self.value.numbers()?);
        if yours.len() != right.len() {
            return Some(format!("Its length is {}, and should be {}.", yours.len(), right.len()));
        }
        if right.len() <= AT_A_GLANCE {
            return None;
        }
        let at = self.first_difference(&Value::Numbers(yours.to_vec()));
        let place = self.place(at);
        Some(format!("The first difference is at {place}: {} for {}.", number(yours[at]), number(right[at])))
    }

    /// The index of the first number of `yours` that is wrong; 0 if the lengths differ.
    pub(crate) fn first_difference(&self, yours: &Value) -> usize {
        let (Some(yours), Some(right)) = (yours.numbers(), self.value.numbers()) else {
            return 0;
        };
        let differs = |i: usize| !near(yours[i], right[i], self.tolerance_of(i));
        if yours.len() == right.len() { (0..right.len()).find(|&i| differs(i)).unwrap_or(0) } else { 0 }
    }

    /// `[n, oy] = [0, 2]` if the axes are known, else the plain index.
    fn place(&self, mut at: usize) -> String {
        if self.axes.is_empty() {
            return format!("index {at}");
        }
        let mut indices: Vec<String> = Vec::new();
        for (_, extent) in self.axes.iter().rev() {
            indices.insert(0, (at % extent).to_string());
            at /= extent;
        }
        let names: Vec<&str> = self.axes.iter().map(|(name, _)| *name).collect();
        format!("[{}] = [{}]", names.join(", "), indices.join(", "))
    }
}

/// The same number, or within the tolerance; NaN is near NaN alone.
fn near(a: f64, b: f64, tolerance: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance
}

/// So many numbers are read at a glance; of longer lists the first are shown.
const AT_A_GLANCE: usize = 12;

/// `[ 1 2 3 ]`, or the first numbers and `…`.
#[must_use]
pub fn list(numbers: &[f32]) -> String {
    show(&Value::from(numbers), 0)
}

/// A value as a message shows it. Of a long one, the numbers around `index` are shown.
pub(crate) fn show(value: &Value, index: usize) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(x) => number(*x),
        Value::Numbers(numbers) => {
            let start = if index < AT_A_GLANCE { 0 } else { (index - 2).min(numbers.len() - 1) };
            let end = (start + AT_A_GLANCE).min(numbers.len());
            let mut text = String::from(if start == 0 { "[ " } else { "[ … " });
            for &x in &numbers[start..end] {
                let _ = write!(text, "{} ", number(x));
            }
            text + if end < numbers.len() { "… ]" } else { "]" }
        }
    }
}

/// A number with at most six significant digits, and whole numbers whole.
fn number(x: f64) -> String {
    if x == x.trunc() && x.abs() < 1e7 || !x.is_finite() {
        return format!("{x}").replace("inf", "∞");
    }
    let digits = (5 - x.abs().log10().floor() as i32).clamp(0, 12) as usize;
    if x.abs() < 1e-5 || 1e7 <= x.abs() {
        return format!("{x:.3e}");
    }
    let text = format!("{x:.digits$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `one tap`, `two taps`: an extent of a kernel in words.
#[must_use]
pub fn taps(count: usize) -> String {
    match count {
        1 => "one tap".to_owned(),
        2 => "two taps".to_owned(),
        3 => "three taps".to_owned(),
        many => format!("{many} taps"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_never_near_a_number() {
        let right = Right::within(1.0, vec![1.0, 2.0]);
        assert!(right.accepts(&vec![1.5, 2.0].into()));
        assert!(!right.accepts(&vec![f64::NAN, 2.0].into()));
        assert!(!right.accepts(&vec![f64::INFINITY, 2.0].into()));
        assert!(!right.accepts(&vec![1.0].into()));
        assert!(Right::exactly(vec![f64::NAN]).accepts(&vec![f64::NAN].into()));
        assert!(!Right::exactly(vec![f64::NAN]).accepts(&vec![1.0].into()));
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!("[ 1 -2.5 0.333333 1.000e-7 NaN -∞ ]", {
            show(&vec![1.0, -2.5, 1.0 / 3.0, 1e-7, f64::NAN, f64::NEG_INFINITY].into(), 0)
        });
    }

    #[test]
    fn the_first_difference_has_its_place() {
        let right = Right::exactly(vec![0.0; 26]).axes(&[("y", 4), ("x", 6)]);
        let mut yours = vec![0.0; 26];
        yours[13] = 5.0;
        let yours = Value::from(yours);
        let said = right.difference(&yours).unwrap();
        assert_eq!("The first difference is at [y, x] = [2, 1]: 5 for 0.", said);
        assert_eq!("[ … 0 0 5 0 0 0 0 0 0 0 0 0 … ]", show(&yours, right.first_difference(&yours)));
    }
}

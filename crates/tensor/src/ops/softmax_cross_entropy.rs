//! The cross entropy of rows of logits against labels: the loss of a classifier.
//!
//! A row `x` of logits stands for the probabilities `pⱼ = e^xⱼ / Σₖ e^xₖ`. The loss is the mean
//! over the rows of `−ln p_label = ln Σₖ e^xₖ − x_label`. By hand, two rows of three classes:
//!
//! ```text
//! x = [ 0  0     ln 2 ]    labels = [ 2 ]    p = [ 1/4  1/4  1/2 ]    losses = [ ln 2 ]
//!     [ 0  ln 3  0    ]             [ 0 ]        [ 1/5  3/5  1/5 ]             [ ln 5 ]
//!
//! dx = dy/2·[ 1/4  1/4  −1/2 ]
//!           [ −4/5 3/5   1/5 ]
//! ```
//!
//! Backward: `∂ ln Σₖ e^xₖ / ∂xⱼ = pⱼ`, so `dxⱼ = dy/n·(pⱼ − [j = label])`. For the label itself
//! this is `−(1 − p)`. We sum it from the other classes, because `1 − p` has no digits left once
//! the network is right.
//!
//! `e^x` overflows at 89. Softmax does not change when the largest logit is subtracted from all
//! logits, and then no exponential is larger than `e⁰`. The largest logit is found with `<`, which
//! is false for NaN, but every NaN meets `exp` afterwards. The operator computes one exponential
//! per logit, and handles one row at a time, because a classifier's last layer is small.
//!
//! In the book: `book/src/13-how-good-is-it.md`.

use crate::functions::{exp, ln};
use crate::{Buffer, Tape, Tensor, Var};

/// The equation as loops.
pub mod reference {
    use crate::Real;

    /// The mean loss, of length 1. `x` has a row of equal length for each label.
    pub fn forward<T: Real>(x: &[T], labels: &[u8]) -> Vec<T> {
        let rows = x.chunks(x.len() / labels.len()).zip(labels);
        let losses = rows.map(|(x, &label)| x.iter().map(|x| x.exp()).sum::<T>().ln() - x[usize::from(label)]);
        vec![losses.sum::<T>() / T::of(labels.len() as f64)]
    }
}

/// The mean loss of the logits `x`, which have a row of equal length for each label.
///
/// # Panics
/// If there are no labels or no whole rows, or if a label is no class.
#[must_use]
pub fn forward(x: &[f32], labels: &[u8]) -> f32 {
    let loss = |(x, label): (&[f32], usize)| {
        let largest = largest(x);
        let sum: f64 = x.iter().map(|x| exp(f64::from(x - largest))).sum();
        ln(sum) - f64::from(x[label] - largest)
    };
    (rows(x, labels).map(loss).sum::<f64>() / labels.len() as f64) as f32
}

/// `dx` from the forward's `x` and the gradient `dy` of its result.
///
/// # Panics
/// If there are no labels or no whole rows, or if a label is no class.
#[must_use]
pub fn backward(x: &[f32], labels: &[u8], dy: f32) -> Buffer {
    let weight = f64::from(dy) / labels.len() as f64;
    let mut dx = Vec::with_capacity(x.len());
    for (x, label) in rows(x, labels) {
        let largest = largest(x);
        let powers: Vec<f64> = x.iter().map(|x| exp(f64::from(x - largest))).collect();
        let others: f64 = powers.iter().enumerate().filter(|&(class, _)| class != label).map(|(_, power)| power).sum();
        let sum = others + powers[label];
        let slope = |(class, power)| (weight * if class == label { -others } else { power } / sum) as f32;
        dx.extend(powers.into_iter().enumerate().map(slope));
    }
    dx.into()
}

/// Each row with its label.
fn rows<'a>(x: &'a [f32], labels: &'a [u8]) -> impl Iterator<Item = (&'a [f32], usize)> {
    let whole = !labels.is_empty() && x.len().is_multiple_of(labels.len());
    assert!(whole, "softmax_cross_entropy: {} logits for {} labels", x.len(), labels.len());
    let classes = x.len() / labels.len();
    x.chunks_exact(classes).zip(labels).map(move |(x, &label)| {
        assert!(usize::from(label) < classes, "softmax_cross_entropy: the label {label} is none of {classes} classes");
        (x, usize::from(label))
    })
}

/// The largest element, if none is NaN.
fn largest(x: &[f32]) -> f32 {
    x.iter().copied().fold(f32::NEG_INFINITY, |largest, x| if largest < x { x } else { largest })
}

impl Tape {
    /// Records [`forward`] on `x` of shape `[n, classes]` with `n` labels. The result is a scalar.
    /// The tape keeps `x` alive for [`backward`].
    ///
    /// # Panics
    /// If the shape does not fit, a label is not a class, or other members of a group have parts of
    /// the batch.
    pub fn softmax_cross_entropy(&mut self, x: Var, labels: &[u8]) -> Var {
        assert_eq!(1, self.shards().group().size(), "softmax_cross_entropy: the whole batch must be here");
        let saved = self.value(x);
        let [n, _] = saved.dims();
        assert_eq!(n, labels.len(), "softmax_cross_entropy: {n} rows, {} labels", labels.len());
        let loss = Tensor::scalar(forward(saved.data(), labels));
        let labels = labels.to_vec();
        self.record("softmax_cross_entropy", &[x], loss, move |dy, grads| {
            grads.add_buffer(x, || backward(saved.data(), &labels, dy.item()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    fn labels(n: usize, classes: usize) -> Vec<u8> {
        (0..n).map(|i| (7 * i % classes) as u8).collect()
    }

    #[test]
    fn equals_the_reference() {
        for classes in (1..=17).chain([33]) {
            let (x, labels) = (check::noise(1, 5 * classes), labels(5, classes));
            let x: Vec<f32> = x.iter().map(|x| 20.0 * x).collect();
            let truth = reference::forward(&check::to_f64(&x), &labels);
            check::within_bound(&[forward(&x, &labels)], &truth, &[20.0], classes);
        }
    }

    #[test]
    fn gradient() {
        let (x, labels) = (check::noise(1, 4 * 3), labels(4, 3));
        check::gradient(
            &x,
            |x| reference::forward(x, &labels),
            |dy| check::vjp(&[(&[4, 3], &x)], dy, |tape, v| tape.softmax_cross_entropy(v[0], &labels)).remove(0),
        );
    }

    #[test]
    fn a_sure_classifier_neither_overflows_nor_stops_learning() {
        assert_eq!(2000.0, forward(&[1000.0, -1000.0], &[1]));
        assert_eq!([exp(-30.0) as f32, -(exp(-30.0) as f32)], backward(&[0.0, 30.0], &[1], 1.0)[..]);
    }

    #[test]
    fn nan_stays_nan_wherever_it_is() {
        for at in 0..3 {
            let mut x = [1.0, 2.0, 3.0];
            x[at] = f32::NAN;
            assert!(forward(&x, &[1]).is_nan(), "at {at}");
            assert!(backward(&x, &[1], 1.0).iter().all(|dx| dx.is_nan()), "at {at}");
        }
        assert!(forward(&[f32::NAN; 2], &[0]).is_nan());
    }

    #[test]
    #[should_panic(expected = "the label 3 is none of 3 classes")]
    fn a_label_is_a_class() {
        let _ = forward(&[0.0; 3], &[3]);
    }
}

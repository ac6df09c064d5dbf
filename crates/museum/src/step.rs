//! What the halves of a step share: norms, verdicts, and the first number that is not finite.

use dcgan::Error;
use tensor::ops::sigmoid;
use tensor::{Buffer, Op, Tape, Tensor, Var};

/// The norm of a gradient.
pub(crate) fn norm(gradients: &[Tensor]) -> f32 {
    nn::norm(gradients) as f32
}

/// The mean of σ(logit): how real D thinks a batch is.
pub(crate) fn mean_verdict(logits: &Tensor) -> f32 {
    let logits: Vec<f64> = logits.data().iter().map(|&logit| f64::from(logit)).collect();
    let verdicts = sigmoid::reference::forward(&logits);
    (verdicts.iter().sum::<f64>() / verdicts.len() as f64) as f32
}

/// What is wrong with a half of a step, if its loss or its update is not finite.
pub(crate) fn finite(step: u64, updated: Result<(), nn::UpdateNotFinite>, loss: f32) -> Result<(), Error> {
    let error = |what: String| Error::NotFinite { step: step + 1, what };
    updated.map_err(|broken| error(format!("the update of {}", broken.parameter)))?;
    if loss.is_finite() { Ok(()) } else { Err(error("a loss".to_owned())) }
}

/// Two batches as one, `a` before `b`.
pub(crate) fn one_batch(tape: &mut Tape, a: Var, b: Var) -> Var {
    let (first, second) = (tape.value(a), tape.value(b));
    let rows = first.shape()[0];
    let mut shape = first.shape().to_vec();
    shape[0] += second.shape()[0];
    let both = [first.data(), second.data()].concat();
    tape.record(Op::new("one_batch"), &[a, b], Tensor::new(&shape, both), move |dy, grads| {
        let shapes = [first.shape().to_vec(), second.shape().to_vec()];
        let size = dy.data().len() / dy.shape()[0];
        let (da, db) = dy.data().split_at(rows * size);
        grads.add(a, || Tensor::new(&shapes[0], Buffer::copy_of(da)));
        grads.add(b, || Tensor::new(&shapes[1], Buffer::copy_of(db)));
    })
}

/// The two halves of a batch.
pub(crate) fn halves(tape: &mut Tape, x: Var) -> [Var; 2] {
    let both = tape.value(x);
    let half = both.data().len() / 2;
    let mut shape = both.shape().to_vec();
    shape[0] /= 2;
    [0, half].map(|at| {
        let all = both.shape().to_vec();
        let part = Tensor::new(&shape, Buffer::copy_of(&both.data()[at..at + half]));
        tape.record(Op::new("half"), &[x], part, move |dy, grads| {
            grads.add(x, || {
                let mut dx = Tensor::zeros(&all);
                dx.data_mut()[at..at + half].copy_from_slice(dy.data());
                dx
            });
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor::check;

    #[test]
    fn one_batch_and_its_halves_have_the_gradient_of_their_parts() {
        let x = check::noise(1, 24);
        check::gradient(&x, <[f64]>::to_vec, |dy| {
            check::vjp(&[(&[2, 6], &x[..12]), (&[2, 6], &x[12..])], dy, |tape, v| one_batch(tape, v[0], v[1])).concat()
        });
        check::gradient(&x, <[f64]>::to_vec, |dy| {
            check::vjp(&[(&[4, 6], &x)], dy, |tape, v| {
                let [a, b] = halves(tape, v[0]);
                one_batch(tape, a, b)
            })
            .remove(0)
        });
    }

    #[test]
    fn a_loss_that_is_not_finite_ends_the_training() {
        assert_eq!(Ok(()), finite(4, Ok(()), 1.0));
        for loss in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
            assert!(matches!(finite(4, Ok(()), loss), Err(Error::NotFinite { step: 5, .. })), "{loss}");
        }
    }
}

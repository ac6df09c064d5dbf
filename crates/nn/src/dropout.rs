//! Dropout: in training, a unit is silent with probability `1 − keep`.
//!
//! A unit that cannot rely on any particular other unit has to be useful alone. The trained network
//! behaves like the mean of the many thinner networks that took part in the training. Kept values
//! are divided by `keep` ("inverted" dropout), so the expected value is unchanged, and inference
//! simply leaves the layer out.
//!
//! The choice of the kept values is a pure function of a key and the position. There is no state,
//! and a step that is repeated drops the same values. Each layer needs a key of its own for each
//! step. The arithmetic and its gradient are in [`tensor::ops::dropout`].
//!
//! Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, *Dropout: a simple way to
//! prevent neural networks from overfitting*, JMLR 15, 2014. (Their `p` is our `keep`; PyTorch's is
//! `1 − keep`.)

use tensor::{Tape, Var};

/// A dropout layer that keeps a fixed share of its input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    keep: f32,
}

impl Dropout {
    /// Keeps each value with probability `keep`, in (0, 1]. A `keep` of 1 does nothing at all.
    ///
    /// # Panics
    /// If `keep` is outside its range.
    #[must_use]
    pub fn new(keep: f32) -> Self {
        assert!(0.0 < keep && keep <= 1.0, "dropout cannot keep {keep} of its values");
        Self { keep }
    }

    /// Drops elements of `x`, of any shape. `key` chooses them.
    pub fn forward(self, tape: &mut Tape, x: Var, key: u64) -> Var {
        if self.keep < 1.0 { tape.dropout(self.keep, key, x) } else { x }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor::Tensor;

    fn forward(keep: f32, key: u64) -> Vec<f32> {
        let mut tape = Tape::new();
        let x = tape.leaf(Tensor::new(&[100, 100], vec![2.0; 10_000]));
        let y = Dropout::new(keep).forward(&mut tape, x, key);
        tape.value(y).data().to_vec()
    }

    #[test]
    fn keeps_its_share_and_the_mean() {
        let y = forward(0.8, 1);
        assert!(y.iter().all(|&y| y == 0.0 || y == 2.0 / 0.8));
        let kept = y.iter().filter(|&&y| y != 0.0).count();
        // 160 is four standard deviations of a binomial distribution with 10,000 draws of 0.8.
        assert!(kept.abs_diff(8000) <= 160, "kept {kept}");
    }

    #[test]
    fn the_key_decides() {
        assert_eq!(forward(0.8, 1), forward(0.8, 1));
        assert_ne!(forward(0.8, 1), forward(0.8, 2));
    }

    #[test]
    fn keeping_everything_is_doing_nothing() {
        let mut tape = Tape::new();
        let x = tape.leaf(Tensor::scalar(3.0));
        assert_eq!(x, Dropout::new(1.0).forward(&mut tape, x, 1));
    }

    #[test]
    #[should_panic(expected = "dropout cannot keep 0 of its values")]
    fn something_must_be_kept() {
        let _ = Dropout::new(0.0);
    }
}

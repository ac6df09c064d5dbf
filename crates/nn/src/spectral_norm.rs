//! Spectral normalisation: layers compute with kernels divided by their spectral norms, and what is
//! trained are the kernels themselves.
//!
//! The operator is [`tensor::ops::spectral_norm`]. It needs a vector `u` for each kernel, which
//! follows the largest singular vector from step to step. A [`SpectralNorm`] owns these vectors. A
//! pass that trains moves each by one round of the power method; a pass with frozen parameters
//! makes a round, too, and forgets it. The vectors belong to the state of a training, as the
//! running statistics of a batch norm do.
//!
//! Source: Miyato, Kataoka, Koyama and Yoshida, *Spectral normalization for generative adversarial
//! networks*, 2018, algorithm 1.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use tensor::{Tape, Tensor};

use crate::{Bound, Mode, Parameters};

/// The vectors of all kernels of a network. Its biases, of one axis, have none.
#[derive(Clone, Debug)]
pub struct SpectralNorm {
    /// The place of each kernel in its store, its name, and its `u`.
    vectors: Vec<(usize, String, Tensor)>,
}

impl SpectralNorm {
    /// A vector for each kernel of `parameters`, drawn from `rng`.
    #[must_use]
    pub fn new(parameters: &Parameters, rng: &mut impl Rng) -> Self {
        let mut vector = |kernel: &Tensor| {
            let columns = kernel.shape().last().copied().unwrap_or(0);
            let numbers: Vec<f32> = StandardNormal.sample_iter(&mut *rng).take(columns).collect();
            Tensor::new(&[columns], numbers)
        };
        let kernels = parameters.iter().enumerate().filter(|(_, (_, tensor))| 1 < tensor.shape().len());
        Self { vectors: kernels.map(|(at, (name, kernel))| (at, name.to_owned(), vector(kernel))).collect() }
    }

    /// Puts the parameters on `tape` as [`Parameters::bind`] does, their kernels normalised. With
    /// [`Mode::Trained`] the vectors move.
    ///
    /// # Panics
    /// If these are not the parameters that the vectors were made for.
    pub fn bind(&mut self, parameters: &Parameters, tape: &mut Tape, mode: Mode) -> Bound {
        let mut bound = parameters.bind(tape, mode);
        for (at, name, u) in &mut self.vectors {
            tape.scope(name);
            let (kernel, next) = tape.spectral_norm(bound.vars[*at], u);
            bound.vars[*at] = kernel;
            if mode == Mode::Trained {
                *u = next;
            }
        }
        bound
    }

    /// The vectors by the names of their kernels.
    pub fn vectors(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.vectors.iter().map(|(_, name, u)| (name.as_str(), u))
    }

    /// As [`vectors`](Self::vectors), for a checkpoint.
    pub fn vectors_mut(&mut self) -> impl Iterator<Item = (&str, &mut Tensor)> {
        self.vectors.iter_mut().map(|(_, name, u)| (name.as_str(), u))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParamId;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn network() -> (Parameters, ParamId, SpectralNorm) {
        let mut parameters = Parameters::new();
        parameters.add("bias", Tensor::new(&[3], vec![7.0; 3]));
        let kernel = parameters.add("kernel", Tensor::new(&[2, 3], vec![3.0, 0.0, 0.0, 0.0, 4.0, 0.0]));
        let spectral = SpectralNorm::new(&parameters, &mut ChaCha8Rng::seed_from_u64(1));
        (parameters, kernel, spectral)
    }

    /// Trained passes converge to the largest singular value, 4, and frozen ones change nothing.
    #[test]
    fn kernels_are_divided_by_their_spectral_norm() {
        let (parameters, kernel, mut spectral) = network();
        let mut pass = |mode| {
            let mut tape = Tape::new();
            let bound = spectral.bind(&parameters, &mut tape, mode);
            tape.value(bound[kernel]).data().to_vec()
        };
        let frozen = pass(Mode::Frozen);
        assert_eq!(frozen, pass(Mode::Frozen));
        assert_eq!(frozen, pass(Mode::Trained), "the first round is the same");
        assert_ne!(frozen, pass(Mode::Frozen), "the vector has moved");
        (0..100).for_each(|_| drop(pass(Mode::Trained)));
        let found = pass(Mode::Frozen);
        for (found, expected) in found.iter().zip([0.75, 0.0, 0.0, 0.0, 1.0, 0.0]) {
            assert!((found - expected).abs() <= 1e-6, "{found}, not {expected}");
        }
        let names: Vec<&str> = spectral.vectors().map(|(name, _)| name).collect();
        assert_eq!(["kernel"], names[..]);
    }

    /// What is trained is the kernel, so its gradient is that through the division.
    #[test]
    fn gradients_are_those_of_the_kernel_itself() {
        let (parameters, kernel, mut spectral) = network();
        let u = spectral.vectors().next().expect("there is one").1.clone();
        let mut tape = Tape::new();
        let bound = spectral.bind(&parameters, &mut tape, Mode::Trained);
        let dy = Tensor::new(&[2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let y = bound[kernel];
        let gradients = bound.gradients(&mut tape.backward(y, dy.clone()));
        assert_eq!([0.0; 3], gradients[0].data());
        let weights = parameters.get("kernel").expect("it is there");
        let (y, round) = tensor::ops::spectral_norm::forward(weights.data(), u.data());
        assert_eq!(tensor::ops::spectral_norm::backward(&y, &round, dy.data())[..], *gradients[1].data());
    }
}

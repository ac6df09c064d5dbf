//! A dense layer: every output is a weighted sum of every input, `y = x·w + b`.
//!
//! The kernel `w` is stored as `[inputs, outputs]`, the right side of the product. PyTorch stores
//! the transpose. The arithmetic and its gradients are in [`tensor::ops::dense`].

use rand::Rng;
use tensor::{Tape, Tensor, Var};

use crate::{Bound, Init, ParamId, Parameters, assert_input};

/// A dense layer: `[n, inputs] → [n, outputs]`.
#[derive(Clone, Debug)]
pub struct Dense {
    name: String,
    inputs: usize,
    outputs: usize,
    kernel: ParamId,
    bias: ParamId,
}

impl Dense {
    /// Adds `name/kernel [inputs, outputs]`, drawn by `init`, and `name/bias [outputs]`, all zeros.
    ///
    /// # Panics
    /// If the names are taken.
    pub fn new(
        parameters: &mut Parameters,
        name: &str,
        inputs: usize,
        outputs: usize,
        init: Init,
        rng: &mut impl Rng,
    ) -> Self {
        Self {
            name: name.to_owned(),
            inputs,
            outputs,
            kernel: parameters.add(format!("{name}/kernel"), init.kernel(&[inputs, outputs], rng)),
            bias: parameters.add(format!("{name}/bias"), Tensor::zeros(&[outputs])),
        }
    }

    /// `x [n, inputs] → y [n, outputs]`.
    ///
    /// # Panics
    /// If `x` has another shape.
    pub fn forward(&self, tape: &mut Tape, bound: &Bound, x: Var) -> Var {
        tape.scope(&self.name);
        assert_input(&self.name, tape.value(x).shape(), &[self.inputs]);
        tape.dense(x, bound[self.kernel], Some(bound[self.bias]))
    }

    /// The name with which the names of its parameters begin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The number of outputs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mode;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn layer() -> (Parameters, Dense) {
        let mut parameters = Parameters::new();
        let dense = Dense::new(&mut parameters, "dense", 3, 2, Init::GlorotUniform, &mut ChaCha8Rng::seed_from_u64(1));
        (parameters, dense)
    }

    fn forward(parameters: &Parameters, dense: &Dense, x: Tensor) -> Tensor {
        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, Mode::Frozen);
        let x = tape.constant(x);
        let y = dense.forward(&mut tape, &bound, x);
        tape.value(y)
    }

    #[test]
    fn starts_with_a_random_kernel_and_no_bias() {
        let (parameters, _) = layer();
        let shapes: Vec<_> = parameters.iter().map(|(name, tensor)| (name, tensor.shape())).collect();
        assert_eq!(shapes, [("dense/kernel", &[3, 2][..]), ("dense/bias", &[2])]);
        assert!(parameters.get("dense/kernel").expect("it is there").data().iter().all(|&w| w != 0.0));
        assert!(parameters.get("dense/bias").expect("it is there").data().iter().all(|&b| b == 0.0));
    }

    #[test]
    fn multiplies_and_adds() {
        let (mut parameters, dense) = layer();
        parameters.set("dense/kernel", Tensor::new(&[3, 2], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        parameters.set("dense/bias", Tensor::new(&[2], vec![10.0, 20.0]));
        let y = forward(&parameters, &dense, Tensor::new(&[2, 3], vec![1.0, 0.0, -1.0, 0.0, 2.0, 0.0]));
        assert_eq!((&[2, 2][..], &[6.0, 16.0, 16.0, 28.0][..]), (y.shape(), y.data()));
    }

    #[test]
    #[should_panic(expected = "dense: expected an input of shape [n, 3], not [2, 4]")]
    fn another_input_is_refused() {
        let (parameters, dense) = layer();
        let _ = forward(&parameters, &dense, Tensor::zeros(&[2, 4]));
    }
}

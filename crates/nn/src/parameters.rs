//! The parameters: what a network learns, as an ordered store of named tensors.
//!
//! A layer does not hold its weights. It adds them to a [`Parameters`] when it is built and keeps
//! only their [`ParamId`]s. One place therefore owns everything that an optimiser updates and a
//! checkpoint saves. The tensors have names that read like paths: `generator/dense/kernel`.
//!
//! Each training step differentiates on a fresh tape, so the parameters must be put on it each
//! time. [`Parameters::bind`] does this and returns the [`Bound`] handles that layers compute with.
//! Parameters bound as [`Mode::Trained`] are leaves, and [`Bound::gradients`] collects their
//! gradients after the backward pass. Parameters bound as [`Mode::Frozen`] are constants, and no
//! gradient is computed for them. A GAN needs both: the update of the generator runs *through* the
//! discriminator and needs no gradient of the discriminator's weights.
//!
//! ```
//! use nn::{Mode, Parameters};
//! use tensor::{Tape, Tensor};
//!
//! let mut parameters = Parameters::new();
//! let slope = parameters.add("line/slope", Tensor::scalar(3.0));
//!
//! let mut tape = Tape::new();
//! let bound = parameters.bind(&mut tape, Mode::Trained);
//! let mut grads = tape.backward(bound[slope], Tensor::scalar(1.0));
//! assert_eq!(1.0, bound.gradients(&mut grads)[0].item());
//! ```

use std::ops::Index;

use tensor::{Grads, Tape, Tensor, Var};

/// The handle of a tensor in a [`Parameters`]: its place in the order of the store. It means
/// nothing in another store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParamId(usize);

/// Whether the backward pass computes gradients of the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The parameters are leaves, and their gradients are computed.
    Trained,
    /// The parameters are constants, and no gradient is computed.
    Frozen,
}

/// Named tensors in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    entries: Vec<(String, Tensor)>,
}

impl Parameters {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tensor under a new name.
    ///
    /// # Panics
    /// If the name is taken.
    pub fn add(&mut self, name: impl Into<String>, tensor: Tensor) -> ParamId {
        let name = name.into();
        assert!(self.get(&name).is_none(), "there are two parameters named {name}");
        self.entries.push((name, tensor));
        ParamId(self.entries.len() - 1)
    }

    /// The number of tensors.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no tensors.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of trainable numbers: the elements of all tensors together.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.iter().map(|(_, tensor)| tensor.data().len()).sum()
    }

    /// The name and the tensor of each parameter, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Tensor)> {
        self.entries.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// The tensors in order, for an optimiser that changes them in place.
    pub(crate) fn tensors_mut(&mut self) -> impl ExactSizeIterator<Item = &mut Tensor> {
        self.entries.iter_mut().map(|(_, tensor)| tensor)
    }

    /// The tensor of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.iter().find_map(|(candidate, tensor)| (candidate == name).then_some(tensor))
    }

    /// Replaces the tensor of that name. Code that reads tensors from a file compares names and
    /// shapes first, with [`iter`](Self::iter), and reports those that do not fit.
    ///
    /// # Panics
    /// If there is no such name, or the shapes differ.
    pub fn set(&mut self, name: &str, tensor: Tensor) {
        let entry = self.entries.iter_mut().find(|(candidate, _)| candidate == name);
        let (_, old) = entry.unwrap_or_else(|| panic!("there is no parameter named {name}"));
        assert_eq!(old.shape(), tensor.shape(), "{name} has another shape");
        *old = tensor;
    }

    /// A store with the same names and shapes, filled with zeros. An optimiser keeps its moments in
    /// one.
    #[must_use]
    pub fn zeros_like(&self) -> Self {
        Self { entries: self.iter().map(|(name, tensor)| (name.to_owned(), Tensor::zeros(tensor.shape()))).collect() }
    }

    /// Puts every parameter on `tape`. Each costs a reference count, not a copy.
    ///
    /// While the tape lives, it shares the tensors. An optimiser that runs during this time still
    /// gives the right result, but it copies each parameter before it writes. [`Tape::backward`]
    /// consumes the tape, and after it nothing is copied.
    #[must_use]
    pub fn bind(&self, tape: &mut Tape, mode: Mode) -> Bound {
        let mut put = |tensor: &Tensor| match mode {
            Mode::Trained => tape.leaf(tensor.clone()),
            Mode::Frozen => tape.constant(tensor.clone()),
        };
        let leaves: Vec<Var> = self.iter().map(|(_, tensor)| put(tensor)).collect();
        Bound { vars: leaves.clone(), leaves }
    }
}

/// The parameters on a tape: `bound[id]` is the [`Var`] of a [`ParamId`].
#[derive(Debug)]
pub struct Bound {
    /// What layers compute with. Spectral normalisation replaces some.
    pub(crate) vars: Vec<Var>,
    /// The parameters themselves, which receive the gradients.
    leaves: Vec<Var>,
}

impl Bound {
    /// Takes the gradients of all parameters, in the order of the store. A gradient is all zeros if
    /// the output does not depend on the parameter.
    ///
    /// # Panics
    /// If the parameters were bound as [`Mode::Frozen`], or their gradients were taken before.
    #[must_use]
    pub fn gradients(&self, grads: &mut Grads) -> Vec<Tensor> {
        self.leaves.iter().map(|&leaf| grads.take(leaf)).collect()
    }
}

impl Index<ParamId> for Bound {
    type Output = Var;
    fn index(&self, id: ParamId) -> &Var {
        &self.vars[id.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> (Parameters, ParamId, ParamId) {
        let mut parameters = Parameters::new();
        let kernel = parameters.add("dense/kernel", Tensor::new(&[2, 1], vec![3.0, 5.0]));
        let bias = parameters.add("dense/bias", Tensor::zeros(&[1]));
        (parameters, kernel, bias)
    }

    #[test]
    fn names_keep_their_order_and_their_tensors() {
        let (mut parameters, kernel, bias) = two();
        parameters.set("dense/bias", Tensor::new(&[1], vec![7.0]));
        let listed: Vec<_> = parameters.iter().map(|(name, tensor)| (name, tensor.data().to_vec())).collect();
        assert_eq!(listed, [("dense/kernel", vec![3.0, 5.0]), ("dense/bias", vec![7.0])]);
        assert_eq!((2, 3, false), (parameters.len(), parameters.elements(), parameters.is_empty()));
        assert!(parameters.get("dense").is_none());

        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, Mode::Trained);
        assert_eq!([3.0, 5.0], tape.value(bound[kernel]).data());
        assert_eq!([7.0], tape.value(bound[bias]).data());
    }

    #[test]
    fn gradients_come_in_order_and_are_zero_where_nothing_depends() {
        let (parameters, kernel, _) = two();
        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, Mode::Trained);
        let mut grads = tape.backward(bound[kernel], Tensor::new(&[2, 1], vec![0.5, -2.0]));
        let gradients = bound.gradients(&mut grads);
        assert_eq!([0.5, -2.0], gradients[0].data());
        assert_eq!([0.0], gradients[1].data());
    }

    #[test]
    fn frozen_parameters_need_no_gradient() {
        let (parameters, kernel, bias) = two();
        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, Mode::Frozen);
        assert!(!tape.needs_grad(bound[kernel]) && !tape.needs_grad(bound[bias]));
    }

    #[test]
    #[should_panic(expected = "only a leaf has a gradient")]
    fn frozen_parameters_have_no_gradients_to_take() {
        let (parameters, ..) = two();
        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, Mode::Frozen);
        let x = tape.leaf(Tensor::scalar(1.0));
        let _ = bound.gradients(&mut tape.backward(x, Tensor::scalar(1.0)));
    }

    #[test]
    #[should_panic(expected = "two parameters named dense/bias")]
    fn a_name_is_used_once() {
        two().0.add("dense/bias", Tensor::scalar(0.0));
    }

    #[test]
    #[should_panic(expected = "no parameter named dense/weights")]
    fn an_unknown_name_is_refused() {
        two().0.set("dense/weights", Tensor::scalar(0.0));
    }

    #[test]
    #[should_panic(expected = "dense/kernel has another shape")]
    fn another_shape_is_refused() {
        two().0.set("dense/kernel", Tensor::zeros(&[1, 2]));
    }
}

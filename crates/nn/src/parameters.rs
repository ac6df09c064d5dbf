//! The parameters: what a network learns, as an ordered store of named tensors.
//!
//! A layer does not hold its weights. It adds them to a [`Parameters`] when it is built and keeps
//! only their [`ParamId`]s, so that one place owns everything that an optimiser updates and a
//! checkpoint saves, under names that read like paths: `generator/dense/kernel`.
//!
//! A step differentiates on a fresh tape, and each time the parameters must be put on it:
//! [`Parameters::bind`] does so and hands out the [`Bound`] handles that layers compute with. Bound
//! as [`Mode::Trained`] they are leaves, whose gradients [`Bound::gradients`] collects after the
//! backward pass; as [`Mode::Frozen`] they are constants and no gradient is computed. A GAN needs
//! both: the update of the generator runs *through* the discriminator, and wants nothing of the
//! discriminator's weights.
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

/// A parameter of a [`Parameters`]: its place in the order of the store. It means nothing in
/// another store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParamId(usize);

/// Whether a backward pass is to reach the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As leaves: gradients are computed.
    Trained,
    /// As constants: no gradient is computed.
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

    /// Adds a tensor under a name of its own.
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

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of trainable numbers: the elements of all tensors.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.iter().map(|(_, tensor)| tensor.data().len()).sum()
    }

    /// Name and tensor of each, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Tensor)> {
        self.entries.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// The tensors in order, to be changed in place by an optimiser.
    pub(crate) fn tensors_mut(&mut self) -> impl ExactSizeIterator<Item = &mut Tensor> {
        self.entries.iter_mut().map(|(_, tensor)| tensor)
    }

    /// The tensor of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.iter().find_map(|(candidate, tensor)| (candidate == name).then_some(tensor))
    }

    /// Replaces the tensor of that name. Who reads tensors from outside compares names and shapes
    /// first, with [`iter`](Self::iter), and reports what does not fit.
    ///
    /// # Panics
    /// If there is no such name, or its tensor has another shape.
    pub fn set(&mut self, name: &str, tensor: Tensor) {
        let entry = self.entries.iter_mut().find(|(candidate, _)| candidate == name);
        let (_, old) = entry.unwrap_or_else(|| panic!("there is no parameter named {name}"));
        assert_eq!(old.shape(), tensor.shape(), "{name} has another shape");
        *old = tensor;
    }

    /// A store of the same names and shapes, filled with zeros: where an optimiser keeps its
    /// moments.
    #[must_use]
    pub fn zeros_like(&self) -> Self {
        Self { entries: self.iter().map(|(name, tensor)| (name.to_owned(), Tensor::zeros(tensor.shape()))).collect() }
    }

    /// Puts every parameter on `tape`, at the price of a reference count each.
    ///
    /// While the tape lives it shares the tensors. An optimiser that runs meanwhile still does the
    /// right thing, but copies each parameter before it writes; [`Tape::backward`] consumes the
    /// tape, and then nothing is copied.
    #[must_use]
    pub fn bind(&self, tape: &mut Tape, mode: Mode) -> Bound {
        let mut put = |tensor: &Tensor| match mode {
            Mode::Trained => tape.leaf(tensor.clone()),
            Mode::Frozen => tape.constant(tensor.clone()),
        };
        Bound { vars: self.iter().map(|(_, tensor)| put(tensor)).collect() }
    }
}

/// The parameters on a tape: `bound[id]` is the [`Var`] of a [`ParamId`].
#[derive(Debug)]
pub struct Bound {
    vars: Vec<Var>,
}

impl Bound {
    /// Takes the gradients of all parameters, in the order of the store: zeros for those that the
    /// output did not depend on.
    ///
    /// # Panics
    /// If the parameters were bound as [`Mode::Frozen`], or their gradients were taken before.
    #[must_use]
    pub fn gradients(&self, grads: &mut Grads) -> Vec<Tensor> {
        self.vars.iter().map(|&var| grads.take(var)).collect()
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

//! The tape: a record of what was computed, in order, with a way back for each operation.
//!
//! Reverse-mode differentiation needs one thing from every operation: its *pullback*. A pullback is
//! the function that turns the gradient of the operation's output into gradients of its inputs. The
//! tape is a list of pullbacks in the order in which the operations ran. That order is already a
//! topological order of the graph, so the backward pass walks the list from its end and never
//! searches a graph. The tape knows no operator; operators know the tape.
//!
//! Gradients are only ever added. A value that is used twice receives two gradients, and their sum
//! is the derivative. This is the multivariate chain rule.
//!
//! A value that needs no gradient is a [`constant`](Tape::constant). An operation on constants
//! yields a constant: the tape drops its pullback at once, together with everything the pullback
//! had saved. To freeze a network is therefore to put its weights on the tape as constants: their
//! gradients are never computed.

use crate::observe::{Direction, Observation, Op};
use crate::shards::{Parts, Shards, added};
use crate::{Buffer, Tensor};

/// A value on a [`Tape`]. It means nothing on another tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Var(usize);

type Pullback = Box<dyn FnOnce(&Tensor, &mut Grads)>;

struct Entry {
    value: Tensor,
    needs_grad: bool,
    pullback: Option<Recorded>,
}

/// An operation's pullback, and what an observer is told about the operation.
struct Recorded {
    op: Op,
    scope: usize,
    pullback: Pullback,
}

/// Called after each operation.
type Observer = Box<dyn FnMut(Observation<'_>)>;

/// Values in execution order, each with its pullback.
#[derive(Default)]
pub struct Tape {
    entries: Vec<Entry>,
    observer: Option<Observer>,
    /// The scopes so far, for the observer. The last is the one in force.
    scopes: Vec<String>,
    shards: Shards,
}

impl Tape {
    /// An empty tape.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty tape that tells `observer` of each operation, just after it ran. An observer that
    /// owns a clock can build a profile this way.
    #[must_use]
    pub fn observed(observer: impl FnMut(Observation<'_>) + 'static) -> Self {
        Self { observer: Some(Box::new(observer)), scopes: vec![String::new()], ..Self::default() }
    }

    /// The same tape for a batch that is cut into `shards`, of which the local ones are recorded.
    #[must_use]
    pub fn of(self, shards: &Shards) -> Self {
        Self { shards: shards.clone(), ..self }
    }

    /// How the batch is cut: what an operator needs that sums over its images.
    #[must_use]
    pub fn shards(&self) -> Shards {
        self.shards.clone()
    }

    /// Names all operations that are recorded until the next scope. A layer passes its own name.
    ///
    /// Only an observer reads the name. A tape without an observer does not keep it.
    pub fn scope(&mut self, name: &str) {
        if self.observer.is_some() {
            self.scopes.push(name.to_owned());
        }
    }

    /// Puts a value on the tape that receives a gradient.
    pub fn leaf(&mut self, value: Tensor) -> Var {
        self.push(Entry { value, needs_grad: true, pullback: None })
    }

    /// Puts a value on the tape that receives no gradient: data, or a frozen parameter.
    ///
    /// A GAN's "detach" is this: `tape_d.constant(tape_g.value(fake))`.
    pub fn constant(&mut self, value: Tensor) -> Var {
        self.push(Entry { value, needs_grad: false, pullback: None })
    }

    /// Records the result of an operation on `inputs`.
    ///
    /// `pullback` receives the gradient of `value` and [adds](Grads::add) to those of `inputs`.
    pub fn record(
        &mut self,
        op: impl Into<Op>,
        inputs: &[Var],
        value: Tensor,
        pullback: impl FnOnce(&Tensor, &mut Grads) + 'static,
    ) -> Var {
        let op = op.into();
        let scope = self.scopes.len().saturating_sub(1);
        if let Some(observer) = &mut self.observer {
            observer(Observation { direction: Direction::Forward, op, scope: &self.scopes[scope], value: &value });
        }
        let needs_grad = inputs.iter().any(|&input| self.needs_grad(input));
        let pullback = needs_grad.then(|| Recorded { op, scope, pullback: Box::new(pullback) });
        self.push(Entry { value, needs_grad, pullback })
    }

    /// The value. This costs a reference count, not a copy.
    #[must_use]
    pub fn value(&self, var: Var) -> Tensor {
        self.entries[var.0].value.clone()
    }

    /// Whether the backward pass will compute a gradient of `var`.
    #[must_use]
    pub fn needs_grad(&self, var: Var) -> bool {
        self.entries[var.0].needs_grad
    }

    /// Runs the pullbacks from the last to the first.
    ///
    /// `seed` is the gradient with which `output` starts: `Tensor::scalar(1.0)` for a loss. The
    /// call consumes the tape, because a pullback gives up what it saved:
    ///
    /// ```compile_fail
    /// # use tensor::{Tape, Tensor};
    /// let mut tape = Tape::new();
    /// let x = tape.leaf(Tensor::scalar(2.0));
    /// tape.backward(x, Tensor::scalar(1.0));
    /// tape.backward(x, Tensor::scalar(1.0)); // error: use of moved value
    /// ```
    ///
    /// # Panics
    /// If `seed` and `output` differ in shape.
    #[must_use]
    pub fn backward(mut self, output: Var, seed: Tensor) -> Grads {
        let shape = |entry: &Entry| entry.value.shape().to_vec();
        let slot = |entry: &Entry| entry.needs_grad.then(|| Slot { shape: shape(entry), ..Slot::default() });
        let mut grads = Grads { slots: self.entries.iter().map(slot).collect(), shards: self.shards };
        assert_eq!(self.entries[output.0].value.shape(), seed.shape(), "backward: the seed of an output");
        grads.add(output, || seed);
        for (i, entry) in self.entries.into_iter().enumerate().rev() {
            let Some(Recorded { op, scope, pullback }) = entry.pullback else { continue };
            if let Some(dy) = grads.slots[i].take().and_then(|slot| slot.total(&grads.shards)) {
                pullback(&dy, &mut grads); // adds to the inputs; `dy` is freed at the end of this block
                if let Some(observer) = &mut self.observer {
                    observer(Observation {
                        direction: Direction::Backward,
                        op,
                        scope: &self.scopes[scope],
                        value: &dy,
                    });
                }
            }
        }
        grads
    }

    fn push(&mut self, entry: Entry) -> Var {
        self.entries.push(entry);
        Var(self.entries.len() - 1)
    }
}

/// The gradients of a tape's values, during and after the backward pass. Afterwards only the leaves
/// have one.
#[derive(Debug)]
pub struct Grads {
    /// `None` if the value needs no gradient, or if its gradient has been passed on already.
    slots: Vec<Option<Slot>>,
    shards: Shards,
}

#[derive(Debug, Default)]
struct Slot {
    shape: Vec<usize>,
    grad: Option<Tensor>,
    /// What is still to be summed over the shards.
    parts: Parts,
}

impl Slot {
    /// The whole gradient, if there is one.
    fn total(self, shards: &Shards) -> Option<Tensor> {
        [self.grad, self.parts.total(shards)].into_iter().flatten().reduce(added)
    }
}

impl Grads {
    /// Adds to the gradient of `var`. `grad` is called only if `var` needs a gradient.
    ///
    /// # Panics
    /// If the gradient and the value differ in shape.
    pub fn add(&mut self, var: Var, grad: impl FnOnce() -> Tensor) {
        let Some(slot) = &mut self.slots[var.0] else { return };
        let grad = grad();
        assert_eq!(slot.shape, grad.shape(), "a gradient must have its value's shape");
        slot.grad = slot.grad.take().into_iter().chain([grad]).reduce(added);
    }

    /// Adds a sum over the images of the batch, such as the gradient of a weight. `sum` gets the
    /// number of images of a shard and its part of the operands, whose first axis is the images.
    ///
    /// # Panics
    /// If the gradient and the value differ in shape.
    pub fn add_sum<const N: usize>(
        &mut self,
        var: Var,
        operands: [&Tensor; N],
        sum: impl Fn(usize, [&[f32]; N]) -> Buffer,
    ) {
        if let Some(Slot { shape, parts, .. }) = &mut self.slots[var.0] {
            parts.add(&self.shards, shape, operands, sum);
        }
    }

    /// Adds the sum of the rows of `dy`: the gradient of a bias, which is added to every row.
    pub fn add_row_sums(&mut self, op: &'static str, var: Var, dy: &Tensor) {
        let shards = self.shards.clone();
        self.add_buffer(var, || shards.sum_of_rows(op, dy));
    }

    /// Like [`add`](Grads::add), for operators that compute slices. The gradient takes the value's
    /// shape.
    pub fn add_buffer(&mut self, var: Var, grad: impl FnOnce() -> Buffer) {
        if let Some(slot) = &self.slots[var.0] {
            let shape = slot.shape.clone();
            self.add(var, || Tensor::new(&shape, grad()));
        }
    }

    /// Takes the gradient of a leaf. It is all zeros if the output does not depend on the leaf.
    ///
    /// # Panics
    /// If `var` is not a leaf, or its gradient was taken before.
    #[must_use]
    pub fn take(&mut self, var: Var) -> Tensor {
        let slot = self.slots[var.0].take().expect("only a leaf has a gradient, and it can be taken once");
        let shape = slot.shape.clone();
        slot.total(&self.shards).unwrap_or_else(|| Tensor::zeros(&shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fast::parallel::CHUNK;

    fn double(tape: &mut Tape, x: Var) -> Var {
        let y = Tensor::scalar(2.0 * tape.value(x).item());
        tape.record("double", &[x], y, move |dy, grads| {
            grads.add(x, || Tensor::scalar(2.0 * dy.item()));
        })
    }

    #[test]
    fn a_value_used_twice_receives_the_sum() {
        let mut tape = Tape::new();
        let x = tape.leaf(Tensor::scalar(3.0));
        let (a, b) = (double(&mut tape, x), double(&mut tape, x));
        let (va, vb) = (tape.value(a).item(), tape.value(b).item());
        let y = tape.record("product", &[a, b], Tensor::scalar(va * vb), move |dy, grads| {
            grads.add(a, || Tensor::scalar(dy.item() * vb));
            grads.add(b, || Tensor::scalar(dy.item() * va));
        });
        // y = (2x)² and y' = 8x
        assert_eq!(24.0, tape.backward(y, Tensor::scalar(1.0)).take(x).item());
    }

    #[test]
    fn every_element_of_a_large_gradient_is_added() {
        let len = 2 * CHUNK + 3;
        let mut tape = Tape::new();
        let x = tape.leaf(Tensor::zeros(&[len]));
        let y = tape.record("twice", &[x], Tensor::zeros(&[len]), move |dy, grads| {
            grads.add(x, || dy.clone());
            grads.add(x, || dy.clone());
        });
        let dy: Vec<f32> = (0..len).map(|i| i as f32).collect();
        let dx = tape.backward(y, Tensor::new(&[len], dy.clone())).take(x);
        assert!(dx.data().iter().zip(&dy).all(|(dx, dy)| *dx == 2.0 * dy));
    }

    #[test]
    fn nothing_is_computed_for_a_constant() {
        let mut tape = Tape::new();
        let frozen = tape.constant(Tensor::scalar(3.0));
        let x = tape.leaf(Tensor::scalar(1.0));
        let unused =
            tape.record("unused", &[frozen], Tensor::scalar(0.0), |_, _| panic!("a pullback of constants ran"));
        assert!(!tape.needs_grad(unused));
        let y = tape.record("mixed", &[frozen, x], Tensor::scalar(0.0), move |dy, grads| {
            grads.add(frozen, || panic!("the gradient of a constant was computed"));
            grads.add(x, || dy.clone());
        });
        assert_eq!(1.0, tape.backward(y, Tensor::scalar(1.0)).take(x).item());
    }

    #[test]
    fn a_leaf_that_does_not_matter_has_a_gradient_of_zero() {
        let mut tape = Tape::new();
        let (x, other) = (tape.leaf(Tensor::scalar(1.0)), tape.leaf(Tensor::zeros(&[2, 3])));
        let y = double(&mut tape, x);
        let grad = tape.backward(y, Tensor::scalar(1.0)).take(other);
        assert_eq!((grad.shape(), grad.data()), (&[2, 3][..], &[0.0; 6][..]));
    }

    #[test]
    fn an_observer_sees_each_operation_both_ways() {
        let seen = std::rc::Rc::new(std::cell::RefCell::new(vec![]));
        let log = std::rc::Rc::clone(&seen);
        let mut tape = Tape::observed(move |seen: Observation<'_>| {
            log.borrow_mut().push((seen.direction, seen.op.name, seen.scope.to_owned(), seen.value.item()));
        });
        let x = tape.leaf(Tensor::scalar(3.0));
        let y = double(&mut tape, x);
        tape.scope("layer");
        let z = double(&mut tape, y);
        let _ = tape.backward(z, Tensor::scalar(1.0));
        let expected = [
            (Direction::Forward, "", 6.0),
            (Direction::Forward, "layer", 12.0),
            (Direction::Backward, "layer", 1.0),
            (Direction::Backward, "", 2.0),
        ];
        let expected = expected.map(|(direction, scope, value)| (direction, "double", scope.to_owned(), value));
        assert_eq!(expected, seen.borrow()[..]);
    }

    #[test]
    #[should_panic(expected = "a gradient must have its value's shape")]
    fn a_misshapen_gradient_is_refused() {
        let mut tape = Tape::new();
        let x = tape.leaf(Tensor::scalar(1.0));
        let y = tape.record("wrong", &[x], Tensor::scalar(0.0), move |_, grads| grads.add(x, || Tensor::zeros(&[2])));
        let _ = tape.backward(y, Tensor::scalar(1.0));
    }
}

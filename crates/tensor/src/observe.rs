//! What an observer of a [tape](crate::Tape::observed) is told of each operation.
//!
//! A diagnosis looks for the first number that is not finite, an examination for activations that
//! are always 0, and a profile for time. None of them lists operators by name: an operator says
//! once what it is.

use crate::Tensor;

/// What an operator says about itself, once, where it is [recorded](crate::Tape::record).
///
/// Only those who [observe](crate::Tape::observed) a tape look at it. A name alone is enough for
/// most: `"matmul".into()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op {
    /// Such as `conv2d`.
    pub name: &'static str,
    /// Whether its result is that of a rectifier, whose units can fall silent: positive nowhere.
    pub rectifies: bool,
    /// Whether elements of its result may have been dropped at random.
    pub drops: bool,
    /// Whether it waits for memory, and must move at least two tensors of its result's shape
    /// forward (`x → y`) and three backward (`x, dy → dx`).
    pub is_elementwise: bool,
}

impl Op {
    /// An operator of which nothing but its name is known.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, rectifies: false, drops: false, is_elementwise: false }
    }

    /// The same, whose result is that of a rectifier.
    #[must_use]
    pub const fn rectifying(self) -> Self {
        Self { rectifies: true, ..self }
    }

    /// The same, which drops elements at random.
    #[must_use]
    pub const fn dropping(self) -> Self {
        Self { drops: true, ..self }
    }

    /// The same, which waits for memory.
    #[must_use]
    pub const fn elementwise(self) -> Self {
        Self { is_elementwise: true, ..self }
    }
}

impl From<&'static str> for Op {
    fn from(name: &'static str) -> Self {
        Self::new(name)
    }
}

/// Which way an operation ran, for those who [observe](crate::Tape::observed) a tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// It was computed and recorded.
    Forward,
    /// Its pullback was computed.
    Backward,
}

/// What an observer is told, just after an operation ran.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// Which way it ran.
    pub direction: Direction,
    /// Which operation it was.
    pub op: Op,
    /// The [scope](crate::Tape::scope) in which it was recorded: a layer's name, or nothing.
    pub scope: &'a str,
    /// Its result or, on the way back, the gradient of its result.
    pub value: &'a Tensor,
}

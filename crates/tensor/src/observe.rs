//! The information about each operation that the observer of a [tape](crate::Tape::observed)
//! receives.
//!
//! A diagnosis looks for the first number that is not finite, an examination looks for activations
//! that are always 0, and a profile measures time. None of them lists operators by name, because
//! each operator describes itself once.

use crate::Tensor;

/// The description that an operator gives of itself where it is [recorded](crate::Tape::record).
///
/// Only an [observer](crate::Tape::observed) of a tape reads it. For most operators, a name is
/// enough: `"matmul".into()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op {
    /// The operator's name, such as `conv2d`.
    pub name: &'static str,
    /// Whether its result is that of a rectifier. The units of a rectifier can fall silent, which
    /// means that no output is positive.
    pub rectifies: bool,
    /// Whether elements of its result may have been dropped at random.
    pub drops: bool,
    /// Whether it waits for memory, as element-wise operators and batch norm do, and not for
    /// arithmetic. Such an operator must move at least two tensors of its result's shape forward
    /// (`x → y`) and three backward (`x, dy → dx`).
    pub is_memory_bound: bool,
}

impl Op {
    /// An operator with a name and no other property.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, rectifies: false, drops: false, is_memory_bound: false }
    }

    /// The same operator, marked as a rectifier.
    #[must_use]
    pub const fn rectifying(self) -> Self {
        Self { rectifies: true, ..self }
    }

    /// The same operator, marked as one that drops elements at random.
    #[must_use]
    pub const fn dropping(self) -> Self {
        Self { drops: true, ..self }
    }

    /// The same operator, marked as one that waits for memory.
    #[must_use]
    pub const fn memory_bound(self) -> Self {
        Self { is_memory_bound: true, ..self }
    }
}

impl From<&'static str> for Op {
    fn from(name: &'static str) -> Self {
        Self::new(name)
    }
}

/// The direction in which an operation ran, for an [observer](crate::Tape::observed) of a tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// The operation was computed and recorded.
    Forward,
    /// Its pullback was computed.
    Backward,
}

/// The report that an observer receives just after an operation ran.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// The direction in which it ran.
    pub direction: Direction,
    /// The operation.
    pub op: Op,
    /// The [scope](crate::Tape::scope) in which it was recorded: a layer's name, or an empty
    /// string.
    pub scope: &'a str,
    /// Its result, or in the backward pass the gradient of its result.
    pub value: &'a Tensor,
}

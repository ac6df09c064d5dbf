//! What an exhibit is: parts with a fault, parts without, and the words on its plate.

use crate::diff;
use crate::parts::Parts;

/// What tells an exhibit from its twin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sign {
    /// The doctor says a line that starts so, and says nothing about the twin.
    Doctor(&'static str),
    /// The doctor is silent about both, and the judge's figures stand in his place.
    Silence,
    /// Nothing is trained. The variance of the pixels differs by their place in a 2 × 2 square: the
    /// largest of the four is at least that many times the least.
    Phases(f64),
}

/// A failure, and the words on its plate.
#[derive(Clone, Copy)]
pub struct Exhibit {
    /// What it is called on the command line.
    pub name: &'static str,
    /// The change in one line.
    pub title: &'static str,
    /// The training with the fault.
    pub parts: &'static dyn Parts,
    /// The training without it.
    pub twin: &'static dyn Parts,
    /// What one sees.
    pub see: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// Where it was met.
    pub source: &'static str,
    /// What tells it from its twin.
    pub sign: Sign,
    /// The file of its parts, from which the change is printed.
    pub(crate) file: &'static str,
}

impl Exhibit {
    /// The change from the twin to the exhibit, in at most ten lines of their source.
    #[must_use]
    pub fn change(&self) -> String {
        diff::of(self.file, self.is_of_the_twin())
    }

    /// Whether the file has the parts of the twin, because the product itself is the exhibit.
    #[must_use]
    pub fn is_of_the_twin(&self) -> bool {
        matches!(self.sign, Sign::Phases(_))
    }
}

//! What a failing check says.

use std::error::Error;
use std::fmt::{self, Debug, Display, Formatter};

/// The smallest failure of an answer: the case as numbers, what came out and what should have, and
/// the mistake by name if exactly one is known that does this.
#[derive(Clone)]
pub struct Mistake {
    pub(crate) exercise: &'static str,
    /// `dw is wrong`; for an exercise that nobody has begun, the words of its `unsolved!`.
    pub(crate) what: String,
    /// What was computed; nothing if the exercise is not begun.
    pub(crate) found: Option<Box<Found>>,
}

/// A case in which an answer fails.
#[derive(Clone)]
pub(crate) struct Found {
    /// The inputs, with their numbers.
    pub(crate) case: String,
    /// `yours: dw = [ 2 1 ]`, or the panic.
    pub(crate) yours: String,
    pub(crate) right: String,
    /// Where the first difference is, if the values are long.
    pub(crate) difference: Option<String>,
    /// How to see the case again, if it was drawn.
    pub(crate) again: Option<String>,
    pub(crate) explanation: Option<&'static str>,
    pub(crate) chapter: &'static str,
    pub(crate) file: &'static str,
}

impl Mistake {
    /// Whether the exercise is still as it was handed out.
    #[must_use]
    pub fn is_unsolved(&self) -> bool {
        self.found.is_none()
    }

    /// The sentence that names the mistake, if exactly one known mistake fits.
    #[must_use]
    pub fn explanation(&self) -> Option<&'static str> {
        self.found.as_ref().and_then(|found| found.explanation)
    }
}

impl Display for Mistake {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let Some(found) = &self.found else {
            return write!(f, "{}", self.what);
        };
        writeln!(f, "exercise {}: {}", self.exercise, self.what)?;
        writeln!(f, "  {}", found.case)?;
        writeln!(f, "  {}    right: {}", found.yours, found.right)?;
        for line in found.difference.iter().map(String::as_str).chain(found.explanation) {
            writeln!(f, "  {line}")?;
        }
        if let Some(again) = &found.again {
            writeln!(f, "  {again}")?;
        }
        let number = self.exercise.split('_').next().unwrap_or_default();
        write!(f, "  {}; {}.   cargo xtask learn --hint {number}", found.chapter, found.file)
    }
}

/// As [`Display`], so that `unwrap` is readable too.
impl Debug for Mistake {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Error for Mistake {}

//! The real images that samples are held against.

use data::Images;

use crate::Domain;

/// Real images that a generator may have learnt from, others of the same kind that it has not, and who judges them.
#[derive(Debug)]
pub struct Reals {
    /// A name for people.
    pub name: String,
    /// Who knows such images.
    pub subject: Domain,
    /// The class that all of them are of, if it is one.
    pub class: Option<usize>,
    /// What generators learn from.
    pub training: Images,
    /// What none has seen.
    pub held_out: Images,
}

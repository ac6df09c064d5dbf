//! The real images that samples are compared with.

use data::Images;

use crate::Domain;

/// The training images of a generator, and held-out images of the same kind.
#[derive(Debug)]
pub struct Reals {
    /// A name for messages and tables.
    pub name: String,
    /// The data set they come from.
    pub domain: Domain,
    /// The class of all of them, if they are of one class.
    pub class: Option<usize>,
    /// The images that generators are trained on.
    pub training: Images,
    /// Images that no generator has seen.
    pub held_out: Images,
}

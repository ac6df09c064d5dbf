//! What the data of a training allows, as far as this program knows the data.

use dcgan::config::Data;

/// The digits that come with the program, by the SHA-256 of their extents and pixels.
const MNIST: &str = "";
/// The horses that come with it.
const HORSES: &str = "";

/// A sentence on the licence of `data`.
#[must_use]
pub fn of(data: &Data) -> &'static str {
    match (&*data.name, &*data.sha256) {
        (_, MNIST) => "MNIST: CC BY-SA 3.0, https://creativecommons.org/licenses/by-sa/3.0/",
        (_, HORSES) => "CIFAR-10: none is stated; its page asks to cite A. Krizhevsky, 2009",
        _ => "not known to this program: ask whoever made the pictures",
    }
}

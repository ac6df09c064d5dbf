//! What the data of a training allows, as far as this program knows the data.

use dcgan::config::Data;

/// The digits that come with the program, by the SHA-256 of their extents and pixels.
const MNIST: &str = "5015f18765c101bc1aa2c0c388eabc269ee2d2fadef6e9e6f45c519ab31eee53";
/// The horses that come with it.
const HORSES: &str = "908383545858e79d541b6a911f07c31e06b712940b374ba1141a91c0b651e544";

const CIFAR: &str = "CIFAR-10: none is stated; its page asks to cite A. Krizhevsky, 2009";

/// A sentence on the licence of `data`.
#[must_use]
pub fn of(data: &Data) -> &'static str {
    match &*data.sha256 {
        MNIST => "MNIST: CC BY-SA 3.0, https://creativecommons.org/licenses/by-sa/3.0/",
        HORSES => CIFAR,
        _ if data.name.starts_with("cifar-") => CIFAR,
        _ => "not known to this program: ask whoever made the pictures",
    }
}

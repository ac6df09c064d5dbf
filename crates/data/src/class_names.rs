//! What to call the classes of a data set.

use crate::cifar::{CIFAR_10, CIFAR_100, CIFAR_100_COARSE};

/// As the table of labels in its README has them, in one word each.
const FASHION_MNIST: [&str; 10] =
    ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"];

/// The names of the `count` classes of the data set that a training calls `set`, in the order of
/// their numbers: those of CIFAR and Fashion-MNIST, and of any other set the numbers themselves.
#[must_use]
pub fn class_names(set: &str, count: usize) -> Vec<String> {
    let of_cifar = [&CIFAR_10, &CIFAR_100, &CIFAR_100_COARSE].map(|layout| layout.classes());
    let known = match set {
        "fashion-mnist" => Some(&FASHION_MNIST[..]),
        _ if set.starts_with("cifar-") => of_cifar.into_iter().find(|names| names.len() == count),
        _ => None,
    };
    match known.filter(|names| names.len() == count) {
        Some(names) => names.iter().map(|&name| name.to_owned()).collect(),
        None => (0..count).map(|class| class.to_string()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_cifar_have_names_and_others_numbers() {
        assert_eq!("horse", class_names("cifar-all", 10)[7]);
        assert_eq!("apple", class_names("cifar-all", 100)[0]);
        assert_eq!(20, class_names("cifar-all", 20).len());
        assert_eq!(["0", "1", "2"], class_names("cifar-all", 3)[..]);
        assert_eq!("sneaker", class_names("fashion-mnist", 10)[7]);
        assert_eq!("7", class_names("mnist", 10)[7]);
        assert!(class_names("mnist", 0).is_empty());
    }
}

//! A judge: a small classifier of real images, whose features measure fake ones.
//!
//! Pixels are a bad measure of likeness: a digit moved by one pixel is far from itself. A network
//! that was trained to tell digits apart turns an image into features, which describe its content,
//! and distances between features mean something (Salimans et al. 2016, Heusel et al. 2017). The
//! usual judge is Inception v3, trained on ImageNet, which has never seen a digit. Ours are trained
//! by this program, on the real images that the generator imitates, and take a megabyte each.
//!
//! **Figures of different judges do not compare.** A Fréchet distance of 5 here has nothing to do
//! with one of 5 in a paper. It compares with the figures that the same judge gives to other
//! samples, and to real images it was not trained on.
//!
//! [`LoadedJudge::shipped`] is the judge that comes with the program, and [`train`] trains another.

#![forbid(unsafe_code)]

mod augment;
mod error;
pub mod figures;
mod file;
mod network;
#[cfg(test)]
mod test_data;
pub mod train;

pub use augment::Augment;
pub use error::Error;
pub use file::{LoadedJudge, Record, to_bytes};
pub use network::{Judge, Prediction};

/// A data set that a judge is trained on, and whose classes it tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Domain {
    /// Handwritten digits, 28×28, grey.
    Mnist,
    /// Ten classes of animals and vehicles, 32×32, in colour.
    Cifar10,
}

impl Domain {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Mnist, Self::Cifar10];

    /// Its name in files and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mnist => "mnist",
            Self::Cifar10 => "cifar10",
        }
    }

    /// Height, width and channels of its images.
    #[must_use]
    pub fn shape(self) -> [usize; 3] {
        match self {
            Self::Mnist => [28, 28, 1],
            Self::Cifar10 => [32, 32, 3],
        }
    }

    /// The domain whose images have this shape: height, width and channels.
    #[must_use]
    pub fn of(shape: [usize; 3]) -> Option<Self> {
        Self::ALL.into_iter().find(|domain| domain.shape() == shape)
    }

    /// The names of its classes, in the order of their labels.
    #[must_use]
    pub fn classes(self) -> &'static [&'static str] {
        match self {
            Self::Mnist => &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
            Self::Cifar10 => data::cifar::CIFAR_10.classes(),
        }
    }

    /// The feature maps and the stride of each convolution of its judge.
    fn layers(self) -> &'static [(usize, usize)] {
        match self {
            Self::Mnist => &[(32, 2), (64, 1), (128, 2), (128, 1)],
            Self::Cifar10 => &[(32, 1), (64, 2), (64, 1), (96, 2), (96, 1), (128, 2)],
        }
    }
}

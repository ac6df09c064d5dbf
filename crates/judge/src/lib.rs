//! A judge: a small classifier of real images, through whose eyes the made ones are measured.
//!
//! Pixels are a bad measure of likeness: a digit moved by one pixel is far from itself. A network that was trained
//! to tell digits apart turns a picture into features, numbers that say what is in it, and there
//! distances mean something (Salimans et al. 2016, Heusel et al. 2017). Everybody's judge is Inception v3, trained on
//! ImageNet, which has never seen a digit. Ours are trained by this very program, on the real images that
//! the generator imitates, and are a megabyte each.
//!
//! **Figures of different judges do not compare.** A Fréchet distance of 5 here has nothing to do with one of 5 in a
//! paper; it compares with what this judge says of other samples, and of real images it has not learnt.
//!
//! The judge that comes with the program is in [`LoadedJudge::shipped`]; `dcgan train-judge` makes another.

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

/// What a judge knows: a data set, by whose classes it judges.
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

    /// Its name on the command line and in files.
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

    /// Whose images have this shape: height, width and channels.
    #[must_use]
    pub fn of(shape: [usize; 3]) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.shape() == shape)
    }

    /// The names of its classes, in the order of their labels.
    #[must_use]
    pub fn classes(self) -> &'static [&'static str] {
        match self {
            Self::Mnist => &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
            Self::Cifar10 => data::cifar::CIFAR_10.classes(),
        }
    }

    /// The convolutions of its judge: feature maps and stride.
    fn layers(self) -> &'static [(usize, usize)] {
        match self {
            Self::Mnist => &[(32, 2), (64, 1), (128, 2), (128, 1)],
            Self::Cifar10 => &[(32, 1), (64, 2), (64, 1), (96, 2), (96, 1), (128, 2)],
        }
    }
}

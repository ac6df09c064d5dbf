//! What a judge knows: a data set, its shape and its classes.

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

    /// The domain that is most like images of this shape: digits for grey ones, CIFAR-10 for those
    /// in colour.
    #[must_use]
    pub fn most_like(shape: [usize; 3]) -> Self {
        let [.., channels] = shape;
        Self::of(shape).unwrap_or(if channels == 1 { Self::Mnist } else { Self::Cifar10 })
    }

    /// The names of its classes, in the order of their labels.
    #[must_use]
    pub fn classes(self) -> &'static [&'static str] {
        match self {
            Self::Mnist => &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
            Self::Cifar10 => data::cifar::CIFAR_10.classes(),
        }
    }
}

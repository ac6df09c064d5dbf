//! The models by the names that a user types.

use clap::ValueEnum;
use dcgan::models::Kind;

/// Which family of networks.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ModelName {
    /// The article's deep convolutional pair
    Dcgan,
    /// The fully connected pair that the article compares it with
    Mlp,
}

impl From<ModelName> for Kind {
    fn from(name: ModelName) -> Self {
        match name {
            ModelName::Dcgan => Self::Dcgan,
            ModelName::Mlp => Self::Mlp,
        }
    }
}

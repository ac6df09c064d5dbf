//! What a pair of networks has besides the article's layers.

/// Parts that variations ask for; none by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// Whether D's kernels will be divided by their spectral norms. Such a D has no batch norm,
    /// which would undo it, and a steeper leaky ReLU, as in the paper.
    pub spectral_norm: bool,
    /// Whether D's last feature maps get a channel with the deviation of the batch.
    pub batch_deviation: bool,
}

//! What a pair of networks has besides the article's layers.

use tensor::{Tape, Var};

/// Parts that variations ask for; none by default.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extras {
    /// Whether D's kernels will be divided by their spectral norms. Such a D has no batch norm,
    /// which would undo it, and a steeper leaky ReLU, as in the paper.
    pub spectral_norm: bool,
    /// The number of classes that can be asked for, beside the noise of G; 0 without any.
    pub classes: usize,
    /// Whether D's last feature maps get a channel with the deviation of the batch.
    pub batch_deviation: bool,
    /// The slope of D's leaky ReLU where its input is negative; that of its layers if not given.
    pub discriminator_slope: Option<f32>,
}

impl Extras {
    /// The slope of D's leaky ReLU where its input is negative.
    #[must_use]
    pub fn slope(self, usual: f32) -> f32 {
        self.discriminator_slope.unwrap_or(if self.spectral_norm { 0.1 } else { usual })
    }

    /// The channels of D's last feature maps, which have `channels` without this.
    pub(super) fn last_channels(self, channels: usize) -> usize {
        channels + usize::from(self.batch_deviation)
    }

    /// D's last feature maps.
    pub(super) fn last(self, tape: &mut Tape, x: Var) -> Var {
        if self.batch_deviation { tape.deviation_map(x) } else { x }
    }
}

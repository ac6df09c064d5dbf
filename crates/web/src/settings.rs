//! How a loaded generator is asked to differ from what was trained.

use serde::Deserialize;

/// Which statistics batch norm uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Statistics {
    /// Those that training has kept: an image does not depend on its neighbours.
    #[default]
    Running,
    /// Those of the batch.
    Batch,
}

/// The differences. By default there are none.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// Which statistics batch norm uses.
    pub statistics: Statistics,
    /// The term that batch norm adds to the variance, inside the root.
    pub epsilon: f32,
    /// The slope of leaky ReLU where its input is negative.
    pub slope: f32,
    /// The layers whose bias is left out.
    pub without_bias: Vec<String>,
    /// The bits of a weight, from 2 to 8; as many as it has if not given.
    pub bits: Option<u32>,
}

impl Default for Settings {
    /// Those of the article's networks, as `dcgan` has them.
    fn default() -> Self {
        Self { statistics: Statistics::Running, epsilon: 1e-3, slope: 0.01, without_bias: vec![], bits: None }
    }
}

impl Settings {
    /// What is wrong with them, in a sentence.
    pub(crate) fn complaint(&self) -> Option<String> {
        let Self { epsilon, slope, bits, .. } = self;
        if !(0.0 < *epsilon && epsilon.is_finite()) {
            return Some(format!("epsilon must be a number above 0, not {epsilon}"));
        }
        if !slope.is_finite() {
            return Some(format!("slope must be a number, not {slope}"));
        }
        bits.filter(|bits| !(2..=8).contains(bits)).map(|bits| format!("bits must be from 2 to 8, not {bits}"))
    }
}

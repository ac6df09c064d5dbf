//! The requests of a page. The head of `worker.js` says what each one answers.

use serde::Deserialize;

use crate::pair::{Beginning, Change};
use crate::seed::Seed;
use crate::settings::Settings;

/// A request, by its field `do`.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub(crate) enum Request {
    Load {
        net: String,
    },
    Forget {
        net: String,
    },
    Points {
        seeds: Vec<Seed>,
        /// The generator that they are for; without it, they are noise alone.
        net: Option<String>,
        #[serde(default)]
        classes: Vec<usize>,
    },
    Images(Look),
    Layers(Look),
    Pixel {
        #[serde(flatten)]
        look: Look,
        y: usize,
        x: usize,
        #[serde(default)]
        channel: usize,
        #[serde(default = "most")]
        most: usize,
    },
    Phases(Look),
    Data {
        name: String,
        height: usize,
        width: usize,
        channels: usize,
    },
    Begin(Beginning),
    Change(Change),
    Faults,
    Step {
        #[serde(default = "once")]
        count: u64,
    },
    Half,
    Samples {
        #[serde(default = "sixteen")]
        count: usize,
    },
    Wants {
        #[serde(default = "sixteen")]
        count: usize,
    },
    Save,
    Idx,
    Restore,
    End,
}

/// A look at a generator.
#[derive(Debug, Deserialize)]
pub(crate) struct Look {
    pub net: String,
    /// Seeds of points; without them, the points are the request's bytes.
    #[serde(default)]
    pub seeds: Vec<Seed>,
    /// The classes of the seeds, in turn; without them, each seed has a class of its own.
    #[serde(default)]
    pub classes: Vec<usize>,
    #[serde(default)]
    pub settings: Settings,
    /// Which of the images.
    #[serde(default)]
    pub show: usize,
}

fn most() -> usize {
    40
}

fn once() -> u64 {
    1
}

fn sixteen() -> usize {
    16
}

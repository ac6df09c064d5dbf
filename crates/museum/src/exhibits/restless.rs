//! Adam's defaults, with too much momentum for a game of two.

use crate::exhibit::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "restless",
    title: "Adam with β1 = 0.9 and five times the rate",
    parts: &Restless,
    twin: &Healthy,
    see: "The losses swing, and each network overshoots what the other has just left.",
    remedy: "Take β1 of 0.4 or 0.5, and a lower rate.",
    source: "Radford, Metz and Chintala 2016, section 4",
    sign: Sign::Doctor("the discriminator has won"),
    file: include_str!("restless.rs"),
};

struct Restless;

impl Parts for Restless {
    fn beta1(&self) -> f64 {
        0.9
    }

    fn learning_rates(&self) -> [f64; 2] {
        [0.01, 0.01]
    }
}

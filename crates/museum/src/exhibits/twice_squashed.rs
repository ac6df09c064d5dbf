//! A sigmoid in front of a cross entropy that has one of its own.

use tensor::{Tape, Var};

use crate::exhibit::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "twice-squashed",
    title: "D ends in a sigmoid, and the cross entropy applies another",
    parts: &TwiceSquashed,
    twin: &Healthy,
    see: "D's loss cannot go below 1.1, and no verdict is below 0.5 or above 0.73. The pictures stay noise.",
    remedy: "Hand logits to a cross entropy of logits. Look at the least verdict: a D that is never below 0.5 cannot say no.",
    source: "soumith/ganhacks#36 and #67; V-GAN-tensorflow#16; tensorflow/docs PR#1810",
    sign: Sign::Doctor("the verdicts are squeezed"),
    file: include_str!("twice_squashed.rs"),
};

struct TwiceSquashed;

impl Parts for TwiceSquashed {
    fn logits(&self, tape: &mut Tape, x: Var) -> Var {
        tape.sigmoid(x)
    }
}

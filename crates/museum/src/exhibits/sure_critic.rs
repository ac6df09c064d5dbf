//! A discriminator that learns ten times faster, and that nothing keeps from being certain.

use crate::exhibit::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "sure-critic",
    title: "no label smoothing, and a tenth of the learning rate for G",
    parts: &SureCritic,
    twin: &Healthy,
    see: "D(x) goes to 1 and D(G(z)) to 0. What G learns from such a judge is noise, and its pictures change without becoming better.",
    remedy: "Give G the rate of D, and real images the label 0.9. Look at D(x) and D(G(z)): both at the ends for long means that the game is over.",
    source: "soumith/ganhacks#36 and #67; carpedm20/DCGAN-tensorflow#34; Arjovsky and Bottou 2017",
    sign: Sign::Doctor("the discriminator has won"),
    file: include_str!("sure_critic.rs"),
};

struct SureCritic;

impl Parts for SureCritic {
    fn real_label(&self) -> f32 {
        1.0
    }

    fn learning_rates(&self) -> [f64; 2] {
        [0.0002, 0.002]
    }
}

//! The loss of the first equation of the first GAN paper, which fades when D is good.

use tensor::{Tape, Var};

use crate::exhibit::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "saturated",
    title: "G minimises ln(1 - D(G(z))) instead of -ln D(G(z))",
    parts: &Saturated,
    twin: &Healthy,
    see: "The loss of G is near 0 at once, which looks like success. Its gradient is as near to 0, and the pictures stay noise for hundreds of steps. Adam divides by the size of a gradient, and so it rescues some seeds in the end.",
    remedy: "Let G maximise ln D(G(z)): the same fixed point, and a gradient that is largest where G is worst.",
    source: "Goodfellow et al. 2014, section 3; soumith/ganhacks#11",
    sign: Sign::Doctor("the loss of the generator is saturated"),
    file: include_str!("saturated.rs"),
};

struct Saturated;

impl Parts for Saturated {
    fn generator_loss(&self, tape: &mut Tape, fake_logits: Var) -> Var {
        let on_fake = tape.sigmoid_cross_entropy(fake_logits, 0.0); // -ln(1 - D(G(z)))
        tape.scale(on_fake, -1.0)
    }
}

//! Batch norm with the ε of 0.8: a momentum that was given in the place of ε.

use tensor::ops::batch_norm::BatchStatistics;
use tensor::ops::leaky_dropout::LeakyDropout;
use tensor::{Tape, Var};

use crate::exhibit::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "eps-0.8",
    title: "batch norm with ε = 0.8: an argument in the wrong place",
    parts: &Eps,
    twin: &Healthy,
    see: "Next to nothing. The digits are there, and no curve tells the two runs apart.",
    remedy: "Name arguments that are numbers. Only a figure of quality, on equal terms and over several seeds, tells what such a slip costs.",
    source: "eriklindernoren/PyTorch-GAN#116; it was copied into burn's WGAN example",
    sign: Sign::Silence,
    file: include_str!("eps_0_8.rs"),
};

struct Eps;

impl Parts for Eps {
    fn normalised(
        &self,
        tape: &mut Tape,
        x: Var,
        [scale, shift]: [Var; 2],
        then: LeakyDropout,
    ) -> (Var, Option<BatchStatistics>) {
        let (y, batch) = tape.norm_act(0.8, then, x, scale, shift);
        (y, Some(batch))
    }

    fn normalised_by(&self, tape: &mut Tape, x: Var, [scale, shift]: [Var; 2], running: [&[f32]; 2]) -> Var {
        tape.norm_act_inference((0.8, 0.01), x, scale, shift, running[0], running[1])
    }
}

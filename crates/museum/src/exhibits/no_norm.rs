//! Both networks without batch norm.

use tensor::ops::batch_norm::BatchStatistics;
use tensor::ops::leaky_dropout::LeakyDropout;
use tensor::{Tape, Var};

use super::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "no-norm",
    title: "no batch norm in either network",
    parts: &NoNorm,
    twin: &Healthy,
    see: "Blobs for long, and all of them alike.",
    remedy: "Put batch norm between the convolutions, except before the image in G and behind it in D.",
    source: "Radford, Metz and Chintala 2016, section 3; soumith/ganhacks, point 4",
    sign: Sign::Doctor("the samples have collapsed"),
    file: include_str!("no_norm.rs"),
};

struct NoNorm;

impl Parts for NoNorm {
    fn normalised(
        &self,
        tape: &mut Tape,
        x: Var,
        _: [Var; 2],
        then: LeakyDropout,
    ) -> (Var, Option<BatchStatistics>) {
        (tape.leaky_dropout(then, x), None)
    }

    fn normalised_by(&self, tape: &mut Tape, x: Var, _: [Var; 2], _: [&[f32]; 2]) -> Var {
        tape.leaky_dropout(LeakyDropout { slope: 0.01, keep: 1.0, key: 0 }, x)
    }
}

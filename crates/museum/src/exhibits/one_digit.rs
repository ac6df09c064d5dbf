//! A generator that runs ahead of its judge.

use crate::exhibit::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "one-digit",
    title: "ten times the learning rate for G, and a tenth for D",
    parts: &OneDigit,
    twin: &Healthy,
    see: "All samples are one noisy shape, whatever the point of latent space. D, which learns too slowly, takes it for real for hundreds of steps.",
    remedy: "Give both networks one rate. Count the classes among the samples, because no loss shows what is missing.",
    source: "carpedm20/DCGAN-tensorflow#270; wiseodd/generative-models#14; ratschlab/RGAN#27",
    sign: Sign::Doctor("the samples have collapsed"),
    file: include_str!("one_digit.rs"),
};

struct OneDigit;

impl Parts for OneDigit {
    fn learning_rates(&self) -> [f64; 2] {
        [0.02, 0.0002]
    }
}

//! A generator that moves on five times before the discriminator looks again.

use dcgan::Error;
use dcgan::gan::Gan;
use dcgan::step::StepMetrics;
use tensor::Tensor;

use super::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "one-digit",
    title: "five updates of G for each of D",
    parts: &OneDigit,
    twin: &Healthy,
    see: "All samples are one shape, whichever fools D at the moment. When D has learnt it, all hop to another.",
    remedy: "Update both networks once a step. Count the classes among the samples, because no loss shows what is missing.",
    source: "carpedm20/DCGAN-tensorflow#270; wiseodd/generative-models#14; ratschlab/RGAN#27",
    sign: Sign::Doctor("the samples have collapsed"),
    file: include_str!("one_digit.rs"),
};

struct OneDigit;

impl Parts for OneDigit {
    fn step(&self, gan: &mut Gan, x: &Tensor, z: &Tensor) -> Result<StepMetrics, Error> {
        let mut metrics = StepMetrics::default();
        for _ in 0..5 {
            self.update_generator(gan, z, &mut metrics)?;
        }
        self.update_discriminator(gan, x, z, &mut metrics)?;
        gan.step += 1;
        Ok(metrics)
    }
}

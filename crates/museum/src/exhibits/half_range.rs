//! Pixels from 0 to 1, in front of a tanh whose half below 0 is then never wanted.

use crate::exhibit::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "half-range",
    title: "pixels from 0 to 1 in front of a tanh",
    parts: &HalfRange,
    twin: &Healthy,
    see: "The background is grey, because black is 0 and lies in the middle of what tanh can make. D tells the images by it for long.",
    remedy: "Scale the images to [-1, 1], or end the generator in a sigmoid.",
    source: "fchollet/deep-learning-with-python-notebooks#7; eriklindernoren/Keras-GAN#118",
    sign: Sign::Doctor("no pixel is below 0"),
    file: include_str!("half_range.rs"),
};

struct HalfRange;

impl Parts for HalfRange {
    fn pixel(&self, byte: u8) -> f32 {
        f32::from(byte) / 255.0
    }
}

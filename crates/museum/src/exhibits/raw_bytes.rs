//! Pixels from 0 to 255, where the generator can make -1 to 1.

use crate::exhibit::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "raw-bytes",
    title: "pixels from 0 to 255 instead of -1 to 1",
    parts: &RawBytes,
    twin: &Healthy,
    see: "D tells every image from the first steps, since fake pixels are 255 times smaller than real ones. G paints noise for ever.",
    remedy: "Scale the images to [-1, 1], which is what tanh can make, and look at the least and the largest pixel of a batch.",
    source: "carpedm20/DCGAN-tensorflow PR#24 and #130; togheppi/DCGAN#2",
    sign: Sign::Doctor("the images are out of range"),
    file: include_str!("raw_bytes.rs"),
};

struct RawBytes;

impl Parts for RawBytes {
    fn pixel(&self, byte: u8) -> f32 {
        f32::from(byte)
    }
}

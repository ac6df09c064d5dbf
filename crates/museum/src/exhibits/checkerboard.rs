//! Kernels of 3 at stride 2 paint pixels unequally often, before anything is learnt.

use crate::exhibit::{Exhibit, Sign};
use crate::parts::{Healthy, Parts};

pub(super) const EXHIBIT: Exhibit = Exhibit {
    name: "checkerboard",
    title: "kernel 3 at stride 2, which paints pixels 1, 2 or 4 times, instead of kernel 4, which paints each 4 times",
    parts: &Healthy,
    twin: &Four,
    see: "A grid of light and dark pixels in the images of an untrained generator. It is no illness: training has to unlearn it, and mostly does.",
    remedy: "Take a kernel that the stride divides, or enlarge first and convolve then. The product keeps the kernel of its article.",
    source: "Odena, Dumoulin and Olah 2016; soumith/ganhacks#59; NVIDIA/pix2pixHD#149; Keras-GAN#15",
    sign: Sign::Phases(2.0),
    file: include_str!("checkerboard.rs"),
};

struct Four;

impl Parts for Four {
    fn kernel(&self) -> usize {
        4
    }
}

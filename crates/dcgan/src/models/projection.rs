//! What a discriminator of labelled images ends with: is this image real *and* of its class?
//!
//! Miyato and Koyama (2018, *cGANs with projection discriminator*) write the logit of an image with
//! features φ and class c as the sum of two terms, both learnt:
//!
//! ```text
//! logit = w·φ + b  +  V[c]·φ
//! ```
//!
//! The first says whether the image is real at all, the second whether it looks like its class. `V`
//! has a row for each class.

use nn::{Bound, Init, ParamId, Parameters};
use rand::rngs::ChaCha8Rng;
use tensor::{Tape, Tensor, Var};

use super::layer::Layer;

const NAME: &str = "discriminator/class";

/// The rows of the classes, and the classes that the next images are to be of.
#[derive(Debug)]
pub(super) struct Projection {
    rows: ParamId,
    shape: [usize; 2],
    /// A one for each image, in the column of its class.
    pub(super) asked: Tensor,
}

impl Projection {
    /// Rows for `classes` classes and `units` features; nothing if there are no classes.
    pub(super) fn new(parameters: &mut Parameters, classes: usize, units: usize, rng: &mut ChaCha8Rng) -> Option<Self> {
        let shape = [classes, units];
        let mut add = || parameters.add(format!("{NAME}/kernel"), Init::GlorotUniform.kernel(&shape, rng));
        (0 < classes).then(|| Self { rows: add(), shape, asked: Tensor::zeros(&[0, classes]) })
    }

    /// `logits`, `[n, 1]`, of images with the features `x`, `[n, units]`, with the second term.
    pub(super) fn forward(&self, tape: &mut Tape, bound: &Bound, x: Var, logits: Var) -> Var {
        tape.scope(NAME);
        let asked = tape.constant(self.asked.clone());
        let rows = tape.dense(asked, bound[self.rows], None);
        let terms = tape.row_dot(x, rows);
        tape.add(logits, terms)
    }

    pub(super) fn layer(&self) -> Layer {
        let [classes, units] = self.shape;
        let multiply_adds = units as u64;
        Layer { name: NAME.to_owned(), output: vec![1], parameters: classes * units, multiply_adds, convolution: None }
    }
}

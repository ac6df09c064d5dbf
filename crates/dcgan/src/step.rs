//! One training step: update G, then update D, each with its own forward pass on the same z and x.
//!
//! ```text
//! G:  fake = G(z)         L_G = CE(D(fake), 0.9)                          gradients of G, through a frozen D
//! D:  fake = G(z)         L_D = CE(D(x), 0.9) + CE(D(fake), 0)            gradients of D, G plays no part
//! ```
//!
//! D's fake images come from the generator that has just been updated, and both forward passes of G move its running
//! statistics. Real and fake images pass through D separately, so that each is normalised by
//! its own statistics: mixed, a batch would tell D which images are which.

use nn::{Adam, AdamOptions, Mode, NotFinite, norm};
use tensor::{Tape, Tensor};

use crate::models::{Discriminator, Generator, Masks, Pair};
use crate::{Error, diagnosis, loss};

/// Both networks, their optimisers, and the number of steps they have made.
pub struct Gan {
    /// Makes images.
    pub generator: Box<dyn Generator>,
    /// Judges them.
    pub discriminator: Box<dyn Discriminator>,
    /// Moves the generator.
    pub generator_adam: Adam,
    /// Moves the discriminator.
    pub discriminator_adam: Adam,
    /// Steps done.
    pub step: u64,
    /// The label of real images: 0.9 in the article.
    pub real_label: f32,
    /// Where tapes come from: [`Tape::new`], unless somebody observes them.
    pub tapes: Box<dyn Fn() -> Tape>,
}

/// What a step found, before its updates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// D's loss, on images of the updated G.
    pub d_loss: f32,
    /// G's loss.
    pub g_loss: f32,
    /// The mean of D(x): how real D thinks real images are, from 0 to 1.
    pub d_real: f32,
    /// The mean of D(G(z)), in D's update.
    pub d_fake: f32,
    /// The norm of D's gradient.
    pub d_grad_norm: f32,
    /// The norm of G's gradient.
    pub g_grad_norm: f32,
}

/// The generator's side of a step.
#[derive(Debug)]
pub struct GeneratorGradients {
    /// `L_G`.
    pub loss: f32,
    /// In the order of its parameters.
    pub gradients: Vec<Tensor>,
}

/// The discriminator's side of a step.
#[derive(Debug)]
pub struct DiscriminatorGradients {
    /// `L_D`.
    pub loss: f32,
    /// The logits of real images.
    pub real_logits: Tensor,
    /// The logits of made images.
    pub fake_logits: Tensor,
    /// In the order of its parameters.
    pub gradients: Vec<Tensor>,
}

impl Gan {
    /// Networks that have not learnt anything yet.
    #[must_use]
    pub fn new((generator, discriminator): Pair, adam: AdamOptions, real_label: f32) -> Self {
        let generator_adam = Adam::new(adam, generator.parameters());
        let discriminator_adam = Adam::new(adam, discriminator.parameters());
        let tapes = Box::new(Tape::new);
        Self { generator, discriminator, generator_adam, discriminator_adam, step: 0, real_label, tapes }
    }

    /// One step on the real images `x`, NHWC in [-1, 1], and the noise `z`.
    ///
    /// # Errors
    /// If a loss, a gradient or an update is not finite. The networks are then of no further use.
    pub fn step(&mut self, x: &Tensor, z: &Tensor, masks: &mut Masks) -> Result<Report, Error> {
        let step = self.step + 1;
        let broken = |what: String| Error::NotFinite { step, what };
        let update = |error: NotFinite| broken(format!("the update of {}", error.parameter));

        let mut again = masks.clone();
        let g = self.generator_gradients(z, masks);
        let g_grad_norm = norm(&g.gradients) as f32;
        if !(g.loss.is_finite() && g_grad_norm.is_finite()) {
            return Err(broken(diagnosis::of(self, |gan| gan.generator_gradients(z, &mut again).gradients)));
        }
        self.generator_adam.update(self.generator.parameters_mut(), &g.gradients).map_err(update)?;

        let mut again = masks.clone();
        let d = self.discriminator_gradients(x, z, masks);
        let d_grad_norm = norm(&d.gradients) as f32;
        if !(d.loss.is_finite() && d_grad_norm.is_finite()) {
            return Err(broken(diagnosis::of(self, |gan| gan.discriminator_gradients(x, z, &mut again).gradients)));
        }
        self.discriminator_adam.update(self.discriminator.parameters_mut(), &d.gradients).map_err(update)?;

        self.step = step;
        let (d_real, d_fake) = (mean_verdict(&d.real_logits), mean_verdict(&d.fake_logits));
        Ok(Report { d_loss: d.loss, g_loss: g.loss, d_real, d_fake, d_grad_norm, g_grad_norm })
    }

    /// The loss of G on the noise `z` and its gradients; D is frozen, so none of its weights' gradients are computed.
    pub fn generator_gradients(&mut self, z: &Tensor, masks: &mut Masks) -> GeneratorGradients {
        let mut tape = (self.tapes)();
        let bound = self.generator.parameters().bind(&mut tape, Mode::Trained);
        let frozen = self.discriminator.parameters().bind(&mut tape, Mode::Frozen);
        let z = tape.constant(z.clone());
        let fake = self.generator.forward_training(&mut tape, &bound, z, masks);
        let logits = self.discriminator.forward(&mut tape, &frozen, fake, masks);
        let loss = loss::generator(&mut tape, logits, self.real_label);
        let value = tape.value(loss).item();
        let gradients = bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)));
        GeneratorGradients { loss: value, gradients }
    }

    /// The loss of D on the real images `x` and on images made of `z`, and its gradients.
    pub fn discriminator_gradients(&mut self, x: &Tensor, z: &Tensor, masks: &mut Masks) -> DiscriminatorGradients {
        let fake = self.training_images(z, masks);
        let mut tape = (self.tapes)();
        let bound = self.discriminator.parameters().bind(&mut tape, Mode::Trained);
        let (x, fake) = (tape.constant(x.clone()), tape.constant(fake));
        let real_logits = self.discriminator.forward(&mut tape, &bound, x, masks);
        let fake_logits = self.discriminator.forward(&mut tape, &bound, fake, masks);
        let loss = loss::discriminator(&mut tape, real_logits, fake_logits, self.real_label);
        let (value, real_logits, fake_logits) =
            (tape.value(loss).item(), tape.value(real_logits), tape.value(fake_logits));
        let gradients = bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)));
        DiscriminatorGradients { loss: value, real_logits, fake_logits, gradients }
    }

    /// Images as training makes them, with the statistics of their batch; moves the running ones.
    pub fn training_images(&mut self, z: &Tensor, masks: &mut Masks) -> Tensor {
        let mut tape = (self.tapes)();
        let frozen = self.generator.parameters().bind(&mut tape, Mode::Frozen);
        let z = tape.constant(z.clone());
        let fake = self.generator.forward_training(&mut tape, &frozen, z, masks);
        tape.value(fake)
    }

    /// Images as a finished generator makes them, with the running statistics.
    #[must_use]
    pub fn sample(&self, z: &Tensor, masks: &mut Masks) -> Tensor {
        let mut tape = (self.tapes)();
        let frozen = self.generator.parameters().bind(&mut tape, Mode::Frozen);
        let z = tape.constant(z.clone());
        let images = self.generator.forward_sampling(&mut tape, &frozen, z, masks);
        tape.value(images)
    }
}

/// The mean of σ(logit).
fn mean_verdict(logits: &Tensor) -> f32 {
    let sum: f64 = logits.data().iter().map(|&logit| 1.0 / (1.0 + f64::from(-logit).exp())).sum();
    (sum / logits.data().len() as f64) as f32
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use nn::{Bound, ParamId, Parameters};
    use tensor::Var;

    use super::*;
    use crate::models::{Kind, LATENT, Layer, Shape};
    use crate::streams::{Purpose, noise, stream};

    fn pair() -> Pair {
        let shape = Shape { kind: Kind::Dcgan, size: 28, channels: 1, width: 8 };
        shape.build(&mut stream(1, Purpose::Weights, 0)).unwrap()
    }

    /// Real images and noise.
    fn inputs() -> (Tensor, Tensor) {
        let x = noise(&mut stream(2, Purpose::Noise, 0), 4, 28 * 28);
        (x.reshape(&[4, 28, 28, 1]), noise(&mut stream(1, Purpose::Noise, 0), 4, LATENT))
    }

    fn bits(parameters: &Parameters) -> Vec<u32> {
        parameters.iter().flat_map(|(_, tensor)| tensor.data().iter().map(|x| x.to_bits())).collect()
    }

    /// The step by hand finds what the report says, each number in its place.
    #[test]
    fn the_report_says_what_was_found() {
        let (x, z) = inputs();
        let report =
            Gan::new(pair(), AdamOptions::default(), 0.9).step(&x, &z, &mut Masks::none()).expect("it is finite");
        let mut gan = Gan::new(pair(), AdamOptions::default(), 0.9);
        let g = gan.generator_gradients(&z, &mut Masks::none());
        gan.generator_adam.update(gan.generator.parameters_mut(), &g.gradients).unwrap();
        let d = gan.discriminator_gradients(&x, &z, &mut Masks::none());

        let norm = |gradients: &[Tensor]| {
            let squares = gradients.iter().flat_map(Tensor::data).map(|&x| f64::from(x).powi(2));
            squares.sum::<f64>().sqrt()
        };
        let verdict = |logits: &Tensor| {
            let verdicts = logits.data().iter().map(|&logit| (1.0 + (f64::from(logit) / 2.0).tanh()) / 2.0);
            verdicts.sum::<f64>() / 4.0
        };
        assert_eq!((d.loss, g.loss), (report.d_loss, report.g_loss));
        for (name, expected, found) in [
            ("d_real", verdict(&d.real_logits), report.d_real),
            ("d_fake", verdict(&d.fake_logits), report.d_fake),
            ("d_grad_norm", norm(&d.gradients), report.d_grad_norm),
            ("g_grad_norm", norm(&g.gradients), report.g_grad_norm),
        ] {
            assert!((f64::from(found) - expected).abs() <= 1e-6 * expected, "{name} is {found}, not {expected}");
        }
        assert!(report.d_real != report.d_fake && report.d_grad_norm != report.g_grad_norm);
    }

    /// A discriminator that notes, at each pass, whether gradients of its weights and of its images are wanted.
    struct Watching {
        parameters: Parameters,
        weights: ParamId,
        wanted: Rc<RefCell<Vec<[bool; 2]>>>,
    }

    impl Discriminator for Watching {
        fn parameters(&self) -> &Parameters {
            &self.parameters
        }
        fn parameters_mut(&mut self) -> &mut Parameters {
            &mut self.parameters
        }
        fn layers(&self) -> Vec<Layer> {
            vec![]
        }
        fn forward(&mut self, tape: &mut Tape, bound: &Bound, x: Var, _: &mut Masks) -> Var {
            let weights = bound[self.weights];
            self.wanted.borrow_mut().push([tape.needs_grad(weights), tape.needs_grad(x)]);
            let x = tape.reshape(x, &[4, 28 * 28]);
            tape.matmul(x, false, weights, false)
        }
    }

    /// For G through a frozen D; for D on images, real and made, that are constants.
    #[test]
    fn no_gradient_is_computed_that_nobody_wants() {
        let (mut parameters, wanted) = (Parameters::new(), Rc::default());
        let weights = parameters.add("weights", Tensor::new(&[28 * 28, 1], vec![0.01; 28 * 28]));
        let watching = Watching { parameters, weights, wanted: Rc::clone(&wanted) };
        let mut gan = Gan::new((pair().0, Box::new(watching)), AdamOptions::default(), 0.9);
        let (x, z) = inputs();
        gan.step(&x, &z, &mut Masks::none()).expect("it is finite");
        assert_eq!([[false, true], [true, false], [true, false]], wanted.borrow()[..]);
    }

    /// D's loss is looked at before D moves.
    #[test]
    fn a_bad_image_stops_the_step_before_the_update() {
        let (mut x, z) = inputs();
        x.data_mut()[28 * 28] = f32::NAN;
        let mut gan = Gan::new(pair(), AdamOptions::default(), 0.9);
        let before = bits(gan.discriminator.parameters());
        let error = gan.step(&x, &z, &mut Masks::none()).expect_err("it is not finite");
        assert!(matches!(error, Error::NotFinite { step: 1, .. }), "{error}");
        assert_eq!((0, 0), (gan.step, gan.discriminator_adam.step));
        assert!(before == bits(gan.discriminator.parameters()), "D has moved");
    }
}

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
//!
//! That is the article's step; [`Variations`] change it.

use nn::{Adam, AdamOptions, Bound, Mode, average, norm};
use tensor::{Tape, Tensor, Var};

use crate::loss::{self, Wish};
use crate::models::{Discriminator, Generator, Masks, Pair};
use crate::variations::Variations;
use crate::{Error, diagnosis};

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
    /// Where steps depart from the article's.
    pub variations: Variations,
    /// A generator whose weights and running statistics follow those of the first, to sample from.
    pub average: Option<Box<dyn Generator>>,
    /// Adam's learning rate before any variation.
    rate: f64,
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
        Self {
            generator,
            discriminator,
            generator_adam,
            discriminator_adam,
            step: 0,
            real_label,
            variations: Variations::default(),
            average: None,
            rate: adam.learning_rate,
            tapes: Box::new(Tape::new),
        }
    }

    /// Sets both learning rates to those of the next step.
    pub(crate) fn set_rates(&mut self) {
        let factor = self.variations.rate_factor(self.step);
        let discriminator_rate = self.variations.discriminator_rate.unwrap_or(self.rate);
        self.generator_adam.set_learning_rate(self.rate * factor);
        self.discriminator_adam.set_learning_rate(discriminator_rate * factor);
    }

    /// One step on the real images `x`, NHWC in [-1, 1], and the noise `z`.
    ///
    /// # Errors
    /// If a loss, a gradient or an update is not finite. The networks are then of no further use.
    pub fn step(&mut self, x: &Tensor, z: &Tensor, masks: &mut Masks) -> Result<Report, Error> {
        if self.variations.anneal.is_some() {
            self.set_rates();
        }
        let (g, d);
        if self.variations.discriminator_first {
            d = self.step_discriminator(x, z, masks)?;
            g = self.step_generator(z, masks)?;
        } else {
            g = self.step_generator(z, masks)?;
            d = self.step_discriminator(x, z, masks)?;
        }
        self.step += 1;
        self.follow();
        let ((g_loss, g_grad_norm), (d_loss, d_grad_norm, [d_real, d_fake])) = (g, d);
        Ok(Report { d_loss, g_loss, d_real, d_fake, d_grad_norm, g_grad_norm })
    }

    /// Updates G: its loss, and the norm of its gradient.
    fn step_generator(&mut self, z: &Tensor, masks: &mut Masks) -> Result<(f32, f32), Error> {
        let mut again = masks.again();
        let GeneratorGradients { loss, gradients } = self.generator_gradients(z, masks);
        let norm = self.norm(loss, &gradients, |gan| gan.generator_gradients(z, &mut again).gradients)?;
        let updated = self.generator_adam.update(self.generator.parameters_mut(), &gradients);
        updated.map_err(|error| self.broken(format!("the update of {}", error.parameter)))?;
        Ok((loss, norm))
    }

    /// Updates D: its loss, the norm of its gradient, and how real it thinks real and made images are.
    fn step_discriminator(&mut self, x: &Tensor, z: &Tensor, masks: &mut Masks) -> Result<(f32, f32, [f32; 2]), Error> {
        let mut again = masks.again();
        let DiscriminatorGradients { loss, real_logits, fake_logits, gradients } =
            self.discriminator_gradients(x, z, masks);
        let norm = self.norm(loss, &gradients, |gan| gan.discriminator_gradients(x, z, &mut again).gradients)?;
        let updated = self.discriminator_adam.update(self.discriminator.parameters_mut(), &gradients);
        updated.map_err(|error| self.broken(format!("the update of {}", error.parameter)))?;
        Ok((loss, norm, [real_logits, fake_logits].map(|logits| mean_verdict(&logits))))
    }

    /// The norm of gradients. If it or the loss is not finite, `again` makes the pass once more, to find out why.
    fn norm(
        &mut self,
        loss: f32,
        gradients: &[Tensor],
        again: impl FnOnce(&mut Self) -> Vec<Tensor>,
    ) -> Result<f32, Error> {
        let norm = norm(gradients) as f32;
        if loss.is_finite() && norm.is_finite() {
            return Ok(norm);
        }
        let what = diagnosis::of(self, again);
        Err(self.broken(what))
    }

    fn broken(&self, what: String) -> Error {
        Error::not_finite(self.step + 1, what)
    }

    /// Moves the average, if there is one, to where the generator has come.
    fn follow(&mut self) {
        let (Some(average), Some(decay)) = (&mut self.average, self.variations.average) else { return };
        let decay = average::warmed_up(decay, self.step);
        average::follow(decay, average.parameters_mut(), self.generator.parameters());
        for ((_, average), (_, x)) in average.statistics_mut().into_iter().zip(self.generator.statistics()) {
            average::follow_tensor(decay, average, &x);
        }
    }

    /// What an image is to be taken for: a real one, and one that should pass for it.
    fn wishes(&self) -> [Wish; 2] {
        let weight = self.variations.real_weight;
        [self.real_label, self.variations.generator_label.unwrap_or(self.real_label)]
            .map(|label| Wish { label, weight })
    }

    /// Images as training makes them, on a tape.
    fn make(&mut self, tape: &mut Tape, bound: &Bound, z: &Tensor, masks: &mut Masks) -> Var {
        let mut none = Masks::none();
        let masks = if self.variations.generator_keeps_all { &mut none } else { masks };
        let z = tape.constant(z.clone());
        self.generator.forward_training(tape, bound, z, masks)
    }

    /// The loss of G on the noise `z` and its gradients; D is frozen, so none of its weights' gradients are computed.
    pub fn generator_gradients(&mut self, z: &Tensor, masks: &mut Masks) -> GeneratorGradients {
        let mut tape = (self.tapes)();
        let bound = self.generator.parameters().bind(&mut tape, Mode::Trained);
        let frozen = self.discriminator.parameters().bind(&mut tape, Mode::Frozen);
        let fake = self.make(&mut tape, &bound, z, masks);
        let logits = self.discriminator.forward(&mut tape, &frozen, fake, masks);
        let [_, wish] = self.wishes();
        let loss = loss::generator(&mut tape, logits, wish);
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
        let [wish, _] = self.wishes();
        let loss = loss::discriminator(&mut tape, real_logits, fake_logits, wish);
        let (value, real_logits, fake_logits) =
            (tape.value(loss).item(), tape.value(real_logits), tape.value(fake_logits));
        let gradients = bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)));
        DiscriminatorGradients { loss: value, real_logits, fake_logits, gradients }
    }

    /// Images as training makes them, with the statistics of their batch; moves the running ones.
    pub fn training_images(&mut self, z: &Tensor, masks: &mut Masks) -> Tensor {
        let mut tape = (self.tapes)();
        let frozen = self.generator.parameters().bind(&mut tape, Mode::Frozen);
        let fake = self.make(&mut tape, &frozen, z, masks);
        tape.value(fake)
    }

    /// Images as a finished generator makes them, with the running statistics; as the average makes them, if there is one.
    #[must_use]
    pub fn sample(&self, z: &Tensor, masks: &mut Masks) -> Tensor {
        let generator = self.average.as_ref().unwrap_or(&self.generator);
        let mut tape = (self.tapes)();
        let frozen = generator.parameters().bind(&mut tape, Mode::Frozen);
        let z = tape.constant(z.clone());
        let images = generator.forward_sampling(&mut tape, &frozen, z, masks);
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

    use nn::{ParamId, Parameters};

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

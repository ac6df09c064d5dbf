//! One training step: update G on the noise `z`, then update D on the same noise and on the real
//! images `x`. Each update has a forward pass of its own.
//!
//! D's fake images come from the generator that has just been updated. Both forward passes of G
//! move its running statistics. [`Gan`] has the equations of the two losses and their gradients.
//!
//! That is the article's step. [`Variations`](crate::variations::Variations) may put D first, and
//! may keep a moving average of G; what else they change, `tricks` has.

use nn::{average, norm};
use tensor::Tensor;
use tensor::ops::sigmoid;

use crate::gan::Gan;
use crate::models::DropoutKeys;
use crate::{Error, diagnosis};

/// What a step measured. The numbers of each network are from just before its own update.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepMetrics {
    /// D's loss. In the article's order, its fake images are those of the updated G.
    pub d_loss: f32,
    /// G's loss.
    pub g_loss: f32,
    /// The mean of D(x): how real D thinks real images are, from 0 to 1. With hinge losses, too,
    /// this is σ of the logits.
    pub d_real: f32,
    /// The mean of D(G(z)), in D's update.
    pub d_fake: f32,
    /// The norm of D's gradient.
    pub d_grad_norm: f32,
    /// The norm of G's gradient.
    pub g_grad_norm: f32,
}

impl Gan {
    /// One step on the real images `x`, NHWC in [-1, 1], and the noise `z`. Both are those of this
    /// process's shards.
    ///
    /// # Errors
    /// If a loss, a gradient or an update is not finite. The networks are then of no further use.
    pub fn step(&mut self, x: &Tensor, z: &Tensor, keys: &mut DropoutKeys) -> Result<StepMetrics, Error> {
        let mut metrics = StepMetrics::default();
        if self.variations.discriminator_first {
            self.update_discriminator(x, z, keys, &mut metrics)?;
            self.update_generator(z, keys, &mut metrics)?;
        } else {
            self.update_generator(z, keys, &mut metrics)?;
            self.update_discriminator(x, z, keys, &mut metrics)?;
        }
        self.finish_step();
        Ok(metrics)
    }

    /// Counts the step, of which both halves are made.
    pub fn finish_step(&mut self) {
        self.step += 1;
        self.update_moving_average();
    }

    /// G's half of a step: its gradients on the noise `z`, then Adam.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn update_generator(
        &mut self,
        z: &Tensor,
        keys: &mut DropoutKeys,
        metrics: &mut StepMetrics,
    ) -> Result<(), Error> {
        let mut same_keys = keys.again();
        let g = self.generator_gradients(z, keys);
        metrics.g_loss = g.loss;
        metrics.g_grad_norm = norm(&g.gradients) as f32;
        if !(g.loss.is_finite() && metrics.g_grad_norm.is_finite()) {
            let what = diagnosis::of(self, |gan| gan.generator_gradients(z, &mut same_keys).gradients);
            return Err(self.not_finite(what));
        }
        let updated = self.generator_adam.update(self.learning_rate, self.generator.parameters_mut(), &g.gradients);
        updated.map_err(|error| self.not_finite(format!("the update of {}", error.parameter)))
    }

    /// D's half of a step: its gradients on the real images `x` and on fake images of the noise
    /// `z`, then Adam.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn update_discriminator(
        &mut self,
        x: &Tensor,
        z: &Tensor,
        keys: &mut DropoutKeys,
        metrics: &mut StepMetrics,
    ) -> Result<(), Error> {
        let mut same_keys = keys.again();
        let d = self.discriminator_gradients(x, z, keys);
        metrics.d_loss = d.loss;
        metrics.d_real = self.mean_verdict(&d.real_logits);
        metrics.d_fake = self.mean_verdict(&d.fake_logits);
        metrics.d_grad_norm = norm(&d.gradients) as f32;
        if !(d.loss.is_finite() && metrics.d_grad_norm.is_finite()) {
            let what = diagnosis::of(self, |gan| gan.discriminator_gradients(x, z, &mut same_keys).gradients);
            return Err(self.not_finite(what));
        }
        let rate = self.discriminator_rate();
        let updated = self.discriminator_adam.update(rate, self.discriminator.parameters_mut(), &d.gradients);
        updated.map_err(|error| self.not_finite(format!("the update of {}", error.parameter)))
    }

    fn not_finite(&self, what: String) -> Error {
        Error::NotFinite { step: self.step + 1, what }
    }

    /// Moves the moving average of G, if there is one, towards the updated G.
    fn update_moving_average(&mut self) {
        let (Some(average), Some(decay)) = (&mut self.moving_average, self.variations.average) else { return };
        let decay = average::warmed_up(decay, self.step);
        average::follow(decay, average.parameters_mut(), self.generator.parameters());
        for ((_, average), (_, x)) in average.statistics_mut().into_iter().zip(self.generator.statistics()) {
            average::follow_tensor(decay, average, &x);
        }
    }

    /// The mean of σ(logit) over all shards: how real D thinks a batch is.
    fn mean_verdict(&self, logits: &Tensor) -> f32 {
        let verdicts = |logits: &[f32]| {
            let logits: Vec<f64> = logits.iter().map(|&logit| f64::from(logit)).collect();
            sigmoid::reference::forward(&logits).iter().sum()
        };
        self.shards.mean(logits.data(), verdicts) as f32
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use nn::{AdamOptions, Bound, ParamId, Parameters};
    use tensor::{Tape, Var};

    use super::*;
    use crate::models::{Architecture, Discriminator, Kind, LATENT, Layer, Pair};
    use crate::streams::{Purpose, noise, stream};

    fn pair() -> Pair {
        let shape = Architecture { kind: Kind::Dcgan, size: 28, channels: 1, width: 8 };
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

    #[test]
    fn the_metrics_are_those_of_the_step_by_hand() {
        let (x, z) = inputs();
        let metrics = Gan::new(pair(), AdamOptions::default(), 1e-3, 0.9)
            .step(&x, &z, &mut DropoutKeys::none())
            .expect("it is finite");
        let mut gan = Gan::new(pair(), AdamOptions::default(), 1e-3, 0.9);
        let g = gan.generator_gradients(&z, &mut DropoutKeys::none());
        gan.generator_adam.update(1e-3, gan.generator.parameters_mut(), &g.gradients).unwrap();
        let d = gan.discriminator_gradients(&x, &z, &mut DropoutKeys::none());

        let norm = |gradients: &[Tensor]| {
            let squares = gradients.iter().flat_map(Tensor::data).map(|&x| f64::from(x).powi(2));
            squares.sum::<f64>().sqrt()
        };
        let verdict = |logits: &Tensor| {
            let verdicts = logits.data().iter().map(|&logit| (1.0 + (f64::from(logit) / 2.0).tanh()) / 2.0);
            verdicts.sum::<f64>() / 4.0
        };
        assert_eq!((d.loss, g.loss), (metrics.d_loss, metrics.g_loss));
        for (name, expected, found) in [
            ("d_real", verdict(&d.real_logits), metrics.d_real),
            ("d_fake", verdict(&d.fake_logits), metrics.d_fake),
            ("d_grad_norm", norm(&d.gradients), metrics.d_grad_norm),
            ("g_grad_norm", norm(&g.gradients), metrics.g_grad_norm),
        ] {
            assert!((f64::from(found) - expected).abs() <= 1e-6 * expected, "{name} is {found}, not {expected}");
        }
        assert!(metrics.d_real != metrics.d_fake && metrics.d_grad_norm != metrics.g_grad_norm);
    }

    /// A discriminator that records, at each pass, whether its weights and its images need a
    /// gradient, and which pixels of the images are 0.
    struct Watching {
        parameters: Parameters,
        weights: ParamId,
        wanted: Rc<RefCell<Vec<[bool; 2]>>>,
        zeros: Rc<RefCell<Vec<Vec<bool>>>>,
    }

    impl Watching {
        fn new() -> Self {
            let mut parameters = Parameters::new();
            let weights = parameters.add("weights", Tensor::new(&[28 * 28, 1], vec![0.01; 28 * 28]));
            Self { parameters, weights, wanted: Rc::default(), zeros: Rc::default() }
        }
    }

    fn zeros(images: &Tensor) -> Vec<bool> {
        images.data().iter().map(|&x| x == 0.0).collect()
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
        fn forward(&mut self, tape: &mut Tape, bound: &Bound, x: Var, _: &mut DropoutKeys) -> Var {
            let weights = bound[self.weights];
            self.wanted.borrow_mut().push([tape.needs_grad(weights), tape.needs_grad(x)]);
            self.zeros.borrow_mut().push(zeros(&tape.value(x)));
            let x = tape.reshape(x, &[4, 28 * 28]);
            tape.matmul(x, false, weights, false)
        }
    }

    /// G's gradient passes through a frozen D; D's real and fake images are constants.
    #[test]
    fn no_gradient_is_computed_that_nobody_needs() {
        let watching = Watching::new();
        let wanted = Rc::clone(&watching.wanted);
        let mut gan = Gan::new((pair().0, Box::new(watching)), AdamOptions::default(), 1e-3, 0.9);
        let (x, z) = inputs();
        gan.step(&x, &z, &mut DropoutKeys::none()).expect("it is finite");
        assert_eq!([[false, true], [true, false], [true, false]], wanted.borrow()[..]);
    }

    /// No pixel is 0 before, so zeros are what was cut out or moved in.
    #[test]
    fn each_half_of_a_step_has_a_draw_of_its_own_and_both_batches_of_ds_half_have_one() {
        let watching = Watching::new();
        let found = Rc::clone(&watching.zeros);
        let mut gan = Gan::new((pair().0, Box::new(watching)), AdamOptions::default(), 1e-3, 0.9);
        gan.variations.augment = true;
        let drawn = |half| {
            let mut tape = Tape::new();
            let white = tape.constant(Tensor::new(&[4, 28, 28, 1], vec![1.0; 4 * 28 * 28]));
            let seen = gan.seen(&mut tape, white, half);
            zeros(&tape.value(seen))
        };
        let [gs, ds] = [0, 1].map(drawn);
        let (x, z) = inputs();
        gan.step(&x, &z, &mut DropoutKeys::none()).expect("it is finite");
        assert!([gs, ds.clone(), ds] == found.borrow()[..]);
    }

    /// D's loss is checked before D is updated.
    #[test]
    fn a_bad_image_stops_the_step_before_the_update() {
        let (mut x, z) = inputs();
        x.data_mut()[28 * 28] = f32::NAN;
        let mut gan = Gan::new(pair(), AdamOptions::default(), 1e-3, 0.9);
        let before = bits(gan.discriminator.parameters());
        let error = gan.step(&x, &z, &mut DropoutKeys::none()).expect_err("it is not finite");
        assert!(matches!(error, Error::NotFinite { step: 1, .. }), "{error}");
        assert_eq!((0, 0), (gan.step, gan.discriminator_adam.step));
        assert!(before == bits(gan.discriminator.parameters()), "D has moved");
    }
}

//! A training over a table of kernels: both halves of a step, Adam, and the moving average.

use dcgan::Error;
use dcgan::config::Config;
use dcgan::gan::Gan;
use dcgan::models::DropoutKeys;
use dcgan::step::StepMetrics;
use dcgan::streams::{Purpose, stream};
use nn::{Adam, Parameters, average, norm};
use tensor::Tensor;
use tensor::ops::{sigmoid, sigmoid_cross_entropy};

use super::kernels::{Kernels, Update};
use super::networks::{self, Logits};

/// Networks over a table, and what a step of them needs.
pub struct Trainer {
    /// The networks with their optimisers, as the project has them.
    pub gan: Gan,
    kernels: Kernels,
    logits: Logits,
}

/// The losses and the gradients of one half of a step.
pub struct Half {
    /// The loss.
    pub loss: f32,
    /// In the order of the parameters.
    pub gradients: Vec<Tensor>,
    /// The mean of D(x), if D saw real images, and of D(G(z)).
    pub verdicts: [f32; 2],
}

impl Trainer {
    /// The networks of `config` before their first step, over a table.
    ///
    /// # Errors
    /// If there are no networks of that size.
    pub fn start(kernels: Kernels, config: &Config) -> Result<Self, Error> {
        let training = &config.training;
        let pair = config.model.build(&mut stream(training.seed, Purpose::Weights, 0))?;
        let (pair, logits) = networks::over(kernels, &pair, training.real_label);
        let mut gan = Gan::new(pair, training.adam(), training.learning_rate, training.real_label);
        gan.moving_average = config.variations.average.map(|_| gan.generator.copy());
        gan.variations = config.variations.clone();
        Ok(Self { gan, kernels, logits })
    }

    /// One step on the real images `x` and the noise `z`, as [`Gan::step`].
    ///
    /// # Errors
    /// If a loss, a gradient or a weight is not finite.
    pub fn step(&mut self, x: &Tensor, z: &Tensor, keys: &mut DropoutKeys) -> Result<StepMetrics, Error> {
        let g = self.generator_half(z, keys);
        let g_grad_norm = norm(&g.gradients) as f32;
        self.refuse(g.loss, g_grad_norm, "G's half")?;
        self.update_generator(&g.gradients)?;
        let d = self.discriminator_half(x, z, keys);
        let d_grad_norm = norm(&d.gradients) as f32;
        self.refuse(d.loss, d_grad_norm, "D's half")?;
        self.update_discriminator(&d.gradients)?;
        self.gan.step += 1;
        self.update_moving_average();
        let [d_real, d_fake] = d.verdicts;
        Ok(StepMetrics { d_loss: d.loss, g_loss: g.loss, d_real, d_fake, d_grad_norm, g_grad_norm })
    }

    /// G's loss and gradients.
    pub fn generator_half(&mut self, z: &Tensor, keys: &mut DropoutKeys) -> Half {
        self.logits.borrow_mut().clear();
        let gradients = match self.kernels.step {
            Some(yours) => (yours.generator_gradients)(&mut self.gan, z, keys),
            None => self.gan.generator_gradients(z, keys).gradients,
        };
        let logits = self.logits.borrow();
        let [fake] = &logits[..] else { panic!("in G's half, D judges {} batches", logits.len()) };
        let loss = self.loss(self.gan.real_label, fake);
        Half { loss, gradients, verdicts: [f32::NAN, mean_verdict(fake)] }
    }

    /// D's loss and gradients.
    pub fn discriminator_half(&mut self, x: &Tensor, z: &Tensor, keys: &mut DropoutKeys) -> Half {
        self.logits.borrow_mut().clear();
        let gradients = match self.kernels.step {
            Some(yours) => (yours.discriminator_gradients)(&mut self.gan, x, z, keys),
            None => self.gan.discriminator_gradients(x, z, keys).gradients,
        };
        let logits = self.logits.borrow();
        let [real, fake] = &logits[..] else { panic!("in D's half, D judges {} batches", logits.len()) };
        let loss = self.loss(self.gan.real_label, real) + self.loss(0.0, fake);
        Half { loss, gradients, verdicts: [real, fake].map(mean_verdict) }
    }

    /// The mean cross entropy of logits against one target.
    fn loss(&self, target: f32, logits: &Tensor) -> f32 {
        match self.kernels.verdict {
            Some(yours) => (yours.loss)(target, logits.data()),
            None => sigmoid_cross_entropy::forward(target, logits.data()),
        }
    }

    /// Adam on G.
    ///
    /// # Errors
    /// If a weight is no longer finite.
    pub fn update_generator(&mut self, gradients: &[Tensor]) -> Result<(), Error> {
        let Gan { generator, generator_adam, learning_rate, step, .. } = &mut self.gan;
        let parameters = generator.parameters_mut();
        update(self.kernels.adam, generator_adam, *learning_rate, parameters, gradients, *step)
    }

    /// Adam on D.
    ///
    /// # Errors
    /// If a weight is no longer finite.
    pub fn update_discriminator(&mut self, gradients: &[Tensor]) -> Result<(), Error> {
        let Gan { discriminator, discriminator_adam, learning_rate, step, .. } = &mut self.gan;
        let parameters = discriminator.parameters_mut();
        update(self.kernels.adam, discriminator_adam, *learning_rate, parameters, gradients, *step)
    }

    fn refuse(&self, loss: f32, gradient: f32, what: &str) -> Result<(), Error> {
        let is_finite = loss.is_finite() && gradient.is_finite();
        if is_finite { Ok(()) } else { Err(Error::NotFinite { step: self.gan.step + 1, what: what.to_owned() }) }
    }

    fn update_moving_average(&mut self) {
        let Gan { generator, moving_average, variations, step, .. } = &mut self.gan;
        let (Some(average), Some(decay)) = (moving_average, variations.average) else { return };
        let decay = average::warmed_up(decay, *step);
        average::follow(decay, average.parameters_mut(), generator.parameters());
        for ((_, average), (_, x)) in average.statistics_mut().into_iter().zip(generator.statistics()) {
            average::follow_tensor(decay, average, &x);
        }
    }
}

/// One update, by the reader's Adam or the project's.
fn update(
    yours: Option<Update>,
    adam: &mut Adam,
    learning_rate: f64,
    parameters: &mut Parameters,
    gradients: &[Tensor],
    step: u64,
) -> Result<(), Error> {
    let not_finite = |name: &str| Error::NotFinite { step: step + 1, what: format!("the update of {name}") };
    let Some(yours) = yours else {
        return adam.update(learning_rate, parameters, gradients).map_err(|error| not_finite(&error.parameter));
    };
    let names: Vec<String> = parameters.iter().map(|(name, _)| name.to_owned()).collect();
    let options = *adam.options();
    for (name, g) in names.iter().zip(gradients) {
        let stores = [&mut *parameters, &mut adam.m, &mut adam.v];
        let [mut p, mut m, mut v] = stores.map(|store| store.get(name).expect("all three have the same names").clone());
        yours(&options, learning_rate, adam.step, p.data_mut(), m.data_mut(), v.data_mut(), g.data());
        if !p.data().iter().chain(v.data()).all(|x| x.is_finite()) {
            return Err(not_finite(name));
        }
        parameters.set(name, p);
        adam.m.set(name, m);
        adam.v.set(name, v);
    }
    adam.step += 1;
    Ok(())
}

/// The mean of σ(logit).
fn mean_verdict(logits: &Tensor) -> f32 {
    let logits: Vec<f64> = logits.data().iter().map(|&logit| f64::from(logit)).collect();
    let verdicts = sigmoid::reference::forward(&logits);
    (verdicts.iter().sum::<f64>() / verdicts.len() as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use dcgan::config::{Data, Training};
    use dcgan::models::LATENT;
    use dcgan::streams::noise;

    /// With none of the reader's operators, it is the project's training, bit for bit.
    #[test]
    fn a_table_of_nothing_has_the_bits_of_the_project() {
        let data = Data { name: "noise".to_owned(), images: 4, sha256: String::new() };
        let mut config = Config::from_recipe(data, 28, 1, "swift").unwrap();
        config.model.width = 8;
        config.training = Training { learning_rate: 1e-3, ..Training::article() };
        let mut trainer = Trainer::start(Kernels::default(), &config).unwrap();
        let mut ours = Gan::start(&config).unwrap();
        for step in 0..20 {
            let x = noise(&mut stream(2, Purpose::Noise, step), 4, 28 * 28).reshape(&[4, 28, 28, 1]);
            let z = noise(&mut stream(3, Purpose::Noise, step), 4, LATENT);
            let keys = || DropoutKeys::new(0.8, stream(1, Purpose::Dropout, step));
            let expected = ours.step(&x, &z, &mut keys()).unwrap();
            assert_eq!(expected, trainer.step(&x, &z, &mut keys()).unwrap(), "step {step}");
        }
        let z = noise(&mut stream(4, Purpose::Noise, 0), 4, LATENT);
        let keys = || DropoutKeys::new(0.8, stream(5, Purpose::Dropout, 0));
        assert_eq!(ours.sample(&z, &mut keys()).data(), trainer.gan.sample(&z, &mut keys()).data());
        let (ours, yours) = (ours.tensors(), trainer.gan.tensors());
        assert!(ours.keys().eq(yours.keys()) && 60 < ours.len());
        for (name, tensor) in ours {
            assert!(tensor.data() == yours[&name].data(), "{name} has other bits");
        }
    }
}

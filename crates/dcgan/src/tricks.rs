//! Where [variations](crate::variations) change a step: D's weights, the images that D sees, the
//! losses, and D's learning rate.
//!
//! | variation | what changes here | source |
//! |---|---|---|
//! | `spectral_norm` | D computes with kernels of spectral norm 1 | Miyato et al. 2018 |
//! | `augment` | D sees its images moved, cut and tinted | Zhao et al. 2020 |
//! | `hinge` | the losses: `L_D = mean max(0, 1 − D(x)) + mean max(0, 1 + D(G(z)))`, `L_G = −mean D(G(z))`, of logits | Lim and Ye 2017 |
//! | `top_k` | `L_G` is that of the fake images which D takes most for real | Sinha et al. 2020 |
//! | `conditional` | G's noise has a class beside it, and D is told | Miyato and Koyama 2018 |
//! | `discriminator_rate` | D's learning rate | Heusel et al. 2017 |
//!
//! Without them, each of these is what the article does.

use nn::{Bound, Mode, SpectralNorm, augment};
use tensor::{Tape, Tensor, Var};

use crate::config::Config;
use crate::gan::Gan;
use crate::loss;
use crate::streams::{Purpose, stream};
use crate::variations::Carried;
use crate::wish::{beside, one_hot};

/// Images after which top-k training leaves out another hundredth of the images that it uses.
/// (Sinha et al. count epochs, of 50,000 images and more. So few would never come to an end here.)
const TOP_K_IMAGES: f64 = 10_000.0;
/// What top-k training keeps of its images each time.
const TOP_K_KEEPS: f64 = 0.99;

impl Gan {
    /// Takes over the variations of `config`, before the first step.
    pub(crate) fn vary(&mut self, config: &Config) {
        let training = &config.training;
        self.variations = config.variations.clone();
        self.variations.average = config.variations.decay(training.batch_size);
        self.moving_average = self.variations.average.map(|_| self.generator.copy());
        let mut rng = stream(training.seed, Purpose::Spectral, 0);
        let parameters = self.discriminator.parameters();
        let spectral_norm = self.variations.spectral_norm.then(|| SpectralNorm::new(parameters, &mut rng));
        self.carried = Carried { spectral_norm, seed: training.seed };
    }

    /// The number of classes that can be asked for; 0 if G knows none.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.variations.extras().classes
    }

    /// The points of the noise `z` for images of the classes `asked`, which D is told, too. Without
    /// classes, that is `z`.
    pub fn ask(&mut self, asked: &[usize], z: Tensor) -> Tensor {
        if self.classes() == 0 {
            return z;
        }
        let one_hot = one_hot(asked, self.classes());
        self.discriminator.ask(one_hot.clone());
        beside(&z, &one_hot)
    }

    /// The points of the noise `z` for images of all classes in turn.
    #[must_use]
    pub fn of_all_classes(&self, z: Tensor) -> Tensor {
        if self.classes() == 0 {
            return z;
        }
        let asked: Vec<usize> = (0..z.shape()[0]).map(|i| i % self.classes()).collect();
        beside(&z, &one_hot(&asked, self.classes()))
    }

    /// D's weights on `tape`, with which its layers compute.
    pub fn bind_discriminator(&mut self, tape: &mut Tape, mode: Mode) -> Bound {
        let parameters = self.discriminator.parameters();
        match &mut self.carried.spectral_norm {
            Some(spectral_norm) => spectral_norm.bind(parameters, tape, mode),
            None => parameters.bind(tape, mode),
        }
    }

    /// What D sees of `images` in `half` of a step: 0 is G's half, 1 is D's. The draw is the same
    /// for each batch of a half.
    pub(crate) fn seen(&self, tape: &mut Tape, images: Var, half: u64) -> Var {
        if !self.variations.augment {
            return images;
        }
        let mut rng = stream(self.carried.seed, Purpose::Augment, 2 * self.step + half);
        augment::augment(tape, images, &mut rng)
    }

    /// `L_G` from D's logits of fake images.
    pub(crate) fn generator_loss(&self, tape: &mut Tape, fake_logits: Var) -> Var {
        let mut logits = fake_logits;
        if let Some(least) = self.variations.top_k {
            let batch = tape.value(logits).shape()[0];
            let seen = (self.step * batch as u64) as f64;
            let share = TOP_K_KEEPS.powf((seen / TOP_K_IMAGES).floor()).max(least);
            logits = tape.largest(logits, ((share * batch as f64).ceil() as usize).clamp(1, batch));
        }
        if self.variations.hinge {
            let mean = tape.mean(logits);
            return tape.scale(mean, -1.0);
        }
        loss::generator(tape, logits, self.real_target())
    }

    /// `L_D` from D's logits of real and of fake images.
    pub(crate) fn discriminator_loss(&self, tape: &mut Tape, real_logits: Var, fake_logits: Var) -> Var {
        if self.variations.hinge {
            let on_real = tape.hinge(real_logits, 1.0);
            let on_fake = tape.hinge(fake_logits, -1.0);
            return tape.add(on_real, on_fake);
        }
        loss::discriminator(tape, real_logits, fake_logits, self.real_target())
    }

    /// D's learning rate.
    pub(crate) fn discriminator_rate(&self) -> f64 {
        self.variations.discriminator_rate.unwrap_or(self.learning_rate)
    }
}

#[cfg(test)]
mod tests {
    use tensor::Tensor;

    use super::*;
    use crate::config::Config;
    use crate::config::tests::config;
    use crate::models::{DropoutKeys, LATENT};
    use crate::streams::noise;
    use crate::variations::Conditional;

    fn gan(change: impl FnOnce(&mut Config)) -> Gan {
        let mut config = config();
        config.model.width = 4;
        change(&mut config);
        Gan::start(&config).unwrap()
    }

    /// By hand: logits of 3 and 0 on real images lose 0 and 1, of −2 and 1 on fake ones 0 and 2.
    #[test]
    fn hinge_losses() {
        let gan = gan(|config| config.variations.hinge = true);
        let mut tape = Tape::new();
        let real = tape.constant(Tensor::new(&[2, 1], vec![3.0, 0.0]));
        let fake = tape.constant(Tensor::new(&[2, 1], vec![-2.0, 1.0]));
        let d = gan.discriminator_loss(&mut tape, real, fake);
        let g = gan.generator_loss(&mut tape, fake);
        assert_eq!((1.5, 0.5), (tape.value(d).item(), tape.value(g).item()));
    }

    /// The class that is asked for changes G's image and D's verdict on one and the same image.
    #[test]
    fn both_networks_know_the_class() {
        let conditional = Conditional { classes: 3, labels_sha256: String::new() };
        let mut gan = gan(|config| config.variations.conditional = Some(conditional));
        let z = noise(&mut stream(1, Purpose::Noise, 0), 2, LATENT);
        let mut verdicts = |asked: [usize; 2]| {
            let points = gan.ask(&asked, z.clone());
            let images = gan.sample(&points, &mut DropoutKeys::none());
            let mut tape = Tape::new();
            let bound = gan.bind_discriminator(&mut tape, Mode::Frozen);
            let x = tape.constant(Tensor::new(&[2, 28, 28, 1], tensor::check::noise(1, 2 * 784)));
            let logits = gan.discriminator.forward(&mut tape, &bound, x, &mut DropoutKeys::none());
            (images.data().to_vec(), tape.value(logits).data().to_vec())
        };
        let (images, logits) = verdicts([0, 1]);
        let (others, other_logits) = verdicts([0, 2]);
        assert!(images[..784] == others[..784] && images[784..] != others[784..], "the second was asked for anew");
        assert!(logits[0] == other_logits[0] && logits[1] != other_logits[1], "{logits:?} {other_logits:?}");
    }

    /// G's loss of the logits 0, 1, 2, … of a batch, with a hinge and with top-k training.
    fn top_k_loss(batch: usize, step: u64) -> f32 {
        let mut gan = gan(|config| (config.variations.hinge, config.variations.top_k) = (true, Some(0.5)));
        gan.step = step;
        let mut tape = Tape::new();
        let logits = tape.constant(Tensor::new(&[batch, 1], (0..batch).map(|i| i as f32).collect::<Vec<_>>()));
        let loss = gan.generator_loss(&mut tape, logits);
        tape.value(loss).item()
    }

    /// Of ten images, nine after 110,000, and half in the end.
    #[test]
    fn ever_fewer_images_teach_the_generator() {
        assert_eq!([-4.5, -5.0, -7.0], [0, 11_000, 1_000_000].map(|step| top_k_loss(10, step)));
    }

    /// After 15,000 images, as after 10,000, they are 990 of 1000: from 10 to 999.
    #[test]
    fn images_are_left_out_at_every_ten_thousandth_and_not_between() {
        assert_eq!([-499.5, -504.5, -504.5], [9, 10, 15].map(|step| top_k_loss(1000, step)));
    }

    #[test]
    fn no_two_halves_of_steps_have_the_same_draw() {
        let mut gan = gan(|config| config.variations.augment = true);
        let mut seen = |(step, half)| {
            gan.step = step;
            let mut tape = Tape::new();
            let white = tape.constant(Tensor::new(&[2, 28, 28, 1], vec![1.0; 2 * 28 * 28]));
            let seen = gan.seen(&mut tape, white, half);
            tape.value(seen).data().to_vec()
        };
        let all = [(0, 0), (0, 1), (1, 0), (1, 1)].map(&mut seen);
        for (i, one) in all.iter().enumerate() {
            assert!(all[..i].iter().all(|other| one != other), "draw {i} was there before");
        }
    }

    /// A change of the stream would change every run with spectral normalisation.
    #[test]
    fn the_vectors_of_spectral_norms_have_a_stream_of_their_own() {
        let gan = gan(|config| (config.variations.spectral_norm, config.training.seed) = (true, 5));
        let rng = &mut stream(5, Purpose::Spectral, 0);
        let expected = SpectralNorm::new(gan.discriminator.parameters(), rng);
        let found = gan.carried.spectral_norm.as_ref().expect("it was asked for");
        let numbers = |norm: &SpectralNorm| norm.vectors().flat_map(|(_, u)| u.data().to_vec()).collect::<Vec<_>>();
        assert!(!numbers(found).is_empty() && numbers(found) == numbers(&expected));
    }
}

//! Exercise 16: the gradients of both networks, and the step.

use dcgan::gan::Gan;
use dcgan::models::{DropoutKeys, Pair};
use dcgan::streams::{Purpose, stream};
use nn::{AdamOptions, Parameters};
use tensor::Tensor;

use super::small_networks::{Seen, SmallDiscriminator, SmallGenerator, discriminator_note, generator_note};
use crate::{Draw, Exercise, Mistake, Part, Right, Value, list};

#[path = "../../wrong/16_step.rs"]
mod wrong;

/// `generator_gradients(gan, z, keys)`.
pub type GeneratorGradients = fn(&mut Gan, &Tensor, &mut DropoutKeys) -> Vec<Tensor>;

/// `discriminator_gradients(gan, x, z, keys)`.
pub type DiscriminatorGradients = fn(&mut Gan, &Tensor, &Tensor, &mut DropoutKeys) -> Vec<Tensor>;

/// `step(gan, x, z, keys)`.
pub type Step = fn(&mut Gan, &Tensor, &Tensor, &mut DropoutKeys);

/// The reader's functions.
pub struct Halves {
    /// G's half.
    pub generator: GeneratorGradients,
    /// D's half.
    pub discriminator: DiscriminatorGradients,
    /// Both, with their updates.
    pub step: Step,
}

/// A pair of small networks, and what a step gets.
pub struct Inputs {
    size: Size,
    label: f32,
    /// The seed of the dropout keys, if anything is dropped.
    dropout: Option<u64>,
    x: Tensor,
    z: Tensor,
}

/// The networks of a case.
enum Size {
    /// `G(z) = g·z` and `D(x) = w·x`.
    Linear { g: f32, w: f32 },
    /// With batch norm; the weights come from the seed.
    Deep { latent: usize, hidden: usize, side: usize, seed: u64 },
}

/// A rate and an ε at which updates show in all digits.
const LEARNING_RATE: f64 = 0.4;
const ADAM: AdamOptions = AdamOptions { beta1: 0.9, beta2: 0.999, epsilon: 0.1, form: nn::AdamForm::TensorFlow };

impl Inputs {
    fn linear([g, w]: [f32; 2], z: &[f32], x: &[f32]) -> Self {
        let n = z.len();
        let (x, z) = (Tensor::new(&[n, 1, 1, 1], x.to_vec()), Tensor::new(&[n, 1], z.to_vec()));
        Self { size: Size::Linear { g, w }, label: 0.9, dropout: None, x, z }
    }

    fn deep(draw: &mut Draw, [n, latent, hidden, side]: [usize; 4]) -> Self {
        let size = Size::Deep { latent, hidden, side, seed: draw.seed() };
        let x = Tensor::new(&[n, side, side, 1], draw.noise(n * side * side));
        let z = Tensor::new(&[n, latent], draw.noise(n * latent));
        Self { size, label: 0.9, dropout: None, x, z }
    }

    fn fixed() -> Vec<Self> {
        let draw = &mut Draw::new(16);
        vec![
            Self::linear([-2.0, 1.0], &[1.0], &[2.0]),
            Self::linear([-2.0, 0.5], &[1.0, -2.0], &[2.0, 3.0]),
            Self { label: 0.7, ..Self::linear([0.5, -1.0], &[1.0, -2.0], &[2.0, 3.0]) },
            Self::deep(draw, [3, 2, 2, 1]),
            Self::deep(draw, [4, 2, 3, 2]),
            Self { dropout: Some(1), ..Self::deep(draw, [4, 2, 3, 2]) },
            Self { dropout: Some(2), ..Self::deep(draw, [5, 3, 4, 2]) },
        ]
    }

    fn drawn(draw: &mut Draw) -> Self {
        let extents = [draw.between(2, 5), draw.between(1, 3), draw.between(1, 4), draw.between(1, 2)];
        let seed = draw.seed();
        let dropout = draw.one_of(&[None, Some(seed)]);
        Self { dropout, label: draw.one_of(&[0.9, 0.7]), ..Self::deep(draw, extents) }
    }

    fn show(&self) -> String {
        let [n, ..] = self.x.dims::<4>();
        let networks = match self.size {
            Size::Linear { g, w } => format!("G(z) = {g}·z  D(x) = {w}·x"),
            Size::Deep { latent, hidden, side, .. } => {
                let pixels = side * side;
                format!("{n} images of {side} × {side}  G: {latent} → {hidden} → {pixels}  D: {pixels} → {hidden} → 1")
            }
        };
        let dropout = if self.dropout.is_some() { "  with dropout" } else { "" };
        let (z, x) = (list(self.z.data()), list(self.x.data()));
        format!("{networks}{dropout}  z = {z}  x = {x}  label = {}", self.label)
    }

    fn keys(&self) -> DropoutKeys {
        self.dropout.map_or_else(DropoutKeys::none, |seed| DropoutKeys::new(0.5, stream(seed, Purpose::Dropout, 0)))
    }

    /// The networks before the step, and the notes of G and of D.
    fn gan(&self) -> (Gan, [Seen; 2]) {
        let (generator, discriminator) = match self.size {
            Size::Linear { g, w } => (SmallGenerator::linear(g), SmallDiscriminator::linear(w)),
            Size::Deep { latent, hidden, side, seed } => {
                let mut draw = Draw::new(seed);
                let mut noise = |len: usize| draw.noise(len).iter().map(|x| 1.5 * x).collect();
                let generator = SmallGenerator::deep([latent, hidden, side], &mut noise);
                (generator, SmallDiscriminator::deep([side, hidden], &mut noise))
            }
        };
        let seen = [generator.seen(), discriminator.seen()];
        let pair: Pair = (Box::new(generator), Box::new(discriminator));
        (Gan::new(pair, ADAM, LEARNING_RATE, self.label), seen)
    }

    /// As [`gan`](Self::gan). The project's own functions refuse to compute the reader's.
    fn yours(&self) -> (Gan, [Seen; 2]) {
        let (mut gan, seen) = self.gan();
        gan.tapes = Box::new(|| panic!("this is what the exercise is about: make a `Tape::new()` of your own"));
        (gan, seen)
    }

    fn right_generator(&self) -> Right {
        let (mut gan, _) = self.gan();
        Right::exactly(numbers(&gan.generator_gradients(&self.z, &mut self.keys()).gradients))
    }

    fn right_discriminator(&self) -> Right {
        let (mut gan, _) = self.gan();
        Right::exactly(numbers(&gan.discriminator_gradients(&self.x, &self.z, &mut self.keys()).gradients))
    }

    /// The pair after a step of the project.
    fn stepped(&self) -> Gan {
        let (mut gan, _) = self.gan();
        let stepped = gan.step(&self.x, &self.z, &mut self.keys());
        stepped.unwrap_or_else(|error| panic!("the case has a step: {error}"));
        gan
    }

    /// The pair after the reader's step.
    fn your_step(&self, yours: &Halves) -> Gan {
        let (mut gan, _) = self.yours();
        (yours.step)(&mut gan, &self.x, &self.z, &mut self.keys());
        gan
    }

    /// The notes of G and of D in the reader's half of G.
    fn your_generator_notes(&self, yours: &Halves) -> [Value; 2] {
        let (mut gan, seen) = self.yours();
        (yours.generator)(&mut gan, &self.z, &mut self.keys());
        seen.map(|seen| notes(&seen))
    }

    /// The notes of G and of D in the reader's half of D.
    fn your_discriminator_notes(&self, yours: &Halves) -> [Value; 2] {
        let (mut gan, seen) = self.yours();
        (yours.discriminator)(&mut gan, &self.x, &self.z, &mut self.keys());
        seen.map(|seen| notes(&seen))
    }
}

fn numbers(tensors: &[Tensor]) -> Value {
    tensors.iter().flat_map(|tensor| tensor.data().iter().copied()).collect::<Vec<f32>>().into()
}

fn weights(parameters: &Parameters) -> Value {
    numbers(&parameters.iter().map(|(_, tensor)| tensor.clone()).collect::<Vec<_>>())
}

fn statistics(gan: &Gan) -> Value {
    numbers(&gan.generator.statistics().into_iter().map(|(_, tensor)| tensor).collect::<Vec<_>>())
}

/// What a network noted.
fn notes(seen: &Seen) -> Value {
    seen.borrow().join("; ").into()
}

/// The key that a next layer would get.
fn next(mut keys: DropoutKeys) -> Value {
    keys.next_leaky_dropout(1.0).key.to_string().into()
}

/// What is judged.
pub const EXERCISE: Exercise<Halves, Inputs> = Exercise {
    name: "16_step",
    chapter: "chapter 10, \"The step\"",
    file: "crates/dcgan/src/gan.rs, Gan::generator_gradients",
    fixed: Inputs::fixed,
    drawn: Inputs::drawn,
    size: |case| case.x.data().len() + case.z.data().len(),
    show: Inputs::show,
    parts: &[
        Part {
            name: "G's gradient",
            yours: |yours, case| numbers(&(yours.generator)(&mut case.yours().0, &case.z, &mut case.keys())),
            right: Inputs::right_generator,
        },
        Part {
            name: "D in G's half",
            yours: |yours, case| {
                let [_, of_d] = case.your_generator_notes(yours);
                of_d
            },
            right: |_| Right::exactly(discriminator_note(false, true)),
        },
        Part {
            name: "G in G's half",
            yours: |yours, case| {
                let [of_g, _] = case.your_generator_notes(yours);
                of_g
            },
            right: |_| Right::exactly(generator_note(true, false)),
        },
        Part {
            name: "D's gradient",
            yours: |yours, case| {
                let mut gan = case.yours().0;
                numbers(&(yours.discriminator)(&mut gan, &case.x, &case.z, &mut case.keys()))
            },
            right: Inputs::right_discriminator,
        },
        Part {
            name: "D in D's half",
            yours: |yours, case| {
                let [_, of_d] = case.your_discriminator_notes(yours);
                of_d
            },
            right: |_| Right::exactly([discriminator_note(true, false), discriminator_note(true, false)].join("; ")),
        },
        Part {
            name: "G in D's half",
            yours: |yours, case| {
                let [of_g, _] = case.your_discriminator_notes(yours);
                of_g
            },
            right: |_| Right::exactly(generator_note(false, false)),
        },
        Part {
            name: "the list of G's weights after the step",
            yours: |yours, case| weights(case.your_step(yours).generator.parameters()),
            right: |case| Right::exactly(weights(case.stepped().generator.parameters())),
        },
        Part {
            name: "the list of D's weights after the step",
            yours: |yours, case| weights(case.your_step(yours).discriminator.parameters()),
            right: |case| Right::exactly(weights(case.stepped().discriminator.parameters())),
        },
        Part {
            name: "the list of G's running statistics after the step",
            yours: |yours, case| statistics(&case.your_step(yours)),
            right: |case| Right::exactly(statistics(&case.stepped())),
        },
        Part {
            name: "the dropout key after the step",
            yours: |yours, case| {
                let mut keys = case.keys();
                (yours.step)(&mut case.yours().0, &case.x, &case.z, &mut keys);
                next(keys)
            },
            right: |case| {
                let mut keys = case.keys();
                let stepped = case.gan().0.step(&case.x, &case.z, &mut keys);
                stepped.unwrap_or_else(|error| panic!("the case has a step: {error}"));
                Right::exactly(next(keys))
            },
        },
    ],
    wrong: wrong::WRONG,
};

/// Judges the reader's halves and step.
///
/// # Errors
/// The smallest failure.
pub fn check(generator: GeneratorGradients, discriminator: DiscriminatorGradients, step: Step) -> Result<(), Mistake> {
    EXERCISE.check(&Halves { generator, discriminator, step })
}

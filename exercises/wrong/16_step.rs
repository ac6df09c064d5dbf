//! Wrong answers to exercise 16.

use dcgan::gan::Gan;
use dcgan::models::DropoutKeys;
use nn::Mode;
use tensor::{Tape, Tensor, Var};

use super::Halves;
use crate::Wrong;

pub const WRONG: &[Wrong<Halves>] = &[
    Wrong {
        name: "d_not_frozen",
        answer: Halves { generator: d_not_frozen, discriminator, step },
        words: "D is bound as trained",
        explanation: "This is what comes out when D is bound as trained in G's half: bind it as Mode::Frozen, or gradients of D's weights are computed for nobody.",
    },
    Wrong {
        name: "noise_is_a_leaf",
        answer: Halves { generator: noise_is_a_leaf, discriminator, step },
        words: "the noise is a leaf",
        explanation: "This is what comes out when the noise is a leaf: nobody needs its gradient, so it is a constant.",
    },
    Wrong {
        name: "cut_off",
        answer: Halves { generator: cut_off, discriminator, step },
        words: "detached in G's half",
        explanation: "This is what comes out when the fake images are detached in G's half: the gradient passes through them, from D to G.",
    },
    Wrong {
        name: "saturated",
        answer: Halves { generator: saturated, discriminator, step },
        words: "saturating loss",
        explanation: "This is what comes out when G has the saturating loss ln(1 − D): it learns least where it is worst, so L_G is CE(D(G(z)), label).",
    },
    Wrong {
        name: "helps_d",
        answer: Halves { generator: helps_d, discriminator, step },
        words: "towards being found out",
        explanation: "This is what comes out when G is trained towards being found out: the target of its images is the label of real ones, not 0.",
    },
    Wrong {
        name: "g_label_1",
        answer: Halves { generator: g_label_1, discriminator, step },
        words: "G's target is 1",
        explanation: "This is what comes out when G's target is 1: it is gan.real_label.",
    },
    Wrong {
        name: "g_without_keys",
        answer: Halves { generator: g_without_keys, discriminator, step },
        words: "drops nothing",
        explanation: "This is what comes out when G's half drops nothing: both passes take their keys from `keys`.",
    },
    Wrong {
        name: "not_detached",
        answer: Halves { generator, discriminator: not_detached, step },
        words: "not detached in D's half",
        explanation: "This is what comes out when the fake images are not detached in D's half: their gradients are computed for nobody. Carry their value over as a constant.",
    },
    Wrong {
        name: "g_not_frozen",
        answer: Halves { generator, discriminator: g_not_frozen, step },
        words: "G is bound as trained",
        explanation: "This is what comes out when G is bound as trained in D's half: its tape then keeps for nobody what a way back would need.",
    },
    Wrong {
        name: "one_batch",
        answer: Halves { generator, discriminator: one_batch, step },
        words: "pass through D in one batch",
        explanation: "This is what comes out when real and fake images pass through D in one batch: batch norm then mixes their statistics. Each has a pass of its own.",
    },
    Wrong {
        name: "labels_swapped",
        answer: Halves { generator, discriminator: labels_swapped, step },
        words: "each other's target",
        explanation: "This is what comes out when real and fake images have each other's target: it is the label for x, and 0 for G(z).",
    },
    Wrong {
        name: "d_label_1",
        answer: Halves { generator, discriminator: d_label_1, step },
        words: "is 1 in D's half",
        explanation: "This is what comes out when the target of real images is 1 in D's half: it is gan.real_label.",
    },
    Wrong {
        name: "both_smoothed",
        answer: Halves { generator, discriminator: both_smoothed, step },
        words: "smoothed too",
        explanation: "This is what comes out when the target of fake images is smoothed too: it is 0, and the real one's alone is smoothed.",
    },
    Wrong {
        name: "d_is_fooled",
        answer: Halves { generator, discriminator: d_is_fooled, step },
        words: "takes fakes for real",
        explanation: "This is what comes out when D learns a target that takes fakes for real: G(z) has the target 0.",
    },
    Wrong {
        name: "mean_of_both",
        answer: Halves { generator, discriminator: mean_of_both, step },
        words: "mean of its two terms",
        explanation: "This is what comes out when L_D is the mean of its two terms: it is their sum.",
    },
    Wrong {
        name: "difference_of_both",
        answer: Halves { generator, discriminator: difference_of_both, step },
        words: "difference of its terms",
        explanation: "This is what comes out when L_D is the difference of its terms: D is to be right about both batches, so they are added.",
    },
    Wrong {
        name: "real_alone",
        answer: Halves { generator, discriminator: real_alone, step },
        words: "real images alone",
        explanation: "This is what comes out when D learns from real images alone: add the loss of the fake ones.",
    },
    Wrong {
        name: "fake_alone",
        answer: Halves { generator, discriminator: fake_alone, step },
        words: "fake images alone",
        explanation: "This is what comes out when D learns from fake images alone: add the loss of the real ones.",
    },
    Wrong {
        name: "fake_first",
        answer: Halves { generator, discriminator: fake_first, step },
        words: "before the real ones",
        explanation: "This is what comes out when D judges the fake images before the real ones: each pass takes the next dropout key, so their order matters.",
    },
    Wrong {
        name: "sampled_fakes",
        answer: Halves { generator, discriminator: sampled_fakes, step },
        words: "by running statistics",
        explanation: "This is what comes out when the fake images are made by running statistics: in training use forward_training, not forward_inference.",
    },
    Wrong {
        name: "d_first",
        answer: Halves { generator, discriminator, step: d_first },
        words: "D moves before G",
        explanation: "This is what comes out when D moves before G: first G's gradients and update, then D's.",
    },
    Wrong {
        name: "old_fakes",
        answer: Halves { generator, discriminator, step: old_fakes },
        words: "fakes of the old G",
        explanation: "This is what comes out when D learns from fakes of the old G: compute D's gradients after G's update.",
    },
    Wrong {
        name: "d_moves_twice",
        answer: Halves { generator, discriminator, step: d_moves_twice },
        words: "D also follows L_G",
        explanation: "This is what comes out when D also follows L_G: it moves once, by the gradients of L_D.",
    },
    Wrong {
        name: "g_moves_twice",
        answer: Halves { generator, discriminator, step: g_moves_twice },
        words: "G moves twice",
        explanation: "This is what comes out when G moves twice: each network has one update in a step.",
    },
    Wrong {
        name: "uses_gs_rate",
        answer: Halves { generator, discriminator, step: uses_gs_rate },
        words: "without the learning rate",
        explanation: "This is what comes out when the step is made without the learning rate: update takes gan.learning_rate.",
    },
    Wrong {
        name: "one_pass_too_many",
        answer: Halves { generator, discriminator, step: one_pass_too_many },
        words: "one pass too many",
        explanation: "This is what comes out when G makes one pass too many: each pass of forward_training moves the running statistics, and a step has two.",
    },
];

type Keys<'a> = &'a mut DropoutKeys;

/// G's half with another mode of D, something between G and D, and another loss.
fn g_half(
    gan: &mut Gan,
    z: &Tensor,
    keys: Keys,
    mode: Mode,
    between: impl Fn(&mut Tape, Var) -> Var,
    loss: impl Fn(&mut Tape, Var, f32) -> Var,
) -> Vec<Tensor> {
    let mut tape = Tape::new();
    let bound = gan.generator.parameters().bind(&mut tape, Mode::Trained);
    let of_d = gan.discriminator.parameters().bind(&mut tape, mode);
    let z = tape.constant(z.clone());
    let fake = gan.generator.forward_training(&mut tape, &bound, z, keys);
    let fake = between(&mut tape, fake);
    let logits = gan.discriminator.forward(&mut tape, &of_d, fake, keys);
    let loss = loss(&mut tape, logits, gan.real_label);
    bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)))
}

fn cut(tape: &mut Tape, fake: Var) -> Var {
    let value = tape.value(fake);
    tape.constant(value)
}

fn fake_images(gan: &mut Gan, z: &Tensor, keys: Keys) -> Tensor {
    let mut tape = Tape::new();
    let frozen = gan.generator.parameters().bind(&mut tape, Mode::Frozen);
    let z = tape.constant(z.clone());
    let fake = gan.generator.forward_training(&mut tape, &frozen, z, keys);
    tape.value(fake)
}

fn sum(tape: &mut Tape, real: Var, real_target: f32, fake: Var, fake_target: f32) -> Var {
    let on_real = tape.sigmoid_cross_entropy(real, real_target);
    let on_fake = tape.sigmoid_cross_entropy(fake, fake_target);
    tape.add(on_real, on_fake)
}

/// D's half on these fake images, with another loss of the logits.
fn d_half(
    gan: &mut Gan,
    x: &Tensor,
    fake: Tensor,
    keys: Keys,
    loss: impl Fn(&mut Tape, Var, Var, f32) -> Var,
) -> Vec<Tensor> {
    let mut tape = Tape::new();
    let bound = gan.discriminator.parameters().bind(&mut tape, Mode::Trained);
    let x = tape.constant(x.clone());
    let fake = tape.constant(fake);
    let real = gan.discriminator.forward(&mut tape, &bound, x, keys);
    let fake = gan.discriminator.forward(&mut tape, &bound, fake, keys);
    let loss = loss(&mut tape, real, fake, gan.real_label);
    bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)))
}

fn generator(gan: &mut Gan, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    g_half(gan, z, keys, Mode::Frozen, |_, fake| fake, |tape, logits, label| tape.sigmoid_cross_entropy(logits, label))
}

fn discriminator(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let fake = fake_images(gan, z, keys);
    d_half(gan, x, fake, keys, |tape, real, fake, label| sum(tape, real, label, fake, 0.0))
}

fn update_generator(gan: &mut Gan, rate: f64, gradients: &[Tensor]) {
    let updated = gan.generator_adam.update(rate, gan.generator.parameters_mut(), gradients);
    updated.expect("G stays finite");
}

fn update_discriminator(gan: &mut Gan, rate: f64, gradients: &[Tensor]) {
    let updated = gan.discriminator_adam.update(rate, gan.discriminator.parameters_mut(), gradients);
    updated.expect("D stays finite");
}

fn step(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) {
    let gradients = generator(gan, z, keys);
    update_generator(gan, gan.learning_rate, &gradients);
    let gradients = discriminator(gan, x, z, keys);
    update_discriminator(gan, gan.learning_rate, &gradients);
}

fn d_not_frozen(gan: &mut Gan, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    g_half(gan, z, keys, Mode::Trained, |_, fake| fake, |tape, logits, label| tape.sigmoid_cross_entropy(logits, label))
}

fn noise_is_a_leaf(gan: &mut Gan, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let mut tape = Tape::new();
    let bound = gan.generator.parameters().bind(&mut tape, Mode::Trained);
    let frozen = gan.discriminator.parameters().bind(&mut tape, Mode::Frozen);
    let z = tape.leaf(z.clone());
    let fake = gan.generator.forward_training(&mut tape, &bound, z, keys);
    let logits = gan.discriminator.forward(&mut tape, &frozen, fake, keys);
    let loss = tape.sigmoid_cross_entropy(logits, gan.real_label);
    bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)))
}

fn cut_off(gan: &mut Gan, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    g_half(gan, z, keys, Mode::Frozen, cut, |tape, logits, label| tape.sigmoid_cross_entropy(logits, label))
}

fn saturated(gan: &mut Gan, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    g_half(
        gan,
        z,
        keys,
        Mode::Frozen,
        |_, fake| fake,
        |tape, logits, _| {
            let found_out = tape.sigmoid_cross_entropy(logits, 0.0);
            tape.scale(found_out, -1.0)
        },
    )
}

fn helps_d(gan: &mut Gan, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    g_half(gan, z, keys, Mode::Frozen, |_, fake| fake, |tape, logits, _| tape.sigmoid_cross_entropy(logits, 0.0))
}

fn g_label_1(gan: &mut Gan, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    g_half(gan, z, keys, Mode::Frozen, |_, fake| fake, |tape, logits, _| tape.sigmoid_cross_entropy(logits, 1.0))
}

fn g_without_keys(gan: &mut Gan, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    g_half(
        gan,
        z,
        &mut DropoutKeys::none(),
        Mode::Frozen,
        |_, fake| fake,
        |tape, logits, label| {
            let _ = keys;
            tape.sigmoid_cross_entropy(logits, label)
        },
    )
}

fn not_detached(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let fake = fake_images(gan, z, keys);
    let mut tape = Tape::new();
    let bound = gan.discriminator.parameters().bind(&mut tape, Mode::Trained);
    let x = tape.constant(x.clone());
    let fake = tape.leaf(fake);
    let real = gan.discriminator.forward(&mut tape, &bound, x, keys);
    let fake = gan.discriminator.forward(&mut tape, &bound, fake, keys);
    let loss = sum(&mut tape, real, gan.real_label, fake, 0.0);
    bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)))
}

fn g_not_frozen(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let mut tape = Tape::new();
    let bound = gan.generator.parameters().bind(&mut tape, Mode::Trained);
    let z = tape.constant(z.clone());
    let fake = gan.generator.forward_training(&mut tape, &bound, z, keys);
    let fake = tape.value(fake);
    d_half(gan, x, fake, keys, |tape, real, fake, label| sum(tape, real, label, fake, 0.0))
}

fn one_batch(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let fake = fake_images(gan, z, keys);
    let mut tape = Tape::new();
    let bound = gan.discriminator.parameters().bind(&mut tape, Mode::Trained);
    let [n, height, width, channels] = x.dims();
    let both = [x.data(), fake.data()].concat();
    let both = tape.constant(Tensor::new(&[2 * n, height, width, channels], both));
    let logits = gan.discriminator.forward(&mut tape, &bound, both, keys);
    let real = half(&mut tape, logits, 0);
    let fake = half(&mut tape, logits, 1);
    let loss = sum(&mut tape, real, gan.real_label, fake, 0.0);
    bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)))
}

/// The first or the second half of the logits.
fn half(tape: &mut Tape, logits: Var, which: usize) -> Var {
    let all = tape.value(logits);
    let n = all.data().len() / 2;
    let own = Tensor::new(&[n, 1], all.data()[which * n..(which + 1) * n].to_vec());
    tape.record("half", &[logits], own, move |dy, grads| {
        let mut both = vec![0.0; 2 * n];
        both[which * n..(which + 1) * n].copy_from_slice(dy.data());
        grads.add(logits, || Tensor::new(&[2 * n, 1], both));
    })
}

fn labels_swapped(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let fake = fake_images(gan, z, keys);
    d_half(gan, x, fake, keys, |tape, real, fake, label| sum(tape, real, 0.0, fake, label))
}

fn d_label_1(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let fake = fake_images(gan, z, keys);
    d_half(gan, x, fake, keys, |tape, real, fake, _| sum(tape, real, 1.0, fake, 0.0))
}

fn both_smoothed(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let fake = fake_images(gan, z, keys);
    d_half(gan, x, fake, keys, |tape, real, fake, label| sum(tape, real, label, fake, 1.0 - label))
}

fn d_is_fooled(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let fake = fake_images(gan, z, keys);
    d_half(gan, x, fake, keys, |tape, real, fake, label| sum(tape, real, label, fake, label))
}

fn mean_of_both(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let fake = fake_images(gan, z, keys);
    d_half(gan, x, fake, keys, |tape, real, fake, label| {
        let both = sum(tape, real, label, fake, 0.0);
        tape.scale(both, 0.5)
    })
}

fn difference_of_both(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let fake = fake_images(gan, z, keys);
    d_half(gan, x, fake, keys, |tape, real, fake, label| {
        let on_real = tape.sigmoid_cross_entropy(real, label);
        let on_fake = tape.sigmoid_cross_entropy(fake, 0.0);
        let on_fake = tape.scale(on_fake, -1.0);
        tape.add(on_real, on_fake)
    })
}

fn real_alone(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let fake = fake_images(gan, z, keys);
    d_half(gan, x, fake, keys, |tape, real, _, label| tape.sigmoid_cross_entropy(real, label))
}

fn fake_alone(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let fake = fake_images(gan, z, keys);
    d_half(gan, x, fake, keys, |tape, _, fake, _| tape.sigmoid_cross_entropy(fake, 0.0))
}

fn fake_first(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let fake = fake_images(gan, z, keys);
    let mut tape = Tape::new();
    let bound = gan.discriminator.parameters().bind(&mut tape, Mode::Trained);
    let x = tape.constant(x.clone());
    let fake = tape.constant(fake);
    let fake = gan.discriminator.forward(&mut tape, &bound, fake, keys);
    let real = gan.discriminator.forward(&mut tape, &bound, x, keys);
    let loss = sum(&mut tape, real, gan.real_label, fake, 0.0);
    bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)))
}

fn sampled_fakes(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let mut tape = Tape::new();
    let frozen = gan.generator.parameters().bind(&mut tape, Mode::Frozen);
    let z = tape.constant(z.clone());
    let fake = gan.generator.forward_inference(&mut tape, &frozen, z, keys);
    let fake = tape.value(fake);
    d_half(gan, x, fake, keys, |tape, real, fake, label| sum(tape, real, label, fake, 0.0))
}

fn d_first(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) {
    let gradients = discriminator(gan, x, z, keys);
    update_discriminator(gan, gan.learning_rate, &gradients);
    let gradients = generator(gan, z, keys);
    update_generator(gan, gan.learning_rate, &gradients);
}

fn old_fakes(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) {
    let of_g = generator(gan, z, keys);
    let of_d = discriminator(gan, x, z, keys);
    update_generator(gan, gan.learning_rate, &of_g);
    update_discriminator(gan, gan.learning_rate, &of_d);
}

fn d_moves_twice(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) {
    let mut same_keys = keys.again();
    let of_g = generator(gan, z, keys);
    let of_d = d_on_gs_loss(gan, z, &mut same_keys);
    update_generator(gan, gan.learning_rate, &of_g);
    update_discriminator(gan, gan.learning_rate, &of_d);
    let gradients = discriminator(gan, x, z, keys);
    update_discriminator(gan, gan.learning_rate, &gradients);
}

/// The gradients of L_G in the order of D's parameters.
fn d_on_gs_loss(gan: &mut Gan, z: &Tensor, keys: Keys) -> Vec<Tensor> {
    let mut tape = Tape::new();
    let mut copy = gan.generator.copy();
    let frozen = copy.parameters().bind(&mut tape, Mode::Frozen);
    let bound = gan.discriminator.parameters().bind(&mut tape, Mode::Trained);
    let z = tape.constant(z.clone());
    let fake = copy.forward_training(&mut tape, &frozen, z, keys);
    let logits = gan.discriminator.forward(&mut tape, &bound, fake, keys);
    let loss = tape.sigmoid_cross_entropy(logits, gan.real_label);
    bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)))
}

fn g_moves_twice(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) {
    let gradients = generator(gan, z, keys);
    update_generator(gan, gan.learning_rate, &gradients);
    update_generator(gan, gan.learning_rate, &gradients);
    let gradients = discriminator(gan, x, z, keys);
    update_discriminator(gan, gan.learning_rate, &gradients);
}

fn uses_gs_rate(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) {
    let gradients = generator(gan, z, keys);
    update_generator(gan, 1.0, &gradients);
    let gradients = discriminator(gan, x, z, keys);
    update_discriminator(gan, 1.0, &gradients);
}

fn one_pass_too_many(gan: &mut Gan, x: &Tensor, z: &Tensor, keys: Keys) {
    step(gan, x, z, keys);
    fake_images(gan, z, keys);
}

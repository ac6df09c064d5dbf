//! Small networks learn: layers, tape, loss and Adam together.

use nn::{
    Adam, AdamForm, AdamOptions, BatchNorm, Bound, Conv2d, ConvTranspose2d, Dense, Dropout, Init, Mode, Parameters,
};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use tensor::ops::leaky_dropout::LeakyDropout;
use tensor::{Axis, Tape, Tensor, Var, Window, check};

/// Trains by full batches and returns the loss before each step.
fn train(
    parameters: &mut Parameters,
    options: AdamOptions,
    learning_rate: f64,
    steps: u64,
    mut loss: impl FnMut(&mut Tape, &Bound, u64) -> Var,
) -> Vec<f32> {
    let mut adam = Adam::new(options, parameters);
    let step = |t| {
        let mut tape = Tape::new();
        let bound = parameters.bind(&mut tape, Mode::Trained);
        let loss = loss(&mut tape, &bound, t);
        let value = tape.value(loss).item();
        let gradients = bound.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)));
        adam.update(learning_rate, parameters, &gradients).expect("training is finite");
        value
    };
    (0..steps).map(step).collect()
}

/// Exclusive or is the smallest function that no single dense layer can compute.
#[test]
fn two_dense_layers_learn_exclusive_or() {
    for form in [AdamForm::TensorFlow, AdamForm::PyTorch] {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let mut parameters = Parameters::new();
        let hidden = Dense::new(&mut parameters, "hidden", 2, 8, Init::GlorotUniform, rng);
        let output = Dense::new(&mut parameters, "output", 8, 2, Init::GlorotUniform, rng);
        let x = Tensor::new(&[4, 2], vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
        let options = AdamOptions { form, ..AdamOptions::default() };
        let losses = train(&mut parameters, options, 0.05, 200, |tape, bound, _| {
            let x = tape.constant(x.clone());
            let h = hidden.forward(tape, bound, x);
            let h = tape.tanh(h);
            let logits = output.forward(tape, bound, h);
            tape.softmax_cross_entropy(logits, &[0, 1, 1, 0])
        });
        let last = losses[losses.len() - 1];
        assert!(0.5 < losses[0] && last < 0.02, "{form:?}: from {} to {last}", losses[0]);
    }
}

/// Every kind of layer at once, on six pictures of noise that nothing but memory can tell apart.
fn overfit() -> Vec<f32> {
    let rng = &mut ChaCha8Rng::seed_from_u64(2);
    let mut parameters = Parameters::new();
    let down = Window { down: Axis::same(6, 3, 2), across: Axis::same(5, 3, 2) };
    let up = Window { down: Axis::transposed_valid(3, 2, 1), across: Axis::transposed_same(3, 3, 2) };
    let conv = Conv2d::new(&mut parameters, "conv", down, 2, 6, Init::GlorotUniform, rng);
    let mut norm = BatchNorm::new(&mut parameters, "norm", 6, 0.001);
    let transpose = ConvTranspose2d::new(&mut parameters, "transpose", up, 6, 4, Init::Normal { std: 0.1 }, rng);
    let dense = Dense::new(&mut parameters, "dense", 4 * 6 * 4, 3, Init::GlorotUniform, rng);
    let dropout = Dropout::new(0.9);
    let x = Tensor::new(&[6, 6, 5, 2], check::noise(3, 6 * 6 * 5 * 2));
    train(&mut parameters, AdamOptions::default(), 0.01, 100, |tape, bound, t| {
        let x = tape.constant(x.clone());
        let h = conv.forward(tape, bound, x);
        let h = norm.forward_training_then(tape, bound, h, LeakyDropout { slope: 0.01, keep: 1.0, key: 0 });
        let h = transpose.forward(tape, bound, h);
        let h = tape.leaky_relu(0.01, h);
        let h = dropout.forward(tape, h, t);
        let h = tape.reshape(h, &[6, 4 * 6 * 4]);
        let logits = dense.forward(tape, bound, h);
        tape.softmax_cross_entropy(logits, &[0, 1, 2, 2, 1, 0])
    })
}

#[test]
fn a_convolutional_network_learns_a_batch_by_heart() {
    let losses = overfit();
    let last = losses[losses.len() - 1];
    assert!(0.5 < losses[0] && last < 0.02, "from {} to {last}", losses[0]);
}

/// The same losses, bit for bit, whatever the number of threads.
#[test]
fn training_is_deterministic() {
    let on = |threads| -> Vec<u32> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(overfit).into_iter().map(f32::to_bits).collect()
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(3));
}

/// The update of a GAN's generator: the gradient flows through a frozen discriminator, unchanged.
#[test]
fn a_frozen_network_passes_gradients_on() {
    let rng = &mut ChaCha8Rng::seed_from_u64(4);
    let [mut g, mut d] = [Parameters::new(), Parameters::new()];
    let generator = Dense::new(&mut g, "generator", 3, 5, Init::GlorotUniform, rng);
    let discriminator = Dense::new(&mut d, "discriminator", 5, 1, Init::GlorotUniform, rng);
    let gradients = |mode| {
        let mut tape = Tape::new();
        let (bound_g, bound_d) = (g.bind(&mut tape, Mode::Trained), d.bind(&mut tape, mode));
        let z = tape.constant(Tensor::new(&[2, 3], check::noise(5, 6)));
        let fake = generator.forward(&mut tape, &bound_g, z);
        let logits = discriminator.forward(&mut tape, &bound_d, fake);
        let loss = tape.sigmoid_cross_entropy(logits, 0.9);
        let gradients = bound_g.gradients(&mut tape.backward(loss, Tensor::scalar(1.0)));
        gradients.iter().flat_map(|gradient| gradient.data().to_vec()).collect::<Vec<_>>()
    };
    let through_frozen = gradients(Mode::Frozen);
    assert!(through_frozen.iter().all(|&g| g != 0.0));
    assert_eq!(gradients(Mode::Trained), through_frozen);
}

//! The doctor: every planted illness is named within 200 steps, and five healthy trainings hear nothing.
//!
//! The healthy ones are narrow here. The article's own, at full width on MNIST and on horses, take half an hour:
//! `LONG_TESTS=1 cargo test --release -p tests --test doctor`.

use std::sync::OnceLock;

use cli::datasets::{self as dataset, Dataset};
use dcgan::config::Config;
use dcgan::feed::Feed;
use dcgan::gan::Gan;
use nn::{Adam, AdamOptions};
use runs::doctor::Doctor;
use tensor::Tensor;

fn mnist() -> &'static Dataset {
    static MNIST: OnceLock<Dataset> = OnceLock::new();
    MNIST.get_or_init(|| dataset::mnist::read_training(None, false).expect("MNIST is in the repository"))
}

fn config(dataset: &Dataset, width: usize, batch_size: usize, seed: u64) -> Config {
    let images = &dataset.images;
    let mut config = Config::from_recipe(dataset.describe(), images.height(), images.channels(), "article").unwrap();
    (config.model.width, config.training.batch_size, config.training.seed) = (width, batch_size, seed);
    config
}

/// What the doctor says in 200 steps of a training to which `plant` happens before each step.
fn said(
    config: &Config,
    dataset: &Dataset,
    plant: impl Fn(&mut Gan),
    images: impl Fn(Tensor) -> Tensor,
) -> Vec<String> {
    said_in(200, config, dataset, plant, images)
}

fn said_in(
    steps: u64,
    config: &Config,
    dataset: &Dataset,
    plant: impl Fn(&mut Gan),
    images: impl Fn(Tensor) -> Tensor,
) -> Vec<String> {
    let mut gan = Gan::start(config).unwrap();
    let mut feed = Feed::new(&config.training, &dataset.images);
    let mut doctor = Doctor::default();
    let mut lines = Vec::new();
    for step in 1..=steps {
        plant(&mut gan);
        let report = feed.step(&mut gan).unwrap();
        let said = doctor.observe(&mut gan, &report, || images(feed.images(step)));
        lines.extend(said.into_iter().map(|line| format!("step {step}: {line}")));
    }
    lines
}

/// Asserts that a planted illness is named, in a line that says what to try.
#[track_caller]
fn named(words: &str, plant: impl Fn(&mut Gan)) {
    let lines = said(&config(mnist(), 16, 16, 1), mnist(), plant, |x| x);
    let line = lines.iter().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {lines:?}"));
    assert!(line.contains("try ") && !line.contains('\n'), "{line}");
}

/// An optimiser that moves nothing: its ε is far larger than any gradient.
fn stuck(adam: &Adam, parameters: &nn::Parameters) -> Adam {
    Adam::new(AdamOptions { epsilon: 1e30, ..*adam.options() }, parameters)
}

fn change(parameters: &mut nn::Parameters, name: &str, change: impl Fn(&mut [f32])) {
    let mut tensor = parameters.get(name).unwrap().clone();
    change(tensor.data_mut());
    parameters.set(name, tensor);
}

#[test]
fn a_discriminator_that_has_won_is_named() {
    named("the discriminator has won", |gan| {
        gan.generator_adam = stuck(&gan.generator_adam, gan.generator.parameters())
    });
}

#[test]
fn a_generator_that_has_won_is_named() {
    named("the generator has won", |gan| {
        gan.discriminator_adam = stuck(&gan.discriminator_adam, gan.discriminator.parameters());
    });
}

#[test]
fn collapsed_samples_are_named() {
    // The noise has next to no way into the network.
    named("the samples have collapsed", |gan| {
        change(gan.generator.parameters_mut(), "generator/dense/kernel", |x| x.fill(0.0));
    });
}

/// The article's fully connected pair makes one grey picture for some thousand steps.
#[test]
fn the_collapse_of_the_fully_connected_pair_is_named() {
    let config = config(mnist(), 512, 64, 1).fully_connected();
    let lines = said_in(400, &config, mnist(), |_| (), |x| x);
    assert!(lines.iter().any(|line| line.contains("the samples have collapsed")), "{lines:?}");
}

#[test]
fn dead_units_are_named() {
    named("units are dead: 100 % of the channels behind discriminator/conv2d_1", |gan| {
        change(gan.discriminator.parameters_mut(), "discriminator/conv2d_1/bias", |x| x.fill(-50.0));
    });
}

#[test]
fn exploding_gradients_are_named() {
    named("gradients explode", |gan| {
        if gan.step == 0 {
            change(gan.discriminator.parameters_mut(), "discriminator/dense/kernel", |x| {
                x.iter_mut().for_each(|x| *x *= 1e5);
            });
        }
    });
}

#[test]
fn images_out_of_range_are_named() {
    let in_bytes = |mut x: Tensor| {
        x.data_mut().iter_mut().for_each(|x| *x = (*x + 1.0) * 127.5);
        x
    };
    let lines = said(&config(mnist(), 16, 16, 1), mnist(), |_| (), in_bytes);
    assert!(lines[0].starts_with("step 1: the images are out of range: they go from 0 to 255"), "{lines:?}");
}

#[test]
fn five_healthy_trainings_hear_nothing() {
    for seed in 1..=5 {
        let lines = said(&config(mnist(), 32, 32, seed), mnist(), |_| (), |x| x);
        assert_eq!([""; 0], lines[..], "seed {seed}");
    }
}

#[test]
fn five_healthy_trainings_at_full_width_hear_nothing() {
    if std::env::var_os("LONG_TESTS").is_none() {
        eprintln!("skipped: takes half an hour; set LONG_TESTS=1, and use --release");
        return;
    }
    let horses = dataset::cifar(None, "horse", false).unwrap();
    for dataset in [mnist(), &horses] {
        for seed in 1..=5 {
            let lines = said(&config(dataset, 512, 64, seed), dataset, |_| (), |x| x);
            assert_eq!([""; 0], lines[..], "{}, seed {seed}", dataset.name);
            eprintln!("{}, seed {seed}: 200 steps without a word", dataset.name);
        }
    }
}

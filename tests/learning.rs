//! Learning works, and is the same every time: on one thread, two, three or eight.

use data::Images;
use dcgan::config::{Config, Data};
use dcgan::feed::Feed;
use dcgan::gan::Gan;
use dcgan::models::{DropoutKeys, LATENT};
use dcgan::streams::{Purpose, noise, stream};
use tensor::Tensor;
use tests::toy_pictures;

fn config(images: &Images, width: usize, batch_size: usize) -> Config {
    let data = Data { name: "toy".to_owned(), images: images.count(), sha256: images.sha256() };
    let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
    config.model.width = width;
    config.training.batch_size = batch_size;
    config
}

/// Label smoothing puts a floor under a loss: CE(p, 0.9) is smallest at p = 0.9.
fn floor() -> f32 {
    -(0.9 * 0.9f32.ln() + 0.1 * 0.1f32.ln())
}

/// D learns to tell one batch from another by heart, then G to please that D.
#[test]
fn one_batch_can_be_overfitted() {
    let images = Images::new(28, 28, 1, toy_pictures(8));
    let config = config(&images, 32, 8);
    let mut gan = Gan::start(&config).unwrap();
    let z = noise(&mut stream(1, Purpose::Noise, 0), 8, LATENT);
    let mut x = vec![0.0; 8 * 28 * 28];
    data::scale::from_bytes(images.pixels(), &mut x);
    let x = Tensor::new(&[8, 28, 28, 1], x);

    let mut losses = vec![];
    for _ in 0..60 {
        let d = gan.discriminator_gradients(&x, &z, &mut DropoutKeys::none());
        gan.discriminator_adam.update(gan.learning_rate, gan.discriminator.parameters_mut(), &d.gradients).unwrap();
        losses.push(d.loss - floor());
    }
    assert!(0.5 < losses[0] && losses[59] <= 0.02, "{losses:?}");

    let mut losses = vec![];
    for _ in 0..120 {
        let g = gan.generator_gradients(&z, &mut DropoutKeys::none());
        gan.generator_adam.update(gan.learning_rate, gan.generator.parameters_mut(), &g.gradients).unwrap();
        losses.push(g.loss - floor());
    }
    assert!(0.5 < losses[0] && losses[119] <= 0.02, "{losses:?}");
}

/// Every number of 20 steps and all that they leave behind, to the bit.
fn trace(threads: usize) -> Vec<u32> {
    let images = Images::new(28, 28, 1, toy_pictures(48));
    // Wide enough for the work to be split, and an epoch that ends in between.
    let config = config(&images, 128, 16);
    let train = || {
        let mut gan = Gan::start(&config).unwrap();
        let mut feed = Feed::new(&config.training, &images);
        let mut bits = vec![];
        for _ in 0..20 {
            let report = feed.step(&mut gan).unwrap();
            let numbers =
                [report.d_loss, report.g_loss, report.d_real, report.d_fake, report.d_grad_norm, report.g_grad_norm];
            bits.extend(numbers.map(f32::to_bits));
        }
        let state = gan.tensors();
        bits.extend(state.values().flat_map(|tensor| tensor.data().iter().map(|x| x.to_bits())));
        bits
    };
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(train)
}

#[test]
fn a_trace_is_the_same_every_time_and_on_any_number_of_threads() {
    let first = trace(1);
    for threads in [2, 3, 8] {
        let again = trace(threads);
        let difference = first.iter().zip(&again).position(|(a, b)| a != b);
        assert_eq!((None, first.len()), (difference, again.len()), "on {threads} threads");
    }
}

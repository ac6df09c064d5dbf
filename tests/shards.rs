//! A step computed shard by shard: the same bits by one process and by a group, and as good as one
//! without shards.

use std::rc::Rc;

use data::Images;
use dcgan::Error;
use dcgan::config::{Config, Data};
use dcgan::feed::Feed;
use dcgan::gan::Gan;
use dcgan::models::{DropoutKeys, LATENT};
use dcgan::recipe::DatasetKind;
use dcgan::step::StepMetrics;
use dcgan::streams::{Purpose, noise, stream};
use dcgan::variations::{Conditional, Variations};
use tensor::shards::Alone;
use tensor::{Group, Shards, threads};

/// Pictures of noise, `count` of `size` by `size`.
fn pictures(count: usize, size: usize, channels: usize) -> Images {
    let pixels = (0..count * size * size * channels).map(|i| (i * 31 % 251) as u8).collect();
    Images::new(size, size, channels, pixels)
}

/// Wide enough for all paths of a convolution and for tasks of several images.
fn config(images: &Images, recipe: &str, shards: usize) -> Config {
    let data = Data { name: "toy".to_owned(), images: images.count(), sha256: String::new() };
    let mut config = Config::from_recipe(data, images.height(), images.channels(), recipe).unwrap();
    config.adapt_to(if images.channels() == 1 { DatasetKind::Digits } else { DatasetKind::Things });
    config.model.width = 128;
    config.training.batch_size = 24;
    config.training.shards = shards;
    config.check().unwrap();
    config
}

/// Every number of some steps, and all that they leave behind.
fn train(config: &Config, images: &Images, steps: usize, group: Rc<dyn Group>) -> (Vec<StepMetrics>, Vec<u32>) {
    let mut gan = Gan::start(config).unwrap();
    gan.shards = Shards::new(config.training.shards, group);
    let mut feed = Feed::new(&config.training, images);
    let metrics = (0..steps).map(|_| feed.step(&mut gan).unwrap()).collect();
    let bits = gan.tensors().values().flat_map(|tensor| tensor.data().to_vec()).map(f32::to_bits).collect();
    (metrics, bits)
}

#[test]
fn a_group_of_any_size_makes_the_bits_of_one_process() {
    for (size, channels, recipe) in [(28, 1, "article"), (32, 3, "article"), (28, 1, "swift"), (32, 3, "swift")] {
        let images = pictures(60, size, channels);
        let config = config(&images, recipe, 4);
        let alone = train(&config, &images, 4, Rc::new(Alone));
        for ranks in [2, 4] {
            let found = threads::run(ranks, |group| train(&config, &images, 4, group));
            for (rank, found) in found.iter().enumerate() {
                assert_eq!(alone.0, found.0, "the metrics of rank {rank} of {ranks}, {size} pixels, {recipe}");
                assert!(alone.1 == found.1, "the state of rank {rank} of {ranks}, {size} pixels, {recipe}");
            }
        }
    }
}

#[test]
fn the_fully_connected_pair_has_shards_too() {
    let images = pictures(60, 28, 1);
    let mut config = config(&images, "article", 3).fully_connected();
    config.training.dropout_keep = 0.5;
    let alone = train(&config, &images, 4, Rc::new(Alone));
    let found = threads::run(3, |group| train(&config, &images, 4, group));
    assert!(found.iter().all(|found| *found == alone));
}

/// Ten steps that are small, so that what one rounds differently stays small: at the article's rate
/// Adam's first steps move a weight by all of it, whatever the size of its gradient, and two
/// instruction sets part in the same way.
#[test]
fn shards_change_nothing_but_the_order_of_sums() {
    for (size, channels) in [(28, 1), (32, 3)] {
        let images = pictures(60, size, channels);
        let run = |shards| {
            let mut config = config(&images, "article", shards);
            config.training.learning_rate = 1e-6;
            train(&config, &images, 10, Rc::new(Alone))
        };
        let (one, state) = run(1);
        for shards in [2, 4] {
            let (metrics, other) = run(shards);
            assert!(state != other, "{shards} shards round as one does");
            for (step, (one, found)) in one.iter().zip(&metrics).enumerate() {
                for (one, found) in [(one.d_loss, found.d_loss), (one.g_loss, found.g_loss)] {
                    let error = (one - found).abs();
                    assert!(error <= 1e-5, "{shards} shards, step {step}, {size} pixels: {found}, not {one}");
                }
            }
        }
    }
}

/// The losses of the first step at the article's rate: of G before anything has moved, and of D after
/// G's first update.
#[test]
fn the_first_step_of_the_article_has_the_losses_of_one_shard() {
    for (size, channels) in [(28, 1), (32, 3)] {
        let images = pictures(60, size, channels);
        let first = |shards| train(&config(&images, "article", shards), &images, 1, Rc::new(Alone)).0[0];
        let one = first(1);
        for shards in [2, 4] {
            let found = first(shards);
            for (one, found) in [(one.d_loss, found.d_loss), (one.g_loss, found.g_loss)] {
                assert!((one - found).abs() <= 1e-5, "{shards} shards, {size} pixels: {found}, not {one}");
            }
        }
    }
}

/// A number that is not finite, planted on one rank alone: all ranks stop at the same step, with
/// the same words.
#[test]
fn what_breaks_on_one_rank_stops_all_with_one_diagnosis() {
    let images = pictures(60, 28, 1);
    let config = config(&images, "article", 2);
    for bad_rank in [0, 1] {
        let said = threads::run(2, |group| {
            let rank = group.rank();
            let mut gan = Gan::start(&config).unwrap();
            gan.shards = Shards::new(2, group);
            let mut feed = Feed::new(&config.training, &images);
            feed.step(&mut gan).unwrap();
            if rank == bad_rank {
                let mut kernel = gan.discriminator.parameters().get("discriminator/conv2d_2/kernel").unwrap().clone();
                kernel.data_mut().fill(1e38);
                gan.discriminator.parameters_mut().set("discriminator/conv2d_2/kernel", kernel);
            }
            match feed.step(&mut gan) {
                Err(Error::NotFinite { step, what }) => (step, what),
                other => panic!("{other:?}"),
            }
        });
        let expected = (2, "the result of conv2d at discriminator/conv2d_2".to_owned());
        assert_eq!(said, [expected.clone(), expected], "planted on rank {bad_rank}");
    }
}

/// Variations that have shards, one after the other.
fn variations() -> [(&'static str, Variations); 7] {
    let none = Variations::default;
    let conditional = Some(Conditional { classes: 3, labels_sha256: String::new() });
    [
        ("none", none()),
        ("augment", Variations { augment: true, ..none() }),
        ("batch_deviation", Variations { batch_deviation: true, ..none() }),
        ("conditional", Variations { conditional: conditional.clone(), ..none() }),
        ("hinge", Variations { hinge: true, ..none() }),
        ("spectral_norm", Variations { spectral_norm: true, ..none() }),
        ("several", Variations { augment: true, batch_deviation: true, conditional, hinge: true, ..none() }),
    ]
}

/// Pictures of three classes.
fn labelled(size: usize, channels: usize) -> Images {
    pictures(60, size, channels).with_labels((0..60).map(|i| i % 7 % 3).collect())
}

#[test]
fn a_group_of_any_size_makes_the_bits_of_one_process_with_every_variation() {
    let images = labelled(32, 3);
    for (name, variations) in variations() {
        let mut config = config(&images, "article", 4);
        config.model.width = 32;
        config.variations = variations;
        config.check().unwrap();
        let alone = train(&config, &images, 3, Rc::new(Alone));
        for ranks in [2, 4] {
            let found = threads::run(ranks, |group| train(&config, &images, 3, group));
            assert!(found.iter().all(|found| *found == alone), "{ranks} ranks, {name}");
        }
    }
}

/// Two orders of a sum of G's and D's gradients differ by rounding alone, in every layer.
#[test]
fn gradients_differ_by_rounding_alone() {
    for ((size, channels), (varied, variations)) in
        [(28, 1)].into_iter().zip(variations()).chain(variations().map(|each| ((32, 3), each)))
    {
        let images = labelled(size, channels);
        let run = |shards| {
            let mut config = config(&images, "article", shards);
            config.variations = variations.clone();
            let mut gan = Gan::start(&config).unwrap();
            let x = Feed::new(&config.training, &images).images(0);
            let z = noise(&mut stream(1, Purpose::Noise, 0), 24, LATENT);
            let z = gan.ask(&(0..24).map(|i| i % 3).collect::<Vec<_>>(), z);
            let mut keys = DropoutKeys::new(0.8, stream(1, Purpose::Dropout, 0));
            let g = gan.generator_gradients(&z, &mut keys).gradients;
            let d = gan.discriminator_gradients(&x, &z, &mut keys).gradients;
            let names = [gan.generator.parameters(), gan.discriminator.parameters()];
            let names: Vec<String> = names.iter().flat_map(|own| own.iter()).map(|(name, _)| name.to_owned()).collect();
            names.into_iter().zip(g.into_iter().chain(d)).collect::<Vec<_>>()
        };
        let one = run(1);
        for shards in [2, 4, 24] {
            for ((name, one), (_, found)) in one.iter().zip(&run(shards)) {
                let largest = one.data().iter().fold(0.1f32, |largest, x| largest.max(x.abs()));
                let error = one.data().iter().zip(found.data()).fold(0f32, |error, (a, b)| error.max((a - b).abs()));
                assert!(error <= 2e-5 * largest, "{shards} shards, {varied}: {name} is off by {error}, of {largest}");
            }
        }
    }
}

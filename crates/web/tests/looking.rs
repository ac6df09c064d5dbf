//! A look into a generator: its images are the product's, and what is said of a pixel adds up.
#![forbid(unsafe_code)]

mod common;

use common::ask;
use data::scale;
use dcgan::config::{Config, Data};
use dcgan::gan::Gan;
use dcgan::models::{DropoutKeys, Kind, LATENT};
use dcgan::sample;
use dcgan::variations::Conditional;
use dcgan::wish::Wish;
use serde_json::json;
use web::Engine;
use web::payload::{Precision, generator_of, read, write};

/// The bytes of points.
fn bytes_of(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn config(size: usize, channels: usize, kind: Kind) -> Config {
    let data = Data { name: "toy".to_owned(), images: 64, sha256: String::new() };
    let mut config = Config::from_recipe(data, size, channels, "article").unwrap();
    config.model.kind = kind;
    config.model.width = 16;
    config
}

/// Networks that no layer of which is as it started: noise has moved all of it.
fn trained(config: &Config) -> Gan {
    let mut gan = Gan::start(config).unwrap();
    let size = config.model.size * config.model.size * config.model.channels;
    let pixels = (0..64 * size).map(|i| (i * 31 % 256) as u8).collect();
    let images = data::Images::new(config.model.size, config.model.size, config.model.channels, pixels);
    let mut training = config.training.clone();
    training.batch_size = 8;
    let mut feed = dcgan::feed::Feed::new(&training, &images);
    for _ in 0..3 {
        feed.step(&mut gan).unwrap();
    }
    gan
}

fn loaded(gan: &Gan, config: &Config, precision: Precision) -> Engine {
    let mut engine = Engine::new();
    let payload = write(&generator_of(gan, &config.model), precision);
    ask(&mut engine, &json!({"do": "load", "net": "own"}), &payload).fields();
    engine
}

const KINDS: [(usize, usize, Kind); 4] =
    [(28, 1, Kind::Dcgan), (32, 3, Kind::Dcgan), (16, 1, Kind::Dcgan), (28, 1, Kind::Mlp)];

#[test]
fn images_are_those_of_the_product() {
    for (size, channels, kind) in KINDS {
        let config = config(size, channels, kind);
        let gan = trained(&config);
        let mut engine = loaded(&gan, &config, Precision::F32);
        let seeds = [7, 8, u64::MAX];
        let z = sample::latent(&seeds);
        let expected = scale::to_bytes(gan.sample(&z, &mut DropoutKeys::none()).data()).unwrap();
        let asked = json!({"do": "images", "net": "own", "seeds": [7, "8", "18446744073709551615"]});
        let answer = ask(&mut engine, &asked, &[]);
        assert!(expected == answer.bytes("pixels"), "{size} {channels} {kind:?} by seed");
        assert_eq!(vec![3, size, size, channels], answer.parts["pixels"].0);
        let answer = ask(&mut engine, &json!({"do": "images", "net": "own"}), &bytes_of(z.data()));
        assert!(expected == answer.bytes("pixels"), "{size} {channels} {kind:?} by point");

        // By the statistics of their batch they are those of training.
        let mut generator = gan.generator.copy();
        let mut tape = tensor::Tape::new();
        let bound = generator.parameters().bind(&mut tape, nn::Mode::Frozen);
        let z_var = tape.constant(z);
        let made = generator.forward_training(&mut tape, &bound, z_var, &mut DropoutKeys::none());
        let expected = scale::to_bytes(tape.value(made).data()).unwrap();
        let asked = json!({"do": "images", "net": "own", "seeds": [7, 8, "18446744073709551615"],
            "settings": {"statistics": "batch"}});
        assert!(expected == ask(&mut engine, &asked, &[]).bytes("pixels"), "{size} {channels} {kind:?} by batch");
    }
}

/// By seeds and classes, and by points that have the class behind the noise.
#[test]
fn a_class_on_request_is_that_of_the_product() {
    let mut config = config(28, 1, Kind::Dcgan);
    config.variations.conditional = Some(Conditional { classes: 3, labels_sha256: String::new() });
    let gan = Gan::start(&config).unwrap();
    for precision in [Precision::F32, Precision::I8] {
        let mut engine = loaded(&gan, &config, precision);
        for classes in [vec![], vec![1], vec![2, 0]] {
            let wish = Wish { truncation: None, classes: classes.clone() };
            let points = wish.points(&[7, 8, 9], 3);
            let asked = json!({"do": "images", "net": "own", "seeds": [7, 8, 9], "classes": classes});
            let by_seed = ask(&mut engine, &asked, &[]).bytes("pixels");
            let by_point = ask(&mut engine, &json!({"do": "images", "net": "own"}), &bytes_of(points.data()));
            assert!(by_seed == by_point.bytes("pixels"), "{classes:?}");
            let asked = json!({"do": "points", "net": "own", "seeds": [7, 8, 9], "classes": classes});
            assert_eq!(points.data(), ask(&mut engine, &asked, &[]).parts["points"].1);
            if precision == Precision::F32 {
                let expected = scale::to_bytes(gan.sample(&points, &mut DropoutKeys::none()).data()).unwrap();
                assert!(expected == by_seed, "{classes:?}");
            }
        }
    }
    let mut engine = loaded(&gan, &config, Precision::F32);
    let pixel = ask(&mut engine, &json!({"do": "pixel", "net": "own", "seeds": [5], "y": 9, "x": 4}), &[]);
    assert_eq!(vec![1, 1, 1, LATENT + 3], pixel.parts["map0"].0);
    let mut refused = |request: serde_json::Value, bytes: &[f32], part: &str| {
        let reason = ask(&mut engine, &request, &bytes_of(bytes)).ok.unwrap_err();
        assert!(reason.contains(part), "{reason}");
    };
    refused(json!({"do": "images", "net": "own", "seeds": [1], "classes": [3]}), &[], "must be from 0 to 2, not 3");
    refused(json!({"do": "images", "net": "own"}), &[0.5; LATENT], "100 numbers are no points of 103");
    refused(json!({"do": "points", "seeds": [1], "classes": [0]}), &[], "knows no classes");
}

#[test]
fn every_setting_makes_a_difference() {
    let config = config(28, 1, Kind::Dcgan);
    let mut engine = loaded(&trained(&config), &config, Precision::F32);
    let mut pixels = |settings: serde_json::Value| {
        let asked = json!({"do": "images", "net": "own", "seeds": [1, 2, 3], "settings": settings});
        ask(&mut engine, &asked, &[]).bytes("pixels")
    };
    let all = [
        pixels(json!({})),
        pixels(json!({"epsilon": 0.8})),
        pixels(json!({"slope": 0.5})),
        pixels(json!({"statistics": "batch"})),
        pixels(json!({"without_bias": ["generator/conv2d_transpose_4"]})),
        pixels(json!({"bits": 2})),
        pixels(json!({"bits": 4})),
    ];
    assert_eq!(all.len(), std::collections::BTreeSet::from(all.clone()).len());
    assert!(all[0] == pixels(json!({"epsilon": 0.001, "slope": 0.01, "statistics": "running", "bits": null})));
}

#[test]
fn the_maps_of_all_layers_are_there() {
    let config = config(28, 1, Kind::Dcgan);
    let mut engine = loaded(&trained(&config), &config, Precision::F32);
    let answer = ask(&mut engine, &json!({"do": "layers", "net": "own", "seeds": [1, 2], "show": 1}), &[]);
    let shapes: Vec<Vec<usize>> = (0..9).map(|i| answer.parts[&format!("map{i}")].0.clone()).collect();
    let expected = [[1, 1, 1, LATENT], [1, 4, 4, 16], [1, 4, 4, 16], [1, 7, 7, 8], [1, 7, 7, 8], [1, 14, 14, 4]];
    assert_eq!(expected.map(Vec::from)[..], shapes[..6]);
    assert_eq!(9, answer.fields()["layers"].as_array().unwrap().len());
    let image = ask(&mut engine, &json!({"do": "images", "net": "own", "seeds": [2]}), &[]).bytes("pixels");
    assert_eq!(image, scale::to_bytes(&answer.parts["map8"].1).unwrap());
    assert_eq!("image", answer.fields()["layers"][8]["what"]);
}

/// The products of the last layer make the sum, and so does each layer before it, up to what biases
/// add.
#[test]
fn what_is_said_of_a_pixel_adds_up() {
    for (size, channels, kind) in KINDS {
        let config = config(size, channels, kind);
        let mut engine = loaded(&trained(&config), &config, Precision::F32);
        for statistics in ["running", "batch"] {
            let asked = json!({"do": "pixel", "net": "own", "seeds": [5, 6, 7], "show": 1, "y": 9, "x": 4, "most": 10,
                "channel": channels - 1, "settings": {"statistics": statistics}});
            let answer = ask(&mut engine, &asked, &[]);
            let fields = answer.fields();
            let number = |value: &serde_json::Value| value.as_f64().unwrap();
            let terms = fields["terms"].as_array().unwrap();
            assert_eq!(fields["of_terms"].as_u64().unwrap().min(10), terms.len() as u64);
            let shown: f64 = terms.iter().map(|term| number(&term["product"])).sum();
            let whole = number(&fields["bias"]) + shown + number(&fields["rest"]);
            assert!((whole - number(&fields["sum"])).abs() <= 1e-5, "{whole} for {}", fields["sum"]);
            assert!((number(&fields["sum"]).tanh() - number(&fields["value"])).abs() <= 1e-6);
            let by_size = |term: &serde_json::Value| number(&term["product"]).abs();
            assert!(terms.windows(2).all(|pair| by_size(&pair[1]) <= by_size(&pair[0])));

            let layers = fields["layers"].as_array().unwrap();
            for layer in layers {
                let map = &answer.parts[layer["part"].as_str().unwrap()];
                let total: f64 = map.1.iter().map(|&x| f64::from(x)).sum();
                assert!((total - number(&layer["sum"])).abs() <= 1e-5, "{layer}");
            }
            // Behind the last batch norm there is nothing but the bias.
            let last = layers.last().unwrap();
            assert!((number(&last["rest"]) - number(&fields["bias"])).abs() <= 1e-5, "{last}");
        }
    }
}

/// The contribution of a number of the point is the number times the slope of the sum, by
/// differences.
#[test]
fn contributions_are_slopes() {
    let config = config(28, 1, Kind::Dcgan);
    let mut engine = loaded(&trained(&config), &config, Precision::F32);
    let z = sample::latent(&[3]).data().to_vec();
    let mut at = |z: &[f32]| ask(&mut engine, &json!({"do": "pixel", "net": "own", "y": 12, "x": 15}), &bytes_of(z));
    let map = at(&z).parts["map0"].1.clone();
    for i in [0, 17, 99] {
        let h = 1e-3;
        let mut sums = [-h, h].map(|h| {
            let mut moved = z.clone();
            moved[i] += h;
            at(&moved).fields()["sum"].as_f64().unwrap()
        });
        sums.reverse();
        let slope = (sums[0] - sums[1]) / f64::from(2.0 * h);
        let expected = slope * f64::from(z[i]);
        assert!((f64::from(map[i]) - expected).abs() <= 2e-3 * (1.0 + expected.abs()), "{i}: {} {expected}", map[i]);
    }
}

/// A checkerboard is what kernels of 3 at stride 2 make of any weights.
#[test]
fn an_untrained_generator_has_phases() {
    let config = config(28, 1, Kind::Dcgan);
    let gan = Gan::start(&config).unwrap();
    let mut engine = loaded(&gan, &config, Precision::F32);
    let seeds: Vec<u64> = (0..64).collect();
    let answer = ask(&mut engine, &json!({"do": "phases", "net": "own", "seeds": seeds}), &[]);
    let phases: Vec<f64> = answer.fields()["phases"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    assert!(
        phases.contains(&1.0) && phases.iter().all(|x| 1.0 <= *x) && phases.iter().any(|x| 1.5 <= *x),
        "{phases:?}"
    );
}

#[test]
fn a_payload_is_as_exact_as_it_says() {
    let config = config(28, 1, Kind::Dcgan);
    let network = generator_of(&trained(&config), &config.model);
    let sizes = [Precision::F32, Precision::F16, Precision::I8].map(|precision| {
        let bytes = write(&network, precision);
        assert_eq!(bytes, write(&network, precision), "the same bytes");
        let back = read(&bytes).unwrap();
        assert_eq!((3, &config.model), (back.step, &back.model));
        assert!(network.tensors.keys().eq(back.tensors.keys()));
        for (name, tensor) in &network.tensors {
            let largest = tensor.data().iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
            for (x, y) in tensor.data().iter().zip(back.tensors[name].data()) {
                let most = match precision {
                    Precision::F16 if name.ends_with("kernel") => x.abs() / 2048.0 + 3e-8,
                    Precision::I8 if name.ends_with("kernel") => largest / 127.0 / 1.99,
                    _ => 0.0,
                };
                assert!((x - y).abs() <= most, "{name}: {y} for {x}");
            }
        }
        bytes.len()
    });
    assert!(sizes[1] * 100 < sizes[0] * 60 && sizes[2] * 100 < sizes[1] * 75, "{sizes:?}");
}

#[test]
fn a_broken_payload_is_refused() {
    let config = config(28, 1, Kind::Dcgan);
    let gan = trained(&config);
    let good = write(&generator_of(&gan, &config.model), Precision::I8);
    let mut engine = Engine::new();
    let mut refused = |bytes: &[u8], part: &str| {
        let reason = ask(&mut engine, &json!({"do": "load", "net": "own"}), bytes).ok.unwrap_err();
        assert!(reason.contains(part), "{reason}");
    };
    refused(&good[..good.len() - 1], "no generator that a page carries");
    refused(b"GIF89a", "no generator that a page carries");
    refused(&runs::checkpoint::Checkpoint::of(&gan, &config).to_bytes(), "no key 'dcgan_page'");
    let mut other = generator_of(&gan, &config.model);
    other.model.width = 4096;
    refused(&write(&other, Precision::F32), "numbers, and its generator");
    let mut other = generator_of(&gan, &config.model);
    other.tensors.remove("generator/bn1/gamma");
    other.tensors.insert("filler".to_owned(), tensor::Tensor::zeros(&[1000]));
    refused(&write(&other, Precision::F16), "generator/bn1/gamma is missing");
    let mut other = generator_of(&gan, &config.model);
    other.tensors.get_mut("generator/bn1/beta").unwrap().data_mut()[0] = f32::NAN;
    refused(&write(&other, Precision::F32), "generator/bn1/beta is not finite");
}

//! The list of operations computes what the networks compute, and every tensor has its place.

mod reference;

use std::collections::BTreeSet;

use dcgan::gan::Gan;
use dcgan::models::{Architecture, DropoutKeys, Extras, Kind, LATENT};
use dcgan::streams::{Purpose, noise, stream};
use dcgan::variations::Conditional;
use exchange::{Network, Role, layout};
use nn::state_dict::StateDict;
use nn::{AdamOptions, Mode};
use reference::Batch;
use tensor::{Tape, Tensor};

const PLAIN: Extras = Extras { spectral_norm: false, classes: 0, batch_deviation: false, discriminator_slope: None };

const MODELS: [(Kind, usize, usize, usize, Extras); 10] = [
    (Kind::Dcgan, 28, 1, 8, PLAIN),
    (Kind::Dcgan, 16, 3, 2, PLAIN),
    (Kind::Dcgan, 32, 3, 4, PLAIN),
    (Kind::Dcgan, 64, 1, 8, PLAIN),
    (Kind::Dcgan, 128, 3, 16, PLAIN),
    (Kind::Dcgan, 28, 1, 4, Extras { classes: 10, ..PLAIN }),
    (Kind::Dcgan, 28, 1, 8, Extras { batch_deviation: true, ..PLAIN }),
    (Kind::Dcgan, 16, 3, 6, Extras { classes: 3, batch_deviation: true, discriminator_slope: Some(0.2), ..PLAIN }),
    (Kind::Mlp, 28, 1, 8, PLAIN),
    (Kind::Mlp, 7, 3, 5, PLAIN),
];

/// The classes of a batch of three.
const ASKED: [usize; 3] = [2, 0, 2];

/// Networks none of whose tensors is as it was at the start: zeros and ones hide mistakes.
fn gan(model: &Architecture, extras: Extras) -> Gan {
    let pair = model.build_with(extras, &mut stream(1, Purpose::Weights, 0)).unwrap();
    let mut gan = Gan::new(pair, AdamOptions::default(), 1e-3, 0.9);
    gan.variations.conditional =
        (0 < extras.classes).then(|| Conditional { classes: extras.classes, labels_sha256: String::new() });
    let mut state = gan.tensors();
    let rng = &mut stream(2, Purpose::Weights, 0);
    for (name, tensor) in state.iter_mut().filter(|(name, _)| !name.starts_with("adam")) {
        let random = noise(rng, 1, tensor.data().len());
        let is_positive = name.ends_with("variance");
        let values = random.data().iter().zip(tensor.data());
        let values: Vec<f32> = values.map(|(r, x)| if is_positive { 1.0 + r / 2.0 } else { x + r / 8.0 }).collect();
        *tensor = Tensor::new(tensor.shape(), values);
    }
    gan.set_tensors(&state, 0, [0; 2]).unwrap();
    gan
}

fn networks(model: &Architecture, extras: Extras, gan: &Gan) -> [Network; 2] {
    [
        Network::of(Role::Generator, model, extras, &gan.generator.layers()),
        Network::of(Role::Discriminator, model, extras, &gan.discriminator.layers()),
    ]
}

#[track_caller]
fn close(expected: &[f64], found: &[f32], what: &str) {
    assert_eq!(expected.len(), found.len(), "{what}");
    let largest = expected.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    for (expected, found) in expected.iter().zip(found) {
        let diff = (expected - f64::from(*found)).abs();
        assert!(diff <= 1e-5 * largest.max(1.0), "{what}: {found}, not {expected}");
    }
}

#[test]
fn the_list_computes_what_the_networks_compute() {
    for (kind, size, channels, width, extras) in MODELS {
        let model = Architecture { kind, size, channels, width };
        let mut gan = gan(&model, extras);
        let [generator, discriminator] = networks(&model, extras, &gan);
        let state = gan.tensors();
        let batch = Batch { n: 3, asked: &ASKED };
        let z = noise(&mut stream(3, Purpose::Noise, 0), 3, LATENT);
        let points = gan.ask(&ASKED, z.clone());
        let images = gan.sample(&points, &mut DropoutKeys::none());
        let expected = reference::forward(&generator, "", &state, batch, z.data());
        close(&expected, images.data(), &format!("G of {model:?}, {extras:?}"));

        let x = noise(&mut stream(4, Purpose::Noise, 0), 3, size * size * channels).reshape(&[3, size, size, channels]);
        let mut tape = Tape::new();
        let bound = gan.discriminator.parameters().bind(&mut tape, Mode::Frozen);
        let var = tape.constant(x.clone());
        let logits = gan.discriminator.forward(&mut tape, &bound, var, &mut DropoutKeys::none());
        let expected = reference::forward(&discriminator, "", &state, batch, x.data());
        close(&expected, tape.value(logits).data(), &format!("D of {model:?}, {extras:?}"));
    }
}

#[test]
fn every_tensor_has_one_place_and_comes_back() {
    for (kind, size, channels, width, extras) in MODELS {
        let model = Architecture { kind, size, channels, width };
        let gan = gan(&model, extras);
        let state = gan.tensors();
        let mut seen = StateDict::new();
        for network in networks(&model, extras, &gan) {
            let entries = layout::entries(&network);
            let names: BTreeSet<&str> = entries.iter().map(|entry| &*entry.outside).collect();
            assert_eq!(entries.len(), names.len(), "no name twice");
            for (entry, (name, tensor)) in entries.iter().zip(layout::outward(&network, "", &state).unwrap()) {
                assert_eq!((&entry.outside, &entry.outside_shape[..]), (&name, tensor.shape()));
                seen.insert(entry.inside.clone(), entry.inward(&tensor));
            }
        }
        let own = || state.iter().filter(|(name, _)| !name.starts_with("adam_"));
        assert!(own().map(|(name, _)| name).eq(seen.keys()));
        assert!(own().all(|(name, tensor)| tensor.data() == seen[name].data()), "the same numbers come back");
    }
}

/// A layer that the list does not know is an error, not a file without it.
#[test]
fn a_tensor_without_a_place_is_named() {
    let model = Architecture { kind: Kind::Dcgan, size: 28, channels: 1, width: 4 };
    let gan = gan(&model, PLAIN);
    let [generator, _] = networks(&model, PLAIN, &gan);
    let mut state = gan.tensors();
    state.insert("generator/extra/kernel".to_owned(), Tensor::scalar(1.0));
    let refused = |state: &StateDict| layout::outward(&generator, "", state).unwrap_err().to_string();
    assert_eq!(
        "its networks cannot be exported: generator/extra/kernel has no place in the other format",
        refused(&state)
    );
    state.remove("generator/extra/kernel");
    state.insert("generator/bn1/gamma".to_owned(), Tensor::scalar(1.0));
    assert!(refused(&state).contains("generator/bn1/gamma"));
}

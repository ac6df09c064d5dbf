//! A pair that trains in the page makes the steps of the command line.
#![forbid(unsafe_code)]

mod common;

use common::{Answer, ask};
use data::Images;
use dcgan::config::Config;
use dcgan::feed::Feed;
use dcgan::gan::Gan;
use runs::checkpoint::{Checkpoint, fingerprint};
use serde_json::{Value, json};
use web::Engine;

fn images() -> Images {
    let stroke = |i: usize| if i % 784 / 28 % 9 == i / 784 % 9 || i % 13 < 3 { 250 } else { (i % 7) as u8 };
    Images::new(28, 28, 1, (0..60 * 784).map(stroke).collect())
}

/// An engine with data and a narrow pair.
fn begun(more: Value) -> (Engine, Config) {
    let mut engine = Engine::new();
    let data = json!({"do": "data", "name": "strokes", "height": 28, "width": 28, "channels": 1});
    let answer = ask(&mut engine, &data, images().pixels());
    assert_eq!(images().sha256(), answer.fields()["sha256"]);
    let mut request = json!({"do": "begin", "width": 8, "batch_size": 8});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let config = ask(&mut engine, &request, &[]).fields()["config"].clone();
    (engine, serde_json::from_value(config).unwrap())
}

fn saved(engine: &mut Engine) -> Checkpoint {
    Checkpoint::from_bytes(&ask(engine, &json!({"do": "save"}), &[]).bytes("checkpoint")).unwrap()
}

fn steps(engine: &mut Engine, count: u64) -> Answer {
    ask(engine, &json!({"do": "step", "count": count}), &[])
}

#[test]
fn steps_and_halves_have_the_bits_of_the_product() {
    for more in [json!({}), json!({"dropout_keep": 0.8, "average": 0.9, "real_label": 0.8, "learning_rate": 0.001})] {
        let (mut engine, config) = begun(more);
        let images = images();
        let mut gan = Gan::start(&config).unwrap();
        let mut feed = Feed::new(&config.training, &images);
        let mut expected = vec![];
        for _ in 0..5 {
            expected.push(feed.step(&mut gan).unwrap());
        }
        let mut found: Vec<Value> = vec![];
        found.extend(steps(&mut engine, 2).fields()["metrics"].as_array().unwrap().clone());
        for half in ["generator", "discriminator", "generator"] {
            let answer = ask(&mut engine, &json!({"do": "half"}), &[]);
            assert_eq!(half, answer.fields()["half"]);
            found.extend(answer.fields()["metrics"].as_array().unwrap().clone());
        }
        // A step finishes what is begun.
        found.extend(steps(&mut engine, 1).fields()["metrics"].as_array().unwrap().clone());
        found.extend(steps(&mut engine, 1).fields()["metrics"].as_array().unwrap().clone());
        assert_eq!(5, found.len());
        for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(i as u64 + 1, found["step"]);
            for (name, number) in [
                ("d_loss", expected.d_loss),
                ("g_loss", expected.g_loss),
                ("d_real", expected.d_real),
                ("d_fake", expected.d_fake),
                ("d_grad_norm", expected.d_grad_norm),
                ("g_grad_norm", expected.g_grad_norm),
            ] {
                let found = found[name].as_f64().unwrap() as f32;
                assert!(found.to_bits() == number.to_bits(), "{name} of step {}: {found}, not {number}", i + 1);
            }
        }
        assert_eq!(fingerprint(&gan), saved(&mut engine).tensors_sha256());
    }
}

#[test]
fn a_saved_pair_goes_on_with_the_same_bits() {
    let (mut whole, _) = begun(json!({}));
    steps(&mut whole, 6);
    let (mut first, _) = begun(json!({}));
    steps(&mut first, 2);
    ask(&mut first, &json!({"do": "half"}), &[]); // saving finishes the step
    let file = ask(&mut first, &json!({"do": "save"}), &[]).bytes("checkpoint");
    let (mut second, _) = begun(json!({"seed": 9}));
    let answer = ask(&mut second, &json!({"do": "restore"}), &file);
    assert_eq!(3, answer.fields()["step"]);
    steps(&mut second, 3);
    assert_eq!(saved(&mut whole).to_bytes(), saved(&mut second).to_bytes());

    let others = json!({"do": "data", "name": "others", "height": 28, "width": 28, "channels": 1});
    ask(&mut second, &others, &images().pixels()[784..]).fields();
    let reason = ask(&mut second, &json!({"do": "restore"}), &file).ok.unwrap_err();
    assert!(reason.contains("trained on 60 images called strokes, and other images are here"), "{reason}");
    let reason = ask(&mut second, &json!({"do": "restore"}), &file[..1000]).ok.unwrap_err();
    assert!(reason.contains("this is no checkpoint to go on from"), "{reason}");
}

/// Each fault changes the steps, and without one they are the product's again.
#[test]
fn faults_can_be_had_and_taken_away() {
    let (mut engine, _) = begun(json!({}));
    let faults = ask(&mut engine, &json!({"do": "faults"}), &[]).fields()["faults"].clone();
    let names: Vec<&str> = faults.as_array().unwrap().iter().map(|fault| fault["name"].as_str().unwrap()).collect();
    assert_eq!(8, names.len());
    let after = |fault: Option<&str>| {
        let (mut engine, _) = begun(json!({}));
        ask(&mut engine, &json!({"do": "change", "fault": "cut-off"}), &[]).fields();
        ask(&mut engine, &json!({"do": "change", "fault": fault}), &[]).fields();
        steps(&mut engine, 3);
        saved(&mut engine).tensors_sha256()
    };
    let (mut healthy, _) = begun(json!({}));
    steps(&mut healthy, 3);
    let healthy = saved(&mut healthy).tensors_sha256();
    assert_eq!(healthy, after(None));
    let mut all: Vec<String> = names.iter().map(|name| after(Some(name))).collect();
    all.push(healthy);
    let different: std::collections::BTreeSet<&String> = all.iter().collect();
    assert_eq!(9, different.len());
}

/// A fault with another momentum makes Adams anew, which go on counting.
#[test]
fn a_fault_does_not_make_adam_forget_its_steps() {
    let (mut engine, _) = begun(json!({}));
    steps(&mut engine, 2);
    for fault in [Some("restless"), None] {
        ask(&mut engine, &json!({"do": "change", "fault": fault}), &[]).fields();
        assert_eq!([2, 2], saved(&mut engine).adam_steps, "{fault:?}");
    }
}

#[test]
fn the_doctor_speaks() {
    let (mut engine, _) = begun(json!({}));
    assert_eq!(json!([]), steps(&mut engine, 1).fields()["doctor"]);
    ask(&mut engine, &json!({"do": "change", "fault": "cut-off"}), &[]).fields();
    let mut said = vec![];
    for _ in 0..100 {
        said.extend(steps(&mut engine, 1).fields()["doctor"].as_array().unwrap().clone());
    }
    assert!(said.iter().any(|line| line.as_str().unwrap().contains("receives no gradient at all")), "{said:?}");
    assert!(saved(&mut engine).doctor.notes().contains("receives no gradient at all"));
}

/// The other rate, dropout and label count from the next half-step on, and are in the checkpoint.
#[test]
fn settings_change_while_it_runs() {
    let after = |change: Value| {
        let (mut engine, _) = begun(json!({}));
        steps(&mut engine, 2);
        ask(&mut engine, &change, &[]).fields();
        steps(&mut engine, 2);
        saved(&mut engine)
    };
    let all = [
        json!({"do": "change"}),
        json!({"do": "change", "learning_rate_g": 0.004}),
        json!({"do": "change", "learning_rate_d": 0.004}),
        json!({"do": "change", "dropout_keep": 0.5}),
        json!({"do": "change", "real_label": 1.0}),
    ]
    .map(after);
    let different: std::collections::BTreeSet<String> = all.iter().map(Checkpoint::tensors_sha256).collect();
    assert_eq!(5, different.len());
    assert_eq!(0.004, all[1].config.training.learning_rate);
    assert_eq!((0.5, 1.0), (all[3].config.training.dropout_keep, all[4].config.training.real_label));
}

/// The gradient is that of D's logit: a step along it raises the logit as much as it says.
#[test]
fn what_d_wants_is_a_slope() {
    let (mut engine, config) = begun(json!({}));
    steps(&mut engine, 3);
    let answer = ask(&mut engine, &json!({"do": "wants", "count": 4}), &[]);
    assert_eq!(vec![4, 28, 28, 1], answer.parts["gradient"].0);
    let verdicts = answer.fields()["verdicts"].as_array().unwrap();
    assert_eq!(4, verdicts.len());
    let before = saved(&mut engine).tensors_sha256();
    ask(&mut engine, &json!({"do": "wants", "count": 4}), &[]);
    assert_eq!(before, saved(&mut engine).tensors_sha256(), "looking changes nothing");

    let mut gan = saved(&mut engine).restore().unwrap();
    let z = dcgan::streams::noise(&mut dcgan::streams::stream(1, dcgan::streams::Purpose::Noise, 3), 8, 100);
    let fakes = gan.fake_images(&z, &mut dcgan::models::DropoutKeys::none());
    let gradient = ask(&mut engine, &json!({"do": "wants", "count": 8}), &[]).parts["gradient"].1.clone();
    let mut total = |fakes: &tensor::Tensor| {
        let mut tape = tensor::Tape::new();
        let bound = gan.discriminator.parameters().bind(&mut tape, nn::Mode::Frozen);
        let x = tape.constant(fakes.clone());
        let logits = gan.discriminator.forward(&mut tape, &bound, x, &mut dcgan::models::DropoutKeys::none());
        tape.value(logits).data().iter().map(|&x| f64::from(x)).sum::<f64>()
    };
    let h = 1e-3;
    let mut moved = [-h, h].map(|h: f32| {
        let data: Vec<f32> = fakes.data().iter().zip(&gradient).map(|(x, g)| x + h * g).collect();
        total(&tensor::Tensor::new(fakes.shape(), data))
    });
    moved.reverse();
    let slope = (moved[0] - moved[1]) / f64::from(2.0 * h);
    let expected: f64 = gradient.iter().map(|&g| f64::from(g) * f64::from(g)).sum();
    assert!(
        (slope - expected).abs() <= 0.02 * expected,
        "{slope}, not {expected} (a batch of {})",
        config.training.batch_size
    );
}

#[test]
fn images_go_out_as_they_came_in() {
    let (mut engine, _) = begun(json!({}));
    let file = ask(&mut engine, &json!({"do": "idx"}), &[]).bytes("images");
    let back = data::idx::read_images(&mut data::Source::new(&file, 1 << 20)).unwrap();
    assert!(images() == back);
}

#[test]
fn what_cannot_be_done_is_refused_and_changes_nothing() {
    let mut engine = Engine::new();
    let refused = |engine: &mut Engine, request: Value, bytes: &[u8], part: &str| {
        let reason = ask(engine, &request, bytes).ok.unwrap_err();
        assert!(reason.contains(part) && !reason.contains('\n'), "{reason}");
    };
    refused(&mut engine, json!({"do": "dance"}), &[], "the request cannot be read: unknown variant");
    refused(&mut engine, json!({"do": "begin"}), &[], "there are no images to learn from yet");
    refused(&mut engine, json!({"do": "step"}), &[], "no pair trains yet");
    refused(&mut engine, json!({"do": "images", "net": "own", "seeds": [1]}), &[], "there is no generator called own");
    refused(&mut engine, json!({"do": "images", "net": "own", "seeds": [-1]}), &[], "a seed is a whole number");
    let data = |side: usize, channels: usize| json!({"do": "data", "name": "x", "height": side, "width": side, "channels": channels});
    refused(&mut engine, data(28, 2), &[0; 784 * 2], "grey or RGB");
    refused(&mut engine, data(28, 1), &[0; 783], "783 bytes are no images");
    refused(&mut engine, data(28, 1), &[], "0 bytes are no images");
    refused(&mut engine, data(usize::MAX, 3), &[0; 16], "must be square");

    let (mut engine, _) = begun(json!({}));
    steps(&mut engine, 1);
    let before = saved(&mut engine).to_bytes();
    refused(&mut engine, json!({"do": "begin", "width": 3}), &[], "width must be a multiple of 4");
    refused(&mut engine, json!({"do": "begin", "batch_size": 1000}), &[], "batch_size must be at most 60");
    refused(&mut engine, json!({"do": "change", "fault": "flood"}), &[], "no fault called flood");
    refused(&mut engine, json!({"do": "change", "learning_rate_d": -1.0}), &[], "learning_rate must be");
    refused(&mut engine, json!({"do": "change", "dropout_keep": 0.0}), &[], "dropout_keep must be");
    refused(&mut engine, json!({"do": "samples", "count": 0}), &[], "count must be from 1");
    refused(&mut engine, json!({"do": "images", "net": "training"}), &[0; 12], "3 numbers are no points of 100");
    let settings = json!({"do": "images", "net": "training", "seeds": [1], "settings": {"bits": 1}});
    refused(&mut engine, settings, &[], "bits must be from 2 to 8");
    let settings = json!({"do": "images", "net": "training", "seeds": [1], "settings": {"epsilon": 0.0}});
    refused(&mut engine, settings, &[], "epsilon must be a number above 0");
    refused(
        &mut engine,
        json!({"do": "pixel", "net": "training", "seeds": [1], "y": 28, "x": 0}),
        &[],
        "there is no pixel",
    );
    assert_eq!(before, saved(&mut engine).to_bytes());
    let cut = engine.answer(&[255, 0, 0, 0, b'{']);
    assert!(String::from_utf8_lossy(&cut).contains("the request cannot be read: it is cut"));
}

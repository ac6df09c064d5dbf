//! Three training steps beside PyTorch's in float64: losses, gradients, weights and running
//! statistics.
//!
//! `golden/README.md` says how the numbers were made, and where the tolerances come from.

use std::collections::BTreeMap;
use std::rc::Rc;

use dcgan::gan::Gan;
use dcgan::models::{Architecture, DropoutKeys, Kind};
use dcgan::streams::{Purpose, stream};
use nn::{AdamOptions, Parameters};
use tensor::shards::Alone;
use tensor::{Shards, Tensor};
use tests::{Array, here, read_safetensors};

// Ten times what PyTorch's own float32 is off by, relative to a tensor's largest element.
const LOSS: f64 = 2e-6;
const ACTIVATION: f64 = 2e-5;
const GRADIENT: f64 = 2e-5;
const WEIGHT: f64 = 1e-4;
const MOVING: f64 = 3e-6;

const STEPS: usize = 3;
const LEARNING_RATE: f64 = 1e-3;
/// Adam's largest step, in learning rates: with β₁ = 0.4 a lone gradient after zeros makes (1 −
/// β₁)/(1 − β₁ᵗ)·√((1 − β₂ᵗ)/(1 − β₂)), which is at most 1.11 for t ≤ 3.
const LARGEST_STEP: f64 = 1.11 * LEARNING_RATE;

/// The biases whose gradient is zero because a batch norm follows.
const WITHOUT_EFFECT: [&str; 4] = [
    "generator/conv2d_transpose_2/bias",
    "generator/conv2d_transpose_3/bias",
    "discriminator/conv2d_2/bias",
    "discriminator/conv2d_3/bias",
];
/// The moving means that such a bias shifts.
const SHIFTED: [&str; 2] = ["generator/bn2/moving_mean", "generator/bn3/moving_mean"];

struct Golden(BTreeMap<String, Array>);

impl Golden {
    fn array(&self, name: &str) -> &Array {
        self.0.get(name).unwrap_or_else(|| panic!("the fixture has no {name}"))
    }

    fn tensor(&self, name: &str) -> Tensor {
        let array = self.array(name);
        Tensor::new(&array.shape, array.to_f32())
    }

    /// Asserts that `found` is `name` within `tolerance` of its largest element, give or take
    /// `slack`.
    fn close(&self, name: &str, found: &Tensor, tolerance: f64, slack: f64) {
        let expected = self.array(name);
        assert_eq!(expected.shape, found.shape(), "the shape of {name}");
        let bound = tolerance * expected.largest() + slack;
        for (i, (&found, expected)) in found.data().iter().zip(&expected.values).enumerate() {
            let error = (f64::from(found) - expected).abs();
            assert!(error <= bound, "{name}[{i}] is {found}, not {expected}: off by {error:e}, allowed {bound:e}");
        }
    }

    fn start(&self, size: usize, channels: usize, shards: usize) -> Gan {
        let shape = Architecture { kind: Kind::Dcgan, size, channels, width: 32 };
        let pair = shape.build(&mut stream(0, Purpose::Weights, 0)).expect("a shape that exists");
        let adam = AdamOptions { beta1: 0.4, ..AdamOptions::default() };
        let mut gan = Gan::new(pair, adam, LEARNING_RATE, 0.9);
        self.set(&mut gan, "init");
        gan.shards = Shards::new(shards, Rc::new(Alone));
        gan
    }

    /// Replaces all weights and running statistics by those of a moment, `init` or `f64/final`.
    fn set(&self, gan: &mut Gan, moment: &str) {
        for parameters in [gan.generator.parameters_mut(), gan.discriminator.parameters_mut()] {
            let names: Vec<String> = parameters.iter().map(|(name, _)| name.to_owned()).collect();
            for name in names {
                parameters.set(&name, self.tensor(&format!("{moment}/{name}")));
            }
        }
        for (name, tensor) in gan.generator.statistics_mut() {
            *tensor = self.tensor(&format!("{moment}/{name}"));
        }
    }

    fn gradients(&self, parameters: &Parameters, gradients: &[Tensor]) {
        for ((name, _), gradient) in parameters.iter().zip(gradients) {
            if WITHOUT_EFFECT.contains(&name) {
                let kernel = self.array(&format!("f64/grad1/{}", name.replace("bias", "kernel")));
                let bound = GRADIENT * kernel.largest();
                let tiny = gradient.data().iter().all(|&x| f64::from(x.abs()) <= bound);
                assert!(tiny, "{name} has the gradient {:?}", gradient.data());
            } else if self.0.contains_key(&format!("f64/grad1/{name}")) {
                self.close(&format!("f64/grad1/{name}"), gradient, GRADIENT, 0.0);
            } else {
                assert_eq!("generator/dense/kernel", name, "the one gradient that cifar_small lacks");
            }
        }
    }

    /// One update of G and one of D by hand, with every number of step 0 compared on the way.
    fn first_step(&self, gan: &mut Gan) {
        let (x, z) = (self.tensor("input/x/0"), self.tensor("input/z/0"));
        let mut masks = DropoutKeys::none();
        let g = gan.generator_gradients(&z, &mut masks);
        self.gradients(gan.generator.parameters(), &g.gradients);
        gan.generator_adam.update(LEARNING_RATE, gan.generator.parameters_mut(), &g.gradients).expect("finite");
        let d = gan.discriminator_gradients(&x, &z, &mut masks);
        self.gradients(gan.discriminator.parameters(), &d.gradients);
        gan.discriminator_adam.update(LEARNING_RATE, gan.discriminator.parameters_mut(), &d.gradients).expect("finite");
        self.close("f64/act/d_real", &d.real_logits, ACTIVATION, 0.0);
        self.close("f64/loss/0", &Tensor::new(&[2], vec![g.loss, d.loss]), LOSS, 0.0);
    }

    fn end(&self, gan: &Gan) {
        // A bias may be off by one way of three steps here and one there. Each of the six forward
        // passes of G moves a running mean by a hundredth of the difference.
        let bias = 2.0 * STEPS as f64 * LARGEST_STEP;
        let mean = 0.01 * 2.0 * STEPS as f64 * bias;
        for (name, tensor) in gan.generator.parameters().iter().chain(gan.discriminator.parameters().iter()) {
            let slack = if WITHOUT_EFFECT.contains(&name) { bias } else { 0.0 };
            self.close(&format!("f64/final/{name}"), tensor, WEIGHT, slack);
        }
        for (name, tensor) in gan.generator.statistics() {
            let slack = if SHIFTED.contains(&name.as_str()) { mean } else { 0.0 };
            self.close(&format!("f64/final/{name}"), &tensor, MOVING, slack);
        }
    }

    /// G's first images in training, and its last ones in inference, each from PyTorch's very
    /// weights: behind our own, the biases without effect would show, until the running means have
    /// followed them.
    fn images(&self, gan: &mut Gan) {
        let z = self.tensor("input/z/0");
        self.set(gan, "init");
        self.close("f64/act/g_image", &gan.fake_images(&z, &mut DropoutKeys::none()), ACTIVATION, 0.0);
        self.set(gan, "f64/final");
        self.close("f64/sample", &gan.sample(&z, &mut DropoutKeys::none()), ACTIVATION, 0.0);
    }
}

fn trajectory(file: &str, size: usize, channels: usize, shards: usize) {
    let golden = Golden(read_safetensors(&here(file)));

    golden.first_step(&mut golden.start(size, channels, shards));

    let mut gan = golden.start(size, channels, shards);
    for step in 0..STEPS {
        let (x, z) = (golden.tensor(&format!("input/x/{step}")), golden.tensor(&format!("input/z/{step}")));
        let report = gan.step(&x, &z, &mut DropoutKeys::none()).expect("finite");
        let losses = Tensor::new(&[2], vec![report.g_loss, report.d_loss]);
        golden.close(&format!("f64/loss/{step}"), &losses, LOSS, 0.0);
    }
    assert_eq!(STEPS as u64, gan.step);
    golden.end(&gan);
    golden.images(&mut gan);
}

#[test]
fn mnist() {
    for shards in [1, 2] {
        trajectory("golden/mnist_small.safetensors", 28, 1, shards);
    }
}

#[test]
fn cifar() {
    for shards in [1, 2] {
        trajectory("golden/cifar_small.safetensors", 32, 3, shards);
    }
}

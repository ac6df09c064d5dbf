//! Chapter 10: one step of a small GAN, with every number that matters.
//!
//! Eight digits, a generator and a discriminator of width 16, no dropout. The verdicts are means of
//! σ(logit) over the batch, before the step, after G's half of it and after D's.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use book_examples::sets;
use dcgan::gan::{DiscriminatorGradients, Gan};
use dcgan::models::{Architecture, DropoutKeys, Kind, LATENT};
use dcgan::streams::{Purpose, noise, stream};
use nn::{AdamOptions, Parameters, norm};
use tensor::Tensor;
use tensor::fast::{self, Isa};

const BATCH: usize = 8;

fn mean_verdict(logits: &Tensor) -> f32 {
    let sum: f32 = logits.data().iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).sum();
    sum / logits.data().len() as f32
}

/// Prints what D says of real and of fake images, and how it would be scored for that.
fn print_verdicts(when: &str, DiscriminatorGradients { loss, real_logits, fake_logits, .. }: &DiscriminatorGradients) {
    let [real, fake] = [real_logits, fake_logits].map(mean_verdict);
    println!("{when:22}  D(x) {real:.4}   D(G(z)) {fake:.4}   L_D {loss:.4}");
}

/// Prints the norm of each tensor's gradient.
fn print_gradients(parameters: &Parameters, gradients: &[Tensor]) {
    for ((name, tensor), gradient) in parameters.iter().zip(gradients) {
        println!("    {name:36} {:17} {:9.5}", format!("{:?}", tensor.shape()), norm(std::slice::from_ref(gradient)));
    }
    println!("    {:36} {:17} {:9.5}", "all of them", parameters.elements(), norm(gradients));
}

/// How far the parameters are from `before`, as the norm of the difference.
fn moved(before: &Parameters, after: &Parameters) -> f64 {
    let differences = before.iter().zip(after.iter()).map(|((_, before), (_, after))| {
        let difference: Vec<f32> = before.data().iter().zip(after.data()).map(|(b, a)| a - b).collect();
        Tensor::new(before.shape(), difference)
    });
    norm(&differences.collect::<Vec<_>>())
}

fn main() {
    fast::limit(Isa::Portable);
    let networks = Architecture { kind: Kind::Dcgan, size: 28, channels: 1, width: 16 };
    let pair = networks.build(&mut stream(1, Purpose::Weights, 0)).expect("there are networks of this size");
    let adam = AdamOptions { beta1: 0.4, ..AdamOptions::default() };
    let mut gan = Gan::new(pair, adam, 0.001, 0.9);

    let digits = sets::digits();
    let mut x = vec![0.0; BATCH * digits.image_size()];
    data::scale::from_bytes(&digits.pixels()[..x.len()], &mut x);
    let x = Tensor::new(&[BATCH, 28, 28, 1], x);
    let z = noise(&mut stream(1, Purpose::Noise, 0), BATCH, LATENT);
    let keys = &mut DropoutKeys::none();

    print_verdicts("before", &gan.discriminator_gradients(&x, &z, keys));

    let g = gan.generator_gradients(&z, keys);
    println!("\nG: L_G {:.4}; the norms of its gradients, through a frozen D:", g.loss);
    print_gradients(gan.generator.parameters(), &g.gradients);
    let before = gan.generator.parameters().clone();
    let updated = gan.generator_adam.update(0.001, gan.generator.parameters_mut(), &g.gradients);
    updated.expect("the numbers stay finite");
    println!("Adam moved G by {:.4}", moved(&before, gan.generator.parameters()));

    let d = gan.discriminator_gradients(&x, &z, keys);
    print_verdicts("\nafter G's half", &d);
    println!("\nD: L_D {:.4}; the norms of its gradients, for images that are constants:", d.loss);
    print_gradients(gan.discriminator.parameters(), &d.gradients);
    let before = gan.discriminator.parameters().clone();
    let updated = gan.discriminator_adam.update(0.001, gan.discriminator.parameters_mut(), &d.gradients);
    updated.expect("the numbers stay finite");
    println!("Adam moved D by {:.4}", moved(&before, gan.discriminator.parameters()));

    print_verdicts("\nafter D's half", &gan.discriminator_gradients(&x, &z, keys));
}

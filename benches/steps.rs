//! A whole training step of the article's networks, and what of it is on no tape: Adam and the norm of the gradients.

#![allow(missing_docs, reason = "Criterion's macros write functions without")]

use std::cell::RefCell;

use benches::{BATCH, Sweep, call, group, sweeps};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use dcgan::config::{Config, Data};
use dcgan::gan::Gan;
use dcgan::models::{DropoutKeys, LATENT};
use dcgan::streams::{Purpose, noise, stream};
use nn::{AdamOptions, adam};
use tensor::fast::{self, Isa};
use tensor::{Tensor, check};

/// Name, extent and channels of the images.
const IMAGES: [(&str, usize, usize); 2] = [("mnist", 28, 1), ("cifar", 32, 3)];

fn config(name: &str, size: usize, channels: usize) -> Config {
    let data = Data { name: name.to_owned(), images: BATCH, sha256: String::new() };
    Config::from_recipe(data, size, channels, "article").expect("the article has these networks")
}

fn steps(criterion: &mut Criterion) {
    let mut group = group(criterion, "step");
    group.throughput(Throughput::Elements(BATCH as u64)); // images per second
    group.sampling_mode(SamplingMode::Flat); // ten steps, not fifty-five
    for (name, size, channels) in IMAGES {
        let x = Tensor::new(&[BATCH, size, size, channels], check::noise(1, BATCH * size * size * channels));
        for isa in Isa::available() {
            fast::limit(isa);
            let config = config(name, size, channels);
            let (mut gan, keep) = (Gan::start(&config).expect("networks"), config.training.dropout_keep);
            group.bench_function(format!("{name}/{}", isa.name()), |bencher| {
                bencher.iter(|| {
                    let z = noise(&mut stream(1, Purpose::Noise, gan.step), BATCH, LATENT);
                    let mut masks = DropoutKeys::new(keep, stream(1, Purpose::Dropout, gan.step));
                    gan.step(&x, &z, &mut masks).expect("it is finite")
                });
            });
        }
    }
    group.finish();
}

fn updates(criterion: &mut Criterion) {
    let gan = Gan::start(&config("mnist", 28, 1)).expect("networks");
    let gradients: Vec<Tensor> = gan.generator.parameters().iter().map(|(_, tensor)| tensor.clone()).collect();
    let n = gan.generator.parameters().elements();
    let state = RefCell::new([check::noise(1, n), vec![0.0; n], vec![0.0; n]]);
    let g = check::noise(2, n);
    let reference = || {
        let [p, m, v] = &mut *state.borrow_mut();
        adam::reference::update(&AdamOptions::default(), 1e-3, 1, p, m, v, &g);
    };
    let gan = RefCell::new(gan);
    let update = || {
        let gan = &mut *gan.borrow_mut();
        gan.generator_adam.update(gan.learning_rate, gan.generator.parameters_mut(), &gradients).expect("it is finite");
    };
    let table = [
        // Reads parameter, gradient and both moments, writes all but the gradient.
        Sweep { name: "adam", numbers: 7 * n, fast: call(update), reference: Some(call(reference)) },
        Sweep { name: "norm", numbers: n, fast: call(|| nn::norm(&gradients)), reference: None },
    ];
    sweeps(criterion, &format!("update of {n} parameters"), &table);
}

criterion_group!(benches, steps, updates);
criterion_main!(benches);

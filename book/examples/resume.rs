//! Chapter 11: six steps of a small GAN, without and with an interruption after the third.
//!
//! The interruption goes through the bytes of a checkpoint. A fingerprint is the SHA-256 of every
//! tensor of the state. The last run forgets how many updates Adam has made.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use book_examples::sets;
use data::Images;
use dcgan::config::{Config, Data};
use dcgan::feed::Feed;
use dcgan::gan::Gan;
use runs::checkpoint::{Checkpoint, fingerprint};
use tensor::fast::{self, Isa};

/// Trains up to the end of step `last`.
fn train(gan: &mut Gan, config: &Config, images: &Images, last: u64) {
    let mut feed = Feed::new(&config.training, images);
    while gan.step < last {
        feed.step(gan).expect("the numbers stay finite");
    }
}

fn print_state(what: &str, gan: &Gan) {
    println!("{what:34} step {}   {}", gan.step, &fingerprint(gan)[..16]);
}

fn main() {
    fast::limit(Isa::Portable);
    let images = sets::digits();
    let data = Data { name: "digits".to_owned(), images: images.count(), sha256: String::new() };
    let mut config = Config::from_recipe(data, 28, 1, "article").expect("there are networks of this size");
    config.model.width = 16;
    config.training.batch_size = 16;

    let mut whole = Gan::start(&config).expect("there are networks of this size");
    train(&mut whole, &config, &images, 6);
    print_state("never interrupted", &whole);

    let mut first_half = Gan::start(&config).expect("there are networks of this size");
    train(&mut first_half, &config, &images, 3);
    print_state("saved", &first_half);
    let bytes = Checkpoint::of(&first_half, &config).to_bytes();
    drop(first_half);

    let saved = Checkpoint::from_bytes(&bytes).expect("the bytes are whole");
    let mut resumed = saved.restore().expect("the tensors fit");
    train(&mut resumed, &config, &images, 6);
    print_state("resumed from the bytes", &resumed);

    let forgetful = Checkpoint { adam_steps: [0, 0], ..saved };
    let mut other = forgetful.restore().expect("the tensors fit");
    print_state("resumed without Adam's count, at", &other);
    train(&mut other, &config, &images, 6);
    print_state("resumed without Adam's count", &other);
}

//! A steady step takes next to no new memory: it lives on what the steps before it have left behind.
//!
//! This test is a program of its own, since the allocator counts for the whole process.

use std::alloc::System;

use data::Images;
use dcgan::config::{Config, Data};
use dcgan::feed::Feed;
use dcgan::gan::Gan;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tensor::fast::{self, Isa};
use tests::toy_pictures;

#[global_allocator]
static MEMORY: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The bytes that step 10 of the article's training asks for, in batches of 64, whether or not it gives them back.
fn tenth_step(width: usize) -> usize {
    let images = Images::new(28, 28, 1, toy_pictures(10 * 64));
    let data = Data { name: "toy".to_owned(), images: images.count(), sha256: images.sha256() };
    let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
    config.model.width = width;
    let mut gan = Gan::start(&config).unwrap();
    let mut feed = Feed::new(&config.training, &images);
    for _ in 1..10 {
        feed.step(&mut gan).unwrap();
    }
    let mut bytes = Region::new(MEMORY);
    feed.step(&mut gan).unwrap();
    bytes.change_and_reset().bytes_allocated
}

#[test]
fn a_steady_step_allocates_less_than_a_megabyte() {
    let narrow = Isa::available().into_iter().map(|isa| (isa, 64));
    for (isa, width) in narrow.chain([(fast::isa(), 512)]) {
        fast::limit(isa);
        let bytes = tenth_step(width);
        eprintln!("{}, width {width}: {bytes} bytes", isa.name());
        assert!((1..1_000_000).contains(&bytes), "{}, width {width}: {bytes} bytes", isa.name());
    }
}

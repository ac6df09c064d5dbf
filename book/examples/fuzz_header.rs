//! Chapter 9: an IDX file that is broken in several ways, and the line that each gets.
//!
//! The file is sound at first: two pictures of 2 × 3 pixels. Each case changes one thing.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use data::{Source, idx};

/// Two zeros, unsigned bytes, three dimensions: 2 × 2 × 3.
const HEADER: [u8; 16] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3];

fn main() {
    let sound: Vec<u8> = HEADER.into_iter().chain(0..12).collect();
    let with = |place: usize, byte: u8| {
        let mut bytes = sound.clone();
        bytes[place] = byte;
        bytes
    };
    let mut too_long = sound.clone();
    too_long.push(0);
    let mut enormous = sound.clone();
    enormous[4..16].fill(0xff);
    let cases: [(&str, Vec<u8>); 11] = [
        ("sound", sound.clone()),
        ("empty", vec![]),
        ("a failed download", b"<!DOCTYPE html>".to_vec()),
        ("another first byte", with(0, 1)),
        ("signed bytes", with(2, 9)),
        ("labels", with(3, 1)),
        ("the header cut", sound[..10].to_vec()),
        ("no rows", with(11, 0)),
        ("pixels missing", sound[..20].to_vec()),
        ("one byte too many", too_long),
        ("2⁹⁶ pixels claimed", enormous),
    ];
    for (name, bytes) in cases {
        let mut source = Source::new(&bytes, data::LIMIT_BYTES);
        match idx::read_images(&mut source) {
            Ok(images) => println!("{name:20} {images:?}"),
            Err(error) => println!("{name:20} {error}"),
        }
    }
}

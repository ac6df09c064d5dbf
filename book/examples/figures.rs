//! Chapter 13: six sets of images whose quality is known, through all figures of the judge.
//!
//! The real images of this small world are 3,000 of MNIST's test digits, and 500 others are held
//! out. Each set has 500 images.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use book_examples::sets;
use data::Images;
use data::streams::stream;
use judge::figures::{Column, Evaluator, Reals};
use judge::{Domain, LoadedJudge};
use rand::Rng;
use tensor::fast::{self, Isa};

const SIDE: usize = 28;
const PICTURE: usize = SIDE * SIDE;
const COUNT: usize = 500;

fn part(digits: &Images, start: usize, count: usize) -> Images {
    let pixels = &digits.pixels()[start * PICTURE..][..count * PICTURE];
    Images::new(SIDE, SIDE, 1, pixels.to_vec())
}

/// Each pixel becomes the mean of the nine around it; what is outside counts as black.
fn blurred(images: &Images) -> Images {
    let mut pixels = Vec::new();
    for picture in images.pixels().chunks_exact(PICTURE) {
        for y in 0..SIDE {
            for x in 0..SIDE {
                let rows = y.saturating_sub(1)..SIDE.min(y + 2);
                let sum: u32 = rows
                    .flat_map(|y| &picture[y * SIDE..][x.saturating_sub(1)..SIDE.min(x + 2)])
                    .map(|&byte| u32::from(byte))
                    .sum();
                pixels.push((sum / 9) as u8);
            }
        }
    }
    Images::new(SIDE, SIDE, 1, pixels)
}

/// Each picture one pixel further to the right.
fn moved(images: &Images) -> Images {
    let mut pixels = images.pixels().to_vec();
    for row in pixels.chunks_exact_mut(SIDE) {
        row.rotate_right(1);
        row[0] = 0;
    }
    Images::new(SIDE, SIDE, 1, pixels)
}

fn noise() -> Images {
    let mut pixels = vec![0; COUNT * PICTURE];
    stream(1, b"noise   ", 0).fill_bytes(&mut pixels);
    Images::new(SIDE, SIDE, 1, pixels)
}

fn print_row(name: &str, Column { figures, nearness }: &Column) {
    println!(
        "{name:20} {:9.3} {:10.3} {:8.3} {:8}/{} {:13.1} %",
        figures.frechet_distance,
        figures.precision,
        figures.recall,
        figures.classes_covered,
        figures.classes_expected,
        100.0 * nearness.suspects
    );
}

fn main() {
    fast::limit(Isa::Portable);
    let digits = sets::digits();
    let reals = Reals {
        name: "digits".to_owned(),
        domain: Domain::Mnist,
        class: None,
        training: part(&digits, 0, 6 * COUNT),
        held_out: part(&digits, 6 * COUNT, COUNT),
    };
    let evaluator = Evaluator::new(LoadedJudge::shipped(Domain::Mnist), reals);
    let others = part(&digits, 7 * COUNT, COUNT);
    let one_digit = Images::new(SIDE, SIDE, 1, others.image(0).repeat(COUNT));

    println!("{:20} {:>9} {:>10} {:>8} {:>10} {:>15}", "", "Fréchet", "precision", "recall", "classes", "suspects");
    for (number, (name, images)) in [
        ("other real digits", &others),
        ("the same, blurred", &blurred(&others)),
        ("copies", &part(&digits, 0, COUNT)),
        ("copies, moved", &moved(&part(&digits, 0, COUNT))),
        ("one digit", &one_digit),
        ("noise", &noise()),
    ]
    .into_iter()
    .enumerate()
    {
        let evaluation = evaluator.evaluate(images);
        if number == 0 {
            print_row("held out: the floor", &evaluation.held_out);
        }
        print_row(name, &evaluation.samples[0]);
    }
}

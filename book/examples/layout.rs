//! Chapter 2: one picture as bytes, read as what it is and as what it is not.
//!
//! The bytes are NHWC: row by row, pixel by pixel, red, green, blue. Read as NCHW, the same bytes
//! are three planes, one for each colour. Each plane then holds a third of the picture's rows, and
//! each row is cut into three: stripes in wrong colours.
//!
//! `layout FIGURE.png` also draws both readings, side by side.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a demonstration prints")]

use book_examples::{pictures, sets};
use dcgan::picture::Picture;

/// Where the number of pixel (`y`, `x`) in channel `c` lies in NHWC.
fn offset([_, width, channels]: [usize; 3], [y, x, c]: [usize; 3]) -> usize {
    (y * width + x) * channels + c
}

/// Where a program that expects NCHW looks for it.
fn wrong_offset([height, width, _]: [usize; 3], [y, x, c]: [usize; 3]) -> usize {
    (c * height + y) * width + x
}

/// The picture that comes out if the numbers are looked for at `offset`.
fn read(shape: [usize; 3], bytes: &[u8], offset: fn([usize; 3], [usize; 3]) -> usize) -> Vec<u8> {
    let [height, width, channels] = shape;
    let places = (0..height).flat_map(|y| (0..width).flat_map(move |x| (0..channels).map(move |c| [y, x, c])));
    places.map(|place| bytes[offset(shape, place)]).collect()
}

fn main() {
    let horses = sets::horses();
    let bytes = horses.image(7);
    let shape = [horses.height(), horses.width(), horses.channels()];
    let [height, width, channels] = shape;

    println!("shape [{height}, {width}, {channels}], {} bytes", bytes.len());
    println!("a step along an axis, in numbers: y {}, x {channels}, c 1", width * channels);
    println!("the first bytes: {:?}\n", &bytes[..9]);
    println!("(y, x, c)       at in NHWC         at in NCHW");
    for place @ [y, x, c] in [[0, 0, 0], [0, 0, 1], [0, 0, 2], [0, 1, 0], [1, 0, 0], [16, 16, 1], [31, 31, 2]] {
        let [right, wrong] = [offset(shape, place), wrong_offset(shape, place)];
        println!("({y:2}, {x:2}, {c})   {right:6} → {:3}      {wrong:6} → {:3}", bytes[right], bytes[wrong]);
    }

    let both = [read(shape, bytes, offset), read(shape, bytes, wrong_offset)];
    assert_eq!(bytes, both[0], "the right reading is the bytes as they stand");
    let differing = both[0].iter().zip(&both[1]).filter(|(right, wrong)| right != wrong).count();
    println!("\n{differing} of {} numbers differ", bytes.len());
    let picture = Picture::grid_of_bytes(&both.concat(), [2, height, width, channels], 2);
    pictures::save(&pictures::enlarged(&picture, 5));
}

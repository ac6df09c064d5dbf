//! The data in the tree: every file is read whole, and its first and last record are golden.
//!
//! The golden values were read with Python's `gzip` module: labels, the first row with ink in it (or the
//! first pixels, for photographs), and the sum of all bytes of the picture.

use data::{Images, Source, idx};

fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/../../datasets/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn sum(picture: &[u8]) -> u32 {
    picture.iter().copied().map(u32::from).sum()
}

fn mnist(split: &str) -> (Images, Vec<u8>, [String; 2]) {
    let images_file = file(&format!("mnist/{split}-images-idx3-ubyte.gz"));
    let labels_file = file(&format!("mnist/{split}-labels-idx1-ubyte.gz"));
    let mut images_source = Source::new(&images_file, 1 << 26);
    let mut labels_source = Source::new(&labels_file, 1 << 20);
    let images = idx::read_images(&mut images_source).unwrap();
    let labels = idx::read_labels(&mut labels_source).unwrap();
    (images, labels, [images_source.sha256(), labels_source.sha256()])
}

/// Picture `index`: its label, its first row with ink from the left, and its sum.
fn check_digit(images: &Images, labels: &[u8], index: usize, label: u8, row: usize, left: &str, total: u32) {
    let picture = images.picture(index);
    assert_eq!(labels[index], label);
    assert!(picture[..28 * row].iter().all(|&byte| byte == 0), "row {row} is the first with ink");
    let inked: Vec<String> = picture[28 * row..][..28].iter().map(u8::to_string).collect();
    assert_eq!(inked.join(" "), left);
    assert_eq!(sum(picture), total);
}

#[test]
fn mnist_train() {
    let (images, labels, hashes) = mnist("train");
    assert_eq!(format!("{images:?}"), "Images(60000x28x28x1)");
    assert_eq!(labels.len(), 60_000);
    check_digit(
        &images,
        &labels,
        0,
        5,
        5,
        "0 0 0 0 0 0 0 0 0 0 0 0 3 18 18 18 126 136 175 26 166 255 247 127 0 0 0 0",
        27_525,
    );
    check_digit(&images, &labels, 59_999, 8, 6, "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 38 48 48 22 0 0 0 0 0 0 0 0", 20_920);
    assert_eq!(hashes[0], "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db");
    assert_eq!(hashes[1], "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5");
}

#[test]
fn mnist_test() {
    let (images, labels, hashes) = mnist("t10k");
    assert_eq!(format!("{images:?}"), "Images(10000x28x28x1)");
    assert_eq!(labels.len(), 10_000);
    check_digit(&images, &labels, 0, 7, 7, "0 0 0 0 0 0 84 185 159 151 60 36 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0", 18_454);
    check_digit(
        &images,
        &labels,
        9_999,
        6,
        2,
        "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 8 117 254 220 89 0 0 0 0 0 0",
        41_833,
    );
    assert_eq!(hashes[0], "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7");
    assert_eq!(hashes[1], "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2");
}

//! The data in the tree: every file is read whole, and its first and last record are golden.
//!
//! The golden values were read with Python's `gzip` module: labels, the first row with ink in it (or the
//! first pixels, for photographs), and the sum of all bytes of the picture.

use data::{
    Error, LIMIT_BYTES, Labelled, Source,
    cifar::{self, CIFAR_10},
    idx, known,
};

fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/../../datasets/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn sum(picture: &[u8]) -> u32 {
    picture.iter().copied().map(u32::from).sum()
}

/// One file of MNIST, its bytes verified.
fn read_mnist<T>(name: &str, read: fn(&mut Source) -> Result<T, Error>) -> T {
    let bytes = file(&format!("mnist/{name}.gz"));
    let mut source = Source::new(&bytes, LIMIT_BYTES);
    let content = read(&mut source).unwrap();
    known::find("mnist", name).unwrap().verify(&source.sha256()).unwrap();
    content
}

fn mnist(split: &str) -> Labelled {
    let images = read_mnist(&format!("{split}-images-idx3-ubyte"), idx::read_images);
    let labels = read_mnist(&format!("{split}-labels-idx1-ubyte"), idx::read_labels);
    Labelled::pair(images, labels).unwrap()
}

/// Picture `index`: its label, its first row with ink from the left, and its sum.
fn check_digit(set: &Labelled, index: usize, label: u8, row: usize, left: &str, total: u32) {
    let picture = set.images().picture(index);
    assert_eq!(set.labels()[index], label);
    assert!(picture[..28 * row].iter().all(|&byte| byte == 0), "row {row} is the first with ink");
    let inked: Vec<String> = picture[28 * row..][..28].iter().map(u8::to_string).collect();
    assert_eq!(inked.join(" "), left);
    assert_eq!(sum(picture), total);
}

#[test]
fn mnist_train() {
    let set = mnist("train");
    assert_eq!(format!("{:?}", set.images()), "Images(60000x28x28x1)");
    let row = "0 0 0 0 0 0 0 0 0 0 0 0 3 18 18 18 126 136 175 26 166 255 247 127 0 0 0 0";
    check_digit(&set, 0, 5, 5, row, 27_525);
    let row = "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 38 48 48 22 0 0 0 0 0 0 0 0";
    check_digit(&set, 59_999, 8, 6, row, 20_920);
}

#[test]
fn mnist_test() {
    let set = mnist("t10k");
    assert_eq!(format!("{:?}", set.images()), "Images(10000x28x28x1)");
    let row = "0 0 0 0 0 0 84 185 159 151 60 36 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0";
    check_digit(&set, 0, 7, 7, row, 18_454);
    let row = "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 8 117 254 220 89 0 0 0 0 0 0";
    check_digit(&set, 9_999, 6, 2, row, 41_833);
}

fn horses(split: &str) -> Labelled {
    let bytes = file(&format!("cifar10/{split}_horse.bin.gz"));
    let mut source = Source::new(&bytes, LIMIT_BYTES);
    let set = cifar::read(&mut source, &CIFAR_10).unwrap();
    known::find("horses", &format!("{split}_horse.bin")).unwrap().verify(&source.sha256()).unwrap();
    assert!(set.labels().iter().all(|&label| label == CIFAR_10.label("horse").unwrap()));
    set
}

/// Picture `index`: its pixels top left, top right and bottom left, and its sum.
fn check_photograph(set: &Labelled, index: usize, corners: [[u8; 3]; 3], total: u32) {
    let picture = set.images().picture(index);
    let pixel = |y: usize, x: usize| &picture[3 * (32 * y + x)..][..3];
    assert_eq!([pixel(0, 0), pixel(0, 31), pixel(31, 0)], corners);
    assert_eq!(sum(picture), total);
}

#[test]
fn horses_train() {
    let set = horses("train");
    assert_eq!(format!("{:?}", set.images()), "Images(5000x32x32x3)");
    check_photograph(&set, 0, [[28, 35, 39], [46, 58, 47], [134, 171, 123]], 373_858);
    check_photograph(&set, 4_999, [[97, 151, 201], [88, 143, 199], [204, 186, 172]], 428_810);
}

#[test]
fn horses_test() {
    let set = horses("test");
    assert_eq!(format!("{:?}", set.images()), "Images(1000x32x32x3)");
    check_photograph(&set, 0, [[35, 36, 31], [18, 8, 9], [11, 11, 11]], 225_520);
    check_photograph(&set, 999, [[73, 78, 75], [203, 215, 223], [116, 120, 90]], 331_662);
}

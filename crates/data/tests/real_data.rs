//! The data in the tree, and the sets that `fetch` has brought: every file is read whole, and its
//! first and last record are golden.
//!
//! The golden values were read with Python's `gzip` module: labels, the first row with ink in it
//! (for photographs, three corners), and the sum of all bytes of the image.

use data::{
    Error, LIMIT_BYTES, Labelled, Source, archive, checksums,
    cifar::{self, CIFAR_10},
    idx,
};

fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/../../datasets/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether a set that is not in the tree has been fetched.
fn is_fetched(name: &str) -> bool {
    let there = std::fs::exists(format!("{}/../../datasets/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    if !there {
        eprintln!("skipped: datasets/{name} is not there; `cargo xtask fetch` brings it");
    }
    there
}

fn sum(image: &[u8]) -> u32 {
    image.iter().copied().map(u32::from).sum()
}

/// One file of an IDX set, its bytes verified.
fn read_idx<T>(set: &str, name: &str, read: fn(&mut Source) -> Result<T, Error>) -> T {
    let bytes = file(&format!("{set}/{name}.gz"));
    let mut source = Source::new(&bytes, LIMIT_BYTES);
    let content = read(&mut source).unwrap();
    checksums::find(set, name).unwrap().verify(&source.sha256()).unwrap();
    content
}

fn idx_set(set: &str, split: &str) -> Labelled {
    let [images, labels] = ["images-idx3-ubyte", "labels-idx1-ubyte"].map(|kind| format!("{split}-{kind}"));
    Labelled::new(read_idx(set, &images, idx::read_images), read_idx(set, &labels, idx::read_labels))
}

/// Image `index`: its label, its first row with ink from the left, and its sum.
fn check_digit(set: &Labelled, index: usize, label: u8, row: usize, left: &str, total: u32) {
    let image = set.images().image(index);
    assert_eq!(set.labels()[index], label);
    assert!(image[..28 * row].iter().all(|&byte| byte == 0), "row {row} is the first with ink");
    let inked: Vec<String> = image[28 * row..][..28].iter().map(u8::to_string).collect();
    assert_eq!(inked.join(" "), left);
    assert_eq!(sum(image), total);
}

#[test]
fn mnist_train() {
    let set = idx_set("mnist", "train");
    assert_eq!(format!("{:?}", set.images()), "Images(60000x28x28x1)");
    let row = "0 0 0 0 0 0 0 0 0 0 0 0 3 18 18 18 126 136 175 26 166 255 247 127 0 0 0 0";
    check_digit(&set, 0, 5, 5, row, 27_525);
    let row = "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 38 48 48 22 0 0 0 0 0 0 0 0";
    check_digit(&set, 59_999, 8, 6, row, 20_920);
}

#[test]
fn mnist_test() {
    let set = idx_set("mnist", "t10k");
    assert_eq!(format!("{:?}", set.images()), "Images(10000x28x28x1)");
    let row = "0 0 0 0 0 0 84 185 159 151 60 36 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0";
    check_digit(&set, 0, 7, 7, row, 18_454);
    let row = "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 8 117 254 220 89 0 0 0 0 0 0";
    check_digit(&set, 9_999, 6, 2, row, 41_833);
}

#[test]
fn fashion_mnist() {
    if !is_fetched("fashion-mnist/train-images-idx3-ubyte.gz") {
        return;
    }
    let set = idx_set("fashion-mnist", "train");
    assert_eq!(format!("{:?}", set.images()), "Images(60000x28x28x1)");
    let row = "0 0 0 0 0 0 0 0 0 0 0 0 1 0 0 13 73 0 0 1 4 0 0 0 0 1 1 0";
    check_digit(&set, 0, 9, 3, row, 76_247);
    let row = "0 0 0 0 0 0 0 0 0 0 0 0 1 0 1 71 13 4 0 0 1 0 0 0 0 0 0 0";
    check_digit(&set, 59_999, 5, 8, row, 16_684);
    let set = idx_set("fashion-mnist", "t10k");
    assert_eq!(format!("{:?}", set.images()), "Images(10000x28x28x1)");
    let row = "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 3 1 0 0 7 0 37 0 0";
    check_digit(&set, 0, 9, 7, row, 33_456);
    let row = "0 0 0 0 0 0 0 0 1 1 1 2 0 1 30 0 0 2 0 0 0 0 1 1 0 0 1 0";
    check_digit(&set, 9_999, 5, 6, row, 24_390);
}

fn horses(split: &str) -> Labelled {
    let bytes = file(&format!("cifar10/{split}_horse.bin.gz"));
    let mut source = Source::new(&bytes, LIMIT_BYTES);
    let set = cifar::read(&mut source, &CIFAR_10).unwrap();
    checksums::find("horses", &format!("{split}_horse.bin")).unwrap().verify(&source.sha256()).unwrap();
    assert!(set.labels().iter().all(|&label| label == CIFAR_10.label("horse").unwrap()));
    set
}

/// Image `index`: its pixels top left, top right and bottom left, and its sum.
fn check_photograph(set: &Labelled, index: usize, corners: [[u8; 3]; 3], total: u32) {
    let image = set.images().image(index);
    let pixel = |y: usize, x: usize| &image[3 * (32 * y + x)..][..3];
    assert_eq!([pixel(0, 0), pixel(0, 31), pixel(31, 0)], corners);
    assert_eq!(sum(image), total);
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

/// Each batch by its first and last record.
#[test]
fn cifar_10() {
    let name = "cifar10/cifar-10-binary.tar.gz";
    if !is_fetched(name) {
        return;
    }
    let bytes = file(name);
    let files = [CIFAR_10.train_files, CIFAR_10.test_files].concat();
    let members = archive::read(&mut Source::new(&bytes, LIMIT_BYTES), &CIFAR_10, &files).unwrap();
    let golden = [
        (6, [[59, 62, 63], [148, 124, 103], [177, 144, 116]], 317_790),
        (5, [[62, 55, 7], [62, 55, 9], [169, 201, 132]], 380_993),
        (1, [[35, 25, 26], [126, 115, 113], [173, 172, 179]], 369_204),
        (5, [[177, 160, 135], [199, 177, 156], [129, 86, 86]], 301_338),
        (8, [[26, 23, 32], [22, 21, 34], [128, 157, 196]], 286_831),
        (1, [[62, 51, 59], [37, 28, 31], [123, 111, 131]], 291_638),
        (0, [[178, 176, 189], [165, 163, 174], [103, 96, 92]], 385_234),
        (8, [[235, 252, 252], [228, 252, 252], [46, 87, 142]], 442_949),
        (1, [[255, 255, 254], [254, 253, 252], [255, 255, 255]], 501_355),
        (1, [[229, 229, 239], [222, 223, 233], [122, 119, 114]], 405_136),
        (3, [[158, 112, 49], [116, 85, 33], [54, 107, 160]], 332_962),
        (7, [[73, 78, 75], [203, 215, 223], [116, 120, 90]], 331_662),
    ];
    assert_eq!(2 * members.len(), golden.len());
    for (member, golden) in members.iter().zip(golden.chunks_exact(2)) {
        checksums::find("cifar10", member.name).unwrap().verify(&member.sha256).unwrap();
        let set = &member.labelled;
        assert_eq!(format!("{:?}", set.images()), "Images(10000x32x32x3)");
        for (index, &(label, corners, total)) in [0, 9_999].into_iter().zip(golden) {
            assert_eq!(set.labels()[index], label, "{}", member.name);
            check_photograph(set, index, corners, total);
        }
    }
}

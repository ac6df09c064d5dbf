//! A new run from the weights of another one.

use tests::process::{dcgan, fails, succeeds};
use tests::toy_set;

#[test]
fn a_run_begins_with_the_weights_of_another() {
    let set = toy_set(12);
    let folder = tempfile::tempdir().unwrap();
    let data = set.path().to_str().unwrap();
    let train = |flags: &[&str]| {
        let common = ["train-mnist", "--data", data, "--batch-size", "4", "--width", "8", "--steps", "2"];
        dcgan(&[&common[..], flags].concat(), folder.path())
    };
    succeeds(&train(&["--out", "first"]));
    succeeds(&train(&["--out", "second", "--from", "first", "--lr", "0.00001"]));
    let read = |run: &str| {
        let path = folder.path().join(run).join("checkpoint.safetensors");
        runs::checkpoint::Checkpoint::read(&path).unwrap()
    };
    let name = "discriminator/conv2d_2/kernel";
    let first = read("first");
    let second = read("second");
    assert_eq!(2, second.step);
    // Two steps of at most 1e-5 each: near the weights that it began with, and not the same.
    let distance = first.tensors[name].data().iter().zip(second.tensors[name].data());
    let largest = distance.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(0.0 < largest && largest <= 1e-4, "{largest}");
    let refused = dcgan(
        &["train-mnist", "--data", data, "--batch-size", "4", "--width", "12", "--from", "first", "--out", "third"],
        folder.path(),
    );
    fails(&refused, 2, &["--from: ", "has the shape", "its run has another --width: give the new run the same"]);
    let refused = train(&["--from", "first", "--out", "third", "--recipe", "modern"]);
    fails(&refused, 2, &["--from: ", "its run has another --conditional, --batch-deviation: give"]);
    let picture = dcgan::picture::Picture::new([32, 32, 3], (0..3072).map(|i| i as u8).collect()).to_png(&[]);
    std::fs::create_dir(folder.path().join("colour")).unwrap();
    std::fs::write(folder.path().join("colour/a.png"), picture).unwrap();
    let colour =
        ["train-images", "--data", "colour", "--size", "32", "--from", "first", "--out", "third", "--batch-size", "1"];
    fails(&dcgan(&colour, folder.path()), 2, &["--from: ", "its images are 28×28×1, and these are 32×32×3"]);
    // What networks cannot have is refused before there is a folder, too.
    fails(&train(&["--out", "third", "--model", "mlp", "--batch-deviation"]), 2, &["which an MLP has not"]);
    assert!(!folder.path().join("third").exists());
}

//! What may be trained on, from outside: what the network is fed, and what is refused before the first step.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use flate2::{Compression, write::GzEncoder};
use image::{Rgb, RgbImage};
use tar::{EntryType, Header};
use tempfile::TempDir;
use tests::process::under;
use tests::{idx_file, toy_set};

/// Runs a training command of two steps of a narrow model, in `folder`, into `folder/run`.
fn train(folder: &Path, args: &[&str]) -> Output {
    run(folder, args, "2")
}

/// As [`train`], with another number of steps.
fn run(folder: &Path, args: &[&str], steps: &str) -> Output {
    let quick = ["--width", "8", "--batch-size", "4", "--steps", steps, "--out", "run"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_dcgan-under-test"));
    command.args(args).args(quick).current_dir(folder).output().expect("it starts")
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Asserts that a command was refused: exit code 2, one line that contains every part, and no run.
#[track_caller]
fn refused(folder: &Path, args: &[&str], parts: &[&str]) {
    let output = train(folder, args);
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!((Some(2), 1), (output.status.code(), stderr.lines().count()), "{stderr}");
    assert!(stderr.starts_with("dcgan: ") && !stderr.contains("panicked"), "{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "{part:?} is not in: {stderr}");
    }
    assert!(!folder.join("run").exists(), "a refused run leaves nothing");
}

fn empty() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a file is in a folder")).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Saves a picture as the PNG or JPEG that its name says.
fn save(folder: &Path, name: &str, picture: &RgbImage) {
    write(folder, name, "");
    picture.save(folder.join(name)).unwrap();
}

/// The real images that a run was fed: those of `reals.png`, without the margins, row by row.
fn reals(folder: &Path, size: u32) -> Vec<RgbImage> {
    let grid = image::open(folder.join("run/reals.png")).expect("a PNG").to_rgb8();
    let cell = size + 2;
    assert_eq!((0, 0), (grid.width() % cell, grid.height() % cell), "a grid of {size} pixels");
    let image = |i: u32| {
        let (x, y) = (i % (grid.width() / cell) * cell + 1, i / (grid.width() / cell) * cell + 1);
        image::imageops::crop_imm(&grid, x, y, size, size).to_image()
    };
    (0..4).map(image).collect()
}

const RED: Rgb<u8> = Rgb([200, 10, 10]);
const GREEN: Rgb<u8> = Rgb([10, 200, 10]);
const BLUE: Rgb<u8> = Rgb([10, 10, 200]);
const WHITE: Rgb<u8> = Rgb([250, 250, 250]);

/// A picture with a colour in each quarter: red and green above, blue and white below, so that every mix-up of
/// channels, rows and columns shows. The dot keeps `i` pictures apart.
fn quarters(width: u32, height: u32, i: u32) -> RgbImage {
    let mut picture = RgbImage::from_fn(width, height, |x, y| match (2 * x < width, 2 * y < height) {
        (true, true) => RED,
        (false, true) => GREEN,
        (true, false) => BLUE,
        (false, false) => WHITE,
    });
    picture.put_pixel(width / 2 - 2 - i % 4, height / 2, Rgb([0, 0, 0]));
    picture
}

#[track_caller]
fn are_quarters(images: &[RgbImage]) {
    for image in images {
        let far = image.width() - 2;
        for (x, y, color) in [(1, 1, RED), (far, 1, GREEN), (1, far, BLUE), (far, far, WHITE)] {
            let found = image.get_pixel(x, y);
            let near = found.0.iter().zip(color.0).all(|(&a, b)| a.abs_diff(b) <= 12);
            assert!(near, "the pixel at {x}, {y} is {found:?}, not {color:?}");
        }
    }
}

/// Twelve pictures, PNG and JPEG, wide and tall, in folders within folders.
fn pictures() -> TempDir {
    let folder = empty();
    for i in 0..12 {
        let (width, height) = [(70, 100), (100, 70), (64, 64)][i as usize % 3];
        let name = format!("{}{i}.{}", ["", "a/", "a/b/"][i as usize % 3], ["png", "jpg"][i as usize % 2]);
        save(folder.path(), &name, &quarters(width, height, i));
    }
    folder
}

/// A record of CIFAR-10.
fn record(label: u8, picture: &RgbImage) -> Vec<u8> {
    let plane = |channel: usize| picture.pixels().map(move |pixel| pixel.0[channel]);
    [label].into_iter().chain(plane(0)).chain(plane(1)).chain(plane(2)).collect()
}

/// A batch of eight horses, or whatever `label` says.
fn batch(label: u8) -> Vec<u8> {
    (0..8).flat_map(|i| record(label, &quarters(32, 32, i))).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An archive as CIFAR-10 is published, but with eight horses in each batch, and `more` members.
fn archive(more: &[(&str, EntryType)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(vec![]);
    let mut member = |name: &str, kind: EntryType, bytes: &[u8]| {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes()); // any name, not only a good one
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, bytes).unwrap();
    };
    for i in 1..=5 {
        member(&format!("cifar-10-batches-bin/data_batch_{i}.bin"), EntryType::Regular, &batch(7));
    }
    for &(name, kind) in more {
        member(name, kind, b"");
    }
    gzip(&builder.into_inner().unwrap())
}

#[test]
fn a_red_picture_is_red_in_every_form_of_cifar() {
    let folder = empty();
    write(folder.path(), "horses.bin", batch(7));
    write(folder.path(), "horses.bin.gz", gzip(&batch(7)));
    write(folder.path(), "cifar-10-binary.tar.gz", archive(&[]));
    for i in 1..=5 {
        write(folder.path(), &format!("batches/data_batch_{i}.bin"), batch(7));
    }
    for data in ["horses.bin", "horses.bin.gz", "batches", "cifar-10-binary.tar.gz", "."] {
        succeeds(&train(folder.path(), &["train-cifar", "--data", data]));
        are_quarters(&reals(folder.path(), 32));
        let config = std::fs::read_to_string(folder.path().join("run/config.toml")).unwrap();
        assert!(config.contains("epochs = 50") && config.contains("sample_columns = 15"), "{config}");
        assert!(config.contains("sha256 = ") && config.contains(".bin\" = "), "{config}");
        std::fs::remove_dir_all(folder.path().join("run")).unwrap();
    }
}

#[test]
fn pictures_of_all_sizes_become_what_the_network_is_fed() {
    let data = pictures();
    let data = data.path().to_str().unwrap();
    for size in ["16", "28", "32", "64"] {
        let folder = empty();
        succeeds(&train(folder.path(), &["train-images", "--data", data, "--size", size]));
        are_quarters(&reals(folder.path(), size.parse().unwrap()));
    }
    let folder = empty();
    succeeds(&train(folder.path(), &["train-images", "--data", data, "--size", "32", "--grey"]));
    let grey = &reals(folder.path(), 32)[0];
    let levels = [(1, 1), (30, 1), (1, 30), (30, 30)].map(|(x, y)| grey.get_pixel(x, y).0);
    assert!(levels.iter().all(|[r, g, b]| r == g && g == b), "{levels:?}");
    // By brightness: blue, red, green, white.
    assert!(levels[2] < levels[0] && levels[0] < levels[1] && levels[1] < levels[3], "{levels:?}");
}

#[test]
fn flipped_pictures_are_mirrored_left_to_right() {
    let (data, folder) = (pictures(), empty());
    let args = ["train-images", "--data", data.path().to_str().unwrap(), "--size", "16", "--flip"];
    succeeds(&train(folder.path(), &args));
    let reals = reals(folder.path(), 16);
    let above: Vec<bool> = reals.iter().map(|image| image.get_pixel(1, 1).0[0] > image.get_pixel(14, 1).0[0]).collect();
    assert!(above.contains(&true) && above.contains(&false), "seed 1 mirrors some of four: {above:?}");
    let below: Vec<bool> =
        reals.iter().map(|image| image.get_pixel(1, 14).0[0] < image.get_pixel(14, 14).0[0]).collect();
    assert_eq!(above, below, "nothing is turned upside down");
}

#[test]
fn red_pictures_teach_the_generator_red() {
    let (data, folder) = (empty(), empty());
    for i in 0..16 {
        let mut red = RgbImage::from_pixel(16, 16, RED);
        red.put_pixel(i, 8, WHITE);
        save(data.path(), &format!("{i}.png"), &red);
    }
    let args = [
        "train-images",
        "--data",
        data.path().to_str().unwrap(),
        "--size",
        "16",
        "--epochs",
        "999",
        "--sample-every",
        "100",
    ];
    succeeds(&run(folder.path(), &args, "500"));
    let samples = image::open(folder.path().join("run/samples/step-000500.png")).unwrap().to_rgb8();
    let mean = |channel: usize| {
        // Without the white margins.
        let inside =
            samples.enumerate_pixels().filter(|(x, y, _)| (1..17).contains(&(x % 18)) && (1..17).contains(&(y % 18)));
        inside.map(|(_, _, pixel)| u32::from(pixel.0[channel])).sum::<u32>() / (15 * 256)
    };
    let means = [mean(0), mean(1), mean(2)];
    assert!(means[1] + 60 < means[0] && means[2] + 60 < means[0], "{means:?}");
}

#[test]
fn bad_pictures_are_skipped_counted_and_named() {
    let (data, folder) = (pictures(), empty());
    for name in ["bad1.png", "bad2.jpg", "bad3.jpeg", "bad4.PNG", "bad5.png"] {
        write(data.path(), name, "no picture");
    }
    let args = ["train-images", "--data", data.path().to_str().unwrap(), "--size", "16"];
    let stdout = succeeds(&train(folder.path(), &args));
    assert!(stdout.contains("read 12 pictures of "), "{stdout}");
    assert!(stdout.contains("cannot be read: 5 (bad1.png: ") && stdout.contains("and 2 more"), "{stdout}");
}

#[test]
fn what_cannot_be_trained_on_is_refused() {
    let folder = empty();
    let path = folder.path();
    write(path, "horses.bin", batch(7));
    write(path, "three.bin", &batch(7)[..3 * 3073]);
    write(path, "cut.bin", &batch(7)[..3072]);
    write(path, "label.bin", record(10, &quarters(32, 32, 0)));
    write(path, "same.bin", record(7, &quarters(32, 32, 0)).repeat(8));
    write(
        path,
        "blank.bin",
        (0..8).flat_map(|i| record(7, &RgbImage::from_pixel(32, 32, Rgb([i; 3])))).collect::<Vec<_>>(),
    );
    write(path, "labels", idx_file(&[12], &[7; 12]));
    write(path, "missing/data_batch_1.bin", batch(7));
    write(path, "empty/readme.txt", "");
    write(path, "bad/1.png", "no picture");
    write(path, "bad/2.jpg", "no picture");
    for i in 0..2 {
        save(path, &format!("two/{i}.png"), &quarters(20, 20, i));
    }
    for i in 0..5 {
        save(path, &format!("alike/{i}.png"), &quarters(20, 20, 0));
    }
    let classes = "airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck";
    for (args, parts) in [
        (&["train-cifar", "--data", "three.bin"][..], &["must be at most 3", "--batch-size"][..]),
        (&["train-cifar", "--data", "cut.bin"], &["cut.bin: at byte 0: the last record has 3072 of the 3073 bytes"]),
        (&["train-cifar", "--data", "label.bin"], &["label.bin: at byte 0: label 10"]),
        (&["train-cifar", "--data", "same.bin"], &["same.bin: all 8 images are the same"]),
        (&["train-cifar", "--data", "blank.bin"], &["blank.bin: all 8 images are blank"]),
        (&["train-cifar", "--data", "labels"], &["labels: at byte 0"]),
        (&["train-cifar", "--data", "missing"], &["missing: data_batch_2.bin, data_batch_3.bin, data_batch_4.bin"]),
        (&["train-cifar", "--data", "empty"], &["empty: there are no batches of CIFAR"]),
        (&["train-cifar", "--data", "nowhere"], &["nowhere: "]),
        (&["train-cifar", "--data", "horses.bin", "--class", "unicorn"], &["no class \"unicorn\"", classes]),
        (
            &["train-cifar", "--data", "horses.bin", "--class", "dog"],
            &["no picture of the class dog", "there are: horse"],
        ),
        (&["train-cifar", "--class", "unicorn"], &["no class \"unicorn\"", classes]),
        (
            &["train-mnist", "--data", "fashion-mnist"],
            &["fashion-mnist: cannot be opened", "fetch fashion-mnist gets it"],
        ),
        (&["train-mnist", "--data", "labels"], &["labels: at byte 3: this is a file of labels"]),
        (&["train-mnist", "--data", "horses.bin"], &["horses.bin: at byte 0: this is not an IDX file"]),
        (&["train-images", "--data", "nowhere"], &["nowhere: cannot be read as a folder of pictures"]),
        (&["train-images", "--data", "horses.bin"], &["horses.bin: cannot be read as a folder of pictures"]),
        (&["train-images", "--data", "empty"], &["empty: there are no PNG or JPEG pictures"]),
        (&["train-images", "--data", "bad"], &["bad: none of the 2 pictures", "1.png"]),
        (&["train-images", "--data", "two"], &["must be at most 2", "--batch-size"]),
        (&["train-images", "--data", "alike"], &["alike: all 5 images are the same"]),
        (&["train-images", "--data", "two", "--size", "20"], &["16, 28, 32, 64", "not 20"]),
        (&["train-images"], &["--data"]),
    ] {
        refused(path, args, parts);
    }
}

#[test]
fn archives_with_bad_members_are_refused() {
    let folder = empty();
    for (name, kind, part) in [
        ("../evil.bin", EntryType::Regular, "climbs out of its folder"),
        ("/etc/evil", EntryType::Regular, "has an absolute name"),
        ("link", EntryType::Symlink, "is a link"),
        ("link", EntryType::Link, "is a link"),
        ("other/data_batch_1.bin", EntryType::Regular, "a second data_batch_1.bin"),
    ] {
        write(folder.path(), "cifar-10-binary.tar.gz", archive(&[(name, kind)]));
        refused(
            folder.path(),
            &["train-cifar", "--data", "cifar-10-binary.tar.gz"],
            &["cifar-10-binary.tar.gz: ", part],
        );
    }
    let good = archive(&[]);
    write(folder.path(), "cifar-10-binary.tar.gz", &good[..good.len() / 2]);
    refused(folder.path(), &["train-cifar", "--data", "."], &["cifar-10-binary.tar.gz: ", "gzip"]);
    write(folder.path(), "cifar-10-binary.tar.gz", gzip(&[0; 10_240]));
    refused(folder.path(), &["train-cifar", "--data", "."], &["the archive is empty"]);
    write(folder.path(), "cifar-10-binary.tar.gz", "");
    refused(folder.path(), &["train-cifar", "--data", "."], &["cifar-10-binary.tar.gz: "]);
    assert_eq!(1, std::fs::read_dir(folder.path()).unwrap().count(), "nothing was unpacked");
}

/// Files of a few megabytes that unzip to a gibibyte: a line in two seconds, and 40 MB for the whole process, code and all.
#[test]
#[cfg(target_os = "linux")]
fn a_gibibyte_of_zeros_costs_little() {
    let folder = empty();
    let zeros = gzip(&vec![0; 1 << 20]).repeat(1024);
    let bomb = |start: &[u8]| [gzip(start), zeros.clone()].concat();
    let hundred: Vec<u8> = (0..10).flat_map(|i| [vec![7], record(77, &quarters(32, 32, i))].concat()).collect();
    let tar = archive(&[]);
    let images = idx_file(&[10, 28, 28], &[]);
    write(folder.path(), "images/train-images-idx3-ubyte.gz", bomb(&images));
    write(folder.path(), "labels/train-images-idx3-ubyte", [images, vec![1; 7840]].concat());
    write(folder.path(), "labels/train-labels-idx1-ubyte.gz", bomb(&idx_file(&[10], &[])));
    write(folder.path(), "horses.bin.gz", bomb(&batch(7)));
    write(folder.path(), "nothing.bin.gz", &zeros);
    write(folder.path(), "hundred/train.bin.gz", bomb(&hundred));
    write(folder.path(), "cifar-10-binary.tar.gz", [tar, zeros.clone()].concat());
    for (command, data, part) in [
        ("train-mnist", "images", "the data should end here"),
        ("train-mnist", "labels", "the data should end here"),
        ("train-cifar", "horses.bin.gz", "the file is damaged"),
        ("train-cifar", "nothing.bin.gz", "the file is damaged"),
        ("train-cifar", "hundred", "the file is damaged"),
        ("train-cifar", "cifar-10-binary.tar.gz", "the archive should have ended"),
    ] {
        // Two seconds of the processor's time, not of the clock's: others may be at work.
        let mut args = vec![command, "--data", data, "--threads", "1", "--out", "run"];
        if command == "train-cifar" {
            args.extend(["--class", "all"]);
        }
        let output = under("ulimit -v 40000; ulimit -t 2", &args, folder.path());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((Some(2), 1), (output.status.code(), stderr.lines().count()), "{data}: {stderr}");
        assert!(stderr.starts_with(&format!("dcgan: {data}")) && stderr.contains(part), "{stderr}");
    }
}

/// Without `--data`, the files under `datasets` must be the published ones; `--no-verify` takes them as they are.
#[test]
fn changed_files_are_named_and_can_be_taken_all_the_same() {
    let folder = empty();
    write(folder.path(), "datasets/cifar10/train_horse.bin.gz", gzip(&batch(7)));
    let mnist = toy_set(12);
    for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] {
        write(folder.path(), &format!("datasets/mnist/{name}"), std::fs::read(mnist.path().join(name)).unwrap());
    }
    refused(folder.path(), &["train-cifar"], &["train_horse.bin.gz: these are not the bytes of", "--no-verify"]);
    refused(folder.path(), &["train-mnist"], &["train-images-idx3-ubyte: these are not the bytes of", "--no-verify"]);
    refused(
        folder.path(),
        &["train-cifar", "--class", "all"],
        &["datasets/cifar10: the horses alone", "fetch cifar10"],
    );
    for command in ["train-cifar", "train-mnist"] {
        succeeds(&train(folder.path(), &[command, "--no-verify"]));
        std::fs::remove_dir_all(folder.path().join("run")).unwrap();
    }
}

#[test]
fn a_run_on_pictures_goes_on_with_the_same_pictures_alone() {
    let world = empty();
    let folder = world.path();
    for i in 0..8 {
        save(folder, &format!("pictures/{i}.png"), &quarters(20, 20, i));
    }
    succeeds(&train(folder, &["train-images", "--data", "pictures", "--size", "16"]));
    let again = |args: &[&str]| {
        let resume = ["train-images", "--resume", "run", "--steps", "3"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_dcgan-under-test"));
        let output = command.args([&resume, args].concat()).current_dir(folder).output().expect("it starts");
        (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
    };
    for (args, part) in [
        (&["--size", "32"][..], "--size 32: the run was started with 16; leave the flag out"),
        (&["--grey"], "--grey: the run was started in colour; leave the flag out"),
    ] {
        let (code, told) = again(args);
        assert!(code == Some(2) && told.contains(part), "{told}");
    }
    std::fs::rename(folder.join("pictures"), folder.join("moved")).unwrap();
    let (code, told) = again(&[]);
    assert!(code == Some(2) && told.contains("pictures; name their place by --data"), "{told}");
    assert_eq!((Some(0), String::new()), again(&["--data", "moved", "--size", "16"]));
}

/// Nothing ever comes out of it, so whoever reads it waits for ever.
#[cfg(unix)]
#[test]
fn a_pipe_is_no_picture() {
    let world = empty();
    for i in 0..8 {
        save(world.path(), &format!("pictures/{i}.png"), &quarters(20, 20, i));
    }
    let made = Command::new("mkfifo").arg(world.path().join("pictures/a.png")).status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no pipe can be made here");
        return;
    }
    let told = succeeds(&train(world.path(), &["train-images", "--data", "pictures", "--size", "16"]));
    assert!(told.contains("read 8 pictures") && told.contains("other files"), "{told}");
}

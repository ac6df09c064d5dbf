//! What is written comes back, and what is damaged is refused with its place and its reason.

mod write;

use data::{
    Error, Labelled, Source, archive,
    cifar::{self, CIFAR_10, CIFAR_100},
    fitness, idx,
};
use proptest::{collection::vec, prelude::*};

const LIMIT_BYTES: u64 = 1 << 20;

fn images(bytes: &[u8]) -> Result<data::Images, Error> {
    idx::read_images(&mut Source::new(bytes, LIMIT_BYTES))
}

fn labels(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    idx::read_labels(&mut Source::new(bytes, LIMIT_BYTES))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn idx_images_come_back(
        count in 1..5usize, height in 1..9usize, width in 1..9usize,
        channels in prop_oneof![Just(None), Just(Some(1)), Just(Some(3))],
        noise in vec(any::<u8>(), 4 * 8 * 8 * 3), zipped: bool,
    ) {
        let pixels = &noise[..count * height * width * channels.unwrap_or(1)];
        let dimensions = [Some(count), Some(height), Some(width), channels];
        let dimensions: Vec<u32> = dimensions.into_iter().flatten().map(|extent| extent as u32).collect();
        let file = write::idx(&dimensions, pixels);
        let read = images(&if zipped { write::gzip(&file) } else { file }).unwrap();
        prop_assert_eq!(read, data::Images::new(height, width, channels.unwrap_or(1), pixels.to_vec()));
    }

    #[test]
    fn idx_labels_come_back(wanted in vec(any::<u8>(), 1..300), zipped: bool) {
        let file = write::idx(&[wanted.len() as u32], &wanted);
        prop_assert_eq!(labels(&if zipped { write::gzip(&file) } else { file }), Ok(wanted));
    }

    #[test]
    fn cifar_comes_back(
        wanted in vec((0..20u8, 0..100u8, vec(any::<u8>(), 3072)), 1..4), coarse_and_fine: bool, zipped: bool,
    ) {
        let mut file = Vec::new();
        for (coarse, fine, image) in &wanted {
            let labels: &[u8] = if coarse_and_fine { &[*coarse, *fine] } else { &[*fine % 10] };
            file.extend(write::cifar_record(labels, image));
        }
        let file = if zipped { write::gzip(&file) } else { file };
        let layout = if coarse_and_fine { &CIFAR_100 } else { &CIFAR_10 };
        let read = cifar::read(&mut Source::new(&file, LIMIT_BYTES), layout).unwrap();
        prop_assert_eq!(read.images().count(), wanted.len());
        for (i, (_, fine, image)) in wanted.iter().enumerate() {
            prop_assert_eq!(read.images().image(i), image);
            prop_assert_eq!(read.labels()[i], if coarse_and_fine { *fine } else { *fine % 10 });
        }
    }

    #[test]
    fn archives_come_back_in_any_order(
        order in Just(CIFAR_10.train_files.to_vec()).prop_shuffle(), zipped: bool,
    ) {
        // The record of batch N is labelled N.
        let records: Vec<Vec<u8>> = (0..6u8).map(|i| write::cifar_record(&[i], &[100 + i; 3072])).collect();
        let record = |file: &str| &records[usize::from(file.as_bytes()[11] - b'0')][..];
        let members: Vec<(&str, &[u8])> = order.iter().map(|file| (*file, record(file))).collect();
        let file = write::tar(&members);
        let file = if zipped { write::gzip(&file) } else { file };
        let read = archive::read(&mut Source::new(&file, LIMIT_BYTES), &CIFAR_10, CIFAR_10.train_files).unwrap();
        let read = Labelled::concat(read.into_iter().map(|member| member.labelled).collect());
        prop_assert_eq!(read.labels(), [1, 2, 3, 4, 5]);
        prop_assert_eq!(read.images().image(4), [105; 3072]);
    }
}

/// Two images of 2 rows and 3 columns.
fn good() -> Vec<u8> {
    write::idx(&[2, 2, 3], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
}

fn refused(bytes: &[u8], expected: &str) {
    assert_eq!(images(bytes).unwrap_err().to_string(), expected);
}

#[test]
fn magic_numbers_that_are_none() {
    refused(b"", "at byte 0: the data ends here, after 0 of the 4 bytes of the magic number");
    refused(&[0, 0, 8], "at byte 3: the data ends here, after 3 of the 4 bytes of the magic number");
    refused(&[1, 0, 8, 3], "at byte 0: this is not an IDX file: it starts with 01 00, not 00 00");
    // Little-endian.
    refused(&[3, 8, 0, 0], "at byte 0: this is not an IDX file: it starts with 03 08, not 00 00");
    let page = "an HTML or XML page, as a failed download leaves behind";
    refused(b"<!DOCTYPE html>", &format!("at byte 0: this is not an IDX file, but {page}"));
    refused(b"\n <html>", &format!("at byte 0: this is not an IDX file, but {page}"));
    refused(b"\x89PNG\r\n", "at byte 0: this is not an IDX file, but a PNG image");
    refused(b"\xff\xd8\xff\xe0", "at byte 0: this is not an IDX file, but a JPEG image");
    refused(b"PK\x03\x04", "at byte 0: this is not an IDX file, but a ZIP archive");
    refused(&write::tar(&[("a", b"b")]), "at byte 0: this is not an IDX file, but a tar archive");
}

#[test]
fn types_and_ranks_that_are_not_wanted() {
    let wanted = "only 08 (unsigned byte) can be read";
    refused(&[0, 0, 0x09, 3], &format!("at byte 2: the elements have type 09; {wanted}"));
    refused(&[0, 0, 0x0d, 3], &format!("at byte 2: the elements have type 0d; {wanted}"));
    refused(&[0, 0, 0, 3], &format!("at byte 2: the elements have type 00; {wanted}"));
    let wanted = "not of images (3 or 4 dimensions)";
    refused(&[0, 0, 8, 0], &format!("at byte 3: this is a file of 0 dimensions, {wanted}"));
    refused(&[0, 0, 8, 1], &format!("at byte 3: this is a file of labels (1 dimension), {wanted}"));
    refused(&[0, 0, 8, 2], &format!("at byte 3: this is a file of 2 dimensions, {wanted}"));
    refused(&[0, 0, 8, 5], &format!("at byte 3: this is a file of 5 dimensions, {wanted}"));
    refused(&[0, 0, 8, 255], &format!("at byte 3: this is a file of 255 dimensions, {wanted}"));
}

#[test]
fn dimensions_that_do_not_add_up() {
    let nothing = "so the file holds nothing";
    refused(&write::idx(&[0, 2, 3], &[]), &format!("at byte 4: dimension 1 of 3 is 0, {nothing}"));
    refused(&write::idx(&[2, 0, 3], &[]), &format!("at byte 8: dimension 2 of 3 is 0, {nothing}"));
    refused(&write::idx(&[2, 2, 0], &[]), &format!("at byte 12: dimension 3 of 3 is 0, {nothing}"));
    refused(&write::idx(&[2, 2, 2, 0], &[]), &format!("at byte 16: dimension 4 of 4 is 0, {nothing}"));
    let two = "at byte 16: the images have 2 channels; only 1 (grey) and 3 (RGB) can be read";
    refused(&write::idx(&[1, 1, 1, 2], &[0, 0]), two);
    let huge = "4294967295x4294967295x4294967295 elements are more than any file holds";
    refused(&write::idx(&[u32::MAX; 3], &[0; 9]), &format!("at byte 4: {huge}"));
    let large = "after 9 of the 281474976710656 bytes of 65536x65536x65536 elements";
    refused(&write::idx(&[1 << 16; 3], &[0; 9]), &format!("at byte 25: the data ends here, {large}"));
    // A count that was written little-endian.
    let swapped = "after 6 of the 201326592 bytes of 33554432x2x3 elements";
    refused(&write::idx(&[2 << 24, 2, 3], &[0; 6]), &format!("at byte 22: the data ends here, {swapped}"));
}

#[test]
fn files_that_are_too_short_or_too_long() {
    for length in 4..good().len() {
        let (there, wanted, what) = match length {
            4..16 => (length % 4, 4, format!("dimension {} of 3", length / 4)),
            _ => (length - 16, 12, "2x2x3 elements".to_owned()),
        };
        let reason = format!("the data ends here, after {there} of the {wanted} bytes of {what}");
        refused(&good()[..length], &format!("at byte {length}: {reason}"));
        refused(&write::gzip(&good()[..length]), &format!("at byte {length} of the unzipped data: {reason}"));
    }
    refused(&[&good()[..], b"\n"].concat(), "at byte 28: the data should end here; bytes too many: 1");
    refused(&[good(), good()].concat(), "at byte 28: the data should end here; bytes too many: 28");
    let zipped = write::gzip(&[&good()[..], b"\n"].concat());
    refused(&zipped, "at byte 28 of the unzipped data: the data should end here, but goes on");
}

#[test]
fn labels_that_are_none() {
    let of = |bytes: &[u8]| labels(bytes).unwrap_err().to_string();
    let images = "at byte 3: this is a file of images (3 dimensions), not of labels (1 dimension)";
    assert_eq!(of(&good()), images);
    let short = "at byte 10: the data ends here, after 2 of the 3 bytes of 3 elements";
    assert_eq!(of(&write::idx(&[3], &[1, 2])), short);
    assert_eq!(of(&write::idx(&[3], &[1, 2, 3, 4])), "at byte 11: the data should end here; bytes too many: 1");
    let images = idx::read_images(&mut Source::new(&good(), 0)).unwrap();
    let other = "there are 2 images but 3 labels; the two files are not of one set";
    assert_eq!(fitness::one_label_each(&images, &[1, 2, 3]).unwrap_err().to_string(), other);
}

#[test]
fn gzip_around_something_else() {
    let zipped = |bytes: &[u8]| write::gzip(bytes);
    let page = "an HTML or XML page, as a failed download leaves behind";
    let not_idx = "at byte 0 of the unzipped data: this is not an IDX file, but";
    refused(&zipped(b"<html>"), &format!("{not_idx} {page}"));
    refused(&zipped(&zipped(&good())), &format!("{not_idx} a gzip file inside a gzip file"));
    let limit =
        "the header promises 201326592 bytes of 33554432x2x3 elements; at most 1048576 unzipped bytes are allowed";
    refused(&zipped(&write::idx(&[2 << 24, 2, 3], &[0; 6])), limit);
    let tail = [&zipped(&good())[..], b"tail"].concat();
    let offset = tail.len() - 4;
    refused(&tail, &format!("at byte {offset} of the gzip file: the gzip data ends here, but the file goes on"));
}

type Parser = fn(&[u8]) -> Result<String, Error>;

/// For each parser a file, and what it reads as text to compare.
fn parsers() -> Vec<(Vec<u8>, Parser)> {
    let noise: Vec<u8> = (0..3072u32).map(|i| (i * i % 253) as u8).collect();
    let record = write::cifar_record(&[7], &noise);
    vec![
        (good(), |bytes| images(bytes).map(|images| format!("{images:?} {:?}", images.pixels()))),
        (write::idx(&[40], &noise[..40]), |bytes| labels(bytes).map(|labels| format!("{labels:?}"))),
        (record.clone(), |bytes| {
            cifar::read(&mut Source::new(bytes, LIMIT_BYTES), &CIFAR_10)
                .map(|set| format!("{:?} {:?}", set.labels(), set.images().pixels()))
        }),
        (write::cifar_record(&[7, 77], &noise), |bytes| {
            cifar::read(&mut Source::new(bytes, LIMIT_BYTES), &CIFAR_100)
                .map(|set| format!("{:?} {:?}", set.labels(), set.images().pixels()))
        }),
        (write::tar(&[("a/test_batch.bin", &record)]), |bytes| {
            archive::read(&mut Source::new(bytes, LIMIT_BYTES), &CIFAR_10, CIFAR_10.test_files)
                .map(|members| format!("{} {:?}", members[0].sha256, members[0].labelled.images().pixels()))
        }),
    ]
}

#[test]
fn gzip_cut_anywhere_is_refused() {
    for (plain, parse) in parsers() {
        let zipped = write::gzip(&plain);
        assert_eq!(parse(&zipped), parse(&plain));
        assert!(parse(&zipped).is_ok());
        for length in 0..zipped.len() {
            let error = parse(&zipped[..length]).expect_err(&format!("{length} of {} bytes", zipped.len()));
            assert!(length < 2 || error.to_string().ends_with("the gzip data is cut short"), "{length}: {error}");
        }
    }
}

/// A flip in the name or the date of a gzip header changes no data, so it may be accepted.
#[test]
fn a_flipped_bit_in_gzip_never_changes_the_data() {
    for (plain, parse) in parsers() {
        let zipped = write::gzip(&plain);
        let whole = parse(&zipped).unwrap();
        let mut refused = 0;
        for flip in 0..1000 {
            // 1,000 places, spread evenly by a step that shares no factor with the number of bits.
            let bit = flip * 7919 % (8 * zipped.len());
            let mut damaged = zipped.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            match parse(&damaged) {
                Ok(read) => assert_eq!(read, whole, "bit {bit}"),
                Err(_) => refused += 1,
            }
        }
        assert!(300 < refused, "{refused}");
    }
}

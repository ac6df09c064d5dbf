//! CIFAR-10 and CIFAR-100, binary version.
//!
//! A file is a row of records. It has no header and no count.
//!
//! ```text
//! CIFAR-10    label                    0..=9           3,073 bytes a record
//! CIFAR-100   coarse label, fine label 0..=19, 0..=99  3,074 bytes a record
//! then        1,024 bytes of red, 1,024 of green, 1,024 of blue, each a 32×32 plane, row by row
//! ```
//!
//! The planes are interleaved on the way in, so that the colours of a pixel lie together (NHWC).
//!
//! No header promises anything, so little can be wrong: a label that no class has, or a last record
//! that is cut short. But a file of zeros is well-formed: every record is an airplane. It is also
//! what a broken download or a gzip bomb looks like, so 1,000 identical records in a row are an
//! error.
//!
//! Source: A. Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009, and
//! <https://www.cs.toronto.edu/~kriz/cifar.html>, which gives the layout.

use crate::{Error, Images, Labelled, Source, fitness::Unfit};

/// The height of an image, and its width.
pub const EXTENT: usize = 32;

const PLANE_BYTES: usize = EXTENT * EXTENT;
const CHANNELS: usize = 3;

/// The number of identical records in a row that no set of photographs has.
const SAME_RECORDS: usize = 1000;

/// The layout of a data set's records, and which of their labels to use.
#[derive(Debug)]
pub struct Layout {
    /// The name of the data set.
    pub name: &'static str,
    /// The files of the training split, in order.
    pub train_files: &'static [&'static str],
    /// The files of the test split.
    pub test_files: &'static [&'static str],
    /// For each label byte of a record, the names of its classes.
    labels: &'static [&'static [&'static str]],
    /// Which label byte is the label of the image.
    chosen: usize,
}

/// CIFAR-10: ten classes.
pub static CIFAR_10: Layout = Layout {
    name: "CIFAR-10",
    train_files: &["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"],
    test_files: &["test_batch.bin"],
    labels: &[&CIFAR_10_CLASSES],
    chosen: 0,
};

/// CIFAR-100 by its hundred classes.
pub static CIFAR_100: Layout = Layout {
    name: "CIFAR-100",
    train_files: &["train.bin"],
    test_files: &["test.bin"],
    labels: &[&CIFAR_100_SUPERCLASSES, &CIFAR_100_CLASSES],
    chosen: 1,
};

/// CIFAR-100 by its twenty superclasses, of five classes each.
pub static CIFAR_100_COARSE: Layout = Layout { name: "CIFAR-100 (superclasses)", chosen: 0, ..CIFAR_100 };

impl Layout {
    /// The names of the classes, in the order of their labels.
    pub fn classes(&self) -> &'static [&'static str] {
        self.labels[self.chosen]
    }

    /// The label of the class called `name`.
    ///
    /// # Errors
    ///
    /// If there is none. The error lists the classes.
    pub fn label(&self, name: &str) -> Result<u8, Unfit> {
        match self.classes().iter().position(|&class| class == name) {
            Some(label) => Ok(label as u8),
            None => Err(Unfit::NoSuchClass { name: name.to_owned(), classes: self.classes() }),
        }
    }
}

/// Reads the records of one file, to its end.
///
/// # Errors
///
/// If there is no record, a label that no class has, a record that is cut short, or the same record
/// a thousand times in a row.
pub fn read(source: &mut Source, layout: &Layout) -> Result<Labelled, Error> {
    let label_bytes = layout.labels.len();
    let mut record = vec![0; label_bytes + CHANNELS * PLANE_BYTES];
    let (mut last, mut same) = (record.clone(), 1);
    let expected = source.known_rest() / record.len();
    let mut pixels = Vec::with_capacity(expected * CHANNELS * PLANE_BYTES);
    let mut labels = Vec::with_capacity(expected);
    loop {
        let offset = source.offset();
        let there = source.read_up_to(&mut record)?;
        if there == 0 && offset != 0 {
            pixels.shrink_to_fit();
            return Ok(Labelled::new(Images::new(EXTENT, EXTENT, CHANNELS, pixels), labels));
        }
        for (i, (&label, classes)) in record[..there].iter().zip(layout.labels).enumerate() {
            if classes.len() <= usize::from(label) {
                let reason = format!("label {label}, but {} has labels 0 to {}", layout.name, classes.len() - 1);
                return Err(refuse(source, offset + i as u64, reason));
            }
        }
        if there < record.len() {
            let reason = match offset + there as u64 {
                0 => "there is no record".to_owned(),
                _ => format!("the last record has {there} of the {} bytes of a {} record", record.len(), layout.name),
            };
            return Err(refuse(source, offset, reason));
        }
        same = if record == last && offset != 0 { same + 1 } else { 1 };
        if same == SAME_RECORDS {
            let reason = format!("the record here is the same as the {} before it; the file is damaged", same - 1);
            return Err(refuse(source, offset, reason));
        }
        labels.push(record[layout.chosen]);
        let (red, green_blue) = record[label_bytes..].split_at(PLANE_BYTES);
        let (green, blue) = green_blue.split_at(PLANE_BYTES);
        for ((&r, &g), &b) in red.iter().zip(green).zip(blue) {
            pixels.extend([r, g, b]);
        }
        std::mem::swap(&mut record, &mut last);
    }
}

fn refuse(source: &Source, offset: u64, reason: String) -> Error {
    match source.looks_like() {
        Some(kind) => source.format(0, format!("this is not a CIFAR file, but {kind}")),
        None => source.format(offset, reason),
    }
}

#[rustfmt::skip]
static CIFAR_10_CLASSES: [&str; 10] = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
];

#[rustfmt::skip]
static CIFAR_100_SUPERCLASSES: [&str; 20] = [
    "aquatic_mammals", "fish", "flowers", "food_containers", "fruit_and_vegetables",
    "household_electrical_devices", "household_furniture", "insects", "large_carnivores",
    "large_man-made_outdoor_things", "large_natural_outdoor_scenes",
    "large_omnivores_and_herbivores", "medium_mammals", "non-insect_invertebrates", "people",
    "reptiles", "small_mammals", "trees", "vehicles_1", "vehicles_2",
];

#[rustfmt::skip]
static CIFAR_100_CLASSES: [&str; 100] = [
    "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle",
    "bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle",
    "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup",
    "dinosaur", "dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house",
    "kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man",
    "maple_tree", "motorcycle", "mountain", "mouse", "mushroom", "oak_tree", "orange", "orchid",
    "otter", "palm_tree", "pear", "pickup_truck", "pine_tree", "plain", "plate", "poppy",
    "porcupine", "possum", "rabbit", "raccoon", "ray", "road", "rocket", "rose", "sea", "seal",
    "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider", "squirrel", "streetcar",
    "sunflower", "sweet_pepper", "table", "tank", "telephone", "television", "tiger", "tractor",
    "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf", "woman",
    "worm",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A record whose image differs in every row, column and channel.
    fn record(labels: &[u8]) -> Vec<u8> {
        let mut bytes = labels.to_vec();
        for channel in 0..3 {
            for y in 0..32 {
                bytes.extend((0..32).map(|x| 64 * channel + 2 * y + x % 2 + x / 16));
            }
        }
        bytes
    }

    fn check(bytes: &[u8], layout: &Layout, offset: u64, reason: &str) {
        let expected = Error::Format { offset, gunzipped: false, reason: reason.to_owned() };
        assert_eq!(read(&mut Source::new(bytes, 0), layout).unwrap_err(), expected);
    }

    #[test]
    fn planes_become_pixels() {
        let bytes = [record(&[7]), record(&[0])].concat();
        let read = read(&mut Source::new(&bytes, 0), &CIFAR_10).unwrap();
        assert_eq!(format!("{:?}", read.images()), "Images(2x32x32x3)");
        assert_eq!(read.labels(), [7, 0]);
        // Row 5, column 17: 2·5 + 1 + 1, and 64 more from channel to channel.
        assert_eq!(read.images().image(1)[(5 * 32 + 17) * 3..][..3], [12, 76, 140]);
    }

    #[test]
    fn cifar_100_has_two_labels() {
        let bytes = record(&[19, 99]);
        assert_eq!(read(&mut Source::new(&bytes, 0), &CIFAR_100).unwrap().labels(), [99]);
        assert_eq!(read(&mut Source::new(&bytes, 0), &CIFAR_100_COARSE).unwrap().labels(), [19]);
    }

    #[test]
    fn what_is_not_records_is_refused() {
        let good = record(&[9]);
        let bad = record(&[10]);
        check(&[], &CIFAR_10, 0, "there is no record");
        check(&good[..3072], &CIFAR_10, 0, "the last record has 3072 of the 3073 bytes of a CIFAR-10 record");
        check(
            &[&good[..], &good[..1]].concat(),
            &CIFAR_10,
            3073,
            "the last record has 1 of the 3073 bytes of a CIFAR-10 record",
        );
        check(&[good, bad].concat(), &CIFAR_10, 3073, "label 10, but CIFAR-10 has labels 0 to 9");
        check(&record(&[20, 0]), &CIFAR_100, 0, "label 20, but CIFAR-100 has labels 0 to 19");
        check(&record(&[0, 100]), &CIFAR_100, 1, "label 100, but CIFAR-100 has labels 0 to 99");
        let zeros = vec![0; 3073 * 1010];
        let reason = "the record here is the same as the 999 before it; the file is damaged";
        check(&zeros, &CIFAR_10, 999 * 3073, reason);
        check(&[&record(&[1]), &zeros[..]].concat(), &CIFAR_10, 1000 * 3073, reason);
        assert!(read(&mut Source::new(&zeros[..999 * 3073], 0), &CIFAR_10).is_ok());
        check(
            b"<!DOCTYPE html>",
            &CIFAR_10,
            0,
            "this is not a CIFAR file, but an HTML or XML page, as a failed download leaves behind",
        );
    }

    #[test]
    fn classes_have_names() {
        assert_eq!(CIFAR_10.label("horse"), Ok(7));
        assert_eq!(CIFAR_100.label("worm"), Ok(99));
        assert_eq!(CIFAR_100_COARSE.label("people"), Ok(14));
        let error = CIFAR_10.label("unicorn").unwrap_err().to_string();
        assert_eq!(
            error,
            "there is no class \"unicorn\"; the classes are airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck"
        );
        // The published lists are in alphabetical order.
        assert!(CIFAR_10.classes().is_sorted() && CIFAR_100.classes().is_sorted());
        assert!(CIFAR_100_COARSE.classes().is_sorted());
    }
}

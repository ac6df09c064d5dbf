//! The checksums of the published data sets.
//!
//! A checksum is of the *unzipped* bytes: mirrors zip again, with other dates and levels, and the
//! data are the same. MNIST, Fashion-MNIST and EMNIST use the same file names, so a name alone says
//! nothing. A file is looked up by data set and name, or recognised by its checksum.

/// A file of a published data set.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    /// The data set: `mnist`, `fashion-mnist`, `cifar10`, or `horses`, this project's selection.
    pub set: &'static str,
    /// The name of the file, without `.gz`.
    pub name: &'static str,
    /// The SHA-256 of its unzipped bytes, in lower-case hexadecimal.
    pub sha256: &'static str,
}

/// The SHA-256 of `cifar-10-binary.tar.gz` as published.
///
/// It is that of the zipped bytes. An archive that was zipped again has another one, and is
/// recognised by its members.
pub const CIFAR_10_ARCHIVE_SHA256: &str = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd";

/// Every file whose checksum is known.
///
/// Fashion-MNIST's were taken from Debian's package `dataset-fashion-mnist`.
#[rustfmt::skip]
pub static FILES: [Known; 16] = [
    known("mnist", "train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    known("mnist", "train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    known("mnist", "t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    known("mnist", "t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    known("fashion-mnist", "train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
    known("fashion-mnist", "train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
    known("fashion-mnist", "t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
    known("fashion-mnist", "t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
    known("cifar10", "data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
    known("cifar10", "data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
    known("cifar10", "data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
    known("cifar10", "data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
    known("cifar10", "data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
    known("cifar10", "test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
    known("horses", "train_horse.bin", "e5c3bc15f83790dc8eb193a0fb505983fbf378b7154d8600e5340d81c48fa53c"),
    known("horses", "test_horse.bin", "c9819761b52d933f094450c2a44464ad08b6b4a66d13f201ad2abf0bc82de87c"),
];

const fn known(set: &'static str, name: &'static str, sha256: &'static str) -> Known {
    Known { set, name, sha256 }
}

/// The file called `name`, with or without `.gz`, of a data set.
pub fn find(set: &str, name: &str) -> Option<&'static Known> {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    FILES.iter().find(|file| file.set == set && file.name == name)
}

/// The file with this checksum, whatever it is called.
pub fn recognise(sha256: &str) -> Option<&'static Known> {
    FILES.iter().find(|file| file.sha256 == sha256)
}

/// Two lower-case hexadecimal digits for each byte, as every checksum here is written.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Known {
    /// Checks that `sha256`, of unzipped bytes, is that of this file.
    ///
    /// # Errors
    ///
    /// If it is not. The error names the file that has this checksum, if it is a known one.
    pub fn verify(&'static self, sha256: &str) -> Result<(), Changed> {
        if sha256 == self.sha256 {
            return Ok(());
        }
        Err(Changed { wanted: self, found: sha256.to_owned(), is: recognise(sha256) })
    }
}

/// The error for a file that is not the published one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "these are not the bytes of {}'s {}: the SHA-256 is {found}{}, not {}; fetch the file again",
    wanted.set, wanted.name, is.map_or(String::new(), |is| format!(" (that of {}'s {})", is.set, is.name)), wanted.sha256
)]
pub struct Changed {
    /// The file that was expected.
    pub wanted: &'static Known,
    /// The SHA-256 that was found.
    pub found: String,
    /// The file that has this SHA-256, if it is a known one.
    pub is: Option<&'static Known>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_well_formed() {
        for file in &FILES {
            assert!(file.sha256.len() == 64 && file.sha256.bytes().all(|b| b"0123456789abcdef".contains(&b)));
            assert_eq!(recognise(file.sha256), Some(file), "the checksum is there once");
            assert_eq!(find(file.set, &format!("{}.gz", file.name)), Some(file), "set and name are there once");
        }
        assert_eq!(find("mnist", "data_batch_1.bin"), None);
    }

    #[test]
    fn hexadecimal_keeps_leading_zeros() {
        assert_eq!(hex(&[0x00, 0x0a, 0xff, 0x10]), "000aff10");
        assert_eq!(hex(&[]), "");
    }

    #[test]
    fn another_file_is_named() {
        let mnist = find("mnist", "t10k-labels-idx1-ubyte.gz").unwrap();
        let fashion = find("fashion-mnist", "t10k-labels-idx1-ubyte").unwrap();
        assert_eq!(mnist.verify(mnist.sha256), Ok(()));
        let error = mnist.verify(fashion.sha256).unwrap_err().to_string();
        assert!(error.contains("(that of fashion-mnist's t10k-labels-idx1-ubyte)"), "{error}");
        let error = mnist.verify("00").unwrap_err().to_string();
        let expected = "these are not the bytes of mnist's t10k-labels-idx1-ubyte: the SHA-256 is 00, not \
                        ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2; fetch the file again";
        assert_eq!(error, expected);
    }
}

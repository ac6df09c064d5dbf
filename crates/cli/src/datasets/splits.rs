//! Labelled images in two halves: those to learn from, and those that were held out.
//!
//! A network can learn its training images by heart, so what it is worth shows on others. The
//! published sets are cut in two for this reason, and no generator ever sees the second half.
//! Training reads the first alone; judges and evaluations need both.

use std::path::{Path, PathBuf};

use data::cifar::{self, CIFAR_10};
use data::{Images, Labelled, archive, fitness, idx};

use super::cifar::is_archive;
use super::{HORSE, read, shipped_or_error};
use judge::Domain;
use runs::Error;

/// The published archive of CIFAR-10.
const ARCHIVE: &str = "cifar-10-binary.tar.gz";
/// The files of horses that come with the program: to learn from, and held out.
const HORSES: [&str; 2] = ["train_horse.bin", "test_horse.bin"];
/// What the names of files of images in MNIST's format end with.
const IMAGES: &str = "images-idx3-ubyte";

/// Both halves of a set.
#[derive(Debug)]
pub struct Splits {
    /// Where they are.
    pub path: PathBuf,
    /// To learn from.
    pub training: Labelled,
    /// To be held against what was learnt.
    pub held_out: Labelled,
}

/// Whether there are images at `place` that are held out, for generators of `class`. Whether they
/// can be read is another question, but for an archive, whose members nobody knows before.
pub fn has_held_out(domain: Domain, class: &str, place: &Path) -> bool {
    match domain {
        Domain::Mnist => find(folder_of_mnist(place), &idx_names("t10k", IMAGES)).is_ok(),
        Domain::Cifar10 if class == HORSE && has_horses(place) => true,
        Domain::Cifar10 if place.is_file() => cifar10(Some(place)).is_ok(),
        Domain::Cifar10 => place.join(ARCHIVE).is_file() || find(place, &[CIFAR_10.test_files[0].to_owned()]).is_ok(),
    }
}

/// Whether `place` has the horses that come with the program.
pub fn has_horses(place: &Path) -> bool {
    find(folder_of(place, &[HORSES[0].to_owned()]), &[HORSES[1].to_owned()]).is_ok()
}

/// The folder of a set in MNIST's format, of which `place` may name the training images.
fn folder_of_mnist(place: &Path) -> &Path {
    folder_of(place, &idx_names("train", IMAGES))
}

/// `place`, or the folder of it if it is a file with one of these names.
fn folder_of<'a>(place: &'a Path, names: &[String]) -> &'a Path {
    let is_one = |name: &str| names.iter().any(|own| own == name.trim_end_matches(".gz"));
    match place.file_name().and_then(|name| name.to_str()) {
        Some(name) if place.is_file() && is_one(name) => place.parent().unwrap_or(place),
        _ => place,
    }
}

/// The names under which a file of a half is published.
fn idx_names(half: &str, what: &str) -> [String; 2] {
    ["-", "."].map(|separator| format!("{half}-{}", what.replacen('-', separator, 1)))
}

/// A set in MNIST's format: of `place`, which is its folder or its file of training images, or the
/// MNIST that comes with the program.
///
/// # Errors
/// If one of its four files is missing or not what it claims.
pub fn mnist(place: Option<&Path>) -> Result<Splits, Error> {
    let path = place.map_or_else(|| shipped_or_error("mnist"), |place| Ok(folder_of_mnist(place).to_owned()))?;
    let half = |stem: &str| -> Result<Labelled, Error> {
        let file = |what: &str| find(&path, &idx_names(stem, what));
        let images = read(&file(IMAGES)?, idx::read_images)?.0;
        let labels_path = file("labels-idx1-ubyte")?;
        let labels = read(&labels_path, idx::read_labels)?.0;
        fitness::one_label_each(&images, &labels).map_err(|unfit| Error::file(&labels_path, unfit))?;
        Ok(Labelled::new(images, labels))
    };
    Ok(Splits { training: half("train")?, held_out: half("t10k")?, path: path.clone() })
}

/// All of CIFAR-10: of `place`, which is the published archive, or a folder with it or with its
/// batches.
///
/// # Errors
/// If it is not there or not whole.
pub fn cifar10(place: Option<&Path>) -> Result<Splits, Error> {
    let place = place.map_or_else(|| shipped_or_error("cifar10"), |place| Ok(place.to_owned()))?;
    let archive = if place.is_dir() { place.join(ARCHIVE) } else { place.clone() };
    let names: Vec<&'static str> = CIFAR_10.train_files.iter().chain(CIFAR_10.test_files).copied().collect();
    if archive.is_file() && !is_archive(&archive) {
        let reason = "it is one file of records, and the images held out are not in it; name by --data the archive \
                      cifar-10-binary.tar.gz, or the folder with data_batch_1.bin to test_batch.bin";
        return Err(Error::file(&archive, reason));
    }
    let mut batches = if archive.is_file() {
        let members = read(&archive, |source| archive::read(source, &CIFAR_10, &names))?.0;
        members.into_iter().map(|member| member.labelled).collect()
    } else {
        names.iter().map(|name| records(&place, name)).collect::<Result<Vec<_>, _>>()?
    };
    let held_out = Labelled::concat(batches.split_off(CIFAR_10.train_files.len()));
    Ok(Splits { path: place, training: Labelled::concat(batches), held_out })
}

/// The horses of CIFAR-10 that come with the program: of `place`, where they [are](has_horses), or
/// of where the program finds them.
///
/// # Errors
/// If they are not there.
pub fn horses(place: Option<&Path>) -> Result<Splits, Error> {
    let path = match place {
        Some(place) => folder_of(place, &[HORSES[0].to_owned()]).to_owned(),
        None => shipped_or_error("cifar10")?,
    };
    let [training, held_out] = [records(&path, HORSES[0])?, records(&path, HORSES[1])?];
    Ok(Splits { path, training, held_out })
}

impl Splits {
    /// The images of one class alone, or of all, without their labels: to learn from, and held out.
    #[must_use]
    pub fn of_class(self, class: Option<u8>) -> [Images; 2] {
        [self.training, self.held_out].map(|half| match class {
            Some(class) => half.of_class(class),
            None => half.into_images(),
        })
    }
}

/// The records of a file in `folder`.
fn records(folder: &Path, name: &str) -> Result<Labelled, Error> {
    Ok(read(&find(folder, &[name.to_owned()])?, |source| cifar::read(source, &CIFAR_10))?.0)
}

/// The first of the files in `folder` that is there, raw or gzipped.
fn find(folder: &Path, names: &[String]) -> Result<PathBuf, Error> {
    let candidates = names.iter().flat_map(|name| [name.clone(), format!("{name}.gz")]);
    let found = candidates.map(|name| folder.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| Error::file(folder, format!("there is no {} in it; name the place by --data", names[0])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_out_images_are_found_by_the_folder_and_by_the_file_that_was_trained_on() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str| std::fs::write(folder.path().join(name), "").unwrap();
        let has = |domain, class, place: &str| has_held_out(domain, class, &folder.path().join(place));
        put("train_horse.bin.gz");
        put("train-images-idx3-ubyte.gz");
        let places = ["", "train_horse.bin.gz", "train-images-idx3-ubyte.gz"];
        for place in places {
            assert!(!has(Domain::Cifar10, "horse", place) && !has(Domain::Mnist, "set", place), "{place:?}");
        }
        put("test_horse.bin.gz");
        put("t10k-images-idx3-ubyte.gz");
        assert!(places[..2].iter().all(|place| has(Domain::Cifar10, "horse", place)));
        assert!(["", places[2]].iter().all(|place| has(Domain::Mnist, "set", place)));
        assert!(!has(Domain::Cifar10, "ship", "") && !has(Domain::Mnist, "set", "train_horse.bin.gz"));
    }

    #[test]
    fn one_file_of_records_is_no_archive_and_the_line_says_what_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data_batch_1.bin");
        std::fs::write(&path, [7; 3073]).unwrap();
        let message = cifar10(Some(&path)).unwrap_err().to_string();
        assert!(message.contains("data_batch_1.bin: it is one file of records"), "{message}");
        assert!(message.contains("cifar-10-binary.tar.gz") && !message.contains("tar archive"), "{message}");
    }
}

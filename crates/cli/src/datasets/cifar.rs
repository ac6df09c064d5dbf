//! CIFAR-10 and CIFAR-100 in any of the forms in which they lie about.
//!
//! - the published archive, `cifar-10-binary.tar.gz`, read as it is;
//! - a folder with its unpacked batches, or with such a folder or archive in it;
//! - one file of records, such as the horses that come with the program.
//!
//! The class is chosen here too. It must be one that the set has, and one that the files at hand
//! have pictures of: nothing is ever trained on other pictures than those asked for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use data::cifar::{self, CIFAR_10, CIFAR_100, CIFAR_100_COARSE, Layout};
use data::{Images, Labelled, archive};
use rayon::prelude::*;

use super::verify::{recognise, record};
use super::{Dataset, Hashed, files, read, shipped_or_error};
use crate::invocation;
use runs::Error;

/// The article's class, and the one whose pictures come with the program.
pub const HORSE: &str = "horse";
/// The file of its pictures.
const HORSES: &str = "train_horse.bin.gz";
/// What stands for every class.
pub const ALL: &str = "all";

/// The training pictures of one class, or of [`ALL`] of them: of `place`, which is a file, a folder
/// or an archive, or of what comes with the program. With `verify`, files whose checksums are known
/// must be as published.
///
/// # Errors
/// If there are no such files, they do not hold what they should, or they have been changed; if
/// there is no such class, or no picture of it.
pub fn cifar(place: Option<&Path>, class: &str, verify: bool) -> Result<Dataset, Error> {
    let class = &class.to_ascii_lowercase();
    let (found, expected) = match place {
        Some(place) => (find(place)?, None),
        None => shipped(class)?,
    };
    let (layout, parts) = found.read(class)?;
    let path = found.path;

    let files: Vec<Hashed> = parts.iter().map(|part| part.file.clone()).collect();
    let published = if verify { recognise(&files, expected.or_else(|| looks_published(&parts)))? } else { None };
    let pictures = Labelled::concat(parts.into_iter().map(|part| part.labelled).collect());
    let images = choose(pictures, layout, class).map_err(|reason| Error::file(&path, reason))?;
    Ok(Dataset { name: format!("cifar-{class}"), path, images, files: record(&files), published })
}

/// A file of records, and the pictures in it.
struct Part {
    file: Hashed,
    labelled: Labelled,
}

/// Where the records are.
struct Found {
    /// The file, or the folder of the files.
    path: PathBuf,
    /// The set, where the names of the files say it.
    layout: Option<&'static Layout>,
    form: Form,
}

enum Form {
    /// These files, all of one set.
    Files(Vec<PathBuf>),
    /// The archive that is published.
    Archive,
}

/// What comes with the program: the horses; and, where it has been fetched, all of CIFAR-10.
fn shipped(class: &str) -> Result<(Found, Option<&'static str>), Error> {
    let folder = shipped_or_error("cifar10")?;
    if class == HORSE {
        let path = folder.join(HORSES);
        let form = Form::Files(vec![path.clone()]);
        return Ok((Found { path, layout: Some(&CIFAR_10), form }, Some("horses")));
    }
    if class != ALL {
        CIFAR_10.label(class).map_err(|unfit| Error::Usage(format!("--class: {unfit}")))?;
    }
    match find_in(&folder)? {
        Some(found) => Ok((found, Some("cifar10"))),
        None => {
            let fetch = invocation::command(&["fetch", "cifar10"]);
            let reason = format!("the horses alone come with the program; {fetch} gets the rest, or name it by --data");
            Err(Error::file(&folder, reason))
        }
    }
}

/// The records in a file or folder.
fn find(place: &Path) -> Result<Found, Error> {
    if place.is_dir() {
        if let Some(found) = find_in(place)? {
            return Ok(found);
        }
        let horses = ["train_horse.bin", HORSES].map(|name| place.join(name));
        return match horses.into_iter().find(|path| path.is_file()) {
            Some(path) => find(&path),
            None => {
                let wanted = "data_batch_1.bin to data_batch_5.bin, train.bin, or cifar-10-binary.tar.gz";
                let reason = format!("there are no batches of CIFAR in it ({wanted}); name a file by --data");
                Err(Error::file(place, reason))
            }
        };
    }
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let is_archive = is_archive(place);
    let form = if is_archive { Form::Archive } else { Form::Files(vec![place.to_owned()]) };
    let layout = if is_archive && name.contains("cifar-100") {
        Some(&CIFAR_100)
    } else if is_archive {
        Some(&CIFAR_10)
    } else {
        [&CIFAR_10, &CIFAR_100].into_iter().find(|layout| {
            let name = name.strip_suffix(".gz").unwrap_or(&name);
            layout.train_files.contains(&name) || layout.test_files.contains(&name)
        })
    };
    Ok(Found { path: place.to_owned(), layout, form })
}

/// Whether a file is an archive, by its name.
pub(super) fn is_archive(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    [".tar.gz", ".tgz", ".tar"].iter().any(|ending| name.ends_with(ending))
}

/// The batches in a folder, raw or gzipped; or in the folder or archive in it that is called as the
/// published one.
///
/// # Errors
/// If some batches are there and others not: a part of a set would pass for the whole.
fn find_in(folder: &Path) -> Result<Option<Found>, Error> {
    let names = files(folder)?;
    for (layout, unpacked, archive) in [
        (&CIFAR_10, "cifar-10-batches-bin", "cifar-10-binary.tar.gz"),
        (&CIFAR_100, "cifar-100-binary", "cifar-100-binary.tar.gz"),
    ] {
        let file = |wanted: &str| names.iter().find(|name| name.strip_suffix(".gz").unwrap_or(name) == wanted);
        let files: Vec<_> = layout.train_files.iter().map(|wanted| file(wanted)).collect();
        if files.iter().any(Option::is_some) {
            let missing: Vec<&str> = layout
                .train_files
                .iter()
                .zip(&files)
                .filter(|(_, file)| file.is_none())
                .map(|(&name, _)| name)
                .collect();
            if !missing.is_empty() {
                let reason =
                    format!("{} is not in it; name one file by --data to train on that alone", missing.join(", "));
                return Err(Error::file(folder, reason));
            }
            let files = files.into_iter().flatten().map(|name| folder.join(name)).collect();
            return Ok(Some(Found { path: folder.to_owned(), layout: Some(layout), form: Form::Files(files) }));
        }
        if folder.join(unpacked).is_dir() {
            return find_in(&folder.join(unpacked));
        }
        if names.iter().any(|name| name == archive) {
            return find(&folder.join(archive)).map(Some);
        }
    }
    Ok(None)
}

impl Found {
    /// All records, and the layout whose labels `class` is one of.
    fn read(&self, class: &str) -> Result<(&'static Layout, Vec<Part>), Error> {
        match self.layout {
            Some(layout) => {
                let layout = with_class(layout, class);
                if class != ALL {
                    // Before all the reading.
                    layout.label(class).map_err(|unfit| Error::Usage(format!("--class: {unfit}")))?;
                }
                Ok((layout, self.read_as(layout)?))
            }
            // A file of another name: the layout that it can be read by.
            None => self.read_as(&CIFAR_10).map(|parts| (&CIFAR_10, parts)).or_else(|error| {
                let layout = with_class(&CIFAR_100, class);
                self.read_as(layout).map(|parts| (layout, parts)).map_err(|_| error)
            }),
        }
    }

    fn read_as(&self, layout: &'static Layout) -> Result<Vec<Part>, Error> {
        match &self.form {
            Form::Files(paths) => {
                let parts: Vec<_> = paths.par_iter().map(|path| read_file(path, layout)).collect();
                parts.into_iter().collect() // of several errors the first
            }
            Form::Archive => {
                let (members, _) = read(&self.path, |source| archive::read(source, layout, layout.train_files))?;
                let part = |archive::Member { name, labelled, sha256 }| Part {
                    file: Hashed { path: self.path.join(name), name: name.to_owned(), sha256 },
                    labelled,
                };
                Ok(members.into_iter().map(part).collect())
            }
        }
    }
}

/// `layout`, but of CIFAR-100 the one by superclasses if `class` is one of those.
fn with_class(layout: &'static Layout, class: &str) -> &'static Layout {
    let is_superclass = layout.name == CIFAR_100.name && CIFAR_100_COARSE.label(class).is_ok();
    if is_superclass { &CIFAR_100_COARSE } else { layout }
}

fn read_file(path: &Path, layout: &'static Layout) -> Result<Part, Error> {
    let (labelled, sha256) = read(path, |source| cifar::read(source, layout))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name).to_owned();
    Ok(Part { file: Hashed { path: path.to_owned(), name, sha256 }, labelled })
}

/// The published set whose files have these names and as many records: nobody makes such files by
/// chance.
fn looks_published(parts: &[Part]) -> Option<&'static str> {
    let is = |part: &Part, set, count| {
        part.labelled.labels().len() == count && data::checksums::find(set, &part.file.name).is_some()
    };
    [("cifar10", 10_000), ("horses", 5_000)]
        .into_iter()
        .find_map(|(set, count)| parts.iter().all(|part| is(part, set, count)).then_some(set))
}

/// The pictures of a class.
fn choose(pictures: Labelled, layout: &Layout, class: &str) -> Result<Images, String> {
    if class == ALL {
        let labels = pictures.labels().to_vec();
        return Ok(pictures.into_images().with_labels(labels));
    }
    let label = layout.label(class).map_err(|unfit| unfit.to_string())?;
    let images = pictures.of_class(label);
    if images.count() == 0 {
        let labels: BTreeSet<u8> = pictures.labels().iter().copied().collect();
        let there: Vec<&str> = labels.into_iter().map(|label| layout.classes()[usize::from(label)]).collect();
        return Err(format!("there is no picture of the class {class} in it; there are: {}", there.join(", ")));
    }
    Ok(images)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::test_folder::folder;

    /// Records of one colour each: label bytes, then red, green and blue.
    fn records(of: &[(&[u8], [u8; 3])]) -> Vec<u8> {
        of.iter()
            .flat_map(|(labels, color)| [labels.to_vec(), color.map(|byte| [byte; 1024]).concat()].concat())
            .collect()
    }

    /// The colour of the first pixel of each picture of a class.
    fn colors(place: &Path, class: &str) -> Vec<[u8; 3]> {
        let dataset = cifar(Some(place), class, true).unwrap();
        assert_eq!(None, dataset.published);
        dataset.images.pixels().chunks_exact(3072).map(|picture| [picture[0], picture[1], picture[2]]).collect()
    }

    #[track_caller]
    fn refused(place: &Path, class: &str, parts: &[&str]) {
        let message = cifar(Some(place), class, true).unwrap_err().to_string();
        for part in parts {
            assert!(message.contains(part), "{part:?} is not in: {message}");
        }
    }

    #[test]
    fn batches_are_found_in_a_folder_and_in_order() {
        let names = CIFAR_10.train_files;
        let bytes: Vec<Vec<u8>> = (0..5).map(|i| records(&[(&[7], [i, 1, 2]), (&[3], [9, 9, 9])])).collect();
        let files: Vec<(String, &[u8])> = names
            .iter()
            .zip(&bytes)
            .map(|(name, bytes)| (format!("cifar-10-batches-bin/{name}"), &bytes[..]))
            .collect();
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        let outer = folder(&files);
        let inner = outer.path().join("cifar-10-batches-bin");
        for place in [outer.path(), &inner] {
            assert_eq!((0..5).map(|i| [i, 1, 2]).collect::<Vec<_>>(), colors(place, "horse"));
            assert_eq!(10, colors(place, "all").len());
        }
        std::fs::remove_file(inner.join("data_batch_3.bin")).unwrap();
        refused(&inner, "all", &["data_batch_3.bin is not in it", "--data"]);
        assert_eq!(1, colors(&inner.join("data_batch_4.bin"), "Cat").len());
    }

    #[test]
    fn a_file_of_any_name_is_read_by_what_is_in_it() {
        let ten = folder(&[("my.bin", &records(&[(&[7], [1, 2, 3])]))]);
        assert_eq!([[1, 2, 3]], *colors(&ten.path().join("my.bin"), "horse"));
        // Superclass 14 is people, class 98 woman, class 2 baby.
        let hundred = records(&[(&[14, 98], [4, 5, 6]), (&[14, 2], [7, 8, 9])]);
        let hundred = folder(&[("my.bin", &hundred), ("train.bin", &hundred)]);
        for place in [hundred.path(), &hundred.path().join("my.bin")] {
            assert_eq!([[4, 5, 6]], *colors(place, "woman"));
            assert_eq!([[4, 5, 6], [7, 8, 9]], *colors(place, "people"));
            refused(place, "tiger", &["no picture of the class tiger", "there are: baby, woman"]);
            refused(place, "horse", &["there is no class \"horse\"", "apple, aquarium_fish"]);
        }
    }

    #[test]
    fn what_is_not_there_is_said() {
        let frogs =
            folder(&[("frogs.bin", &records(&[(&[6], [1, 2, 3])])), ("cut.bin", &records(&[(&[6], [1; 3])])[..99])]);
        refused(
            &frogs.path().join("frogs.bin"),
            "horse",
            &["frogs.bin: there is no picture of the class horse", "there are: frog"],
        );
        refused(&frogs.path().join("frogs.bin"), "unicorn", &["there is no class \"unicorn\"", "airplane, automobile"]);
        refused(
            &frogs.path().join("cut.bin"),
            "frog",
            &["cut.bin: at byte 0: the last record has 99 of the 3073 bytes"],
        );
        refused(frogs.path(), "frog", &["there are no batches of CIFAR in it", "data_batch_1.bin"]);
        refused(&frogs.path().join("nothing"), "frog", &["nothing: "]);
    }

    #[test]
    fn a_published_name_with_a_published_length_must_have_the_published_bytes() {
        let (place, mut bytes) = (folder(&[]), Vec::new());
        for i in 0..5000u32 {
            bytes.extend(records(&[(&[7], [i as u8, (i >> 8) as u8, 0])]));
        }
        let path = place.path().join("train_horse.bin");
        std::fs::write(&path, bytes).unwrap();
        refused(
            place.path(),
            "horse",
            &["train_horse.bin: these are not the bytes of horses's train_horse.bin", "--no-verify"],
        );
        let dataset = cifar(Some(place.path()), "horse", false).unwrap();
        assert_eq!((5000, None, "cifar-horse"), (dataset.images.count(), dataset.published, &*dataset.name));
        assert_eq!(64, dataset.files["train_horse.bin"].len());
    }

    #[test]
    fn the_horses_that_come_along_are_the_published_ones() {
        let dataset = cifar(None, HORSE, true).unwrap();
        assert_eq!((5000, Some("horses")), (dataset.images.count(), dataset.published));
        let message = cifar(None, "unicorn", true).unwrap_err().to_string();
        assert!(message.contains("there is no class \"unicorn\"; the classes are airplane"), "{message}");
    }
}

//! Reading the real images that samples are compared with.

use std::path::Path;

use data::Images;
use judge::Domain;
use judge::figures::{self, Reals};
use runs::Error;

use super::splits;
use super::{ALL, Dataset, HORSE};

/// The images of a data set of one's own in two halves, every other one: a part to compare with,
/// and one that is held against it. Those of a folder lie in the order of their SHA-256, so that
/// both are random. The subject is the one that is most like them.
///
/// # Errors
/// If a half is too small for figures.
pub fn halves(dataset: &Dataset) -> Result<Reals, Error> {
    let images = &dataset.images;
    let half = |first: usize| {
        let pixels = (first..images.count()).step_by(2).flat_map(|i| images.image(i)).copied().collect();
        Images::new(images.height(), images.width(), images.channels(), pixels)
    };
    let (training, held_out) = (half(0), half(1));
    figures::enough(held_out.count()).map_err(|_| {
        let reason = format!("{} pictures are too few for figures; {} are enough", images.count(), 2 * figures::FEWEST);
        Error::file(&dataset.path, reason)
    })?;
    let domain = Domain::most_like([images.height(), images.width(), images.channels()]);
    Ok(Reals { name: format!("{}, one half", dataset.name), domain, class: None, training, held_out })
}

/// The images for generators of `subject`: of MNIST all, of CIFAR-10 one `class`, by default the
/// horses that come with the program, or `all`. `data` is where they are, if not there.
///
/// # Errors
/// If there is no such class, or the images cannot be read.
pub fn read(subject: Domain, class: Option<&str>, data: Option<&Path>) -> Result<Reals, Error> {
    let (splits, class) = match (subject, &*class.unwrap_or(HORSE).to_ascii_lowercase()) {
        (Domain::Mnist, _) if class.is_some() => {
            return Err(Error::Usage("--class is for generators of CIFAR-10; of MNIST all classes count".to_owned()));
        }
        (Domain::Mnist, _) => (splits::mnist(data)?, None),
        (Domain::Cifar10, ALL) => (splits::cifar10(data)?, None),
        (Domain::Cifar10, class) => {
            let label =
                data::cifar::CIFAR_10.label(class).map_err(|unfit| Error::Usage(format!("--class: {unfit}")))?;
            let is_horses = class == HORSE && data.is_none_or(splits::has_horses);
            let splits = if is_horses { splits::horses(data)? } else { splits::cifar10(data)? };
            (splits, Some(label))
        }
    };
    let name = class.map_or(subject.name(), |label| subject.classes()[usize::from(label)]).to_owned();
    let path = splits.path.clone();
    let [training, held_out] = splits.of_class(class);
    for images in [&training, &held_out] {
        let [height, width, channels] = subject.shape();
        data::fitness::shape(images, height, width, channels).map_err(|unfit| Error::file(&path, unfit))?;
        figures::enough(images.count()).map_err(|reason| Error::file(&path, reason))?;
    }
    Ok(Reals { name, domain: subject, class: class.map(usize::from), training, held_out })
}

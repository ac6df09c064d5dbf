//! Who evaluates a training: a judge of such images, and the real images that it compares with.

use dcgan::config::Data;
use gallery::numbers::counted;
use judge::figures::{Evaluator, Reals};
use judge::{Domain, LoadedJudge};
use runs::Error;

use super::Dataset;
use super::reals;
use crate::terminal;

/// Who evaluates a training on `dataset`, which the config describes as `data`.
///
/// # Errors
/// If nobody judges such images, or there are no held-out ones beside them.
pub fn evaluator(data: &Data, dataset: &Dataset) -> Result<Evaluator, Error> {
    let images = &dataset.images;
    let shape = [images.height(), images.width(), images.channels()];
    let no_judge = || Error::file(&dataset.path, "there is no judge of such images; leave --evaluate-every out");
    let subject = Domain::of(shape).ok_or_else(no_judge)?;
    Ok(shipped(learnt_from(subject, data, dataset)?))
}

/// Who evaluates a training on one's own pictures: the judge of the images that are most like them.
///
/// # Errors
/// If there are too few of them.
pub fn of_own_pictures(dataset: &Dataset) -> Result<Evaluator, Error> {
    Ok(shipped(reals::halves(dataset)?))
}

/// The judge that comes with the program, once it has looked at the real images, which takes a
/// while.
fn shipped(reals: Reals) -> Evaluator {
    terminal::say(&format!("the judge looks at {} first", counted(reals.training.count(), "real image")));
    Evaluator::new(LoadedJudge::shipped(reals.domain), reals)
}

/// The images that come with the program, if a training on `dataset` learns from them; else those
/// that lie beside it.
fn learnt_from(subject: Domain, data: &Data, dataset: &Dataset) -> Result<Reals, Error> {
    let class = data.name.strip_prefix("cifar-").filter(|_| subject == Domain::Cifar10);
    let mut reasons = vec![];
    for place in [None, Some(&*dataset.path)] {
        match reals::read(subject, class, place) {
            Ok(reals) if reals.training.sha256() == data.sha256 => return Ok(reals),
            Ok(_) if place.is_none() => {} // it learns from others
            Ok(_) => reasons.push(format!("{} is a part of a set, or none that is known", dataset.path.display())),
            Err(error) => reasons.push(error.to_string()),
        }
    }
    reasons.dedup(); // it may lie where those of the program do
    let reasons = reasons.join("; and ");
    Err(Error::Usage(format!("there is nothing to evaluate by: {reasons}; or leave --evaluate-every out")))
}

//! Finds the first number that is not finite: repeats a failed pass on observed tapes.
//!
//! A NaN spreads. Each step checks the loss and the norm of the gradient, but the NaN began
//! somewhere else. Checking every result of every step would cost too much. So the failed pass is
//! repeated with the same weights, noise and dropout keys, on tapes that check each result and each
//! gradient.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use nn::state_dict::is_finite;
use tensor::{Direction, Tape, Tensor};

use crate::gan::Gan;

/// The first observation that is not finite: its number, its direction, its operator, and the
/// layer's name.
type First = Option<(usize, Direction, &'static str, String)>;

/// The first thing that is not finite in `pass`, which has failed before and returns the gradients
/// of either network. `gan` is of no further use.
///
/// Every rank of a group makes the pass, and all of them say what the first of them has found.
pub(crate) fn of(gan: &mut Gan, pass: impl FnOnce(&mut Gan) -> Vec<Tensor>) -> String {
    let (place, what) = here(gan, pass);
    let group = gan.shards.group();
    let places = group.gather(vec![place as f64]);
    let first = (0..places.len()).min_by(|&a, &b| places[a].total_cmp(&places[b])).unwrap_or(0);
    String::from_utf8_lossy(&group.broadcast(first, what.into_bytes())).into_owned()
}

fn bad_weight(gan: &Gan) -> Option<String> {
    let mut weights = gan.generator.parameters().iter().chain(gan.discriminator.parameters().iter());
    weights.find(|(_, tensor)| !is_finite(tensor)).map(|(name, _)| format!("the weight {name}"))
}

/// What is found on this rank, and how early: weights come first, then the observations by number.
fn here(gan: &mut Gan, pass: impl FnOnce(&mut Gan) -> Vec<Tensor>) -> (usize, String) {
    let bad_weight = bad_weight(gan);
    let first = Rc::new(RefCell::new(First::None));
    let log = Rc::clone(&first);
    let count = Rc::new(Cell::new(0));
    gan.tapes = Box::new(move || {
        let log = Rc::clone(&log);
        let count = Rc::clone(&count);
        Tape::observed(move |seen| {
            count.set(count.get() + 1);
            let mut first = log.borrow_mut();
            if first.is_none() && !is_finite(seen.value) {
                *first = Some((count.get(), seen.direction, seen.op.name, seen.scope.to_owned()));
            }
        })
    });
    let gradients = pass(gan);

    if let Some(what) = bad_weight {
        return (0, what);
    }
    if let Some((place, direction, op, layer)) = &*first.borrow() {
        let layer = if layer.is_empty() { "the input" } else { layer };
        return match direction {
            Direction::Forward => (*place, format!("the result of {op} at {layer}")),
            Direction::Backward => (*place, format!("the gradient of the result of {op} at {layer}")),
        };
    }
    for parameters in [gan.generator.parameters(), gan.discriminator.parameters()] {
        let pairs = || parameters.iter().zip(&gradients);
        if pairs().all(|((_, tensor), gradient)| tensor.shape() == gradient.shape())
            && let Some(((name, _), _)) = pairs().find(|(_, gradient)| !is_finite(gradient))
        {
            return (usize::MAX, format!("the gradient of {name}"));
        }
    }
    (usize::MAX, "the norm of a gradient".to_owned())
}

#[cfg(test)]
mod tests {
    use data::Images;

    use super::*;
    use crate::Error;
    use crate::config::{Config, Data};
    use crate::feed::Feed;

    /// A parameter's name, and its change.
    type Change = (&'static str, fn(&mut [f32]));

    /// The error of a step after changes of some parameters.
    fn said(changes: &[Change]) -> String {
        let images = Images::new(28, 28, 1, (0..8 * 28 * 28).map(|i| (i * 31 % 256) as u8).collect());
        let data = Data { name: "toy".to_owned(), images: 8, sha256: String::new() };
        let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
        config.model.width = 8;
        config.training.batch_size = 4;
        let mut gan = Gan::start(&config).unwrap();
        for (name, change) in changes {
            let parameters = match name.starts_with("generator") {
                true => gan.generator.parameters_mut(),
                false => gan.discriminator.parameters_mut(),
            };
            let mut tensor = parameters.get(name).unwrap_or_else(|| panic!("no {name}")).clone();
            change(tensor.data_mut());
            parameters.set(name, tensor);
        }
        match Feed::new(&config.training, &images).step(&mut gan) {
            Err(Error::NotFinite { step: 1, what, .. }) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_bad_number_is_named() {
        let all = |x: &mut [f32]| x.fill(1e38);
        let one: fn(&mut [f32]) = |x| x[0] = f32::NAN;
        assert_eq!("the weight generator/bn2/beta", said(&[("generator/bn2/beta", one)]));
        assert_eq!("the weight discriminator/conv2d_2/kernel", said(&[("discriminator/conv2d_2/kernel", one)]));
        assert_eq!("the result of dense at generator/dense", said(&[("generator/dense/kernel", all)]));
        assert_eq!("the result of conv2d at discriminator/conv2d_2", said(&[("discriminator/conv2d_2/kernel", all)]));
        assert_eq!("the result of dense at discriminator/dense", said(&[("discriminator/dense/kernel", all)]));
        let large = |x: &mut [f32]| x.fill(1e25);
        let tiny = |x: &mut [f32]| x.fill(1e-30);
        let changes: [Change; 2] = [("generator/bn3/gamma", large), ("generator/conv2d_transpose_4/kernel", tiny)];
        assert_eq!("the update of generator/conv2d_transpose_4/kernel", said(&changes));
    }

    #[test]
    fn a_gradient_is_named_by_what_it_is_the_gradient_of() {
        let data = Data { name: "toy".to_owned(), images: 8, sha256: String::new() };
        let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
        config.model.width = 8;
        let reason = |factors: [f32; 2]| {
            of(&mut Gan::start(&config).unwrap(), |gan| {
                let mut tape = (gan.tapes)();
                let x = tape.leaf(Tensor::new(&[1], vec![1e-30]));
                let z = factors.iter().fold(x, |x, &factor| tape.scale(x, factor));
                vec![tape.backward(z, Tensor::new(&[1], vec![1e30])).take(x)]
            })
        };
        assert_eq!("the gradient of the result of scale at the input", reason([1e20, 1e20]));
        assert_eq!("the norm of a gradient", reason([1e20, 1.0]), "it is a gradient of no parameter");
    }
}

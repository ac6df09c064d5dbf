//! The ranks that follow rank 0: they compute their part of each step, and nothing else.
//!
//! They start from the very state that rank 0 starts from, since a file that one machine has read
//! need not be on another.

use data::Images;
use dcgan::config::Config;
use dcgan::gan::Gan;
use dcgan::training::{self, Next};
use runs::Error;
use tensor::{Buffer, Tensor};

use crate::group::Ranks;
use crate::signals::Signals;

/// Gives the state of `gan` to all ranks that [`follow`].
pub(crate) fn hand_over(gan: &Gan, ranks: &Ranks) {
    if ranks.size() == 1 {
        return;
    }
    let group = ranks.group();
    let counts = [gan.step, gan.generator_adam.step, gan.discriminator_adam.step];
    group.broadcast(0, counts.iter().flat_map(|count| count.to_le_bytes()).collect());
    for tensor in gan.tensors().values() {
        group.broadcast(0, tensor.data().iter().flat_map(|x| x.to_le_bytes()).collect());
    }
}

/// The networks of `config`, in the state that rank 0 hands over.
fn taken_over(config: &Config, ranks: &Ranks) -> Result<Gan, Error> {
    let mut gan = Gan::start(config)?;
    let group = ranks.group();
    let counts = group.broadcast(0, vec![]);
    let counts: Vec<u64> = counts.as_chunks::<8>().0.iter().map(|count| u64::from_le_bytes(*count)).collect();
    let mut tensors = gan.tensors();
    for tensor in tensors.values_mut() {
        let bytes = group.broadcast(0, vec![]);
        let mut data = Buffer::scratch(tensor.data().len());
        let words = bytes.as_chunks::<4>().0;
        data.iter_mut().zip(words).for_each(|(x, word)| *x = f32::from_le_bytes(*word));
        *tensor = Tensor::new(tensor.shape(), data);
    }
    let adam_steps = [counts[1], counts[2]];
    gan.set_tensors(&tensors, counts[0], adam_steps).map_err(|error| Error::Usage(error.to_string()))?;
    gan.shards = ranks.shards(config);
    Ok(gan)
}

/// Computes this rank's part of all steps that are left.
///
/// # Errors
/// If a number is not finite. A signal is no error here: rank 0 reports it.
pub(crate) fn follow(config: &Config, images: &Images, ranks: &Ranks, signals: &Signals) -> Result<(), Error> {
    let mut gan = taken_over(config, ranks)?;
    if ranks.signal(signals.exit_code()).is_some() {
        return Err(stopped());
    }
    let total = config.total_steps();
    let mut is_stopped = false;
    training::train(&mut gan, config, images, |gan, _, _| {
        is_stopped = ranks.signal(signals.exit_code()).is_some() && gan.step < total;
        Ok::<_, Error>(if is_stopped { Next::Stop } else { Next::Go })
    })?;
    if is_stopped { Err(stopped()) } else { Ok(()) }
}

/// Rank 0 saves now, and says how to go on.
fn stopped() -> Error {
    Error::Stopped { code: 143, message: "stopped".to_owned() }
}

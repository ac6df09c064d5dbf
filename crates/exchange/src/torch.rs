//! PyTorch's side: one safetensors file for each network, out and in.
//!
//! A file holds what `load_state_dict` of the modules in `model.py` takes, by the same names; a
//! batch norm's `num_batches_tracked`, which PyTorch adds when it saves, is read over. The config
//! travels in a file of its own, because Python's `safetensors` keeps no metadata unless told to.
//!
//! What comes back has been in other hands. Names, types, shapes and every number are compared with
//! the networks that the config describes, and memory is asked for in proportion to the files, not
//! to what they or the config claim.

use std::io::{self, Write};

use dcgan::config::Config;
use dcgan::gan::Gan;
use dcgan::models::{Architecture, Extras, Kind};
use dcgan::state::AVERAGE;
use dcgan::streams::{Purpose, stream};
use nn::state_dict::{self, StateDict};
use safetensors::tensor::{Dtype, SafeTensors};
use tensor::Tensor;

use crate::error::ImportError;
use crate::layout::{self, Entry, Unlisted};
use crate::network::{Network, Role};

/// The generator that trains.
pub const GENERATOR: &str = "generator.safetensors";
/// The discriminator.
pub const DISCRIMINATOR: &str = "discriminator.safetensors";
/// The moving average of the generator, which samples come from, if the run has one.
pub const MOVING_AVERAGE: &str = "average.safetensors";

/// The largest share of its weights that a network may lack before it is not even built.
const MOST_SHARE: usize = 4;

/// The files of a pair of networks.
#[derive(Clone, Debug)]
pub struct Files {
    /// The bytes of [`GENERATOR`].
    pub generator: Vec<u8>,
    /// The bytes of [`DISCRIMINATOR`].
    pub discriminator: Vec<u8>,
    /// The bytes of [`MOVING_AVERAGE`]; without them, an average begins with the generator itself.
    pub average: Option<Vec<u8>>,
}

/// A file of the pair that cannot be taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct BadFile {
    /// Its name.
    pub file: &'static str,
    /// What is wrong with it.
    pub reason: ImportError,
}

/// Writes the file of `network`, whose tensors have names that begin with `prefix` in `state`. The
/// same state gives the same bytes.
///
/// # Errors
/// Those of `out`, and a tensor that has no place outside.
pub fn write(out: &mut impl Write, network: &Network, prefix: &str, state: &StateDict) -> Result<(), WriteError> {
    let tensors = layout::outward(network, prefix, state)?.into_iter().collect();
    // As Python's `safetensors.torch` marks its files.
    Ok(state_dict::write(out, "format", "pt".to_owned(), &tensors)?)
}

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A tensor has no place outside.
    #[error(transparent)]
    Unlisted(#[from] Unlisted),
    /// The system's reason.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The networks of `config` with the tensors of `files`, before their first step: Adam has no
/// moments yet.
///
/// # Errors
/// The first file that is damaged, or is not of the networks that the config describes.
///
/// # Panics
/// If the config was not checked.
pub fn begin_with(config: &Config, files: &Files) -> Result<Gan, BadFile> {
    let extras = config.variations.extras();
    let mut parts = vec![
        (GENERATOR, Role::Generator, "", &files.generator),
        (DISCRIMINATOR, Role::Discriminator, "", &files.discriminator),
    ];
    parts.extend(files.average.as_ref().map(|bytes| (MOVING_AVERAGE, Role::Generator, AVERAGE, bytes)));
    for &(file, role, _, bytes) in &parts {
        compare_names(&config.model, extras, role, bytes).map_err(|reason| BadFile { file, reason })?;
    }
    let mut found = StateDict::new();
    let networks = built(&config.model, extras);
    for &(file, role, prefix, bytes) in &parts {
        let network = &networks[usize::from(role == Role::Discriminator)];
        let tensors = read(network, &config.model, bytes).map_err(|reason| BadFile { file, reason })?;
        found.extend(tensors.into_iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor)));
    }
    let mut gan = Gan::start(config).expect("a config that was checked describes networks");
    let mut state = gan.tensors();
    for (name, tensor) in &mut state {
        let own = name.strip_prefix(AVERAGE).unwrap_or(name);
        if let Some(other) = found.get(name).or_else(|| found.get(own)) {
            *tensor = other.clone();
        }
    }
    gan.set_tensors(&state, 0, [0; 2]).expect("names and shapes are those of its own tensors");
    Ok(gan)
}

/// Both networks of `model` and `extras`, the generator first. They are built for it, weights and
/// all.
fn built(model: &Architecture, extras: Extras) -> [Network; 2] {
    let pair = model.build_with(extras, &mut stream(0, Purpose::Weights, 0));
    let (generator, discriminator) = pair.expect("a config that was checked describes networks");
    [
        Network::of(Role::Generator, model, extras, &generator.layers()),
        Network::of(Role::Discriminator, model, extras, &discriminator.layers()),
    ]
}

/// Compares names and types, and the number of weights roughly, without building a network of the
/// width that `model` claims: the names do not depend on the width.
fn compare_names(model: &Architecture, extras: Extras, role: Role, bytes: &[u8]) -> Result<(), ImportError> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| ImportError::Damaged(error.to_string()))?;
    let widths = (0..).map(|power| Architecture { width: 1 << power, ..model.clone() });
    let narrowest = widths.into_iter().find(|narrow| narrow.check().is_ok()).expect("some power of two is a width");
    let network = &built(&narrowest, extras)[usize::from(role == Role::Discriminator)];
    let entries = layout::entries(network);
    for Entry { outside: name, .. } in &entries {
        let Ok(view) = file.tensor(name) else {
            return Err(ImportError::Missing { name: name.clone(), model: described(model) });
        };
        if view.dtype() != Dtype::F32 {
            return Err(ImportError::Dtype { name: name.clone(), dtype: format!("{:?}", view.dtype()) });
        }
    }
    let mut names = file.names();
    names.sort_unstable();
    let is_known = |name: &str| {
        let tracked = name.strip_suffix("num_batches_tracked").map(|norm| format!("{norm}running_mean"));
        entries.iter().any(|entry| entry.outside == name || Some(&entry.outside) == tracked.as_ref())
    };
    if let Some(name) = names.into_iter().find(|name| !is_known(name)) {
        return Err(ImportError::Unknown { name: name.to_owned(), network: role.name(), model: described(model) });
    }
    let [generator, discriminator] = model.sizes().expect("a config that was checked describes networks");
    let expected = if role == Role::Generator { generator.parameters } else { discriminator.parameters };
    let found: usize = file.iter().map(|(_, view)| view.data().len()).sum();
    if found < size_of::<f32>() * expected / MOST_SHARE {
        let expected = size_of::<f32>() * expected;
        return Err(ImportError::TooSmall { found, expected, network: role.name(), model: described(model) });
    }
    Ok(())
}

/// The tensors of a file by their names inside, once [`compare_names`] has nothing against it.
fn read(network: &Network, model: &Architecture, bytes: &[u8]) -> Result<StateDict, ImportError> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| ImportError::Damaged(error.to_string()))?;
    let mut state = StateDict::new();
    for entry in layout::entries(network) {
        let name = &entry.outside;
        let view = file.tensor(name).expect("the names were compared");
        if view.shape() != entry.outside_shape {
            return Err(ImportError::Shape {
                name: name.clone(),
                found: view.shape().to_vec(),
                expected: entry.outside_shape,
                model: described(model),
            });
        }
        let (words, _) = view.data().as_chunks::<4>();
        let values: Vec<f32> = words.iter().map(|&word| f32::from_le_bytes(word)).collect();
        let tensor = Tensor::new(view.shape(), values);
        if !state_dict::is_finite(&tensor) {
            return Err(ImportError::NotFinite(name.clone()));
        }
        if name.ends_with("running_var") && tensor.data().iter().any(|&variance| variance < 0.0) {
            return Err(ImportError::NegativeVariance(name.clone()));
        }
        state.insert(entry.inside.clone(), entry.inward(&tensor));
    }
    Ok(state)
}

/// An architecture in words.
#[must_use]
pub fn described(model: &Architecture) -> String {
    let &Architecture { kind, size, channels, width } = model;
    let kind = match kind {
        Kind::Dcgan => "a DCGAN",
        Kind::Mlp => "an MLP",
    };
    format!("{kind} of width {width} for images of {size}×{size}×{channels}")
}

//! An ONNX model of a network: a file that ONNX Runtime, browsers and many others run.
//!
//! ```text
//! generator       z [n, 100]           → images [n, c, h, w] in [−1, 1]
//! discriminator   images [n, c, h, w]  → logits [n, 1]
//! ```
//!
//! A network that knows classes has a second input, `class [n]` in `int64`: the number of a class
//! for each image. It becomes a row of the identity matrix behind the point, as inside.
//!
//! The batch `n` is open. Operations are those of opset 17 in a file of IR version 8, which are of
//! 2022, so that any runtime of today reads them. Batch norm of the generator uses running
//! statistics, and dropout is left out, as in samples. The discriminator normalises by the
//! statistics of the batch, in inference too, as it does in training: it keeps no others. So its
//! batch norm is written out, operation by operation: runtimes offer only the one with running
//! statistics.
//!
//! TensorFlow's SAME puts an odd pixel of padding behind the image. ONNX takes the padding of each
//! side by itself, also what a transposed convolution crops, so nothing needs to be added or cut.
//!
//! The same state gives the same bytes: fields stand in the order of their numbers, and nothing of
//! the time or place is in the file.
//!
//! Source: `onnx.proto` and `Operators.md` of ONNX 1.12.

mod graph;
mod wire;

use dcgan::config::Config;
use dcgan::wish::GOLDEN;

use crate::layout::{self, Unlisted};
use crate::licence;
use crate::network::{Network, Role};
use crate::torch::described;
use graph::Graph;
use nn::state_dict::StateDict;
use wire::Message;

/// The version of the operations.
const OPSET: i64 = 17;
/// The version of the file's format.
const IR: i64 = 8;
/// What made the file.
const PRODUCER: &str = "dcgan";

/// Where the state of a network comes from, for the file's metadata.
#[derive(Clone, Debug)]
pub struct Origin<'a> {
    /// What its training computed.
    pub config: &'a Config,
    /// The steps that it had done.
    pub step: u64,
    /// The SHA-256 of the whole state, by which pictures name it too.
    pub fingerprint: &'a str,
    /// The version of this program.
    pub version: &'a str,
    /// Whether the network is the moving average of one.
    pub is_average: bool,
}

/// How a seed becomes a point of latent space.
const SEEDS: &str = "The point z of seed s is 100 numbers in [-1, 1), each the upper 24 of 32 random bits, divided by \
                     2^23, less 1. The bits are the key stream of ChaCha with 8 rounds (RFC 8439's block function, \
                     64-bit counter and nonce 0), as little-endian words in their order; its key is s as 8 \
                     little-endian bytes, the 8 letters 'picture ', and 16 zero bytes.";

/// The file of `network`, whose tensors have names that begin with `prefix` in `state`.
///
/// # Errors
/// A tensor of the network that has no place in the file.
pub fn file(network: &Network, prefix: &str, state: &StateDict, origin: &Origin<'_>) -> Result<Vec<u8>, Unlisted> {
    let tensors = layout::outward(network, prefix, state)?;
    let description = description(network, origin);
    let mut graph = Graph::new(network);
    network.operations.iter().for_each(|named| graph.apply(named));
    let graph = graph.finish(&tensors, &description);
    let opset = Message::new().text(1, "").int(2, OPSET);
    let mut model = Message::new()
        .int(1, IR)
        .text(2, PRODUCER)
        .text(3, origin.version)
        .text(6, &description)
        .message(7, &graph)
        .message(8, &opset);
    for (key, value) in metadata(network, origin) {
        model = model.message(14, &Message::new().text(1, key).text(2, &value));
    }
    Ok(model.into_bytes())
}

/// Whether these are the bytes of a file that this program wrote, so that it may be replaced.
#[must_use]
pub fn is_own(bytes: &[u8]) -> bool {
    bytes.starts_with(&Message::new().int(1, IR).text(2, PRODUCER).into_bytes())
}

/// What a reader of the file is told first.
fn description(network: &Network, origin: &Origin<'_>) -> String {
    let what = described(&origin.config.model);
    let average = if origin.is_average { ", a moving average of the weights" } else { "" };
    let class = match network.classes() {
        0 => String::new(),
        classes => format!(" class: the number of the class of each image, from 0 to {}.", classes - 1),
    };
    let text = match network.role {
        Role::Generator => format!(
            "The generator of {what}{average}. z: points of latent space, uniform in [-1, 1). images: NCHW, in \
             [-1, 1]. Batch norm uses running statistics, so an image depends on its point alone; dropout is off."
        ),
        Role::Discriminator => format!(
            "The discriminator of {what}. images: NCHW, in [-1, 1]. logits: large for real ones. Batch norm uses the \
             mean and the population variance of the batch that is given, as in training, since this network keeps \
             no running statistics: a logit depends on the whole batch. It was trained on batches of {}, real and \
             generated images each by themselves. Dropout is off.",
            origin.config.training.batch_size
        ),
    };
    text + &class
}

/// The class of a seed, in words, of a network of so many classes.
fn class_of_seed(classes: usize) -> String {
    format!(
        " If no class is asked for, the class of seed s is {classes}·h / 2^32, rounded down, where h is \
         ({GOLDEN}·s mod 2^64) / 2^32, rounded down."
    )
}

/// Keys and values, in the order of the keys.
fn metadata(network: &Network, origin: &Origin<'_>) -> Vec<(&'static str, String)> {
    let Origin { config, step, fingerprint, version, .. } = origin;
    let data = &config.data;
    let training = &config.training;
    let mut list = vec![
        ("architecture", described(&config.model)),
        ("checkpoint_sha256", (*fingerprint).to_owned()),
        ("data", format!("{}: {} images, SHA-256 {}", data.name, data.images, data.sha256)),
        ("data_licence", licence::of(data).to_owned()),
        ("made_by", format!("{PRODUCER} {version}")),
        ("training", format!("recipe {}, seed {}, {step} steps", training.recipe, training.seed)),
    ];
    let classes = network.classes();
    if network.role == Role::Generator {
        let of_class = if classes == 0 { String::new() } else { class_of_seed(classes) };
        list.insert(5, ("seeds", SEEDS.to_owned() + &of_class));
    }
    if 0 < classes {
        list.insert(2, ("classes", config.class_names().join(", ")));
    }
    list
}

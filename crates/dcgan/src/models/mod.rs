//! The networks: a generator that makes images of noise, and a discriminator that tells them from
//! real ones.
//!
//! 1. [`networks`]: the two traits through which training sees any model.
//! 2. `dcgan`: the article's convolutional pair. `mlp`: the fully connected pair before it.
//! 3. [`architecture`]: which of them, and how large; it builds them and refuses a bad size.
//! 4. [`dropout_keys`]: which values a pass drops. [`layer`]: what a layer costs.
//! 5. [`extras`]: parts that variations ask for; `projection` is one of them.

pub mod architecture;
mod dcgan;
pub mod dropout_keys;
pub mod extras;
pub mod layer;
mod mlp;
pub mod networks;
mod projection;

pub use architecture::{Architecture, Kind};
pub use dcgan::{EPSILON, LEAKY_SLOPE};
pub use dropout_keys::DropoutKeys;
pub use extras::Extras;
pub use layer::{Convolution, Layer, Size, step_multiply_adds};
pub use networks::{Discriminator, Generator, LATENT, Pair};

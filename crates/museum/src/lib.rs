//! The failure museum: how GANs go wrong, on purpose, each beside its healthy twin.
//!
//! Most questions about a GAN are "is this normal?". An exhibit is a training with one fault in it,
//! beside a twin without, from the same seed. No fault lives in the product: an exhibit replaces
//! one of the [`parts`] of a training that is written again here.
//!
//! [`exhibit`]: what one is. [`exhibits`]: all of them. [`networks`], [`parts`], [`training`]: how
//! they are trained. [`judging`], [`phases`], [`survey`]: what tells them apart. [`record`]: what
//! is written of them.
#![forbid(unsafe_code)]

mod diff;
pub mod exhibit;
pub mod exhibits;
pub mod judging;
pub mod networks;
pub mod parts;
pub mod phases;
#[cfg(feature = "record")]
pub mod record;
mod step;
pub mod survey;
pub mod training;

//! The commands, a file each, and the flags that several of them share.

pub(crate) mod arithmetic;
pub(crate) mod compare;
mod compute_args;
pub(crate) mod evaluate;
pub(crate) mod export;
pub(crate) mod fail;
pub(crate) mod fetch;
pub(crate) mod film;
pub(crate) mod generate;
mod generator_args;
pub(crate) mod import;
pub(crate) mod interpolate;
mod model_name;
pub(crate) mod opcase;
mod picture_memory;
pub(crate) mod play;
pub(crate) mod report;
pub(crate) mod reproduce;
pub(crate) mod speed;
pub(crate) mod train;
pub(crate) mod train_cifar;
pub(crate) mod train_images;
pub(crate) mod train_judge;
pub(crate) mod train_mnist;
mod trick_args;
mod unjudged;
mod wish_args;

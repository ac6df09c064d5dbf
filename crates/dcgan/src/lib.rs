//! The article's DCGAN: models, losses, the training loop, runs.
#![forbid(unsafe_code)]
